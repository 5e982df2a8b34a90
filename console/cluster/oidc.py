"""The login that kubectl itself knows: an ID token of OpenID Connect, renewed with its refresh token.

A provider may take a refresh token once only and give a new one with each renewal. So what is renewed is
written into the kubeconfig, as kubectl does; else kubectl, and the next worker, could not log in any more.
"""

from __future__ import annotations

import base64
import json
import os
import time
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from urllib.parse import quote, urlencode

import yaml

from console.access.credential import Credential, end_of
from console.access.proxies import proxy_for
from console.access.trust import client_context
from console.cluster.pool import open_pool
from console.errors import Denied
from console.redact import keep_secret, without_secrets

Json = dict[str, Any]

ANSWER_S = 10.0
"""How long the provider may take for one answer."""
LARGEST_BYTES = 2**20
EXPIRES_EARLY_S = 10.0
"""A token this close to its end is renewed, as kubectl does: it must last for the way to the server too."""
LOG_IN = "Log in anew with the program that wrote the kubeconfig, then check with `kubectl auth whoami`."
LOCKED_FOR_S = 3.0
"""kubectl holds its lock on a kubeconfig for milliseconds; after so long the file is left as it is."""


def credential_of(config: Json, *, user: str, file: Path | None) -> Credential:
    """Give the ID token, renewed where it has ended; raises `Denied` where a person must log in."""
    for key in ("idp-issuer-url", "client-id"):
        if not config.get(key):
            raise _refused(user, f"its auth-provider oidc has no {key}")
    token = str(config.get("id-token") or "")
    ends_at = end_of(token)
    if not token or (ends_at is not None and time.time() > ends_at - EXPIRES_EARLY_S):
        if not config.get("refresh-token"):
            ended = f" ended {_ago(ends_at)} ago and" if ends_at else ""
            raise _refused(user, f"its ID token{ended} can't be renewed without a refresh-token")
        token, renewed = _renewed(config, user=user)
        if file is not None:
            # The token is good whether or not it could be kept; a kubeconfig on a read-only mount is common.
            with suppress(OSError, ValueError, TypeError, KeyError, yaml.YAMLError):
                keep_in_file(file, user=user, renewed=renewed)
        config.update(renewed)
    keep_secret(token)
    return Credential(authorization=f"Bearer {token}", expires_at=end_of(token))


def keep_in_file(file: Path, *, user: str, renewed: Json) -> None:
    """Write the new tokens to the user's entry, under the lock that kubectl takes, whole or not at all."""
    target = file.resolve()
    with _Locked(target):
        document = yaml.safe_load(target.read_text(encoding="utf-8"))
        (entry,) = [entry for entry in document["users"] if str(entry["name"]) == user]
        entry["user"]["auth-provider"]["config"].update(renewed)
        # In the same folder, since only there `replace` is atomic: kubectl may read the file at any moment.
        with NamedTemporaryFile("w", dir=target.parent, delete=False, encoding="utf-8") as draft:
            yaml.safe_dump(document, draft, sort_keys=False)
        with suppress(OSError):
            Path(draft.name).chmod(target.stat().st_mode & 0o777)
        Path(draft.name).replace(target)


class _Locked:
    """The lock file beside a kubeconfig; raises OSError where somebody else holds it."""

    def __init__(self, target: Path) -> None:
        self._lock = target.with_name(f"{target.name}.lock")

    def __enter__(self) -> None:
        until = time.monotonic() + LOCKED_FOR_S
        while True:
            try:
                os.close(os.open(self._lock, os.O_CREAT | os.O_EXCL, 0o600))
            except FileExistsError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)
            else:
                return

    def __exit__(self, *_: object) -> None:
        self._lock.unlink(missing_ok=True)


def _renewed(config: Json, *, user: str) -> tuple[str, Json]:
    issuer = str(config["idp-issuer-url"]).rstrip("/")
    pool = open_pool(
        issuer,
        trust=client_context(authorities=_authorities(config), insecure=False, certificate=b"", key=b""),
        proxy=proxy_for(issuer, given="", environ=os.environ),
    )
    form = {"grant_type": "refresh_token", "refresh_token": config["refresh-token"]}
    keep_secret(config["refresh-token"])
    secret = str(config.get("client-secret") or "")
    keep_secret(secret)
    _, found = _asked(pool, "GET", f"{issuer}/.well-known/openid-configuration", user=user)
    where = str(found.get("token_endpoint") or f"{issuer}/token")
    pair = f"{quote(str(config['client-id']), safe='')}:{quote(secret, safe='')}"
    headers = {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
    status, said = _asked(pool, "POST", where, user=user, form=form, headers=headers)
    if status >= 400:  # noqa: PLR2004 - HTTP's own: a provider may want the client's name in the form
        known = {"client_id": config["client-id"]} | ({"client_secret": secret} if secret else {})
        status, said = _asked(pool, "POST", where, user=user, form=form | known)
    token = str(said.get("id_token") or "")
    if not token:
        why = said.get("error_description") or said.get("error") or "it gave no id_token"
        raise _refused(user, f"{without_secrets(issuer)} does not renew its ID token: {str(why)[:200]}")
    renewed = {"id-token": token}
    if said.get("refresh_token"):
        renewed["refresh-token"] = str(said["refresh_token"])
        keep_secret(renewed["refresh-token"])
    return token, renewed


def _asked(
    pool: Any, method: str, url: str, *, user: str, form: Json | None = None, headers: Json | None = None
) -> tuple[int, Json]:
    import urllib3  # noqa: PLC0415 - comes with kubernetes

    content = {"Content-Type": "application/x-www-form-urlencoded"} if form else {}
    try:
        answer = pool.request(
            method,
            url,
            headers={**content, **(headers or {})},
            body=urlencode(form) if form else None,
            timeout=ANSWER_S,
            retries=False,
            preload_content=False,
        )
        said = json.loads(answer.read(LARGEST_BYTES))
    except (urllib3.exceptions.HTTPError, OSError) as error:
        where = without_secrets(url).split("?")[0]
        raise _refused(
            user, f"{where} can't be reached to renew its ID token ({type(error).__name__})"
        ) from None
    except ValueError:
        said = {}
    return answer.status, said if isinstance(said, dict) else {}


def _authorities(config: Json) -> bytes:
    if data := config.get("idp-certificate-authority-data"):
        return base64.b64decode(data)
    if file := config.get("idp-certificate-authority"):
        with suppress(OSError):
            return Path(str(file)).read_bytes()
    return b""


def _ago(moment: float) -> str:
    passed_s = max(0.0, time.time() - moment)
    units = ((86400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s"))
    size, name = next((unit for unit in units if passed_s >= unit[0]), units[-1])
    return f"{passed_s / size:.0f} {name}"


def _refused(user: str, why: str) -> Denied:
    return Denied(f'The user "{user}" can\'t log in: {why}.', hint=LOG_IN)
