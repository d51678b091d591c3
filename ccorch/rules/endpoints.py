"""What an endpoint's address may hold, and what of it may be shown: never a user, a password or a query."""

import re

from ccorch.schema.profile import ADDRESS

_ADDRESS = re.compile(
    r"(?P<scheme>https?)://(?:[^/?#\s]*@)?(?P<host>[^/?#\s@]+)(?P<path>/[^?#\s]*)?", re.IGNORECASE
)

_PLAIN = re.compile(ADDRESS)


def is_plain(url: str) -> bool:
    """Whether an address has nothing in it but scheme, host, port and path, each as all programs read it."""
    return bool(_PLAIN.fullmatch(url))


def host(url: str) -> str:
    """Its host and port; empty for what is no address."""
    found = _ADDRESS.match(url)
    return found["host"] if found else ""


def address(url: str) -> str:
    """The address without whatever could be a credential; empty for what is no address."""
    found = _ADDRESS.match(url)
    return f"{found['scheme']}://{found['host']}{found['path'] or ''}" if found else ""
