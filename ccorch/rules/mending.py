"""What a worker is told about a handoff that was not accepted."""

from collections.abc import Sequence

WORDS = (
    "Your structured result was not accepted:\n{problems}\n"
    "Give the whole corrected result now, as structured output. Do nothing else."
)
MOST_PROBLEMS = 10


def words_for(problems: Sequence[str]) -> str:
    """The validator's words, and what is asked for."""
    return WORDS.format(problems="\n".join(f"- {problem}" for problem in problems[:MOST_PROBLEMS]))
