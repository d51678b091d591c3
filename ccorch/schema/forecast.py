"""What a plan will probably cost, from what such work has cost before; shown beside it and not part of it."""

from typing import Annotated

from pydantic import Field

from ccorch.schema.base import Many, Value


class Expected(Value):
    """The money that eight of ten past nodes of each kind took, added up over the plan's nodes."""

    low_usd: float | None
    """Lower end in US dollars; null where too little is known."""
    high_usd: float | None
    """Upper end in US dollars; null where too little is known."""
    samples: Annotated[int, Field(ge=0)]
    """Past nodes that it is drawn from; of the kind of node of which the fewest are known."""
    unknown: Many[str] = ()
    """Kinds of node of which too little is known, as role on profile/model."""
