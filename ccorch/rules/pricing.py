"""What tokens cost, which price fits a model's many spellings, and whether two spellings name one model."""

import re
from collections.abc import Callable, Iterator
from decimal import ROUND_CEILING, Decimal
from functools import cache, lru_cache

from ccorch.schema.ledger import Usage
from ccorch.schema.price import ModelPrice, Prices

CACHE_WRITE_FACTOR = Decimal("1.25")

_MARKER = re.compile(r"\[\d+[km]\]$")
_VERSION = re.compile(r"(?<=\d)-v\d+$")
_EFFORT = re.compile(r"-(minimal|low|medium|high|xhigh)$")
_DATE = re.compile(r"-(20\d\d-(0[1-9]|1[0-2])-([0-2]\d|3[01])|(20)?\d\d(0[1-9]|1[0-2])([0-2]\d|3[01])|latest)$")
_VENDOR = re.compile(r"^(?:[a-z-]+\.)+(?=[a-z])")
_ALIASES = ("fable", "haiku", "opus", "sonnet")


class Price(ModelPrice):
    """A model's price and the day on which it was looked up."""

    dated: str
    """Day of the price list."""


def cost(price: ModelPrice, usage: Usage, multiplier: float = 1.0) -> int:
    """Cost in nano-dollars, rounded up once at the end."""
    return int(exact_cost(price, usage, multiplier).to_integral_value(ROUND_CEILING))


def exact_cost(price: ModelPrice, usage: Usage, multiplier: float = 1.0) -> Decimal:
    """Cost in nano-dollars to the last digit: the four parts added, then multiplied."""
    read, write = _cache_prices(price)
    parts = (
        usage.input * _exact(price.input)
        + usage.output * _exact(price.output)
        + usage.cache_read * read
        + usage.cache_write * write
    )
    # dollars per million tokens are thousands of nano-dollars per token
    return parts * 1000 * _exact(multiplier)


def worst_input(price: ModelPrice) -> ModelPrice:
    """The same price with every input token at the dearest rate it can be billed at."""
    write = float(_cache_prices(price)[1])
    dearest = max(price.input, price.cache_read or 0.0, write)
    return ModelPrice(input=dearest, output=price.output, cache_read=dearest, cache_write=dearest)


Pricer = Callable[[str], Price | None]
"""The price of a model; None when unknown, which is not 0."""


def find(prices: Prices, model: str) -> Price | None:
    """The price of a model by its exact spelling or a looser one; None when unknown, which is not 0."""
    return pricer(prices)(model)


def pricer(*lists: Prices | None) -> Pricer:
    """The price of each model by the first of these lists that knows it; for many models it looks once."""
    known = [(prices, _by_spelling(prices)) for prices in lists if prices is not None]

    @cache
    def price(model: str) -> Price | None:
        for prices, names in known:
            fits: list[str] = next((names[text] for text in _spellings(model) if text in names), [])
            if fits:
                return Price(dated=prices.dated, **prices.models[_closest(fits, model)].model_dump())
        return None

    return price


def canonical(model: str) -> str:
    """A model's id without anything that does not name the model: vendor, path, marker, variant and date."""
    return _strip(_DATE, plain(model))


def plain(model: str) -> str:
    """A model's id without vendor, path, context marker, variant and packaging version, but with its date."""
    # a local router's `provider,model` names the provider first
    name = _strip(_MARKER, model.strip().lower()).rsplit(",", 1)[-1].rsplit("/", 1)[-1].strip()
    name = name.split(":", 1)[0].replace("@", "-").replace(" ", "-")
    name = _VENDOR.sub("", name)
    start = name.find("claude-")
    # only Claude ids carry a packaging version (`…-20251101-v1:0`); for others -v4 is another model
    return _strip(_VERSION, name[start:].replace(".", "-")) if start >= 0 else name


def same_model(declared: str, served: str) -> bool:
    """Whether the model that answered is the one that was chosen; two different dates are two models."""
    ours, theirs = plain(declared), plain(served)
    if ours in _ALIASES:
        return theirs == ours or (theirs.startswith("claude-") and ours in theirs.split("-"))
    if canonical(declared) != canonical(served):
        return False
    return len({date for date in (_date(ours), _date(theirs)) if date}) < 2


def is_alias(model: str) -> bool:
    """Whether this is one of Claude Code's own names for whichever model it takes for a tier."""
    return plain(model) in _ALIASES


def _exact(number: float) -> Decimal:
    return Decimal(repr(number))


def _cache_prices(price: ModelPrice) -> tuple[Decimal, Decimal]:
    full = _exact(price.input)
    read = full if price.cache_read is None else _exact(price.cache_read)
    write = full * CACHE_WRITE_FACTOR if price.cache_write is None else _exact(price.cache_write)
    return read, write


def _spellings(model: str) -> Iterator[str]:
    yield model.strip().lower()
    yield plain(model)
    yield canonical(model)
    yield _strip(_EFFORT, canonical(model))


def _by_spelling(prices: Prices) -> dict[str, list[str]]:
    """The names of a list by every spelling that they can be asked for with, in the order of the list."""
    found: dict[str, list[str]] = {}
    for name in prices.models:
        for spelling in _keys(name):
            found.setdefault(spelling, []).append(name)
    return found


@lru_cache(maxsize=4096)
def _keys(name: str) -> frozenset[str]:
    return frozenset((name.strip().lower(), plain(name), canonical(name)))


def _closest(names: list[str], model: str) -> str:
    """The spelling itself, else the undated name, else the newest date."""
    wanted = (model.strip().lower(), plain(model))
    for name in names:
        if name.strip().lower() in wanted or plain(name) in wanted:
            return name
    undated = [name for name in names if not _date(plain(name))]
    return min(undated) if undated else max(names, key=lambda name: (_date(plain(name)), name))


def _strip(pattern: re.Pattern[str], name: str) -> str:
    """The name without a match at its end, unless nothing would be left."""
    return pattern.sub("", name) or name


def _date(name: str) -> str:
    """The date at a name's end as digits, without a century so that both spellings compare; '' if none."""
    found = _DATE.search(name)
    if not found or found[1] == "latest":
        return ""
    return found[1].replace("-", "")[-6:]
