from __future__ import annotations

import os
import pwd
import socket

import pytest

from console.host.person import who_is_there


def test_a_person_is_the_login_the_host_and_where_ssh_comes_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "192.0.2.7 50122 198.51.100.1 22")
    person = who_is_there()
    assert person.login == pwd.getpwuid(os.getuid()).pw_name
    assert (person.host, person.via) == (socket.gethostname(), "192.0.2.7")


@pytest.mark.parametrize("connection", [None, "", "  "])
def test_nobody_comes_from_elsewhere_without_ssh(
    connection: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if connection is None:
        monkeypatch.delenv("SSH_CONNECTION", raising=False)
    else:
        monkeypatch.setenv("SSH_CONNECTION", connection)
    assert who_is_there().via == ""


def test_the_login_is_the_accounts_whatever_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("USER", "LOGNAME"):
        monkeypatch.setenv(name, "somebody-else")
    assert who_is_there().login != "somebody-else"


def test_a_connection_that_is_no_utf_8_can_be_written_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "\udcff.0.2.7 50122")
    assert who_is_there().via == "?.0.2.7"
