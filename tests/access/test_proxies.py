from __future__ import annotations

import pytest

from console.access.proxies import proxy_for

FAR = "https://api.example.com:6443"
PROXY = "http://proxy:3128"


def asked(server: str, **environ: str) -> str:
    return proxy_for(server, given="", environ=environ)


def test_the_kubeconfig_s_own_holds_for_this_machine_too() -> None:
    environ = {"NO_PROXY": "*", "HTTPS_PROXY": "http://other"}
    assert proxy_for("https://127.0.0.1:1", given=PROXY, environ=environ) == PROXY


def test_a_socks_proxy_looks_the_name_up_as_with_go() -> None:
    assert proxy_for(FAR, given="socks5://u:p@proxy:1", environ={}) == "socks5h://u:p@proxy:1"
    assert asked(FAR, HTTPS_PROXY="socks5h://proxy:1") == "socks5h://proxy:1"


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy"])
def test_the_environment_is_read_in_both_spellings(name: str) -> None:
    assert asked(FAR, **{name: PROXY}) == PROXY


def test_the_upper_case_wins_and_other_variables_say_nothing() -> None:
    assert asked(FAR, HTTPS_PROXY=PROXY, https_proxy="http://other") == PROXY
    assert asked(FAR, HTTP_PROXY=PROXY, ALL_PROXY=PROXY, all_proxy=PROXY) == ""
    assert asked("http://api.example.com", HTTP_PROXY=PROXY) == PROXY


def test_a_proxy_without_a_scheme_is_an_http_proxy() -> None:
    assert asked(FAR, HTTPS_PROXY="proxy:3128") == PROXY


@pytest.mark.parametrize("server", ["https://localhost:1", "https://127.0.0.9:1", "https://[::1]:1"])
def test_this_machine_lies_behind_no_proxy(server: str) -> None:
    assert asked(server, HTTPS_PROXY=PROXY) == ""


@pytest.mark.parametrize(
    ("server", "no_proxy"),
    [
        (FAR, "*"),
        (FAR, "api.example.com"),
        (FAR, " example.com , x"),
        (FAR, ".example.com"),
        (FAR, "*.example.com"),
        (FAR, "API.Example.com:6443"),
        ("https://10.1.2.3:6443", "10.0.0.0/8"),
        ("https://10.1.2.3:6443", "10.1.2.3"),
        ("https://10.1.2.3", "10.1.2.3:443"),
        ("https://[2001:db8::1]:6443", "2001:db8::/32"),
        ("https://[2001:db8::1]:6443", "[2001:db8::1]:6443"),
        ("https://[2001:db8::1]:6443", "2001:db8::1"),
    ],
)
def test_what_no_proxy_means_is_reached_directly(server: str, no_proxy: str) -> None:
    assert asked(server, HTTPS_PROXY=PROXY, NO_PROXY=no_proxy) == ""
    assert asked(server, HTTPS_PROXY=PROXY, no_proxy=no_proxy) == ""


@pytest.mark.parametrize(
    ("server", "no_proxy"),
    [
        (FAR, ""),
        (FAR, ","),
        (FAR, "ample.com"),
        (FAR, "api.example.com:443"),
        ("https://example.com", ".example.com"),
        ("https://10.1.2.3:6443", "10.1.2.3:443"),
        ("https://10.1.2.3:6443", "1.2.3"),
        ("https://10.1.2.3:6443", "11.0.0.0/8"),
        ("https://10.1.2.3:6443", "10.0.0.0/99"),
    ],
)
def test_what_no_proxy_does_not_mean_goes_through_the_proxy(server: str, no_proxy: str) -> None:
    assert asked(server, HTTPS_PROXY=PROXY, NO_PROXY=no_proxy) == PROXY
