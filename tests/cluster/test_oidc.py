"""The login that kubectl itself knows, against a provider on loopback."""

from __future__ import annotations

import base64
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest
import yaml

from console.cluster import oidc
from console.cluster.credentials import credential_from, read_material
from console.cluster.kubeconfig import choose
from console.errors import Denied

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Json = dict[str, Any]


def token(ends_at: float) -> str:
    claims = base64.urlsafe_b64encode(json.dumps({"exp": ends_at}).encode()).decode().rstrip("=")
    return f"e30.{claims}.c2ln"


OLD, NEW = token(1e9), token(4e9)


class Provider:
    """Renews a token once for each refresh token that it gave."""

    def __init__(self) -> None:
        self.refresh = "refresh-1"
        self.asked: list[tuple[str, Json]] = []
        """What the client showed in the header, and its form."""
        self.answer: Json | None = None
        self.wants_basic = True
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._say(200, {"token_endpoint": f"{provider.url}/oauth/token"})

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                form = {key: values[0] for key, values in parse_qs(body).items()}
                basic = self.headers.get("Authorization") or ""
                provider.asked.append((basic, form))
                if not provider.wants_basic and basic:
                    self._say(401, {"error": "invalid_client"})
                elif form["refresh_token"] != provider.refresh:
                    self._say(400, {"error": "invalid_grant", "error_description": "it was used before"})
                else:
                    provider.refresh += "x"
                    self._say(200, provider.answer or {"id_token": NEW, "refresh_token": provider.refresh})

            def _say(self, status: int, document: Json) -> None:
                body = json.dumps(document).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None: ...

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def provider() -> Iterator[Provider]:
    made = Provider()
    yield made
    made.stop()


def written(path: Path, url: str, **config: Any) -> Path:
    known = {"idp-issuer-url": url, "client-id": "kube", "client-secret": "s3cret-of-client", **config}
    document = {
        "clusters": [{"name": "c", "cluster": {"server": "https://api"}}],
        "users": [
            {"name": "other", "user": {"token": "untouched"}},
            {"name": "ana", "user": {"auth-provider": {"name": "oidc", "config": known}}},
        ],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "ana"}}],
        "current-context": "x",
    }
    path.write_text(yaml.safe_dump(document))
    path.chmod(0o600)
    return path


def shown(path: Path) -> str:
    material = read_material(choose([path], context=None))
    return credential_from(material, running=lambda _name: None).authorization


def config_in(path: Path) -> Json:
    users = {user["name"]: user["user"] for user in yaml.safe_load(path.read_text())["users"]}
    assert users["other"] == {"token": "untouched"}
    config: Json = users["ana"]["auth-provider"]["config"]
    return config


def test_a_token_that_holds_is_shown_and_nobody_is_asked(tmp_path: Path) -> None:
    path = written(tmp_path / "config", "http://127.0.0.1:1", **{"id-token": NEW})
    assert shown(path) == f"Bearer {NEW}"


@pytest.mark.parametrize("basic", [True, False])
def test_one_that_has_ended_is_renewed_and_kept_for_kubectl_and_the_next_worker(
    tmp_path: Path,
    provider: Provider,
    basic: bool,  # noqa: FBT001 - a case
) -> None:
    provider.wants_basic = basic
    link = tmp_path / "config"
    real = written(tmp_path / "real", provider.url, **{"id-token": OLD, "refresh-token": "refresh-1"})
    link.symlink_to(real)
    assert shown(link) == f"Bearer {NEW}"
    assert config_in(real)["refresh-token"] == provider.refresh == "refresh-1x"
    assert (link.is_symlink(), real.stat().st_mode & 0o777) == (True, 0o600)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config", "real"]
    assert shown(link) == f"Bearer {NEW}"
    header, form = provider.asked[-1]
    assert (header != "", form.get("client_id")) == ((True, None) if basic else (False, "kube"))


def test_a_kubeconfig_that_can_t_be_written_is_left_and_the_new_token_used(
    tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oidc, "LOCKED_FOR_S", 0.0)
    path = written(tmp_path / "config", provider.url, **{"id-token": OLD, "refresh-token": "refresh-1"})
    before = path.read_text()
    (tmp_path / "config.lock").touch()
    assert shown(path) == f"Bearer {NEW}"
    assert path.read_text() == before
    assert shown(path) == f"Bearer {NEW}"


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"id-token": OLD}, r"ended \d+ d ago and can't be renewed without a refresh-token"),
        ({}, "can't be renewed without a refresh-token"),
        ({"id-token": OLD, "refresh-token": "used"}, "does not renew its ID token: it was used before"),
        ({"client-id": ""}, "has no client-id"),
    ],
)
def test_a_login_that_has_ended_is_told_in_one_line_with_what_to_do(
    tmp_path: Path, provider: Provider, config: Json, words: str
) -> None:
    with pytest.raises(Denied, match=words) as caught:
        shown(written(tmp_path / "config", provider.url, **config))
    assert 'The user "ana"' in str(caught.value)
    assert "Log in anew" in caught.value.hint
    assert "\n" not in caught.value.with_hint


def test_a_provider_that_gives_no_token_is_told(tmp_path: Path, provider: Provider) -> None:
    provider.answer = {"access_token": "x"}
    with pytest.raises(Denied, match="it gave no id_token"):
        shown(written(tmp_path / "config", provider.url, **{"refresh-token": "refresh-1"}))


def test_a_provider_that_is_not_there_is_named_without_a_traceback(tmp_path: Path) -> None:
    began = time.monotonic()
    with pytest.raises(Denied, match=r"http://127\.0\.0\.1:1/\S+ can't be reached"):
        shown(written(tmp_path / "config", "http://127.0.0.1:1", **{"refresh-token": "r"}))
    assert time.monotonic() - began < 60
