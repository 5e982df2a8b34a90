"""Connections to one server, made by the Kubernetes client: the one place that imports `kubernetes`.

Of that client only the connections are used. Its own reading of a kubeconfig leaves keys in files, goes on
as nobody where a plugin fails, and knows no impersonation.
"""

from __future__ import annotations

import ssl
from typing import Any
from urllib.parse import unquote, urlsplit

from console.errors import ClusterError
from console.redact import keep_secret

KEPT = 32
"""Connections kept open; more calls than these open connections of their own and never wait."""


def prepare() -> None:
    """Import the Kubernetes client: 150 ms on an idle machine."""
    import kubernetes.client  # noqa: F401, PLC0415 - after the first frame


def open_pool(server: str, *, trust: ssl.SSLContext, proxy: str, server_name: str = "") -> Any:
    """Give urllib3's manager of the connections to the server, by way of the proxy where there is one."""
    import urllib3  # noqa: PLC0415 - comes with kubernetes
    from kubernetes import client  # noqa: PLC0415 - 150 ms, after the first frame

    configuration = client.Configuration()
    configuration.host = server
    configuration.connection_pool_maxsize = KEPT
    configuration.tls_server_name = server_name or None
    configuration.verify_ssl = trust.verify_mode is not ssl.CERT_NONE
    configuration.no_proxy = None
    configuration.proxy = proxy or None
    if proxy.startswith("http"):
        configuration.proxy_headers = _names_us(proxy)
        configuration.proxy_ssl_context = _trust_in_proxy(trust)
    if not configuration.verify_ssl:
        # The kubeconfig asks for it, and a warning a call would be written across the screen.
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    try:
        pool = client.ApiClient(configuration).rest_client.pool_manager
    except (ValueError, urllib3.exceptions.HTTPError) as error:
        raise ClusterError(
            f"The address of the server or of its proxy can't be used ({type(error).__name__}).",
            hint="Check server and proxy-url of the cluster, and HTTPS_PROXY.",
        ) from None
    pool.connection_pool_kw["ssl_context"] = trust
    return pool


def _names_us(proxy: str) -> dict[str, str]:
    """Give what the proxy wants to know of us: the user and the password in its address."""
    import urllib3  # noqa: PLC0415 - as above

    parts = urlsplit(proxy)
    if parts.username is None:
        return {}
    user, password = unquote(parts.username), unquote(parts.password or "")
    headers = urllib3.make_headers(proxy_basic_auth=f"{user}:{password}")
    keep_secret(headers["proxy-authorization"].rpartition(" ")[2])
    return dict(headers)


def _trust_in_proxy(trust: ssl.SSLContext) -> ssl.SSLContext:
    """Trust a proxy as the server, as kubectl does, or as this machine does; show it no certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_default_certs()
    for authority in trust.get_ca_certs(binary_form=True):
        context.load_verify_locations(cadata=authority)
    return context
