from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

import sample_plans
from console.cluster.role import rules
from console.plan.load import load_plan
from console.traffic.registry import rights_of
from screens.commands.rbac import command

PLAN = Path(sample_plans.__file__).with_name("demo.yaml")


def printed(*words: str) -> tuple[Any, Any]:
    done = CliRunner().invoke(command, [str(PLAN), *words], standalone_mode=False)
    role, binding = yaml.safe_load_all(done.output)
    return role, binding


def test_the_role_grants_each_right_of_the_plan_once_and_no_other() -> None:
    role, _ = printed()
    granted = sorted(
        (rule["apiGroups"][0], rule["resources"][0], verb, name)
        for rule in role["rules"]
        for verb in rule["verbs"]
        for name in rule.get("resourceNames", [""])
    )
    wanted = rights_of(load_plan(PLAN), leased=True)
    assert granted == sorted((right.group, right.plural, right.verb, right.name) for right in wanted)


def test_without_a_lease_nothing_is_granted_on_leases() -> None:
    role, _ = printed("--no-lease")
    assert "leases" not in str(role)


@pytest.mark.parametrize(
    ("words", "subject"),
    [
        ((), {"kind": "ServiceAccount", "name": "pithead", "namespace": "shop"}),
        (("--serviceaccount", "ci:robot"), {"kind": "ServiceAccount", "name": "robot", "namespace": "ci"}),
        (("--user", "ana"), {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "ana"}),
        (("--group", "sre"), {"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "sre"}),
    ],
)
def test_the_binding_names_the_account(words: tuple[str, ...], subject: dict[str, str]) -> None:
    role, binding = printed(*words)
    assert binding["subjects"] == [subject]
    assert binding["roleRef"]["name"] == role["metadata"]["name"]


def test_objects_with_the_same_verbs_share_a_rule() -> None:
    assert len(rules(rights_of(load_plan(PLAN), leased=True))) == 10


def test_a_prometheus_inside_the_cluster_has_a_role_of_its_own_in_its_namespace(tmp_path: Path) -> None:
    plan = tmp_path / "plan.yaml"
    text, service = PLAN.read_text(), "prometheus: {service: 'monitoring/https:prometheus:web'}"
    plan.write_text(re.sub(r"prometheus: \S+", service, text, count=1))
    done = CliRunner().invoke(command, [str(plan)], standalone_mode=False)
    *_, role, binding = yaml.safe_load_all(done.output)
    assert role["metadata"] == {"name": "pithead-checkout-prometheus", "namespace": "monitoring"}
    assert role["rules"] == [
        {
            "apiGroups": [""],
            "resources": ["services/proxy"],
            "resourceNames": ["https:prometheus:web"],
            "verbs": ["get"],
        }
    ]
    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "pithead", "namespace": "shop"}]
