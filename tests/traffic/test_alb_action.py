"""What is an ALB Ingress' own: JSON in an annotation whose digits alone change, 999 at most, its balancer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from console.errors import NotAsPlanned, PlanError
from console.lab.kube.patches import json_patch
from console.lab.kube.refusals import Refusal
from console.plan.backend import parse_backend
from console.plan.load import parse_plan
from console.plan.plan_words import describe
from console.plan.routers import settle_s
from console.plan.routers.aws_alb import Settings
from console.traffic.object_kind import Named
from console.traffic.registry import object_of
from console.traffic.routers.aws_alb.json_text import Number, read, with_numbers
from tests.plan.good import routed_by
from tests.traffic.ground import plan_for
from tests.traffic.kinds.aws_alb import (
    ACTIONS,
    NAMED,
    RICH,
    SETTINGS,
    action,
    ingress,
    path_to,
    plain,
    rich,
    status,
    to,
)

Json = dict[str, Any]
KIND = object_of("aws_alb")


def stored(obj: Json) -> Json:
    obj["metadata"] |= {"namespace": "shop", "resourceVersion": "7", "generation": 3}
    return obj


def of(**actions: str) -> Json:
    """Write one with these actions, and a path for each."""
    paths = [path_to(name, f"/{name}") for name in actions]
    return stored(ingress(*paths, annotations={f"{ACTIONS}{name}": text for name, text in actions.items()}))


def written(obj: Json, weight: int, settings: Settings = SETTINGS) -> str:
    after = json_patch(obj, KIND.patch(KIND.find(obj, settings), weight))
    text: str = after["metadata"]["annotations"][f"{ACTIONS}{settings.action or 'pay'}"]
    return text


def weights(text: str) -> list[int]:
    return [group["weight"] for group in json.loads(text)["forwardConfig"]["targetGroups"]]


def test_the_digits_change_and_nothing_else_of_the_text() -> None:
    assert written(stored(rich(100, 0)), 7, NAMED) == RICH % (93, 7)


@pytest.mark.parametrize(
    ("weight", "before", "after"),
    [
        (5, (100, 0), [95, 5]),
        (5, (800, 0), [760, 40]),
        (5, (1, 1), [95, 5]),
        (0, (999, 1), [100, 0]),
        (0, (5, 5, 10), [10, 0, 10]),
        (0, (900, 200, 100), [999, 0, 100]),
    ],
)
def test_the_sum_stays_where_it_can_say_the_percent_and_aws_takes_it(
    weight: int, before: tuple[int, ...], after: list[int]
) -> None:
    assert weights(written(stored(plain(*before)), weight)) == after


def test_a_write_insists_on_the_text_that_was_read() -> None:
    obj = stored(plain(100, 0))
    patch = KIND.patch(KIND.find(obj, SETTINGS), 5)
    key = f"{ACTIONS}pay"
    obj["metadata"]["annotations"][key] = obj["metadata"]["annotations"][key].replace(" ", "")
    with pytest.raises(Refusal):
        json_patch(obj, patch)


WITHOUT = action({"serviceName": "checkout-v1", "weight": 5}, {"serviceName": "checkout-v2"})
HALF = action(to("checkout-v1", 1), {"serviceName": "checkout-v2", "weight": 0.5})


@pytest.mark.parametrize(
    ("settings", "obj", "words"),
    [
        pytest.param(
            replace(NAMED, action=None),
            stored(rich(100, 0)),
            "has 2 actions that forward by weight",
            id="two",
        ),
        pytest.param(
            replace(NAMED, action="web"),
            stored(rich(100, 0)),
            'has no action "web" that forwards',
            id="another",
        ),
        pytest.param(
            replace(SETTINGS, action="pay-main"), stored(rich(1, 0)), "2 backends of action", id="two ports"
        ),
        pytest.param(SETTINGS, of(), "has no action that forwards by weight", id="none"),
        pytest.param(SETTINGS, of(pay="{no JSON"), "has no action that forwards", id="no JSON"),
        pytest.param(SETTINGS, of(pay="[" * 100_000), "has no action that forwards", id="deep"),
        pytest.param(SETTINGS, of(pay='{"type":"redirect"}'), "has no action that forwards", id="redirects"),
        pytest.param(
            SETTINGS, of(pay=action(to("checkout-v1", 1))), "lacks the plan's canary", id="no canary"
        ),
        pytest.param(SETTINGS, of(pay=WITHOUT), "has no weight, so that the controller", id="no weight"),
        pytest.param(SETTINGS, of(pay=HALF), "has no weight, so that the controller", id="a fraction"),
        pytest.param(SETTINGS, stored(plain(0, 0)), "every request fails", id="nothing"),
        pytest.param(SETTINGS, stored(plain(1, -1)), "has no weight", id="negative"),
    ],
)
def test_what_is_not_as_planned_is_told_with_the_mend(settings: Settings, obj: Json, words: str) -> None:
    with pytest.raises(NotAsPlanned) as caught:
        KIND.find(obj, settings)
    assert words in str(caught.value)
    assert caught.value.hint


def test_what_other_actions_and_paths_send_is_told() -> None:
    obj = stored(rich(90, 10))
    beta, assets = KIND.elsewhere(obj, plan_for("shop", NAMED), KIND.find(obj, NAMED))
    assert (beta.words, beta.canary) == ('action "beta" sends to v2', True)
    assert assets.words == "path checkout.example/static sends to assets"


def test_a_target_group_of_no_service_is_a_third_one() -> None:
    outside = {"targetGroupARN": "arn:aws:x", "weight": 100}
    obj = of(pay=action(to("checkout-v1", 75), to("checkout-v2", 25), outside))
    place = KIND.find(obj, SETTINGS)
    (third,) = KIND.elsewhere(obj, plan_for("shop", SETTINGS), place)
    assert (place.others, third.words) == (100, 'action "pay" sends to arn:aws:x 50%')


def test_a_person_is_told_where_each_action_sends_and_names_one() -> None:
    obj = stored(rich(90, 10))
    assert KIND.sends(obj).startswith('action "beta": service:checkout-v2 100%; action "pay-main": service:')
    named = Named(
        stable=parse_backend("service:checkout-v1"), canary=parse_backend("service:checkout-v2,port:8080")
    )
    assert [*KIND.fitting(obj, named, namespace="shop", name="checkout")] == [NAMED]


# -- the text ---------------------------------------------------------------------------------------

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)


@given(before=VALUES, after=VALUES, indent=st.none() | st.integers(0, 3), is_ascii=st.booleans())
def test_a_number_among_any_others_is_found_in_its_place(
    before: Any, after: Any, indent: int | None, *, is_ascii: bool
) -> None:
    text = json.dumps([before, 41, after], indent=indent, ensure_ascii=is_ascii)
    number = read(text)[1]
    assert isinstance(number, Number)
    assert json.loads(with_numbers(text, {number.at: 42})) == [before, 42, after]


def test_a_key_counts_whatever_its_case_and_the_last_of_two() -> None:
    assert read('{"Weight": 1, "weight": 2, "a": {"B": 3}}') == {"weight": 2, "a": {"b": 3}}


# -- who serves it ----------------------------------------------------------------------------------


def test_without_an_address_no_load_balancer_serves_it() -> None:
    obj = stored(plain(100, 0))
    (check,) = KIND.check_served(obj, "shop/checkout")
    assert not check.ok
    assert "it has no address" in check.words
    obj["status"] = status(obj)
    (check,) = KIND.check_served(obj, "shop/checkout")
    assert check.ok
    assert "k8s-shop-checkout.eu.elb.amazonaws.com" in check.words


def test_an_action_that_no_path_goes_by_and_stickiness_are_warned_of() -> None:
    sticky = action(to("checkout-v1", 1), to("checkout-v2", 0), targetGroupStickinessConfig={"Enabled": True})
    obj = of(pay=sticky)
    obj["spec"]["rules"] = [{"http": {"paths": [path_to("pay", "/", number=80)]}}]
    obj["status"] = status(obj)
    _, idle, kept = KIND.check_served(obj, "shop/checkout")
    assert idle.warning
    assert "no path goes by pay" in idle.words
    assert kept.warning
    assert "keeps a client where it is" in kept.words


# -- the plan ---------------------------------------------------------------------------------------


def test_a_plan_names_the_ingress_the_action_and_both_services_and_waits_a_minute() -> None:
    section = "{ingress: checkout, action: pay-main, stable: {service: checkout-v1}, "
    plan = parse_plan(
        routed_by("aws_alb", section + "canary: {service: checkout-v2, port: 8080}}"), origin="p"
    )
    assert plan.driven == NAMED
    assert "ALB Ingress checkout, action pay-main: Service checkout-v1 and Service" in describe(plan)
    assert settle_s(plan.kind) == 60


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ("{ingress: c, stable: {service: a}, canary: {service: a}}", "are the same backend"),
        ("{stable: {service: a}, canary: {service: b}}", "has no `ingress`"),
        ("{ingress: c, action: pay.main, stable: {service: a}, canary: {service: b}}", "pay.main"),
    ],
)
def test_a_plan_that_is_wrong_is_told_so(section: str, words: str) -> None:
    with pytest.raises(PlanError) as caught:
        parse_plan(routed_by("aws_alb", section), origin="p")
    assert words in str(caught.value)
