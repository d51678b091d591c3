"""Whether checks that somebody below the owner declares are at least as strict as the owner's."""

from ccorch.schema.checks import Checks

SWITCHES = ("route", "write_scope", "checkout", "keep_tests", "need_tests")
LISTS = ("commands", "invariants", "protected")


def weaker(wanted: Checks, owners: Checks) -> tuple[tuple[str, str], ...]:
    """Each key that is less strict than the owner's, and in what; empty when none is.

    What counts as a test decides both what has to be kept and what needs no trial, so it is neither narrowed nor
    widened.
    """
    off = [(key, "is switched off") for key in SWITCHES if getattr(owners, key) and not getattr(wanted, key)]
    less = [
        (key, f"leaves out {' '.join(one) if isinstance(one, tuple) else one}")
        for key in LISTS
        for one in getattr(owners, key)
        if one not in getattr(wanted, key)
    ]
    tests = [("tests", "is another list")] if set(wanted.tests) != set(owners.tests) else []
    longer = [("seconds", f"is {wanted.seconds}, more than {owners.seconds}")]
    return (*off, *less, *tests, *(longer if wanted.seconds > owners.seconds else ()))
