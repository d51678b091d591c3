"""Which of a caller's variables travel with a run, and which proxy of theirs leads to an address."""

from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")
NO_PROXIES = ("NO_PROXY", "no_proxy")

_LOCALE = tuple(
    f"LC_{part}"
    for part in (
        *("ALL", "ADDRESS", "COLLATE", "CTYPE", "IDENTIFICATION", "MEASUREMENT", "MESSAGES", "MONETARY"),
        *("NAME", "NUMERIC", "PAPER", "TELEPHONE", "TIME"),
    )
)

PASSED = (
    *("PATH", "TZ", "LANG", "LANGUAGE", *_LOCALE),
    *("NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "SSL_CERT_DIR", *PROXIES, *NO_PROXIES),
)
"""Variables of the caller that a run is given: what programs need to be found, to speak the caller's language and
to reach the network from here. All else stays behind: it may hold a secret or lead requests elsewhere."""


def proxy_for(url: str, environment: Mapping[str, str]) -> str | None:
    """The caller's proxy for this address; None when it is reached directly, as loopback always is."""
    target = urlsplit(url)
    host = (target.hostname or "").lower()
    if _is_loopback(host) or _is_direct(host, target.port, environment):
        return None
    scheme = target.scheme.lower()
    # lower case wins, as with curl and Node
    for name in (f"{scheme}_proxy", f"{scheme.upper()}_PROXY", "all_proxy", "ALL_PROXY"):
        value = environment.get(name, "").strip()
        if value:
            return value if "://" in value else f"http://{value}"
    return None


def _is_loopback(host: str) -> bool:
    return (
        host == "localhost" or host.endswith(".localhost") or (_is_address(host) and ip_address(host).is_loopback)
    )


def _is_direct(host: str, port: int | None, environment: Mapping[str, str]) -> bool:
    listed = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    return any(_names(entry.lower(), host, port) for entry in listed.replace(",", " ").split())


def _names(entry: str, host: str, port: int | None) -> bool:
    """Whether an entry of NO_PROXY means this host: `*`, a name with all below it, an address, a network."""
    if entry == "*":
        return True
    if "/" in entry:
        return _is_address(host) and _is_network(entry) and ip_address(host) in ip_network(entry, strict=False)
    name, colon, wanted = entry.rpartition(":")
    if colon and wanted.isdecimal() and ":" not in name:
        if port != int(wanted):
            return False
        entry = name
    domain = entry.strip("[]").removeprefix("*").removeprefix(".")
    return bool(domain) and (host == domain or host.endswith(f".{domain}"))


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _is_network(entry: str) -> bool:
    try:
        ip_network(entry, strict=False)
    except ValueError:
        return False
    return True
