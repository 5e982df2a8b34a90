"""Whether a way into a cluster can be used: what kubectl refuses is refused here, by the user's name.

Pure. What would only fail later, or would be left out in silence, is found before anything is asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from console.cluster.kubeconfig import KubeContext
from console.errors import ClusterError

Json = dict[str, Any]

PROXIES = ("http", "https", "socks5", "socks5h")
"""kubectl knows the first three; `socks5h` is how others write that the proxy looks names up, as here."""
SERVERS = ("https", "http")
EXEC_VERSIONS = ("client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1")
INSTEAD = {
    "gcp": "Use the plugin gke-gcloud-auth-plugin: `gcloud container clusters get-credentials` writes it.",
    "azure": "Use the plugin kubelogin: `kubelogin convert-kubeconfig` writes it.",
    "openstack": "Use the plugin client-keystone-auth.",
}
"""The providers that kubectl dropped, and what took their place."""
_PRINTABLE = 0x20


def check_usable(kube_context: KubeContext) -> None:
    """Raise ClusterError for the first thing in the way that can't be used as it is written."""
    for problem, hint in (*_of_cluster(kube_context.cluster), *_of_user(kube_context.user)):
        who = (
            f'The user "{kube_context.user_name}"'
            if kube_context.user_name
            else f'The context "{kube_context.context}"'
        )
        raise ClusterError(f"{who} can't be used: {problem}.", hint=hint)


def _of_cluster(cluster: Json) -> Iterator[tuple[str, str]]:
    server = str(cluster.get("server") or "").strip()
    if not _is_address(server if "://" in server else f"https://{server}", SERVERS):
        yield (
            "the server of its cluster is no address of an API server",
            "It begins with https:// or http://, and a port is a number up to 65535.",
        )
    authority = cluster.get("certificate-authority-data") or cluster.get("certificate-authority")
    if cluster.get("insecure-skip-tls-verify") and authority:
        yield (
            "its cluster has a certificate authority and insecure-skip-tls-verify, which exclude each other",
            "Take one of them out with `kubectl config set-cluster`.",
        )
    if (proxy := cluster.get("proxy-url")) and not _is_address(proxy, PROXIES):
        yield (
            "the proxy-url of its cluster is no address of a proxy",
            f"It begins with {', '.join(PROXIES[:-1])} or {PROXIES[-1]} and ://.",
        )


def _is_address(address: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _of_user(user: Json) -> Iterator[tuple[str, str]]:
    yield from _of_impersonation(user)
    if user.get("token") and (user.get("username") or user.get("password")):
        yield "it has a token and a password, and only one is allowed", "Take one out of the kubeconfig."
    certificate = user.get("client-certificate-data") or user.get("client-certificate")
    key = user.get("client-key-data") or user.get("client-key")
    if bool(certificate) != bool(key):
        yield "it has a client certificate or a key, but not both", "Check `kubectl config view`."
    if user.get("exec") and user.get("auth-provider"):
        yield "it has a plugin and an auth-provider, which exclude each other", "Take the auth-provider out."
    if plugin := user.get("exec"):
        yield from _of_plugin(plugin)
    if provider := user.get("auth-provider"):
        yield from _of_provider(provider)


def _of_impersonation(user: Json) -> Iterator[tuple[str, str]]:
    acts = (user.get("as-uid"), user.get("as-groups"), user.get("as-user-extra"))
    if any(acts) and not user.get("as"):
        yield "it has as-uid, as-groups or as-user-extra without `as`", "Name the user to act as with `as`."
    extra = [value for values in (user.get("as-user-extra") or {}).values() for value in values or ()]
    for word in (user.get("as"), user.get("as-uid"), *(user.get("as-groups") or ()), *extra):
        if any(ord(letter) < _PRINTABLE for letter in word or ""):
            yield "whom it acts as has a control character in it", "Write the name in one line."


def _of_plugin(plugin: Json) -> Iterator[tuple[str, str]]:
    if not plugin.get("command"):
        yield "its plugin has no command", "Check the user's exec section."
    version = plugin.get("apiVersion") or ""
    if version not in EXEC_VERSIONS:
        said = f'speaks "{version}"' if version else "has no apiVersion"
        yield (
            f"its plugin {said}, and kubectl knows {' and '.join(EXEC_VERSIONS)} only",
            "Let the program that wrote the kubeconfig do so anew, for example `aws eks update-kubeconfig`.",
        )
    mode = plugin.get("interactiveMode") or ""
    if mode not in ("", "Never", "IfAvailable", "Always"):
        yield f'its plugin has the unknown interactiveMode "{mode}"', "It is Never, IfAvailable or Always."
    if mode == "Always":
        yield (
            "its plugin needs a keyboard (interactiveMode: Always), and a release has none",
            "Log in by hand first, and set interactiveMode to IfAvailable.",
        )


def _of_provider(provider: Json) -> Iterator[tuple[str, str]]:
    name = str(provider.get("name") or "")
    if name in INSTEAD:
        yield f'its auth-provider "{name}" is no longer known to kubectl either', INSTEAD[name]
    elif name != "oidc":
        yield (
            f'its auth-provider "{name}" is not known',
            "kubectl knows oidc, and plugins in an exec section.",
        )
