"""The shapes that the JSON Schema of a plan is made of."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

NUMBER = r"[0-9]+(\.[0-9]+)?"


def object_of(properties: Schema, *, required: tuple[str, ...] = (), about: str = "") -> Schema:
    """Describe keys and values; no other key may stand there."""
    described: Schema = {"description": about} if about else {}
    needed: Schema = {"required": list(required)} if required else {}
    return {**described, "type": "object", "additionalProperties": False, "properties": properties, **needed}


def text_of(about: str, pattern: str, *examples: str, maximum: int | None = None) -> Schema:
    """Describe a text by its pattern."""
    longest: Schema = {} if maximum is None else {"maxLength": maximum}
    shown: Schema = {"examples": list(examples)} if examples else {}
    return {"type": "string", "description": about, "pattern": pattern, **longest, **shown}


def line_of(about: str, *, longest: int = 63) -> Schema:
    """Describe a line of any script."""
    return {"type": "string", "minLength": 1, "maxLength": longest, "description": about}


def ref(name: str, about: str) -> Schema:
    """Refer to one of the definitions."""
    return {"$ref": f"#/$defs/{name}", "description": about}


def list_of(name: str, about: str) -> Schema:
    """Describe a list of one of the definitions."""
    return {"type": "array", "description": about, "items": {"$ref": f"#/$defs/{name}"}}
