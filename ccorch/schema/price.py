"""Dated list prices of models."""

from typing import Annotated

from pydantic import Field

from ccorch.schema.base import Value


class ModelPrice(Value):
    """List price of one model in US dollars per million tokens."""

    input: Annotated[float, Field(ge=0)]
    """Input tokens that were not cached."""
    output: Annotated[float, Field(ge=0)]
    """Output tokens."""
    cache_read: Annotated[float, Field(ge=0)] | None = None
    """Input tokens read from a cache; null takes the input price."""
    cache_write: Annotated[float, Field(ge=0)] | None = None
    """Input tokens written to a cache; null takes 1.25 times the input price."""


class Prices(Value):
    """A dated price list."""

    dated: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    """Day on which the prices were looked up."""
    models: dict[str, ModelPrice] = {}
    """Prices by model id; a model that is not here has no known price."""
