"""A thin front of the MCP server: it answers what is asked at the start while the server is still loading.

Clients drop tools that are not there within a second, and the server takes longer to load than to answer. The
front is started as a file of its own by `python -I -S`, loads the standard library alone, passes everything on in
both directions, and answers `initialize`, `server/discover` and `tools/list` with what the server said last. The
server's own late reply is taken out, and compared: where it differs, it is what is said from then on.

    front.py --cache FILE --settings FILE -- SERVER WORD…

What was said by another version of ccorch, or under other settings of its owner, is not said again.
"""

import json
import os
import signal
import sys
import threading
from typing import Any, BinaryIO

CACHED = ("initialize", "server/discover", "tools/list", "resources/list", "resources/templates/list")
"""What depends on the version and the owner's settings alone; a list of prompts is a project's own."""

VERSION = "io.modelcontextprotocol/protocolVersion"
LATEST = "2026-07-28"
MOST_BYTES = 1_000_000
ENDED = {"code": -32603, "message": "the ccorch server has ended; its last words are in the client's log of it"}

Message = dict[str, Any]


class Cache:
    """Replies by method and protocol version, in a private file; one of another stamp is empty."""

    def __init__(self, path: str, stamp: str) -> None:
        self._path = path
        self._stamp = stamp
        self._replies: dict[str, Any] = self._read()

    def get(self, key: str) -> Any:
        """The result that was given last; None is unknown."""
        return self._replies.get(key)

    def put(self, key: str, result: Any) -> None:
        """Keep a result; a cache that cannot be written is done without."""
        if self._replies.get(key) == result:
            return
        self._replies[key] = result
        draft = f"{self._path}.{os.getpid()}"
        try:
            os.makedirs(os.path.dirname(self._path), mode=0o700, exist_ok=True)
            file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
            with open(file, "w", encoding="utf-8") as out:
                json.dump({"stamp": self._stamp, "replies": self._replies}, out)
            os.replace(draft, self._path)
        except OSError:
            return

    def _read(self) -> dict[str, Any]:
        try:
            file = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW)
            with open(file, encoding="utf-8") as known:
                held = os.fstat(file)
                if held.st_uid != os.getuid() or held.st_mode & 0o022:
                    return {}
                data = json.loads(known.read(MOST_BYTES))
            return dict(data["replies"]) if data["stamp"] == self._stamp else {}
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return {}


class Front:
    """Passes lines on between a client and a server."""

    def __init__(self, cache: Cache, client: BinaryIO, server: BinaryIO) -> None:
        self._cache = cache
        self._client = client
        self._server = server
        self._lock = threading.Lock()
        self._version = ""
        self._asked: dict[str, str] = {}
        """Key of a reply by the id that it will come with."""
        self._answered: set[str] = set()
        """Ids that the client has its answer for."""
        self._open: dict[str, Any] = {}
        """Ids of what the client still waits for."""

    def from_client(self, line: bytes) -> None:
        """Answer what is known, and pass it on; a server that is gone hears no more."""
        message = _read(line)
        if message is not None and "method" in message and "id" in message:
            self._ask(message)
        try:
            self._server.write(line)
            self._server.flush()
        except OSError:
            return

    def from_server(self, line: bytes) -> None:
        """Pass it on, unless the client was answered already."""
        message = _read(line)
        if message is not None and "method" not in message and "id" in message and not self._is_new(message):
            return
        self._tell(line)

    def ended(self) -> None:
        """Tell the client that what it still waits for will not come."""
        for number in list(self._open.values()):
            self._tell(_line({"jsonrpc": "2.0", "id": number, "error": ENDED}))

    def _ask(self, message: Message) -> None:
        number = json.dumps(message["id"])
        key = self._key(message)
        known = self._cache.get(key) if key else None
        with self._lock:
            if key:
                self._asked[number] = key
            if known is not None:
                self._answered.add(number)
            else:
                self._open[number] = message["id"]
        if known is not None:
            self._tell(_line({"jsonrpc": "2.0", "id": message["id"], "result": known}))

    def _is_new(self, message: Message) -> bool:
        number = json.dumps(message["id"])
        with self._lock:
            key = self._asked.pop(number, None)
            self._open.pop(number, None)
            is_new = number not in self._answered
            self._answered.discard(number)
        if key and isinstance(message.get("result"), dict):
            self._cache.put(key, message["result"])
        return is_new

    def _key(self, message: Message) -> str:
        """What a reply is kept under; nothing for what is not kept, such as a list's later pages."""
        method, params = message["method"], _object(message.get("params"))
        if method not in CACHED or params.get("cursor"):
            return ""
        if method == "initialize":
            self._version = str(params.get("protocolVersion"))
        version = _object(params.get("_meta")).get(VERSION) or self._version
        return f"{method} {version}" if version else ""

    def _tell(self, line: bytes) -> None:
        with self._lock:
            try:
                self._client.write(line)
                self._client.flush()
            except OSError:
                return


def main(words: list[str]) -> int:
    """Be the front of the server that the words name; its exit status."""
    cut = words.index("--")
    options, argv = dict(zip(words[:cut:2], words[1:cut:2], strict=True)), words[cut + 1 :]
    child, to_child, from_child = spawned(argv)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda number, _: os.kill(child, number))
    front = Front(Cache(options["--cache"], stamp(options["--settings"])), sys.stdout.buffer, to_child)
    threading.Thread(target=_up, args=(front, to_child), daemon=True).start()
    for line in from_child:
        front.from_server(line)
    front.ended()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def stamp(settings: str) -> str:
    """What the cached replies depend on: this version, and the owner's settings."""
    here = os.path.dirname(os.path.abspath(__file__))
    return _text(os.path.join(here, "..", "..", "__init__.py")) + _text(settings)


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read(MOST_BYTES)
    except (OSError, UnicodeDecodeError):
        return ""


def spawned(argv: list[str]) -> tuple[int, BinaryIO, BinaryIO]:
    """Start the server with pipes at its ends; its pid, where to write to and where to read from."""
    their_in, to_child = os.pipe()
    from_child, their_out = os.pipe()
    moves = [(os.POSIX_SPAWN_DUP2, their_in, 0), (os.POSIX_SPAWN_DUP2, their_out, 1)]
    child = os.posix_spawn(argv[0], argv, os.environ, file_actions=moves)
    os.close(their_in)
    os.close(their_out)
    return child, open(to_child, "wb"), open(from_child, "rb")


def _up(front: Front, to_child: BinaryIO) -> None:
    """From the client to the server; where the client ends, the server is told so."""
    for line in sys.stdin.buffer:
        front.from_client(line)
    try:
        to_child.close()
    except OSError:
        return


def _read(line: bytes) -> Message | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _object(said: Any) -> Message:
    return said if isinstance(said, dict) else {}


def _line(message: Message) -> bytes:
    return json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


if __name__ == "__main__":
    # a thread may still be reading what the client says
    os._exit(main(sys.argv[1:]))
