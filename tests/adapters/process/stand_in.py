"""A stand-in for `claude`, run as a program: speaks the control protocol and does the steps of each message.

Arguments: `--old` leaves out the confirmation of blocking hooks, `--refuse` answers initialize with an error,
`--deaf` ignores SIGTERM, SIGINT and interrupts, `--noisy` writes to stderr.
"""

import json
import os
import signal
import subprocess
import sys

OUT = sys.stdout.buffer


def emit(value, newline=b"\n"):
    OUT.write((value if isinstance(value, bytes) else json.dumps(value, separators=(",", ":")).encode()) + newline)
    OUT.flush()


def read():
    line = sys.stdin.buffer.readline()
    return json.loads(line) if line else None


def answer(asked, response, subtype="success", **more):
    emit(
        {
            "type": "control_response",
            "response": {"subtype": subtype, "request_id": asked["request_id"], "response": response, **more},
        }
    )


def respond(asked):
    kind = asked["request"]["subtype"]
    if kind == "initialize" and "--refuse" in sys.argv:
        answer(asked, None, "error", error="no such hook")
    elif kind == "initialize":
        confirmed = {} if "--old" in sys.argv else {"hooks_applied": True, "hook_on_failure_supported": True}
        answer(asked, confirmed)
    elif kind == "interrupt" and "--deaf" not in sys.argv:
        for number in (signal.SIGTERM, signal.SIGINT):  # it has heard, and ends as fast as this machine lets it
            signal.signal(number, signal.SIG_IGN)
        answer(asked, {})
        result(["interrupted"])


def result(uuids):
    emit(
        {
            "usage": {"n": 1},
            "permission_denials": [{"type": "nested"}],
            "type": "result",
            "user_message_uuids": uuids,
        }
    )


def hook(tool, arguments, **more):
    """Ask the fence as claude does and keep its answer beside the attempt."""
    ask("fence", {"tool_name": tool, "tool_input": arguments, "cwd": os.getcwd(), **more})


def ask(callback, about):
    emit(
        {
            "type": "control_request",
            "request_id": "hook-1",
            "request": {
                "subtype": "hook_callback",
                "callback_id": callback,
                "input": about,
            },
        }
    )
    while (line := read())["type"] != "control_response":
        pass
    with open("answers.ndjson", "a") as file:
        file.write(json.dumps(line["response"]) + "\n")


def interrupted():
    """Hear that this turn is to end."""
    while read()["type"] != "control_request":
        pass


def orphan(count):
    """Children in sessions of their own that outlive us unless somebody ends them."""
    for _ in range(count):
        code = "import time; time.sleep(600)"
        child = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", code],
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        child.returncode = 0
    emit({"type": "orphaned"})


def stray():
    """A grandchild that forgets its environment, its session and its parent."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.execve(sys.executable, [sys.executable, "-I", "-S", "-c", "import time; time.sleep(600)"], {})
        os._exit(0)
    os.wait()
    emit({"type": "strayed"})


def flood(megabytes):
    line = b'{"type":"assistant","message":"' + b"x" * 970 + b'"}\n'
    block = line * 1000
    for _ in range(megabytes):
        OUT.write(block)
    OUT.flush()


STEPS = {
    "emit": emit,
    "raw": lambda text: emit(text.encode(), b""),
    "big": lambda size: emit(b'{"type":"user","tool_use_result":"' + b"x" * size + b'"}'),
    "late_result": lambda size: emit(b'{"permission_denials":["' + b'\\"y' * size + b'"],"type":"result"}'),
    "flood": flood,
    "hook": hook,
    "interrupted": interrupted,
    "batch": lambda: ask("turnstile", {"hook_event_name": "PostToolBatch", "tool_calls": []}),
    "huge_hook": lambda size: hook("Write", {"file_path": "x", "content": "z" * size}),
    "orphan": orphan,
    "stray": stray,
    "result": result,
    "env": lambda: emit({"type": "env", "env": dict(os.environ), "fds": sorted(os.listdir("/proc/self/fd"))}),
    "pause": signal.pause,
    "exit": os._exit,
    "die": lambda number: os.kill(os.getpid(), number),
    "close_stdin": lambda: os.close(0),
}


def main():
    if "--deaf" in sys.argv:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
    else:
        signal.signal(signal.SIGINT, lambda *_: (result(["sigint"]), os._exit(0)))
    if "--noisy" in sys.argv:
        sys.stderr.write("a" * 300_000 + "b" * 900_000 + "the end\n")
        sys.stderr.flush()
    while line := read():
        if line["type"] == "control_request":
            respond(line)
        elif line["type"] == "user":
            emit({"type": "system", "subtype": "init", "got": len(json.dumps(line))})
            for step, *arguments in line.get("steps", [["result", [line.get("uuid", "")]]]):
                STEPS[step](*arguments)


main()
