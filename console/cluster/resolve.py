"""What the words of a command come to: which files, which context, which server, which namespace.

Asked once, when a release begins; sends no request. From then on the release goes by the answer, whatever the
current context or the environment say by then.
"""

from __future__ import annotations

from collections.abc import Mapping

from console.cluster.credentials import content_of
from console.cluster.identity import digest_of
from console.cluster.kubeconfig import IN_CLUSTER, files_named, find_context
from console.cluster.session import address_of
from console.identity import ClusterId, Resolved, environment_of
from console.redact import without_secrets

NAMESPACE = "default"
"""What kubectl takes where neither a word nor the context names one."""


def resolve(
    *,
    kubeconfig: str | None,
    context: str | None,
    namespace: str | None,
    variables: Mapping[str, str],
    plan: str = "",
) -> Resolved:
    """Find what is meant, as kubectl would; raises `ClusterError` where there is no way in.

    `plan` is the digest of the plan's file, and `variables` are this process' environment.
    """
    files = files_named(kubeconfig)
    kube_context = find_context(files, context=context or "", asked=bool(kubeconfig))
    environment, credentials = environment_of(variables)
    shown = any(kube_context.user.get(key) for key in ("client-certificate", "client-certificate-data"))
    in_pod = kube_context.context == IN_CLUSTER and kube_context.user_file is None
    return Resolved(
        files=() if in_pod else tuple(str(file) for file in files if file.exists()),
        context=kube_context.context,
        user=kube_context.user_name,
        cluster=ClusterId(
            authority=digest_of(content_of(kube_context.cluster, "certificate-authority")),
            server=without_secrets(address_of(kube_context.cluster, shows_certificate=shown)),
        ),
        namespace=namespace or kube_context.namespace or NAMESPACE,
        plan=plan,
        environment=environment,
        credentials=credentials,
    )
