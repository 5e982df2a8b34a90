"""A mutating webhook for the VirtualServices of one namespace: it takes its time, and changes weights."""

from __future__ import annotations

import base64
import json
import ssl
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.traffic.servers import RealServer

Json = dict[str, Any]
CONFIGURATIONS = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"
LONGEST_S = 30


@contextmanager
def webhook(
    real: RealServer,
    namespace: str,
    *,
    takes_s: float = 0.0,
    makes: Callable[[int], int] = lambda weight: weight,
) -> Iterator[list[int]]:
    """Let each write of a weight take so long, and come out as what `makes` of it; gives the weights seen."""
    seen: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer = json.dumps(_answer(review["request"], seen, makes)).encode()
            if not review["request"].get("dryRun"):
                time.sleep(takes_s)
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    certificate, key = real.certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    name = f"tests-{namespace}"
    real.ask(
        "POST", CONFIGURATIONS, _configuration(name, namespace, server.server_port, certificate.read_bytes())
    )
    try:
        _until_in_force(real, namespace, seen)
        yield seen
    finally:
        real.ask("DELETE", f"{CONFIGURATIONS}/{name}")
        server.shutdown()
        server.server_close()
        thread.join()


def _until_in_force(real: RealServer, namespace: str, seen: list[int]) -> None:
    """Try without storing anything until the API server asks the webhook."""
    path = f"/apis/networking.istio.io/v1/namespaces/{namespace}/virtualservices/checkout"

    def asked() -> bool:
        real.ask("PUT", f"{path}?dryRun=All", real.ask("GET", path))
        return bool(seen)

    real.wait_until(asked)
    seen.clear()


def _answer(request: Json, seen: list[int], makes: Callable[[int], int]) -> Json:
    weight = request["object"]["spec"]["http"][0]["route"][1].get("weight", 0)
    seen.append(weight)
    response: Json = {"uid": request["uid"], "allowed": True}
    if (made := makes(weight)) != weight:
        route = "/spec/http/0/route"
        patch = [
            {"op": "add", "path": f"{route}/0/weight", "value": 100 - made},
            {"op": "add", "path": f"{route}/1/weight", "value": made},
        ]
        response |= {"patchType": "JSONPatch", "patch": base64.b64encode(json.dumps(patch).encode()).decode()}
    return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response}


def _configuration(name: str, namespace: str, port: int, authority: bytes) -> Json:
    rule = {
        "apiGroups": ["networking.istio.io"],
        "apiVersions": ["*"],
        "operations": ["UPDATE"],
        "resources": ["virtualservices"],
    }
    hook = {
        "name": "weights.tests.pithead",
        "clientConfig": {
            "url": f"https://127.0.0.1:{port}/",
            "caBundle": base64.b64encode(authority).decode(),
        },
        "rules": [rule],
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
        "timeoutSeconds": LONGEST_S,
    }
    return {"metadata": {"name": name}, "webhooks": [hook]}
