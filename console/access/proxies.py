"""Which proxy a server is reached through: the kubeconfig's, or the environment's as Go reads it. Pure.

Python reads the environment in another way: it knows no CIDR, no port and no loopback in NO_PROXY, and takes
ALL_PROXY, which Go does not know.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address

PORTS = {"http": 80, "https": 443}
SCHEMES = ("http", "https", "socks5", "socks5h")


def proxy_for(server: str, *, given: str, environ: Mapping[str, str]) -> str:
    """Give the proxy's address; empty where the server is reached directly.

    `given` is the kubeconfig's own, which holds for every server, this machine among them.
    """
    if given:
        return _by_name(given)
    parts = urlsplit(server)
    named = _variable(environ, f"{parts.scheme.upper()}_PROXY")
    host, port = parts.hostname or "", parts.port or PORTS.get(parts.scheme, 0)
    if not named or _is_direct(host, port, _variable(environ, "NO_PROXY")):
        return ""
    if urlsplit(named).scheme not in SCHEMES or not urlsplit(named).netloc:
        named = f"http://{named}"
    return _by_name(named)


def _by_name(proxy: str) -> str:
    """Let a SOCKS proxy look the server's name up, as Go does: behind it are names that only it knows."""
    scheme, rest = proxy.split("://", maxsplit=1)
    return f"socks5h://{rest}" if scheme.lower() == "socks5" else proxy


def _variable(environ: Mapping[str, str], name: str) -> str:
    return environ.get(name) or environ.get(name.lower()) or ""


def _is_direct(host: str, port: int, no_proxy: str) -> bool:
    if host == "localhost":
        return True
    address = _address(host)
    if address is not None and address.is_loopback:
        return True
    return any(
        _fits(rule, host, port, address)
        for rule in (part.strip().lower() for part in no_proxy.split(","))
        if rule
    )


def _fits(rule: str, host: str, port: int, address: Address | None) -> bool:
    if rule == "*":
        return True
    if "/" in rule:
        return address is not None and _is_within(address, rule)
    named, its_port = _split(rule)
    if its_port and its_port != str(port):
        return False
    of_rule = _address(named)
    if of_rule is not None:
        return address == of_rule
    return bool(named) and address is None and _is_domain_of(host, named)


def _is_domain_of(host: str, named: str) -> bool:
    """Tell whether the rule means the name: `x.com` is it and all below, `.x.com` and `*.x.com` all below."""
    below = named.removeprefix("*")
    if below.startswith("."):
        return host.endswith(below)
    return host == below or host.endswith(f".{below}")


def _is_within(address: Address, network: str) -> bool:
    try:
        return address in ip_network(network, strict=False)
    except ValueError:
        return False


def _split(rule: str) -> tuple[str, str]:
    """Part a name from its port; an IPv6 address has its own in brackets."""
    if rule.startswith("["):
        named, _, rest = rule[1:].partition("]")
        return named, rest.removeprefix(":")
    if rule.count(":") == 1:
        named, _, port = rule.partition(":")
        return named, port
    return rule, ""


def _address(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
