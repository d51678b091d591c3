"""What every detector is: a code, how bad what it notices is, and a page that says why and what to do."""

import re
from inspect import cleandoc
from typing import Any, ClassVar

from ccorch.schema.finding import Finding, Severity


class Detector:
    """Something that is noticed; the text of each is its page."""

    severity: ClassVar[Severity] = "medium"
    blocking: ClassVar[bool] = False

    @classmethod
    def code(cls) -> str:
        """Its name in findings, such as route_mismatch."""
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", cls.__name__).lower()

    @classmethod
    def found(cls, message: str, **where: Any) -> Finding:
        """What it noticed; severity and blocking are the detector's own unless they are given."""
        told = {"severity": cls.severity, "blocking": cls.blocking, **where}
        return Finding(code=cls.code(), message=message, **told)

    @classmethod
    def page(cls) -> str:
        """Its page, in Markdown."""
        stands = "stands against acceptance" if cls.blocking else "is a warning"
        return f"# {cls.code()}\n\nSeverity {cls.severity}; it {stands}.\n\n{cleandoc(cls.__doc__ or '')}\n"
