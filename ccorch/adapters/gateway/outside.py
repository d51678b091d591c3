"""The way from here to a provider: the proxy and the certificates that the caller reaches it with."""

import ssl
from collections.abc import Mapping
from urllib.parse import urlsplit

from ccorch.errors import ProfileUnusable
from ccorch.rules.passing import proxy_for

SPOKEN = ("http", "https")
"""Kinds of proxies that the gateway can speak to."""


def proxy_to(base_url: str, environment: Mapping[str, str]) -> str | None:
    """The proxy to a provider, or None; raises ProfileUnusable for one of a kind that is not spoken here."""
    proxy = proxy_for(base_url, environment)
    scheme = urlsplit(proxy).scheme.lower() if proxy else "http"
    if scheme not in SPOKEN:
        raise ProfileUnusable(
            f"the proxy to {base_url} is a {scheme} proxy, which the gateway cannot use",
            hint="set HTTPS_PROXY to an http:// proxy, or name the provider's host in NO_PROXY",
        )
    return proxy


def certificates(environment: Mapping[str, str]) -> ssl.SSLContext | None:
    """Whom to trust when the caller says so, or None: SSL_CERT_FILE and _DIR replace the system's authorities.

    NODE_EXTRA_CA_CERTS is added to them. Raises ProfileUnusable when one of them cannot be read.
    """
    file, folder, extra = (
        environment.get(n) or None for n in ("SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS")
    )
    if not (file or folder or extra):
        return None
    try:
        context = ssl.create_default_context(cafile=file, capath=folder)
        if extra:
            context.load_verify_locations(extra)
    except OSError as error:
        raise ProfileUnusable(
            f"the certificates of SSL_CERT_FILE={file}, SSL_CERT_DIR={folder}, NODE_EXTRA_CA_CERTS={extra} "
            f"cannot be read: {error}",
            hint="correct or unset these variables, then run again",
        ) from error
    return context
