"""Plan, route, launch, meter, fence, verify and record many Claude Code workers.

For programs: `from ccorch import plan, submit, wait, show, verify, call, CcorchError`; see docs/python.md.
"""

import sys
from importlib import import_module
from types import ModuleType

__version__ = "0.1.0"

VERBS = ("call", "plan", "show", "submit", "verify", "wait")
"""Functions for programs; loaded when one is first used, for commands import this package, too."""


def _verb(name: str) -> property:
    def verb(_: ModuleType) -> object:
        found: object = getattr(import_module("ccorch.frontends.python"), name)
        return found

    # two rooms of the house have the name of a verb: here it always means the verb
    return property(verb, lambda _, room: None)


class _Package(ModuleType):
    call, plan, show, submit, verify, wait = map(_verb, VERBS)

    @property
    def CcorchError(self) -> object:
        """What every expected problem is."""
        found: object = import_module("ccorch.errors").CcorchError
        return found


sys.modules[__name__].__class__ = _Package
