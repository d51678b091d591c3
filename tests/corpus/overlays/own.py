"""Forms that the guard itself brought to mind while it was made."""

from tests.corpus.overlays import Attempt, call, choose, put, word

OWN: tuple[Attempt, ...] = (
    *(word(f"{sign}policy.max_turns=3") for sign in ("@", ".", " ")),
    *(put(key, 1) for key in ("", "a..b", "policy.", "policy max", "_x")),
    *(put("cost.confirm_above_usd", value) for value in (None, 1e5)),
    *(put("role.tools", value) for value in (None, ["*"], ["mcp__x"])),
    *(choose(group, "default") for group in ("prompt", "nothing", "")),
    *(choose("role", option) for option in (None, 1, [], "a b", "x" * 100)),
    *(put("cost.usd_per_run", value) for value in (-1, "1", 1e9)),
    word(*("role=review" for _ in range(100))),
    word("role=review", "role=security"),
    word("=x"),
    word("role"),
    call("plan", overrides=["role=review"], overlay={"groups": {"role": "security"}}, task="x"),
    call("plan", overrides="role=review", task="x"),
    call("plan", overlay={"hydra": {}}, task="x"),
)
