"""What travels with a run, and which proxy leads where."""

import pytest

from ccorch.rules.passing import PASSED, proxy_for

BOTH = {"HTTP_PROXY": "http://plain:1", "HTTPS_PROXY": "http://tls:2"}


@pytest.mark.parametrize(
    ("url", "environment", "proxy"),
    [
        ("https://api.example.com", {}, None),
        ("https://api.example.com", BOTH, "http://tls:2"),
        ("http://api.example.com", BOTH, "http://plain:1"),
        ("https://api.example.com", BOTH | {"https_proxy": "http://lower:3"}, "http://lower:3"),
        ("https://api.example.com", {"ALL_PROXY": "socks5://s:4"}, "socks5://s:4"),
        ("https://api.example.com", {"https_proxy": "bare:5"}, "http://bare:5"),
        ("https://api.example.com", {"https_proxy": " "}, None),
        ("http://127.0.0.1:8080/x", BOTH, None),
        ("http://localhost:8080", BOTH, None),
        ("http://[::1]:8080", BOTH, None),
        ("https://api.example.com", BOTH | {"NO_PROXY": "*"}, None),
        ("https://api.example.com", BOTH | {"NO_PROXY": "other.com, example.com"}, None),
        ("https://api.example.com", BOTH | {"no_proxy": ".example.com"}, None),
        ("https://api.example.com", BOTH | {"NO_PROXY": "*.Example.com"}, None),
        ("https://badexample.com", BOTH | {"NO_PROXY": "example.com"}, "http://tls:2"),
        ("https://api.example.com:8443", BOTH | {"NO_PROXY": "example.com:8443"}, None),
        ("https://api.example.com:8443", BOTH | {"NO_PROXY": "example.com:1"}, "http://tls:2"),
        ("https://10.1.2.3", BOTH | {"NO_PROXY": "10.0.0.0/8"}, None),
        ("https://11.1.2.3", BOTH | {"NO_PROXY": "10.0.0.0/8"}, "http://tls:2"),
        ("https://api.example.com", BOTH | {"NO_PROXY": "nonsense/8"}, "http://tls:2"),
        ("https://[fd00::5]", BOTH | {"NO_PROXY": "fd00::5"}, None),
    ],
)
def test_the_callers_proxy_is_used_where_the_caller_would_use_it(
    url: str, environment: dict[str, str], proxy: str | None
) -> None:
    assert proxy_for(url, environment) == proxy


def test_nothing_that_holds_a_key_or_redirects_requests_travels() -> None:
    assert not [name for name in PASSED if name.startswith(("ANTHROPIC", "CLAUDE", "AWS")) or "KEY" in name]
    assert len(set(PASSED)) == len(PASSED)
