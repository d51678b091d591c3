"""How long one composition takes: plain `hydra.compose`, the resolver cold and warm, and a new process.

Run as `python bench/resolve.py`; prints a table of minimum and median milliseconds.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import hydra  # noqa: E402

from ccorch.config import stack  # noqa: E402
from ccorch.config.compose import ComposeRequest, Resolver  # noqa: E402
from ccorch.config.layers import layer_dirs  # noqa: E402
from ccorch.config.source import session  # noqa: E402

WORDS = ("role=security", "policy.max_concurrent=3", "routing=cheap")
PROCESS = """
import sys
from pathlib import Path
from ccorch.config.compose import ComposeRequest, compose
place = Path(sys.argv[1])
compose(ComposeRequest(place, tuple(sys.argv[2:]), task="x", user_dir=place / "none", cache_dir=place / "kept"))
"""


def timed(action: Callable[[], object], times: int) -> tuple[float, float]:
    """Minimum and median milliseconds."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        action()
        taken.append((time.perf_counter() - start) * 1000)
    return min(taken), statistics.median(taken)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        request = ComposeRequest(place, WORDS, task="x", user_dir=place / "none")
        layers = layer_dirs(place, None, place / "none")
        words = [f"++{word}" if "." in word else word for word in WORDS]

        def by_hydra() -> None:
            with session(layers):
                hydra.compose(stack.PRIMARY, overrides=words)

        def in_a_new_process() -> None:
            line = [sys.executable, "-c", PROCESS, folder, *WORDS]
            subprocess.run(line, check=True, env={"PYTHONPATH": str(ROOT)})

        warm = Resolver()
        warm.compose(request)
        rows = {
            "hydra.compose, every time": timed(by_hydra, 10),
            "resolver, first time (Hydra + places)": timed(lambda: Resolver().compose(request), 10),
            "resolver, warm (with validation)": timed(lambda: warm.compose(request), 3000),
            "new process, nothing kept": timed(in_a_new_process, 1),
            "new process, composition kept on disk": timed(in_a_new_process, 5),
        }
    print(f"{'':42}{'min ms':>10}{'median ms':>12}")
    for name, (least, middle) in rows.items():
        print(f"{name:42}{least:10.3f}{middle:12.3f}")


if __name__ == "__main__":
    main()
