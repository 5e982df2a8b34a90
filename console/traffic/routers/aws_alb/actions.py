"""Where the two weights stand in an Ingress' action, and the operations that change their digits alone.

Pure. An action is JSON in the annotation `actions.NAME`; the rules whose backend is called NAME, with the
port `use-annotation`, go by it. A weight is a whole number from 0 to 999 whose share of the sum counts. Where
several target groups lack one, the controller takes nothing of the action.
"""

from __future__ import annotations

from typing import Any

from console.errors import NotAsPlanned
from console.plan.backend import Backend
from console.plan.exposure import FULL
from console.plan.routers.aws_alb import Settings
from console.traffic.backends import find_both
from console.traffic.place import Place
from console.traffic.routers.aws_alb.json_text import Number, read, with_numbers

Json = dict[str, Any]

ACTIONS = "alb.ingress.kubernetes.io/actions."
MOST = 999
"""The largest weight that AWS takes."""


class TargetGroups(Place, frozen=True, kw_only=True):
    """Where the two stand in one action."""

    annotation: str
    """Its key."""
    text: str
    """Its value as stored: a write insists on it."""
    groups: tuple[Json, ...]
    """Its target groups, keys in small letters."""
    numbers: tuple[int, ...]
    """Places of their weights among the text's numbers."""

    def weights_for(self, percent: int) -> tuple[int, int]:
        """Return both weights by their shares, as far as AWS takes so large ones."""
        if self.weights[self.stable] + self.weights[self.canary] <= MOST:
            return super().weights_for(percent)
        if not self.others:
            return FULL - percent, percent
        stable, canary = super().weights_for(percent)
        return min(stable, MOST), min(canary, MOST)


def find_action(obj: Json, settings: Settings) -> TargetGroups:
    """Find the two target groups; raises `NotAsPlanned`, with how to mend it, where they can't be told."""
    key, action = _action(obj, settings)
    groups = groups_of(action)
    where = f'action "{name_of(key)}" of {settings.ingress}'
    stable, canary = find_both(
        groups,
        settings,
        is_meant=is_meant,
        where=where,
        to_add=lambda wanted, weight: (
            f"Add to targetGroups in the annotation {key}:\n"
            f'{{"serviceName":"{wanted.service}","servicePort":{wanted.port or "PORT"},"weight":{weight}}}'
        ),
    )
    weights = [group.get("weight") for group in groups]
    numbers = [weight for weight in weights if isinstance(weight, Number) and weight >= 0]
    if len(numbers) < len(groups):
        raise NotAsPlanned(
            f"A target group of {where} has no weight, so that the controller takes nothing of it.",
            hint=f"Give each one a weight, a whole number from 0 to {MOST}.",
        )
    if sum(numbers) == 0:
        raise NotAsPlanned(
            f"No target group of {where} has a weight: every request fails.",
            hint=f"Give stable the weight {FULL}.",
        )
    return TargetGroups(
        stable=stable,
        canary=canary,
        weights=tuple(int(number) for number in numbers),
        annotation=key,
        text=obj["metadata"]["annotations"][key],
        groups=tuple(groups),
        numbers=tuple(number.at for number in numbers),
    )


def patch_for(place: TargetGroups, *, weight: int) -> list[Json]:
    """Write the operations that set both weights, if the annotation is as it was read."""
    path = f"/metadata/annotations/{place.annotation.replace('~', '~0').replace('/', '~1')}"
    both = zip((place.stable, place.canary), place.weights_for(weight), strict=True)
    text = with_numbers(place.text, {place.numbers[at]: value for at, value in both})
    return [
        {"op": "test", "path": path, "value": place.text},
        {"op": "add", "path": path, "value": text},
    ]


def forwards_of(obj: Json) -> dict[str, Json]:
    """Return the actions that forward, by their annotations' keys; what can't be read is none."""
    found = {}
    for key, text in (obj["metadata"].get("annotations") or {}).items():
        if key.startswith(ACTIONS) and groups_of(action := _read(text)):
            found[key] = action
    return found


def groups_of(action: Json) -> list[Json]:
    """Return an action's target groups; none where it does something else than to forward to several."""
    config = action.get("forwardconfig") if action.get("type") == "forward" else None
    groups = config.get("targetgroups") if isinstance(config, dict) else None
    is_list = isinstance(groups, list) and all(isinstance(group, dict) for group in groups)
    return groups if is_list and groups else []


def name_of(key: str) -> str:
    """Name the action of an annotation."""
    return key.removeprefix(ACTIONS)


def is_meant(group: Json, wanted: Backend) -> bool:
    """Whether a target group is the Service that is wanted; its port may be a number or a text."""
    port = None if wanted.port is None else str(wanted.port)
    return group.get("servicename") == wanted.service and port in (None, str(group.get("serviceport")))


def port_of(group: Json) -> int | None:
    """Return a target group's port; None where it has a name."""
    port = str(group.get("serviceport") or "")
    return int(port) if port.isdecimal() else None


def _read(text: Any) -> Json:
    try:
        action = read(str(text))
    except ValueError:
        return {}
    return action if isinstance(action, dict) else {}


def _action(obj: Json, settings: Settings) -> tuple[str, Json]:
    forwards = forwards_of(obj)
    found = [(key, action) for key, action in forwards.items() if settings.action in (None, name_of(key))]
    if len(found) == 1:
        return found[0]
    named = ", ".join(f'"{name_of(key)}"' for key in forwards) or "none"
    if settings.action is None:
        why = "has no action that forwards by weight"
        if forwards:
            why = f"has {len(forwards)} actions that forward by weight, and the plan names none"
    else:
        why = f'has no action "{settings.action}" that forwards by weight'
    raise NotAsPlanned(
        f"{settings.ingress} {why}.",
        hint=f"Name one with router.aws_alb.action, from the annotation {ACTIONS}NAME. It has: {named}.",
    )
