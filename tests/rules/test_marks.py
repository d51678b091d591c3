"""A profile's fingerprint, and what checks of it teach."""

from typing import Any

from ccorch.rules.marks import by_profile, check_mark, fitting, learned, mark
from ccorch.schema.experience import ProfileCheck
from ccorch.schema.profile import Profile, ProfileModels


def profile(**facts: Any) -> Profile:
    known = {"name": "mine", "source": "ccswitch", "base_url": "http://x", "models": ProfileModels(), **facts}
    bare = Profile(**known, fingerprint="0" * 64)
    return bare.model_copy(update={"fingerprint": mark(bare)})


def check(of: Profile, at: float = 1, ok: bool = True, off: tuple[str, ...] = ()) -> ProfileCheck:
    return ProfileCheck(at=at, profile=of.key, fingerprint=check_mark(of), model="m", ok=ok, capabilities_off=off)


def test_how_things_stand_today_is_no_part_of_the_mark() -> None:
    assert mark(profile()) == mark(profile(current=True, unusable="no"))
    assert mark(profile()) != mark(profile(passes=("CI",)))


def test_a_check_of_another_endpoint_says_nothing() -> None:
    old, new = profile(), profile(base_url="http://y")

    assert fitting(old, by_profile([check(old)])) == (check(old),)
    assert fitting(new, by_profile([check(old)])) == ()


def test_the_last_good_check_is_applied_and_changes_the_fingerprint() -> None:
    mine = profile()
    checks = by_profile([check(mine, 1, off=("effort",)), check(mine, 2, off=("b", "a")), check(mine, 3, ok=False)])

    taught = learned(mine, checks)

    assert taught.capabilities_off == ("a", "b")
    assert taught.fingerprint == mark(taught) != mine.fingerprint
    assert check_mark(taught) == check_mark(mine)


def test_what_a_native_profile_declares_stays() -> None:
    mine = profile(source="native", capabilities_off=("effort",))

    assert learned(mine, by_profile([check(mine, off=("other",))])) == mine
