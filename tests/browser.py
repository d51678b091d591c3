"""A headless Chromium (Debian's package), driven over its own DevTools protocol; no driver is needed."""

import asyncio
import base64
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.machine import PATIENCE, until

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--force-color-profile=srgb",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--remote-debugging-port=0",
)
LEFT = -32000
"""How the protocol says that a page is gone, or not there yet."""

PLACED = """(selector) => {
  window.hasBeenClicked = false;
  const found = document.querySelector(selector);
  if (!found) return null;
  found.scrollIntoView({block: "center"});
  const box = found.getBoundingClientRect(), x = box.x + box.width / 2, y = box.y + box.height / 2;
  const hears = (event) => { window.hasBeenClicked ||= !!event.target.closest(selector); };
  document.addEventListener("click", hears, {capture: true, once: true});
  return document.elementFromPoint(x, y)?.closest(selector) ? {x, y} : null;
}"""
"""Where an element is seen, if it is, and from now on whether it is clicked."""


class PageLeft(Exception):
    """Another page comes in the place of the one that was asked."""


class Browser:
    """One tab."""

    def __init__(self, loop: asyncio.AbstractEventLoop, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._loop = loop
        self._socket = socket
        self._numbers = count(1)
        self.errors: list[str] = []
        """What the pages complained about: exceptions, and what their policy forbids."""

    def open(self, address: str) -> None:
        """Show a page anew."""
        self.ask("Page.navigate", url="about:blank")
        self.ask("Page.navigate", url=address)
        began = address.partition("#")[0]
        self.holds(f"document.readyState === 'complete' && location.href.startsWith({json.dumps(began)})")

    def js(self, expression: str) -> Any:
        """What an expression gives in the page."""
        told = self.ask("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    def text(self, selector: str = "main") -> str:
        """What is to be read in an element; nothing where there is none."""
        return str(self.js(f"document.querySelector({json.dumps(selector)})?.innerText ?? ''"))

    def _tells(self, expression: str) -> Any:
        """What an expression gives; nothing as long as a page is on its way."""
        try:
            return self.js(expression)
        except PageLeft:
            return None

    def sees(self, words: str, selector: str = "main") -> None:
        """Wait until these words are to be read there."""
        if not until(lambda: words in self.text(selector), PATIENCE, must=False):
            raise AssertionError(f"{words!r} is not in {self.text(selector)!r}; the page says {self.errors}")

    def holds(self, expression: str) -> None:
        """Wait until an expression holds in the page."""
        assert until(lambda: self._tells(expression), PATIENCE, must=False), (
            expression,
            self.text("body"),
            self.errors,
        )

    def click(self, selector: str) -> None:
        """Click in the middle of an element, as a person does: again where the page put another in its place."""
        assert until(lambda: self._clicked(selector), PATIENCE, must=False), (
            selector,
            self.text("body"),
            self.errors,
        )

    def _clicked(self, selector: str) -> bool:
        """Whether a click at the place of an element came to it."""
        place = self.js(f"({PLACED})({json.dumps(selector)})")
        if place is None:
            return False
        for kind in ("mousePressed", "mouseReleased"):
            where = {"x": place["x"], "y": place["y"], "button": "left", "clickCount": 1}
            self.ask("Input.dispatchMouseEvent", type=kind, **where)
        return bool(self.js("window.hasBeenClicked"))

    def press(self, key: str) -> None:
        """Press a key."""
        codes = {"Enter": 13, "Escape": 27, "Tab": 9, "ArrowDown": 40, "ArrowUp": 38}
        words = {"text": "\r"} if key == "Enter" else {"text": key} if len(key) == 1 else {}
        common = {"key": key, "windowsVirtualKeyCode": codes.get(key, ord(key[0].upper()))}
        self.ask("Input.dispatchKeyEvent", type="keyDown", **common, **words)
        self.ask("Input.dispatchKeyEvent", type="keyUp", **common)

    def type(self, text: str) -> None:
        """Type into what has the focus."""
        self.ask("Input.insertText", text=text)

    def look(self, width: int, height: int, dark: bool = False) -> None:
        """Give the window a size, and the person a taste."""
        self.ask(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        calm = {"name": "prefers-reduced-motion", "value": "reduce"}
        self.ask("Emulation.setEmulatedMedia", features=[scheme, calm])

    def picture(self, path: Path) -> None:
        """Take a picture of what is seen."""
        told = self.ask("Page.captureScreenshot", format="png", optimizeForSpeed=False)
        path.write_bytes(base64.b64decode(told["data"]))

    def ask(self, method: str, **words: Any) -> Any:
        """One command of the protocol."""
        return self._loop.run_until_complete(self._ask(method, words))

    async def _ask(self, method: str, words: dict[str, Any]) -> Any:
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": words})
        while True:
            told = await self._socket.receive_json(timeout=PATIENCE)
            if told.get("id") == number:
                if told.get("error", {}).get("code") == LEFT:
                    raise PageLeft(told)
                assert "error" not in told, told
                return told["result"]
            self._hear(told)

    def _hear(self, told: dict[str, Any]) -> None:
        match told.get("method"):
            case "Runtime.exceptionThrown":
                self.errors.append(json.dumps(told["params"]["exceptionDetails"])[:600])
            case "Log.entryAdded" if told["params"]["entry"]["level"] == "error":
                self.errors.append(told["params"]["entry"]["text"][:600])


@contextmanager
def browser() -> Iterator[Browser]:
    """A browser with an empty profile, and no way to anything but this machine."""
    program = shutil.which("chromium")
    if program is None:
        said = "Chromium is not installed (Debian: apt-get install chromium)"
        pytest.fail(said) if os.environ.get("CI") else pytest.skip(said)
    folder = Path(tempfile.mkdtemp(prefix="ccorch-chromium-"))
    environment = {"HOME": str(folder), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TMPDIR": str(folder)}
    process = subprocess.Popen(
        [program, *FLAGS, f"--user-data-dir={folder}/profile", "about:blank"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    )
    try:
        told = folder / "profile/DevToolsActivePort"
        until(lambda: told.exists() and told.read_text().count("\n") >= 1)
        with _driven(int(told.read_text().split()[0])) as tab:
            yield tab
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _driven(port: int) -> Iterator[Browser]:
    loop = asyncio.new_event_loop()
    session = loop.run_until_complete(_session())
    try:
        socket = loop.run_until_complete(_connected(session, port))
        tab = Browser(loop, socket)
        for method in ("Page.enable", "Runtime.enable", "Log.enable"):
            tab.ask(method)
        yield tab
        loop.run_until_complete(socket.close())
    finally:
        loop.run_until_complete(session.close())
        loop.close()


async def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(PATIENCE))


async def _connected(session: aiohttp.ClientSession, port: int) -> aiohttp.ClientWebSocketResponse:
    async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
        tabs = [tab for tab in await answer.json() if tab["type"] == "page"]
    return await session.ws_connect(tabs[0]["webSocketDebuggerUrl"], max_msg_size=0)
