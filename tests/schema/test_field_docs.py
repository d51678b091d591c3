"""The sentences beneath fields, which are told as help, in schemas and in handoffs."""

import gc
import sys
from concurrent.futures import ThreadPoolExecutor

from ccorch.schema import event, plan, policy, summary
from ccorch.schema.base import Value, field_docs


def test_several_threads_may_ask_for_them_at_once() -> None:
    """Python's parser of syntax trees gives up (SystemError) where threads take turns in it."""
    homes = (event, plan, policy, summary)
    models = [
        one for home in homes for one in vars(home).values() if isinstance(one, type) and issubclass(one, Value)
    ]
    alone = [field_docs.__wrapped__(model) for model in models]

    turns, threshold = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(1e-6)
    gc.set_threshold(50)
    gc.callbacks.append(_told)  # what runs while garbage is collected lets other threads in
    try:
        with ThreadPoolExecutor(8) as threads:
            together = list(threads.map(field_docs.__wrapped__, models))
    finally:
        gc.callbacks.remove(_told)
        gc.set_threshold(*threshold)
        sys.setswitchinterval(turns)

    assert together == alone


def _told(phase: str, info: dict[str, int]) -> None:
    for _ in phase:
        pass
