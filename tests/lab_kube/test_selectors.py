from __future__ import annotations

import pytest

from console.lab.kube.refusals import Refusal
from console.lab.kube.selectors import matcher

POD = {"metadata": {"name": "p", "namespace": "shop", "labels": {"app": "a", "tier": "web", "x/y": ""}}}


@pytest.mark.parametrize(
    ("labels", "fits"),
    [
        ("", True),
        ("app=a", True),
        ("app==a,tier!=db", True),
        ("app=b", False),
        ("app=a,tier=db", False),
        ("absent!=a", True),
        ("tier in (web, api)", True),
        ("tier notin (web,api)", False),
        ("absent notin (a)", True),
        ("absent in (a)", False),
        ("app", True),
        ("!app", False),
        ("! absent , app", True),
        ("x/y=", True),
        ("app=", False),
    ],
)
def test_label_selectors_choose_as_kubernetes_does(labels: str, fits: bool) -> None:  # noqa: FBT001 - a table's column
    assert matcher(labels=labels, fields="")(POD) is fits


@pytest.mark.parametrize(
    ("fields", "fits"),
    [
        ("metadata.name=p", True),
        ("metadata.name==q", False),
        ("metadata.name!=q", True),
        ("metadata.name=p,metadata.namespace=shop", True),
    ],
)
def test_field_selectors_choose_by_name_and_namespace(fields: str, fits: bool) -> None:  # noqa: FBT001 - as above
    assert matcher(labels="", fields=fields)(POD) is fits


def test_an_object_without_labels_is_no_trouble() -> None:
    assert matcher(labels="!app", fields="")({"metadata": {"labels": None}})


@pytest.mark.parametrize(("labels", "fields"), [("a in b", ""), ("=a", ""), ("a,,b", ""), ("", "spec.x=1")])
def test_what_is_no_selector_is_refused(labels: str, fields: str) -> None:
    with pytest.raises(Refusal):
        matcher(labels=labels, fields=fields)
