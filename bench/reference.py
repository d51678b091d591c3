"""The process that start-up times are measured against: a pydantic model is defined, and that is all."""

from pydantic import BaseModel


class Point(BaseModel):
    """Two numbers and a name."""

    x: int
    y: int
    name: str = ""
