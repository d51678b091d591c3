"""A stand-in for `claude` that starts in 30 ms, and waits for its gateway as long as a daemon takes to come."""

import http.client
import json
import os
import sys
import time
import urllib.request

TRIES, PAUSE = 720, 0.25


def main() -> None:
    """Speak the control protocol until standard input ends."""
    if "--version" in sys.argv:
        print("2.1.999 (Claude Code)")
        return
    for line in sys.stdin.buffer:
        said = json.loads(line)
        if said["type"] == "control_request":
            response = {"subtype": "success", "request_id": said["request_id"], "response": {}}
            emit({"type": "control_response", "response": response})
        elif said["type"] == "user":
            turn(sys.argv[sys.argv.index("--model") + 1])


def turn(model: str) -> None:
    """One question and its answer."""
    emit({"type": "system", "subtype": "init", "cwd": os.getcwd(), "model": model, "tools": []})
    served, text = answered(model)
    message = {"role": "assistant", "model": served, "content": [{"type": "text", "text": text}]}
    emit({"type": "assistant", "message": message})
    emit(
        {"type": "result", "subtype": "success", "is_error": False, "result": text, "terminal_reason": "completed"}
    )


def answered(model: str) -> tuple[str, str]:
    """Who answered, and what; what breaks is asked again as a new request."""
    for _ in range(TRIES):
        try:
            return asked(model)
        except (OSError, ValueError, http.client.HTTPException):
            time.sleep(PAUSE)
    sys.exit("nobody answers")


def asked(model: str) -> tuple[str, str]:
    """Ask once; ValueError when the stream ends early."""
    body = {"model": model, "max_tokens": 400, "stream": True, "messages": [{"role": "user", "content": "go on"}]}
    request = urllib.request.Request(
        os.environ["ANTHROPIC_BASE_URL"] + "/v1/messages",
        json.dumps(body).encode(),
        {
            "content-type": "application/json",
            "anthropic-version": "2023-06-01",
            "authorization": "Bearer " + os.environ["ANTHROPIC_AUTH_TOKEN"],
        },
    )
    served, text = "", ""
    with urllib.request.urlopen(request, timeout=180) as stream:
        for line in stream:
            event = json.loads(line[5:]) if line.startswith(b"data:") else {}
            match event.get("type"):
                case "message_start":
                    served = event["message"]["model"]
                case "content_block_delta":
                    text += event["delta"].get("text", "")
                case "message_stop":
                    return served, text
    raise ValueError("the stream ended early")


def emit(line: object) -> None:
    """Write a line of the stream."""
    sys.stdout.write(json.dumps(line, separators=(",", ":")) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
