"""Puts the demos under one roof and opens the door."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import gradio as gr
from gradio.routes import App

from gallery import catalog, home, hosting, inputs, runtime
from gallery.demo import Demo
from gallery.events import lend_gpu
from gallery.server import TITLE, app_kwargs
from gallery.settings import Settings, SettingsError
from gallery.status import status_panel
from gallery.theme import theme


class Gallery(gr.Blocks):
    """All demos as one Gradio app; `launch()` opens it with what the settings say.

    Building it loads no model. `demos` are those of the catalog that the settings choose, unless
    they are given; one that stands `alone` needs no home page. Raises CatalogError, and
    SettingsError for a device that does not exist.
    """

    def __init__(self, settings: Settings, demos: Sequence[Demo] | None = None, alone: bool = False) -> None:
        if demos is None:
            demos = catalog.select(catalog.all_demos(), settings.chapters, settings.demos)
        # Gradio would make a table of all events so far after each one, for a page that is off here.
        os.environ.setdefault("GRADIO_ANALYTICS_CACHE_FREQUENCY", str(10**9))
        self.settings = settings
        self.demos = tuple(demos)
        with no_server_yet():
            super().__init__(
                title=TITLE, analytics_enabled=False, fill_width=True, delete_cache=(3600, 86400)
            )
            apps = [demo.build() for demo in self.demos]  # each a whole Blocks, made outside of this one
            with self:
                self.lay_out(apps, alone)
            self.queue(max_size=settings.max_queue, default_concurrency_limit=4)
        lend_gpu(self)
        self.open_runtime()

    def lay_out(self, apps: Sequence[gr.Blocks], alone: bool) -> None:
        """The navigation, and a tab for each demo between Home and Status."""
        gr.HTML(
            home.navigation(self.demos, alone),
            js_on_load="window.gallery?.start()",
            apply_default_css=False,
            elem_id="house",
        )
        # "wrap" keeps a button for each tab in the page; gallery.js clicks them and nobody sees them.
        with gr.Tabs(elem_id="house-tabs", overflow_behavior="wrap"):
            if not alone:
                with gr.Tab("Home", id=home.HOME, elem_id=f"panel-{home.HOME}"):
                    gr.HTML(home.home_page(self.demos), apply_default_css=False)
            for demo, app in zip(self.demos, apps, strict=True):
                with gr.Tab(demo.title, id=demo.id, elem_id=f"panel-{demo.id}"):
                    gr.HTML(home.heading(demo), apply_default_css=False)
                    app.render()
            with gr.Tab("Status", id=home.STATUS, elem_id=f"panel-{home.STATUS}"):
                gr.HTML(home.STATUS_HEADING, apply_default_css=False)
                status_panel()

    def open_runtime(self) -> None:
        """Give the models their device and their memory, and load ahead what was asked for."""
        settings = self.settings
        inputs.MAX_PIXELS = settings.image_pixels
        try:
            house = runtime.configure(
                device=settings.device,
                device_memory=settings.device_memory,
                host_memory=settings.host_memory,
                offline=settings.offline,
            )
        except (ValueError, RuntimeError) as error:
            raise SettingsError(f'The device "{settings.device}" cannot be used: {error}') from error
        house.cache.register(spec for demo in self.demos for spec in demo.models)
        embedded = [spec for demo in self.demos for spec in demo.models if spec.embedded]
        if hosting.zero_gpu():
            # The lent GPU takes what is on the device when the program starts, so no thread here.
            house.cache.warm(embedded, pin=True)
        elif settings.warm:
            threading.Thread(target=house.cache.warm, args=(embedded,), daemon=True).start()

    def launch(self, **options: Any) -> Any:  # type: ignore[override]
        """As Blocks.launch; what is not given comes from the settings."""
        return super().launch(**self.launch_options() | options)

    def launch_options(self) -> dict[str, Any]:
        settings = self.settings
        return {
            "server_name": settings.host,
            "server_port": settings.port,
            "share": settings.share,
            "auth": list(settings.auth) or None,
            "max_file_size": settings.upload_limit,
            "app_kwargs": app_kwargs(self.demos, settings),
            "theme": theme(),
            "footer_links": ["api"],
            "show_error": True,
            "max_threads": 96,  # runs that go on for long mostly wait, each in a thread of its own
            "ssr_mode": False,
            "pwa": False,
            "enable_monitoring": False,  # it would show everybody what others sent
            "run_history": False,  # nor does a shared computer keep what its last user did
        }


@contextmanager
def no_server_yet() -> Iterator[None]:
    """Gradio makes a web server's routes for every Blocks, two to three times, and `launch` makes
    them anew. They take 0.1 s each time: with twenty demos most of the gallery's start.
    """
    create_app = App.create_app
    App.create_app = staticmethod(lambda *_, **__: None)  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        App.create_app = staticmethod(create_app)  # type: ignore[method-assign]


def open_gallery(settings: Settings) -> Gallery:
    """The gallery, ready to launch; ends the program with a sentence where it cannot be built."""
    try:
        return Gallery(settings)
    except (catalog.CatalogError, SettingsError) as error:
        sys.exit(f"The gallery cannot open. {error}")


def show(demo: Demo) -> None:
    """One demo alone: what `python -m demos.<id>` runs."""
    Gallery(Settings.read(sys.argv[1:]), [demo], alone=True).launch()
