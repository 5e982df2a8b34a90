from __future__ import annotations

import json

import pytest

from console.cluster.answers import read_answer
from console.errors import ClusterError, Denied, LoggedOut

NO_RIGHT = (
    'virtualservices.networking.istio.io "checkout" is forbidden: User "ana" cannot patch resource '
    '"virtualservices" in API group "networking.istio.io" in the namespace "shop"'
)
ANONYMOUS = NO_RIGHT.replace('"ana"', '"system:anonymous"')
POLICY = (
    "virtualservices.networking.istio.io \"checkout\" is forbidden: ValidatingAdmissionPolicy 'freeze' with "
    "binding 'all' denied request: nothing changes on a Friday"
)


def error_of(status: int, message: str) -> ClusterError:
    body = json.dumps({"kind": "Status", "message": message}).encode()
    with pytest.raises(ClusterError) as caught:
        read_answer(status, {}, body, server="https://api")
    return caught.value


def test_a_missing_right_is_told_with_the_role_that_gives_it() -> None:
    error = error_of(403, NO_RIGHT)
    assert type(error) is Denied
    assert error.hint == "`pithead rbac` prints the role."


@pytest.mark.parametrize(
    "message",
    [
        'admission webhook "freeze.example.com" denied the request: nothing changes on a Friday',
        POLICY,
        'pods "x" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot',
        'pods "x" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1',
    ],
)
def test_a_refusal_of_a_webhook_or_a_policy_is_not_blamed_on_the_role(message: str) -> None:
    error = error_of(403, message)
    assert type(error) is Denied
    assert "No role is missing" in error.hint
    assert "rbac" not in error.with_hint


def test_a_refusal_that_names_no_user_is_not_blamed_on_the_role() -> None:
    assert "rbac" not in error_of(403, "blocked by the gateway").with_hint


def test_a_refusal_that_takes_us_for_nobody_asks_for_a_login() -> None:
    error = error_of(403, ANONYMOUS)
    assert type(error) is LoggedOut
    assert "takes us for nobody" in str(error)
    assert "log in again" in error.hint
