"""The cart: what a customer is about to buy."""

from dataclasses import dataclass, field

from shop.pricing import discounted, line_price, with_tax


@dataclass(frozen=True)
class Line:
    """So many pieces of one product."""

    product: str
    unit_price: float
    quantity: int = 1


@dataclass
class Cart:
    """Lines and, perhaps, a discount code."""

    lines: list[Line] = field(default_factory=list)
    code: str | None = None

    def add(self, product: str, unit_price: float, quantity: int = 1) -> None:
        """Put so many pieces of a product into the cart."""
        if quantity < 1:
            raise ValueError(f"quantity must be at least 1, not {quantity}")
        self.lines.append(Line(product, unit_price, quantity))

    def total(self) -> float:
        """What the customer pays."""
        prices = (discounted(line_price(line.unit_price, line.quantity), self.code) for line in self.lines)
        return with_tax(discounted(sum(prices), self.code))
