"""The router that is an Ingress of AWS Load Balancer Controller: the weights in one of its actions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from console.elsewhere import Elsewhere
from console.plan.backend import Backend
from console.plan.exposure import FULL
from console.plan.literal import literal
from console.plan.model import Plan
from console.plan.routers.aws_alb import Settings
from console.preflight import Check
from console.traffic.backends import leads_to, other_than
from console.traffic.object_kind import Named, ObjectKind
from console.traffic.routers.aws_alb.actions import (
    ACTIONS,
    TargetGroups,
    find_action,
    forwards_of,
    groups_of,
    is_meant,
    name_of,
    patch_for,
    port_of,
)
from console.traffic.routers.aws_alb.balancer import backends_of, check_actions, check_balancer, goes_by
from console.traffic.routers.aws_alb.json_text import Number
from console.traffic.routers.aws_alb.shapes import Ingress, TrafficRouting, steered
from console.traffic.shapes import RolloutList
from console.traffic.shares import sent

Json = dict[str, Any]

LONGEST_ACTIONS_CHARS = 200
"""Characters of target groups, actions or paths that are quoted."""


class AlbIngresses(ObjectKind[Settings, TargetGroups]):
    """Kubernetes' Ingress, as AWS Load Balancer Controller reads it."""

    NAME = "aws_alb"
    GROUP = "networking.k8s.io"
    VERSIONS = ("v1",)
    PLURAL = "ingresses"
    TITLE = "ingress"
    NOT_SERVED = ("The cluster knows no Ingresses.", "Check the context: each Kubernetes has them.")
    SHAPE = Ingress
    ROLLOUTS = RolloutList[TrafficRouting]
    WEIGHTS = f'.metadata.annotations["{ACTIONS}NAME"]'

    def find(self, obj: Json, settings: Settings) -> TargetGroups:
        """Find the action, and the two target groups in it."""
        return find_action(obj, settings)

    def patch(self, place: TargetGroups, weight: int) -> list[Json]:
        """Set both weights; their sum stays where it can say the percent."""
        return patch_for(place, weight=weight)

    def owns_weights(self, fields: Json) -> bool:
        """Whether it is an action's annotation."""
        annotations = (fields.get("f:metadata") or {}).get("f:annotations") or {}
        return any(name.startswith(f"f:{ACTIONS}") for name in annotations)

    def elsewhere(self, obj: Json, plan: Plan, place: TargetGroups) -> tuple[Elsewhere, ...]:
        """Return third target groups, the other actions, and the paths that go to a Service without one."""
        named = {
            place.groups[place.stable]["servicename"]: plan.stable.name,
            place.groups[place.canary]["servicename"]: plan.canary.name,
        }
        found = []
        for key, action in forwards_of(obj).items():
            groups = groups_of(action)
            names = [named.get(group.get("servicename"), _name(group)) for group in groups]
            where = f'action "{literal(name_of(key), longest=LONGEST_ACTIONS_CHARS)}"'
            ours = place if key == place.annotation else None
            found += sent(where, [_weight(group) for group in groups], names, plan, beside=ours)
        for where, service in backends_of(obj):
            if not goes_by(service):
                name = str(service.get("name", ""))
                way = literal(where, longest=LONGEST_ACTIONS_CHARS)
                found += sent(way, [FULL], [named.get(name, name)], plan)
        return tuple(found)

    def steered_by(self, rollout: Json) -> list[str]:
        """Name those of its ALB section."""
        return steered(rollout)

    def leads(self, place: TargetGroups, at: int) -> Json:
        """Say it of a Service."""
        group = place.groups[at]
        return leads_to(str(group["servicename"]), port_of(group))

    def check_served(self, obj: Json, name: str) -> tuple[Check, ...]:
        """Say whether a load balancer serves it, and where its weights would count for less."""
        return (check_balancer(obj, name), *check_actions(obj, name))

    def fitting(self, obj: Json, named: Named, *, namespace: str, name: str) -> Iterator[Settings]:  # noqa: ARG002 - an action's Services are of its own namespace
        """Yield each action that fits."""
        forwards = forwards_of(obj)
        for key, action in forwards.items():
            if named.http_route not in (None, name_of(key)):
                continue
            canary = named.canary or _other_than(named.stable, groups_of(action))
            if canary is None:
                continue
            which = name_of(key) if len(forwards) > 1 else None
            settings = Settings(ingress=name, action=which, stable=named.stable, canary=canary)
            if self.fits(obj, settings):
                yield settings

    def sends(self, obj: Json) -> str:
        """Say where each action sends."""
        return literal(
            "; ".join(
                f'action "{name_of(key)}": {_targets(groups_of(action))}'
                for key, action in forwards_of(obj).items()
            ),
            longest=LONGEST_ACTIONS_CHARS,
        )


KIND = AlbIngresses()


def _weight(group: Json) -> int:
    weight = group.get("weight")
    return max(0, int(weight)) if isinstance(weight, Number) else 0


def _name(group: Json) -> str:
    keys = ("servicename", "targetgroupname", "targetgrouparn")
    return literal(
        next((str(group[key]) for key in keys if group.get(key)), "nowhere"), longest=LONGEST_ACTIONS_CHARS
    )


def _other_than(stable: Backend, groups: list[Json]) -> Backend | None:
    """Return the action's other Service, where it has two target groups."""
    group = other_than(stable, groups, is_meant=is_meant)
    service = str(group.get("servicename") or "")
    return Backend(service=service, port=port_of(group)) if service else None


def _targets(groups: list[Json]) -> str:
    total = sum(_weight(group) for group in groups) or 1
    return ", ".join(f"{_target(group)} {round(FULL * _weight(group) / total)}%" for group in groups)


def _target(group: Json) -> str:
    return f"service:{group['servicename']}" if group.get("servicename") else _name(group)
