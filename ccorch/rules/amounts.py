"""Numbers, money, tokens, lengths of time and of lists as people read them, the same wherever they are told."""

from collections.abc import Sequence


def money(usd: float | None) -> str:
    """Dollars; what is not known is said, never shown as nothing."""
    if usd is None:
        return "unknown"
    if usd == 0:
        return "$0"
    if usd < 0.0001:
        return "<$0.0001"
    return f"${usd:,.2f}" if usd >= 10 or usd == round(usd, 2) else f"${usd:.4f}"


def paid(usd: float | None, plan: str | None) -> str:
    """Money where a subscription may pay for all of it or a part."""
    match plan:
        case None:
            return money(usd)
        case "all":
            return "plan"
    return f"{money(usd)} + plan"


def tokens(count: int | None) -> str:
    """A number of tokens, such as 950, 12.3k or 1.2M."""
    if count is None:
        return "unknown"
    if count < 1000:
        return str(count)
    return f"{count / 1000:.1f}k" if count < 999_950 else f"{count / 1_000_000:.1f}M"


def span(seconds: float) -> str:
    """A length of time, such as 0.4s, 12s, 3m05s or 2h07m."""
    if seconds < 9.95:
        return f"{max(seconds, 0):.1f}s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02}s"
    return f"{whole // 3600}h{whole % 3600 // 60:02}m"


def number(count: int, thing: str) -> str:
    """How many of a thing there are, such as 1 file or 12 files."""
    return f"{count} {thing}{'s' * (count != 1)}"


def times(count: int) -> str:
    """How often, such as once, twice or 3 times."""
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def limit(seconds: float) -> str:
    """A length of time as people set one, such as 0.5s, 90s, 5 min or 2 h; what is not whole is told as a span."""
    if seconds >= 3600 and seconds % 3600 == 0:
        return f"{seconds / 3600:g} h"
    if 60 <= seconds < 7200 and seconds % 60 == 0:
        return f"{seconds / 60:g} min"
    return f"{seconds:g}s" if seconds < 120 else span(seconds)


def size(count: float) -> str:
    """Bytes, such as 912 B, 7.1 kB or 86 MB."""
    unit, *larger = "B", "kB", "MB", "GB"
    while count >= 999.5 and larger:
        count, unit, *larger = count / 1000, *larger
    return f"{count:.0f} {unit}" if count >= 10 or unit == "B" else f"{count:.1f} {unit}"


def some(things: Sequence[str], most: int = 10) -> str:
    """The first of them, and how many more there are."""
    more = f" and {len(things) - most} more" if len(things) > most else ""
    return ", ".join(things[:most]) + more
