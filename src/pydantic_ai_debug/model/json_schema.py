"""JSON schemas as pydantic writes them, read as Python types: what a value is called, and whether one that arrives fits.

A value that pydantic would convert, such as `"3"` for an int, fits: what is said to be wrong, validation refuses. Limits of
size and pattern are left to validation. Schemas of any shape are taken: what is not understood is `Any` and fits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import cast

from pydantic_ai_debug.protocol.events import Json

from .details import json_list, json_object
from .partial_json import JsonArray, JsonNode, JsonObject, JsonScalar

Schema = Mapping[str, Json]

_MAX_DEPTH = 12
_MAX_NAME = 80
_MAX_OPTIONS = 100
_NAMES = {'string': 'str', 'integer': 'int', 'number': 'float', 'boolean': 'bool', 'null': 'None'}
_FORMATS = {
    'date': 'date',
    'date-time': 'datetime',
    'time': 'time',
    'duration': 'timedelta',
    'uuid': 'UUID',
    'binary': 'bytes',
    'email': 'email',
    'uri': 'url',
}
_FROM_NUMBER = ('date', 'date-time', 'time', 'duration')
"""Formats of text that may be given as a number of seconds."""
_BOOLEAN_TEXTS = frozenset({'0', '1', 'off', 'on', 'f', 't', 'false', 'true', 'n', 'y', 'no', 'yes'})
_NUMBER_SO_FAR = re.compile(r'\s*[-+]?[\d_]*\.?[\d_]*(?:[eE][-+]?\d*)?\s*|\s*[-+]?(?:inf|nan).*', re.IGNORECASE)


class SchemaReader:
    """Reads one schema, and those it refers to."""

    def __init__(self, schema: Json) -> None:
        self.root: Schema = json_object(schema)
        self._known_options: dict[int, tuple[Json, list[Schema]]] = {}
        """By identity of a schema, which is kept with them so that it stays its own."""
        self._known_names: dict[int, tuple[Json, str]] = {}

    def resolved(self, schema: Json) -> Schema:
        """A schema with its reference followed, and the only one of `allOf` taken."""
        found = json_object(schema)
        for _ in range(_MAX_DEPTH):
            whole = json_list(found.get('allOf'))
            if isinstance(reference := found.get('$ref'), str):
                found = self._definition(reference)
            elif len(whole) == 1:
                found = json_object(whole[0])
            else:
                return found
        return {}

    def _definition(self, reference: str) -> Schema:
        if reference == '#':
            return self.root
        found: Json = self.root
        steps = reference.removeprefix('#/').split('/') if reference.startswith('#/') else ['']
        for step in steps:
            found = json_object(found).get(step)
        definition = json_object(found)
        # A definition is known by its name, also where it says no title.
        return definition if 'title' in definition else {**definition, 'title': steps[-1]}

    def options(self, schema: Json) -> list[Schema]:
        """The members of a union, resolved; of any other schema, itself."""
        known = self._known_options.get(id(schema))
        if known is None:
            known = self._known_options[id(schema)] = schema, list(islice(self._options(schema, 0), _MAX_OPTIONS))
        return known[1]

    def _options(self, schema: Json, depth: int) -> Iterator[Schema]:
        found = self.resolved(schema)
        members = json_list(found.get('anyOf')) or json_list(found.get('oneOf'))
        kinds = json_list(found.get('type'))
        if depth < _MAX_DEPTH and members:
            for member in members:
                yield from self._options(member, depth + 1)
        elif kinds:
            for kind in kinds:
                yield {**found, 'type': kind}
        else:
            yield found

    # What types are called

    def type_name(self, schema: Json, depth: int = 0) -> str:
        """A type as Python writes it, such as `list[Stop] | None`."""
        if depth > _MAX_DEPTH:
            return '…'
        known = self._known_names.get(id(schema))
        if known is None:
            names = list(dict.fromkeys(self._plain_name(option, depth) for option in self.options(schema)))
            names.sort(key=lambda name: name == 'None')
            name = ' | '.join(names)
            shown = name if len(name) <= _MAX_NAME else f'{name[: _MAX_NAME - 1]}…'
            known = self._known_names[id(schema)] = schema, shown
        return known[1]

    def _plain_name(self, schema: Schema, depth: int) -> str:
        title, kind = schema.get('title'), schema.get('type')
        is_named = isinstance(title, str) and bool(title)
        if 'const' in schema:
            return f'Literal[{schema["const"]!r}]'
        if values := json_list(schema.get('enum')):
            return str(title) if is_named else f'Literal[{", ".join(map(repr, values[:20]))}]'
        match kind:
            case 'array':
                return self._array_name(schema, depth)
            case 'object':
                inner = json_object(schema.get('additionalProperties'))
                if is_named and ('properties' in schema or not inner):
                    return str(title)
                if 'properties' in schema:
                    return 'object'
                return f'dict[str, {self.type_name(inner, depth + 1)}]' if inner else 'dict'
            case 'string':
                return _FORMATS.get(str(schema.get('format')), 'str')
            case str():
                return _NAMES.get(kind, kind)
            case _:
                return str(title) if is_named and 'properties' in schema else 'Any'

    def _array_name(self, schema: Schema, depth: int) -> str:
        places = json_list(schema.get('prefixItems'))
        if places:
            return f'tuple[{", ".join(self.type_name(place, depth + 1) for place in places[:20])}]'
        kind = 'set' if schema.get('uniqueItems') is True else 'list'
        return f'{kind}[{self.type_name(schema["items"], depth + 1)}]' if json_object(schema.get('items')) else kind

    # What is inside

    def properties(self, schema: Schema) -> Mapping[str, Json]:
        return json_object(schema.get('properties'))

    def required(self, schema: Schema) -> frozenset[str]:
        return frozenset(name for name in json_list(schema.get('required')) if isinstance(name, str))

    def member(self, schema: Schema, name: str) -> Json:
        """The schema of a member of an object; None where it names none."""
        own = self.properties(schema).get(name)
        return own if own is not None else schema.get('additionalProperties') or None

    def item(self, schema: Schema, index: int) -> Json:
        """The schema of an item of a list."""
        places = json_list(schema.get('prefixItems'))
        return places[index] if index < len(places) else schema.get('items')

    # What fits

    def fitting(self, schema: Json, node: JsonNode) -> tuple[Schema, str]:
        """The member of a union that a value fits best, and why it does not fit; empty where it does.

        While more than one fits as well as the others, nothing is expected of it but what has come.
        """
        options = self.options(schema)
        if len(options) == 1:
            return options[0], self._shape_problem(options[0], node)
        misfits = [self._misfit(option, node) for option in options]
        best = options[misfits.index(min(misfits))]
        if self._shape_problem(best, node):
            return best, f'not {self.type_name(schema)}'
        if isinstance(node, JsonObject) and misfits.count(min(misfits)) > 1:
            come = {name for name, _ in node.members}
            properties = {name: own for name, own in self.properties(best).items() if name in come}
            return {**best, 'properties': properties, 'required': []}, ''
        return best, ''

    def _misfit(self, schema: Schema, node: JsonNode) -> tuple[int, int, int]:
        """How badly a value fits: by its shape, by the members that tell a union's types apart, by unknown members."""
        if self._shape_problem(schema, node):
            return 1, 0, 0
        if not isinstance(node, JsonObject):
            return 0, 0 if _is_exact(schema, node) else 1, 0
        known = self.properties(schema)
        told = [(known[name], member) for name, member in node.members if name in known]
        differing = sum(
            1
            for own, member in told
            if {'const', 'enum'} & set(self.resolved(own)) and self._shape_problem(self.resolved(own), member)
        )
        return 0, differing, len(node.members) - len(told)

    def _shape_problem(self, schema: Schema, node: JsonNode) -> str:
        """Why a value is not of one type that is no union, told as early as it is sure."""
        if node is None or not schema:
            return ''
        allowed = [schema['const']] if 'const' in schema else json_list(schema.get('enum'))
        if allowed:
            return _enum_problem(allowed, node)
        kind = schema.get('type')
        if kind not in ('string', 'integer', 'number', 'boolean', 'null', 'array', 'object'):
            return ''
        return '' if _fits(cast(str, kind), str(schema.get('format')), node) else f'not {_article(schema, self)}'


