"""Structured output while it arrives: the fields of its schema, and how far each has come.

Pure: a schema and a text in, a tree of typed fields out. Nothing of the user's is run: it is no validation, only what can be
told from the schema.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, TypeAlias

from pydantic_ai_debug.protocol.events import Json

from .details import json_object
from .json_schema import Schema, SchemaReader
from .partial_json import JsonArray, JsonNode, JsonObject, JsonReader, JsonScalar

FieldStatus: TypeAlias = Literal['awaited', 'arriving', 'complete', 'omitted', 'wrong']
"""`omitted`: its object is whole without it, and may be. `wrong`: it does not fit, whatever else comes."""

Shape: TypeAlias = Literal['scalar', 'object', 'list', 'unknown']
"""What has come of a value; `unknown` while nothing has."""


@dataclass(frozen=True)
class TypedField:
    """A field, an item of a list, or a whole output, as far as it has come."""

    name: str
    type_name: str
    """As Python writes it; empty where the schema does not know the field."""
    status: FieldStatus
    shape: Shape = 'unknown'
    value: str | int | float | bool | None = None
    """Of a scalar, what has come of it."""
    inside: tuple[TypedField, ...] = ()
    """Fields of an object, those that are awaited last; items of a list."""
    problem: str = ''
    """Why it does not fit; of an extra field that is passed over, that it is one."""

    @property
    def arrived(self) -> int:
        """How many fields or items have begun to come."""
        return sum(field.status not in ('awaited', 'omitted') and field.problem != MISSING for field in self.inside)

    @cached_property
    def problems(self) -> int:
        """How many of the values inside do not fit."""
        return sum((field.status == 'wrong') + field.problems for field in self.inside)


MISSING = 'missing'
EXTRA = 'extra field'


def typed_fields(schema: Json, text: str) -> TypedField:
    """The fields of a schema with what a text of JSON, which may end anywhere, says of them.

    Fields are in the order of the schema; those that it does not know follow as they came.
    """
    return FieldsReader(schema).read(text)


def newest_names(field: TypedField) -> tuple[str, ...]:
    """The names that lead from a value to the one in it that came last."""
    names: list[str] = []
    while (inner := arriving_inside(field) or _last_arrived(field)) is not None:
        names.append(inner.name)
        field = inner
    return tuple(names)


def _last_arrived(field: TypedField) -> TypedField | None:
    return next(
        (inner for inner in reversed(field.inside) if inner.shape != 'unknown' and inner.status != 'omitted'), None
    )


def arriving_inside(field: TypedField) -> TypedField | None:
    """The value directly inside another one that text is being added to."""
    return next((inner for inner in reversed(field.inside) if inner.status == 'arriving'), None)


class FieldsReader:
    """Reads the fields of one schema from a text that grows; what is whole is looked at once."""

    def __init__(self, schema: Json) -> None:
        self._schemas = SchemaReader(schema)
        self._json = JsonReader()
        self._known: dict[int, tuple[JsonNode, Json, TypedField]] = {}
        """By identity of a value that is whole, which is kept with its field so that it stays its own."""

    def read(self, text: str) -> TypedField:
        """The same as `typed_fields`, at the cost of what was added since the text before."""
        read = self._json.read(text)
        whole = self._field('', self._schemas.root, read.root)
        return replace(whole, status='wrong', problem=read.problem) if read.problem else whole

    def _field(self, name: str, schema: Json, node: JsonNode) -> TypedField:
        """One value against its schema; None is one that no schema knows."""
        if node is None:
            return self._begun(name, schema)
        known = self._known.get(id(node))
        if known is not None and known[1] is schema:
            return known[2]
        made = self._made(name, schema, node)
        if node.whole:
            self._known[id(node)] = node, schema, made
        return made

    def _begun(self, name: str, schema: Json) -> TypedField:
        """A field of which only the name has come, or a whole output of which nothing has."""
        if name:
            return TypedField(name, self._type_name(schema), 'arriving')
        own, _ = self._schemas.fitting(schema, None)
        return TypedField(
            '', self._type_name(schema), 'awaited', inside=tuple(self._members(own, JsonObject((), False)))
        )

    def _made(self, name: str, schema: Json, node: JsonScalar | JsonArray | JsonObject) -> TypedField:
        type_name = self._type_name(schema)
        own, problem = self._schemas.fitting(schema, node)
        status: FieldStatus = 'wrong' if problem else 'complete' if node.whole else 'arriving'
        match node:
            case JsonScalar(value):
                return TypedField(name, type_name, status, 'scalar', value, problem=problem)
            case JsonArray(items):
                item = self._schemas.item
                fields = tuple(self._field(str(index), item(own, index), node) for index, node in enumerate(items))
                return TypedField(name, type_name, status, 'list', inside=fields, problem=problem)
            case JsonObject():
                # What does not fit has no fields of its own that could be awaited.
                fields = tuple(self._members({} if problem else own, node))
                return TypedField(name, type_name, status, 'object', inside=fields, problem=problem)

    def _members(self, schema: Schema, node: JsonObject) -> Iterator[TypedField]:
        come = dict(node.members)
        required = self._schemas.required(schema)
        known = self._schemas.properties(schema)
        for name, own in known.items():
            if name in come:
                yield self._field(name, own, come[name])
            elif not node.whole:
                yield TypedField(name, self._type_name(own), 'awaited')
            elif name in required:
                yield TypedField(name, self._type_name(own), 'wrong', problem=MISSING)
            else:
                yield self._omitted(name, own)
        forbidden = schema.get('additionalProperties') is False
        for name, member in node.members:
            if name not in known:
                own = self._schemas.member(schema, name)
                field = self._field(name, own, member)
                is_extra = own is None and (known or forbidden)
                status = 'wrong' if forbidden else field.status
                yield replace(field, status=status, problem=EXTRA) if is_extra else field

    def _omitted(self, name: str, schema: Json) -> TypedField:
        told = json_object(schema)
        default = told.get('default')
        is_scalar = 'default' in told and (default is None or isinstance(default, (str, int, float)))
        value = default if isinstance(default, (str, int, float)) else None
        return TypedField(name, self._type_name(schema), 'omitted', 'scalar' if is_scalar else 'unknown', value)

    def _type_name(self, schema: Json) -> str:
        return '' if schema is None else self._schemas.type_name(schema)
