from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cluster.pki import Pki
from tests.cluster.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    made = Pki(tmp_path_factory.mktemp("pki"))
    made.server("server", "IP:127.0.0.1", "IP:::1", "DNS:localhost")
    made.server("inside", "DNS:api.internal")
    made.client("ana")
    made.client("bob")
    return made


@pytest.fixture
def wire(pki: Pki) -> Iterator[Wire]:
    with Wire(pki) as wire:
        yield wire


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