def _article(schema: Schema, reader: SchemaReader) -> str:
    name = reader.type_name(schema)
    return name if name == 'None' else f'{"an" if name[:1] in "aeiouAEIO" else "a"} {name}'


def _enum_problem(allowed: object, node: JsonNode) -> str:
    values = json_list(allowed)
    if isinstance(node, JsonScalar):
        value = node.value
        if any(type(value) is type(other) and value == other for other in values):
            return ''
        if not node.whole and isinstance(value, str):
            if any(isinstance(other, str) and other.startswith(value) for other in values):
                return ''
        elif not node.whole:
            return ''
    words = ', '.join(repr(other) for other in values[:8])
    return f'not {words}' if len(values) == 1 else f'not one of {words}{", …" if len(values) > 8 else ""}'


def _is_exact(schema: Schema, node: JsonNode) -> bool:
    """Whether a value is of a type without being converted."""
    match schema.get('type'), node:
        case 'boolean', JsonScalar(bool()):
            return True
        case ('integer', JsonScalar(int())) | ('number', JsonScalar(float() | int())):
            return not isinstance(node.value, bool)
        case 'string', JsonScalar(str()):
            return True
        case _:
            return not isinstance(node, JsonScalar) or 'enum' in schema or 'const' in schema


def _fits(kind: str, text_format: str, node: JsonNode) -> bool:
    match node:
        case JsonObject():
            return kind == 'object'
        case JsonArray():
            return kind == 'array'
        case JsonScalar(None):
            return kind == 'null'
        case JsonScalar(str() as text, whole):
            return kind == 'string' or _text_fits(kind, text, whole)
        case JsonScalar(bool()):
            return kind in ('boolean', 'integer', 'number')
        case JsonScalar(int() | float() as number, whole):
            match kind:
                case 'number':
                    return True
                case 'integer':
                    return not whole or number == number // 1
                case 'boolean':
                    return not whole or number in (0, 1)
                case 'string':
                    return text_format in _FROM_NUMBER
                case _:
                    return False
        case _:
            return True


def _text_fits(kind: str, text: str, whole: bool) -> bool:
    """Whether pydantic makes a number or a truth value of a text."""
    match kind:
        case 'boolean':
            lower = text.lower()
            return lower in _BOOLEAN_TEXTS if whole else any(word.startswith(lower) for word in _BOOLEAN_TEXTS)
        case 'integer' | 'number':
            if not whole:
                return _NUMBER_SO_FAR.fullmatch(text) is not None
            try:
                number = float(text)
            except ValueError:
                return False
            return kind == 'number' or number.is_integer()
        case _:
            return False
