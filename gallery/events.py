"""What every demo's event handlers share: errors in the user's words, and one queue for all models."""

from __future__ import annotations

import functools
import inspect
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from typing import Any, TypedDict, TypeVar, cast

import gradio as gr

from gallery.hosting import on_gpu
from gallery.inputs import InputError
from gallery.weights import WeightsError

Handler = TypeVar("Handler", bound=Callable[..., Any])
MODELS_QUEUE = "models"
UNEXPECTED = "Something went wrong in the gallery itself, not with your input. Please try again."


class ModelEvents(TypedDict):
    """Keywords of an event that uses a model."""

    concurrency_id: str
    concurrency_limit: int


# Four may be prepared side by side; the gate of gallery/runtime.py lets one at a time compute.
MODEL_EVENTS: ModelEvents = {"concurrency_id": MODELS_QUEUE, "concurrency_limit": 4}

log = logging.getLogger(__name__)


def says_why(handler: Handler) -> Handler:
    """A handler (function or generator) whose failures reach the user as one sentence.

    What the engines and the model cache raise for people goes through word by word. Everything
    else is a fault of ours: its traceback goes to the server's log, never to the page.
    """
    if inspect.isgeneratorfunction(handler):

        @functools.wraps(handler)
        def generate(*arguments: Any, **keywords: Any) -> Iterator[Any]:
            with in_words(handler.__qualname__):
                yield from handler(*arguments, **keywords)

        return cast(Handler, generate)

    @functools.wraps(handler)
    def handle(*arguments: Any, **keywords: Any) -> Any:
        with in_words(handler.__qualname__):
            return handler(*arguments, **keywords)

    return cast(Handler, handle)


@contextmanager
def in_words(name: str) -> Iterator[None]:
    """Raises gr.Error with one sentence in place of what was raised inside."""
    try:
        yield
    except gr.Error:
        raise
    except for_people() as error:
        # The page takes a message for HTML, and this one may quote what somebody handed in.
        raise gr.Error(
            escape(str(error), quote=False), title="That did not work", print_exception=False
        ) from error
    except Exception as error:
        log.exception("%s failed", name)
        raise gr.Error(UNEXPECTED, title="Sorry", print_exception=False) from error


def for_people() -> tuple[type[Exception], ...]:
    """The errors whose message was written for the user."""
    from gallery.models import OutOfMemory

    return InputError, WeightsError, OutOfMemory


def lend_gpu(blocks: gr.Blocks) -> None:
    """Let each event that uses a model run where a Space's GPU is lent; elsewhere change nothing."""
    for event in blocks.fns.values():
        if event.concurrency_id == MODELS_QUEUE and event.fn is not None:
            # Once more outside: an error that comes back from the lent process needs its sentence too.
            lent = on_gpu(event.fn)
            event.fn = event.fn if lent is event.fn else says_why(lent)
