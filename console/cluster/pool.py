"""Connections to one server, made by the Kubernetes client: the one place that imports `kubernetes`.

Of that client only the connections are used. Its own reading of a kubeconfig leaves keys in files, goes on
as nobody where a plugin fails, and knows no impersonation.

Nor is the rest of it imported: its package loads a class for each kind of object and the libraries of its
kubeconfig with it, 0.6 s of a core, for which a worker that is started to roll back would wait.
"""

from __future__ import annotations

import ssl
import sys
from importlib.util import find_spec
from threading import Lock
from types import ModuleType
from typing import Any
from urllib.parse import unquote, urlsplit

from console.errors import ClusterError
from console.redact import keep_secret

KEPT = 32
"""Connections kept open; more calls than these open connections of their own and never wait."""


PACKAGES = ("kubernetes", "kubernetes.client", "kubernetes.utils")
"""Packages of the client that the connections lie in, and use."""
_IMPORTING = Lock()


def prepare() -> None:
    """Import the connections of the Kubernetes client, before a call waits for them."""
    _ = _connections()


def _connections() -> tuple[Any, Any]:
    """Give the client's `Configuration` and `RESTClientObject`, its packages left out where that goes."""
    with _IMPORTING:
        # Where somebody has imported the real package already it is used: two of one name would each have
        # their own classes.
        ours = () if PACKAGES[0] in sys.modules else _stand_in()
        try:
            return _imported()
        except (ImportError, AttributeError):  # another version needs more of itself: all of it, then
            for name in ours:
                del sys.modules[name]
            return _imported()


def _imported() -> tuple[Any, Any]:
    from kubernetes.client.configuration import Configuration  # noqa: PLC0415 - after the first frame
    from kubernetes.client.rest import RESTClientObject  # noqa: PLC0415 - as above

    return Configuration, RESTClientObject


def _stand_in() -> tuple[str, ...]:
    """Put empty packages in the place of the client's own, so that what they would import is not."""
    spec = find_spec(PACKAGES[0])
    for root in (spec.submodule_search_locations or ()) if spec is not None else ():
        for name in PACKAGES:
            package = ModuleType(name)
            package.__path__ = ["/".join([root, *name.split(".")[1:]])]
            sys.modules[name] = package
        return PACKAGES
    return ()


def open_pool(server: str, *, trust: ssl.SSLContext, proxy: str, server_name: str = "") -> Any:
    """Give urllib3's manager of the connections to the server, by way of the proxy where there is one."""
    import urllib3  # noqa: PLC0415 - comes with kubernetes

    new_configuration, connections_by = _connections()
    configuration = new_configuration()
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
        pool = connections_by(configuration).pool_manager
    except (ValueError, urllib3.exceptions.HTTPError) as error:
        raise ClusterError(
            f"The address of the server or of its proxy can't be used ({type(error).__name__}).",
            hint="Check server and proxy-url of the cluster, and HTTPS_PROXY.",
        ) from None
    # Set past the client's own configuration, which takes certificates from files only: keys would lie on
    # the disk.
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
    # A context of its own: with the server's the proxy would be shown our client certificate.
    context.load_default_certs()
    for authority in trust.get_ca_certs(binary_form=True):
        context.load_verify_locations(cadata=authority)
    return context
