from __future__ import annotations

import asyncio
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.errors import ClusterError
from console.redact import keep_secret, without_secrets
from console.worker.process import Discreet
from tests.virtual_time import virtually
from tests.worker.ports import Stand

if TYPE_CHECKING:
    from pathlib import Path

SECRETS = [
    "https://me:hunter2@host:6443/x",
    "http://me:hun@hunter2@prometheus/api",
    "http://prometheus:9090/?token=hunter2&x=1",
    "https://host/path?a=b&access_token=hunter2",
    'Post "https://hooks.slack.com/services/T0/B0/hunter2": refused',
    "https://discord.com/api/webhooks/12/hunter2",
    "https://acme.webhook.office.com/webhookb2/hunter2@7/IncomingWebhook",
    "Authorization: Bearer hunter2.abc",
    "the header was Basic aHVudGVyMg==hunter2",
    "error: eyJhbGciOiJSUzI1NiJ9.hunter2.hunter2 has expired",
    "password=hunter2",
    '{"password": "hunter2", "user": "ana"}',
    "API_KEY=hunter2",
    "routing_key: 'hunter2'",
    "secret: hunter2hunter2hunter2",
    "token: env:hunter2hunter2hunter2",
    "token: env:LONGNAME_hunter2hunter2",
    "token=env:A/hunter2",
    "ERROR: cannot renew token glsa_hunter2hunter2_1a2b3c4d",
    "gcloud: ya29.hunter2-hunter2 has ended",
    "Vault: permission denied for hvs.hunter2hunter2",
]
HARMLESS = [
    "it gave neither a token nor a certificate",
    "the token: expired",
    "Vault's tokens begin with hvs.",
    "Basic authentication is off",
    "ana@bastion took over from bob@laptop",
    'unknown key: "promote_automatically_after"',
    'secrets "registry" is forbidden: User "ana" cannot get resource "secrets"',
    "system:serviceaccount:shop:pithead",
    "https://api.example:6443 answered 503: try later",
    "write token: env:PROMETHEUS_TOKEN, and set it",
    "token: env:PITHEAD_PROMETHEUS_TOKEN.",
    'client_key: "file:/etc/pithead/client.key" can\'t be read',
    "password: file:/run/secrets/prometheus/password is empty",
]


@pytest.mark.parametrize("text", SECRETS)
def test_a_secret_is_hidden(text: str) -> None:
    assert "hunter2" not in without_secrets(text)


@pytest.mark.parametrize("text", HARMLESS)
def test_other_words_stay(text: str) -> None:
    assert without_secrets(text) == text


def test_an_address_keeps_all_but_its_user_and_password() -> None:
    assert without_secrets("https://me:pw@host:6443/x") == "https://host:6443/x"


def test_no_error_of_ours_holds_a_secret_whoever_raises_it() -> None:
    error = ClusterError("password=hunter2", hint="https://me:hunter2@host")
    assert "hunter2" not in f"{error!r}{error.hint}"


@given(st.text())
def test_hiding_twice_is_hiding_once(text: str) -> None:
    assert without_secrets(without_secrets(text)) == without_secrets(text)


def test_a_secret_that_we_use_is_hidden_whatever_it_looks_like() -> None:
    keep_secret(' plain "words" 7f3a\n')
    for form in ('plain "words" 7f3a', 'plain \\"words\\" 7f3a', "plain%20%22words%22%207f3a"):
        assert without_secrets(f"nobody is {form} here") == "nobody is *** here"


@pytest.mark.parametrize("short", [None, "", "   ", "checkout"[:7]])
def test_what_is_too_short_to_be_told_from_a_word_is_no_secret_of_ours(short: str | None) -> None:
    keep_secret(short)
    assert without_secrets("a checkout of the shop") == "a checkout of the shop"


@virtually
async def test_no_secret_of_ours_gets_on_record_whatever_brings_it(tmp_path: Path) -> None:
    keep_secret("manager-51c7d09e")
    stand = Stand(tmp_path)

    def change() -> None:
        stand.router.set(70, by="manager-51c7d09e")

    asyncio.get_running_loop().call_later(4.5, change)
    with pytest.raises(TimeoutError):
        await stand.run(for_s=20.0)
    assert stand.worker.release.changed_by == "***"
    assert "manager-51c7d09e" not in (tmp_path / "journal.jsonl").read_text()


def test_a_trace_in_the_log_holds_no_secret() -> None:
    log = StringIO()
    print("Traceback: password=hunter2", file=Discreet(log))
    assert log.getvalue() == "Traceback: password=***\n"
