from __future__ import annotations

from typing import Any

import pytest

from ingest.forwarded import believe


def seen(proxies: int, *headers: tuple[str, str]) -> Any:
    scope: Any = {"client": ("10.0.0.1", 5), "scheme": "http"}
    scope["headers"] = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    believe(scope, proxies)
    return scope


@pytest.mark.parametrize(
    ("proxies", "said", "client"),
    [
        (1, "203.0.113.7", "203.0.113.7"),
        (1, "6.6.6.6, 203.0.113.7", "203.0.113.7"),
        (2, "6.6.6.6, 203.0.113.7, 10.0.0.9", "203.0.113.7"),
        (3, "203.0.113.7, 10.0.0.9", "203.0.113.7"),
        (1, "[2001:db8::1]:4711", "2001:db8::1"),
        (1, "2001:DB8::1", "2001:db8::1"),
        (1, "203.0.113.7:80", "203.0.113.7"),
        (1, "unknown", "10.0.0.1"),
        (1, "[", "10.0.0.1"),
        (1, " , ", "10.0.0.1"),
        (1, "\u00e9", "10.0.0.1"),
    ],
)
def test_the_address_is_that_which_the_trusted_proxies_saw(proxies: int, said: str, client: str) -> None:
    assert seen(proxies, ("x-forwarded-for", said))["client"][0] == client


def test_headers_of_one_name_are_one_list() -> None:
    scope = seen(1, ("x-forwarded-for", "6.6.6.6"), ("x-forwarded-for", "203.0.113.7"), ("x-forwarded-proto", "HTTPS"))
    assert (scope["client"][0], scope["scheme"]) == ("203.0.113.7", "https")


def test_a_scheme_that_is_none_says_nothing() -> None:
    assert seen(1, ("x-forwarded-proto", "javascript"))["scheme"] == "http"
