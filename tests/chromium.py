"""The Chromium that the browser tests drive.

    python -m tests.chromium

prints its path, and installs one first where none works: Playwright's own build, or else
the package of the system. GALLERY_CHROMIUM=/path/to/it in the environment overrules the search.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Playwright, sync_playwright

COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC_APPLICATIONS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
# For each package manager: how to install Chromium, and letters for it to draw.
PACKAGES = {
    "apt-get": (
        ["apt-get", "update", "-q"],
        ["apt-get", "install", "-y", "-q", "chromium", "fonts-dejavu-core"],
    ),
    "dnf": (["dnf", "install", "-y", "chromium", "dejavu-sans-fonts"],),
    "pacman": (["pacman", "-Sy", "--noconfirm", "chromium", "ttf-dejavu"],),
    "apk": (["apk", "add", "chromium", "font-dejavu"],),
    "brew": (["brew", "install", "--cask", "chromium"],),
}


def find() -> Path | None:
    """The first Chromium on this machine that starts, or None."""
    return next((Path(path) for path in candidates() if path and starts(path)), None)


def candidates() -> Iterator[str | None]:
    if named := os.environ.get("GALLERY_CHROMIUM"):
        yield named
        return
    yield from map(shutil.which, COMMANDS)
    yield from MAC_APPLICATIONS
    yield playwrights_own()  # last, for asking takes a second


def require() -> Path:
    """The Chromium to use. Raises FileNotFoundError with what to do where there is none."""
    if path := find():
        return path
    raise FileNotFoundError(
        "No Chromium that starts was found. `make test` installs one; GALLERY_CHROMIUM=/path names yours."
    )


def launch(playwright: Playwright) -> Browser:
    """The found Chromium, headless. Raises FileNotFoundError where there is none."""
    # Chromium's sandbox refuses to run as root, which is what containers are.
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    # A container's /dev/shm is often too small for a page.
    arguments = ["--disable-dev-shm-usage", *(["--no-sandbox"] if root else [])]
    return playwright.chromium.launch(executable_path=require(), args=arguments)


def playwrights_own() -> str | None:
    """Where Playwright keeps the build that it downloads, whether it is there or not."""
    with sync_playwright() as playwright:
        return playwright.chromium.executable_path or None


def starts(path: str) -> bool:
    """Whether it is more than a stub: Ubuntu's chromium-browser only says how to get a snap."""
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def install() -> None:
    """Try what may bring a Chromium, until one starts."""
    playwright = [sys.executable, "-m", "playwright"]
    attempt([*playwright, "install", "chromium"])
    if find():
        return
    if Path(playwrights_own() or "").is_file():  # it came, and lacks libraries of the system
        attempt([*playwright, "install-deps", "chromium"])
        if find():
            return
    for manager, commands in PACKAGES.items():
        if shutil.which(manager):
            for command in commands:
                attempt([*([] if manager == "brew" else privilege()), *command])
            return


def privilege() -> list[str]:
    return ["sudo"] if os.geteuid() != 0 and shutil.which("sudo") else []


def attempt(command: list[str]) -> None:
    """Run the command, and leave it to `find` whether that helped."""
    print("+", *command, file=sys.stderr, flush=True)
    try:
        # The limit is for a network that swallows packets.
        subprocess.run(command, stdout=sys.stderr, timeout=900, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        print(error, file=sys.stderr)


def main() -> int:
    if not find():
        install()
    try:
        print(require())
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
