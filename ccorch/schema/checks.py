"""Which checks judge a run at its end."""

from ccorch.schema.base import Value


class Checks(Value):
    """What the verdict is made of, besides that every node passed."""

    route: bool = True
    """Whether the models that answered must be the ones that were planned."""
    write_scope: bool = True
    """Whether what writers changed must lie within their scope."""
