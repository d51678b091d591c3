"""Prices: what a line costs, with discount and tax."""

TAX = 0.19
DISCOUNTS = {"WELCOME10": 0.10, "SUMMER25": 0.25}


def line_price(unit_price: float, quantity: int) -> float:
    """Price of one line of the cart, before discount and tax."""
    return unit_price * quantity


def discounted(price: float, code: str | None) -> float:
    """Price after the discount that the code stands for; an unknown code gives none."""
    return price * (1 - DISCOUNTS.get(code or "", 0.0))


def with_tax(price: float) -> float:
    """Price with tax, in whole cents."""
    return round(price * (1 + TAX), 2)
