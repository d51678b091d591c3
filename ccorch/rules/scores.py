"""How good the work of an attempt was: how it ended, what was noticed, what somebody said of it after."""

from collections.abc import Sequence
from dataclasses import dataclass

from ccorch.schema.finding import Finding

MANY_TOKENS = 50_000
"""From how many tokens on work is called lavish."""

_OWN_WEIGHT = ("write_scope", "secret_found")
_NOT_THE_MODELS = ("retry_storm", "frozen", "budget")
"""What is the provider's doing or the machine's, and says nothing of the work."""


@dataclass(frozen=True)
class Work:
    """What is known of an attempt; what nobody said is None."""

    passed: bool
    findings: Sequence[Finding]
    tokens: int | None
    solved: bool | None = None
    rework: bool | None = None
    hallucination: bool = False


def score(work: Work) -> tuple[float, str]:
    """100 is flawless, 0 the least; and what was taken off for what."""
    is_solved = work.passed if work.solved is None else work.solved
    codes = [finding.code for finding in work.findings]
    blocks = [finding.code for finding in work.findings if finding.blocking]
    others = [code for code in codes if code not in (*_OWN_WEIGHT, *_NOT_THE_MODELS)]
    again = (not is_solved) if work.rework is None else work.rework
    taken = {
        "not solved": 0 if is_solved else 35,
        "did not pass": 0 if work.passed else 15,
        "outside its scope": 25 if "write_scope" in blocks else 0,
        "a secret": 30 if "secret_found" in blocks else 0,
        f"{len(others)} findings": min(25, 8 * len(others)),
        "claims that do not hold": 25 if work.hallucination else 0,
        "to be done again": 15 if again else 0,
        f"more than {MANY_TOKENS} tokens": 10 if (work.tokens or 0) > MANY_TOKENS else 0,
    }
    why = ", ".join(f"{what} −{points}" for what, points in taken.items() if points)
    return float(max(0, 100 - sum(taken.values()))), why or "nothing against it"
