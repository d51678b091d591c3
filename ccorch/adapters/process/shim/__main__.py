"""Entry: `python -I -S …/shim/__main__.py ATTEMPT_DIR [LOCK_FD]` supervises one attempt to its exit record."""

import os
import sys

if not __package__:
    # Run by path and isolated, the package names itself (PEP 366), so nothing else of the house is imported.
    sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    __package__ = "shim"
    __import__("shim")

from .supervise import supervise

if __name__ == "__main__":
    status = supervise(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else None)
    sys.stderr.flush()
    # everything is on disk: whoever waits for our end need not wait for an interpreter that takes itself down
    os._exit(status)
