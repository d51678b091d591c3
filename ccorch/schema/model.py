"""What models are good at: families of models with their capability scores, and how much each role cares."""

from typing import Annotated, Literal

from pydantic import Field

from ccorch.schema.base import Many, Value, unset

Score = Annotated[float, Field(ge=0, le=10)]
"""0 is useless, 10 is the best there is."""

Weight = Annotated[float, Field(ge=0, le=1)]

Capability = Literal["code", "long_context", "reasoning", "speed", "stability", "cost", "tools", "multimodal"]


class Scores(Value):
    """How good a model is at what workers need, each from 0 to 10."""

    code: Score = 6.0
    """Writing and changing code."""
    long_context: Score = 6.0
    """Keeping much text in mind."""
    reasoning: Score = 6.0
    """Thinking through what is not said."""
    speed: Score = 6.0
    """Answering fast."""
    stability: Score = 6.0
    """Doing the same thing well each time."""
    cost: Score = 6.0
    """Being cheap; 10 is the cheapest."""
    tools: Score = 6.0
    """Calling tools as they are described."""
    multimodal: Score = 6.0
    """Understanding images."""


class Family(Value):
    """Models that are alike, told by their names: the first family that fits a model is its own."""

    starts: Annotated[str, Field(min_length=1, max_length=60)]
    """Beginning of the model's name up to a digit, a dash or its end, such as glm or claude."""
    words: Many[str] = ()
    """Parts between dashes that the name must have too, such as opus."""
    version: Annotated[float, Field(ge=0)] = 0.0
    """Least version, the first number in the name; 5 takes glm-5.2 and leaves glm-4.7 to a later family."""
    scores: Scores = unset(Scores)
    """What its models are good at."""


class Models(Value):
    """What is believed of models until it is measured, and what each role asks of them."""

    families: dict[str, Family] = {}
    """Families by name, in the order in which they are tried."""
    base: Scores = unset(Scores)
    """Scores of a model that no family fits."""
    weights: dict[str, dict[Capability, Weight]] = {}
    """Share of each capability by role; roles that are not named take `default`."""
