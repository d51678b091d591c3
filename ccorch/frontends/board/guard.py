"""Who may ask the board for something: whoever has its token, from its own page, on this machine."""

from collections.abc import Mapping
from dataclasses import dataclass
from hmac import compare_digest

SCHEME = "Bearer "
OWN_HEADER = "X-Ccorch-Board"
"""A header that no other site's page can send unasked."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
"""What the page may do: load its own three files and ask its own server, and never make a text into a program."""

OPEN = ("/", "/board.css", "/board.js")
"""What is given without the token: files that hold nothing of any run."""

HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Stand on every answer."""


@dataclass(frozen=True)
class Refusal:
    """Why a request is not answered."""

    status: int
    code: str
    message: str
    hint: str = ""


@dataclass(frozen=True)
class Guard:
    """What a request is held against."""

    token: str
    port: int

    @property
    def hosts(self) -> tuple[str, ...]:
        """Names under which the board is asked; any other was pointed here by somebody else's name service."""
        return f"127.0.0.1:{self.port}", f"localhost:{self.port}"

    def refusal(self, method: str, path: str, headers: Mapping[str, str]) -> Refusal | None:
        """Why the request is not answered; null when it is."""
        host, origin = headers.get("Host", ""), headers.get("Origin")
        if host not in self.hosts:
            return Refusal(
                421, "FOREIGN_HOST", f"this board is not {host[:200]!r}", f"it is http://{self.hosts[0]}"
            )
        is_foreign = origin is not None and origin not in [f"http://{name}" for name in self.hosts]
        if is_foreign or headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none"):
            return Refusal(403, "FOREIGN_ORIGIN", "the board answers its own page only")
        if path in OPEN:
            return None
        given = headers.get("Authorization", "")
        if not compare_digest(given.encode(errors="replace"), (SCHEME + self.token).encode()):
            hint = "open the address that `ccorch board` printed; it ends with the token"
            return Refusal(401, "NO_TOKEN", "the board's token is missing or wrong", hint)
        if method == "POST" and (origin is None or OWN_HEADER not in headers):
            return Refusal(403, "FOREIGN_ORIGIN", f"what changes something needs Origin and {OWN_HEADER}")
        return None
