"""A section of a plan file told once, as a table of keys: its reader, schema and known keys come from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from console.plan.names import parse_label, parse_secret_place, parse_subdomain, parse_title
from console.plan.shapes import Schema, line_of, object_of, ref

if TYPE_CHECKING:
    from console.plan.fields import Fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key."""

    shape: Schema
    """Its part of the JSON schema, for editors: type, bounds, one line of words."""
    parse: Callable[[str], Any] | None = None
    """Reads the text of its value and raises `BadValue` for a bad one; None where its module reads it."""
    needed: bool = False
    """Whether a section without it is wrong; the default of any other key is that of the record's field."""


@dataclass(frozen=True, slots=True)
class Section:
    """One section; its keys bear the names of the record's fields, in the order of the schema."""

    keys: dict[str, Key]
    about: str = ""
    least: int = 0
    """Of keys that are not needed, at least this many are to be given."""

    @property
    def names(self) -> tuple[str, ...]:
        """List the keys."""
        return tuple(self.keys)

    def schema(self) -> Schema:
        """Describe it in JSON Schema."""
        shapes = {name: key.shape for name, key in self.keys.items()}
        needed = tuple(name for name, key in self.keys.items() if key.needed)
        least: Schema = {"minProperties": self.least} if self.least else {}
        return {**object_of(shapes, required=needed, about=self.about), **least}

    def key(self, about: str) -> Key:
        """Return the key, needed, under which this section stands: its module opens it."""
        return Key(shape={"description": about, **self.schema()}, needed=True)

    def values(self, fields: Fields, *, hint: str = "") -> dict[str, Any]:
        """Read each key that has a parser, by its name; problems are noted with their places.

        A key that is not given, or can't be read, is left out, so that the record's own default counts; for
        one that is needed an empty text stands in.
        """
        values: dict[str, Any] = {}
        for name, key in self.keys.items():
            if key.parse is None:
                continue
            if key.needed:
                values[name] = fields.required(name, key.parse, stand_in="", hint=hint).value
            elif (found := fields.optional(name, key.parse, default=None)).value is not None:
                values[name] = found.value
        return values


def label(about: str, *, needed: bool = False) -> Key:
    """Make a key that holds a Kubernetes name without dots."""
    return Key(shape=ref("label", about), parse=parse_label, needed=needed)


def subdomain(about: str, *, needed: bool = False) -> Key:
    """Make a key that holds a Kubernetes name that may have dots."""
    return Key(shape=ref("subdomain", about), parse=parse_subdomain, needed=needed)


def secret(about: str, *, needed: bool = False) -> Key:
    """Make a key that holds the place of a secret."""
    return Key(shape=ref("secret", about), parse=parse_secret_place, needed=needed)


def title(about: str) -> Key:
    """Make a key that holds a name of any script."""
    return Key(shape=line_of(about), parse=parse_title)
