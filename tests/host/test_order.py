from __future__ import annotations

from pathlib import Path

import pytest

from console.errors import UsageError
from console.host.order import Order, Reach, read_order, write_order
from tests.releases import ANA, plan


def test_a_word_that_is_no_utf_8_is_a_sentence(tmp_path: Path) -> None:
    order = Order(release="x", plan=plan(), person=ANA, reach=Reach(kubeconfig="/\udcff"), attended=True)
    with pytest.raises(UsageError, match="no UTF-8"):
        write_order(tmp_path / "order.json", order)


def test_another_users_order_is_not_acted_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "order.json"
    path.write_bytes(b"{}")
    monkeypatch.setattr("os.geteuid", lambda: 12345)
    with pytest.raises(UsageError, match="belongs to another user"):
        read_order(path)
