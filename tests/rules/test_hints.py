"""What was last seen of a profile, in words."""

import pytest

from ccorch.rules.cc_switch import Health
from ccorch.rules.hints import ago, checked, seen
from ccorch.schema.experience import ProfileCheck

NOW = 1_000_000.0


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-5, "just now"), (59, "just now"), (60, "1 min ago"), (7_300, "2 h ago"), (200_000, "2 d ago")],
)
def test_ages_are_rounded_down(seconds: float, words: str) -> None:
    assert ago(seconds) == words


def test_traffic_is_told_while_it_is_fresh() -> None:
    assert seen(Health("traffic", "failed", NOW - 120, failures=3), NOW) == (
        "seen by CC Switch's proxy 2 min ago: failed, 3 failures in a row"
    )
    assert seen(Health("traffic", "operational", NOW - 3_600), NOW) is None
    assert seen(None, NOW) is None


def test_probes_are_told_with_their_age() -> None:
    assert seen(Health("probe", "operational", NOW - 172_800, response_ms=1_234), NOW) == (
        "checked by CC Switch 2 d ago: operational, 1.2s"
    )
    assert (
        seen(Health("probe", "failed", NOW, http_status=401), NOW)
        == "checked by CC Switch just now: failed, HTTP 401"
    )


def test_our_own_checks_are_told_with_what_was_wrong() -> None:
    found = ProfileCheck(at=NOW - 7_200, profile="p", fingerprint="f", model="m", ok=True, seconds=1.42)

    assert checked(found, NOW) == "checked 2 h ago: ok, 1.4s"
    assert checked(found.model_copy(update={"ok": False, "reason": "401"}), NOW) == "checked 2 h ago: failed, 401"
