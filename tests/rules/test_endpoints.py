"""Promises of rules/endpoints.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccorch.rules.endpoints import address, host

WORD = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("url", "where", "shown"),
    [
        ("https://api.z.ai/api/anthropic", "api.z.ai", "https://api.z.ai/api/anthropic"),
        ("http://127.0.0.1:3456", "127.0.0.1:3456", "http://127.0.0.1:3456"),
        ("http://[::1]:80/v", "[::1]:80", "http://[::1]:80/v"),
        ("https://user:word@host.example/x?key=word#word", "host.example", "https://host.example/x"),
        ("", "", ""),
        ("${HOST}/word", "", ""),
    ],
)
def test_an_address_is_shown_without_what_could_be_a_credential(url: str, where: str, shown: str) -> None:
    assert (host(url), address(url)) == (where, shown)


@given(WORD, WORD, WORD, WORD)
def test_neither_user_nor_password_nor_query_is_ever_shown(user: str, password: str, name: str, query: str) -> None:
    url = f"https://<{user}>:<{password}>@{name}.example/path?<{query}>"

    assert "<" not in host(url) + address(url)
    assert host(url) == f"{name}.example"
