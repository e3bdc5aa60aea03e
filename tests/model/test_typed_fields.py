"""Fields of a schema against JSON that is still arriving."""

from __future__ import annotations

import json
from datetime import date
from enum import Enum
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from pydantic_ai_debug.model.typed_fields import FieldsReader, TypedField, newest_names, typed_fields


class Mood(Enum):
    CALM = 'calm'
    STORMY = 'stormy'


class Stop(BaseModel):
    place: str
    eur: float = 0


class Strict(BaseModel):
    model_config = ConfigDict(extra='forbid')
    n: int


class Cat(BaseModel):
    kind: Literal['cat']
    lives: int


class Dog(BaseModel):
    kind: Literal['dog']
    good: bool


class Tree(BaseModel):
    name: str
    branches: list[Tree] = []


def rows(field: TypedField, depth: int = 0) -> list[str]:
    """A line a field: name, type, status, value and problem."""
    shown = '' if field.shape != 'scalar' else f' {field.value!r}'
    problem = f' ({field.problem})' if field.problem else ''
    own = f'{"  " * depth}{field.name or "."}: {field.type_name or "?"} {field.status}{shown}{problem}'
    return [own, *(row for inner in field.inside for row in rows(inner, depth + 1))]


def read(output: Any, text: str) -> list[str]:
    return rows(typed_fields(TypeAdapter(output).json_schema(), text))


def only(output: Any, text: str) -> str:
    """The line of the only field of an object."""
    schema = {'type': 'object', 'properties': {'x': {}}, 'required': ['x']}
    inner = TypeAdapter(output).json_schema()
    definitions = inner.pop('$defs', {})
    schema['properties'] = {'x': inner}
    return rows(typed_fields({**schema, '$defs': definitions}, f'{{"x": {text}'))[1].strip()


def test_fields_are_awaited_arrive_and_are_complete() -> None:
    assert read(Stop, '') == ['.: Stop awaited', '  place: str awaited', '  eur: float awaited']
    assert read(Stop, '{"place"') == ['.: Stop arriving', '  place: str arriving', '  eur: float awaited']
    assert read(Stop, '{"place": "Bel')[1:] == ["  place: str arriving 'Bel'", '  eur: float awaited']
    assert read(Stop, '{"place": "Belém",')[1:] == ["  place: str complete 'Belém'", '  eur: float awaited']
    assert read(Stop, '{"place": "Belém", "eur": 3}') == [
        '.: Stop complete',
        "  place: str complete 'Belém'",
        '  eur: float complete 3',
    ]


def test_fields_stand_in_the_order_of_the_schema_however_they_arrive() -> None:
    assert read(Stop, '{"eur": 1, "pla')[1:] == ['  place: str awaited', '  eur: float complete 1']


def test_what_a_whole_object_lacks_is_missing_or_not_given() -> None:
    assert read(Stop, '{}') == ['.: Stop complete', '  place: str wrong (missing)', '  eur: float omitted 0']


def test_extra_fields_are_told_and_wrong_where_they_are_forbidden() -> None:
    assert read(Stop, '{"place": "x", "q": 1, ')[-1] == '  q: ? complete 1 (extra field)'
    assert read(Strict, '{"n": 1, "q": 1, ')[-1] == '  q: ? wrong 1 (extra field)'


def test_lists_dicts_and_nested_models_are_followed() -> None:
    assert read(dict[str, list[Stop]], '{"a": [{"place": "x"}, {"pl') == [
        '.: dict[str, list[Stop]] arriving',
        '  a: list[Stop] arriving',
        '    0: Stop complete',
        "      place: str complete 'x'",
        '      eur: float omitted 0',
        '    1: Stop arriving',
        '      place: str awaited',
        '      eur: float awaited',
    ]


def test_a_model_of_itself_is_followed() -> None:
    shown = read(Tree, '{"name": "a", "branches": [{"name": "b", "branches": [{"name": "c')
    assert shown[-2:] == ["          name: str arriving 'c'", '          branches: list[Tree] awaited']


def test_the_type_of_a_union_is_told_by_what_has_come() -> None:
    pets = Annotated[Cat | Dog, Field(discriminator='kind')]
    assert only(pets, '{') == 'x: Cat | Dog arriving'
    assert [row.strip() for row in read(list[pets], '[{"kind": "dog", ')[2:]] == [  # type: ignore[valid-type]
        "kind: Literal['dog'] complete 'dog'",
        'good: bool awaited',
    ]


@pytest.mark.parametrize(
    ('output', 'name'),
    [
        (str, 'str'),
        (int | None, 'int | None'),
        (list[int], 'list[int]'),
        (set[str], 'set[str]'),
        (tuple[int, str], 'tuple[int, str]'),
        (dict[str, float], 'dict[str, float]'),
        (list[Stop | None], 'list[Stop | None]'),
        (date, 'date'),
        (Mood, 'Mood'),
        (Literal['a', 'b'], "Literal['a', 'b']"),
        (Literal['a'], "Literal['a']"),
        (Any, 'Any'),
        (Stop, 'Stop'),
    ],
)
def test_types_are_called_as_in_python(output: Any, name: str) -> None:
    assert only(output, '')[:-1].startswith(f'x: {name} ')


@pytest.mark.parametrize(
    ('output', 'text', 'expected'),
    [
        (int, '"three",', "x: int wrong 'three' (not an int)"),
        (int, '"thr', "x: int wrong 'thr' (not an int)"),
        (int, '1.5,', 'x: int wrong 1.5 (not an int)'),
        (int, '{', 'x: int wrong (not an int)'),
        (str, '3,', 'x: str wrong 3 (not a str)'),
        (str, 'null', 'x: str wrong None (not a str)'),
        (bool, '"maybe"', "x: bool wrong 'maybe' (not a bool)"),
        (Stop, '[', 'x: Stop wrong (not a Stop)'),
        (Mood, '"ca', "x: Mood arriving 'ca'"),
        (Mood, '"ca"', "x: Mood wrong 'ca' (not one of 'calm', 'stormy')"),
        (Mood, '"x', "x: Mood wrong 'x' (not one of 'calm', 'stormy')"),
        (Literal['a'], '"b', "x: Literal['a'] wrong 'b' (not 'a')"),
        (int | None, '"x', "x: int | None wrong 'x' (not int | None)"),
        (int | None, 'null', 'x: int | None complete None'),
        (int | str, '"3"', "x: int | str complete '3'"),
    ],
)
def test_what_does_not_fit_is_told_as_soon_as_it_is_sure(output: Any, text: str, expected: str) -> None:
    assert only(output, text) == expected


@pytest.mark.parametrize(
    ('output', 'text'),
    [
        (int, '"3"'),
        (int, '"-1'),
        (int, '2.0,'),
        (int, 'true'),
        (float, '"1.5"'),
        (float, '2,'),
        (bool, '"yes"'),
        (bool, '1,'),
        (date, '1735689600,'),
        (date, '"2026-05-16"'),
    ],
)
def test_what_validation_would_convert_fits(output: Any, text: str) -> None:
    assert 'wrong' not in only(output, text)


def test_problems_are_counted_at_any_depth() -> None:
    whole = typed_fields(TypeAdapter(list[Stop]).json_schema(), '[{"place": 1, "eur": "x"}, {"place": "y"}, {}')
    assert (whole.problems, whole.inside[0].problems, whole.inside[1].problems) == (3, 2, 0)


def test_what_came_last_is_found() -> None:
    schema = TypeAdapter(dict[str, list[Stop]]).json_schema()
    assert newest_names(typed_fields(schema, '{"a": [{"place": "x"}, {"place": "y')) == ('a', '1', 'place')
    assert newest_names(typed_fields(schema, '{"a": [{"place": "x"}, ')) == ('a', '0', 'place')
    assert newest_names(typed_fields(schema, '{"a": []}')) == ('a',)
    assert newest_names(typed_fields(schema, '')) == ()


def test_what_is_no_json_is_told_with_what_has_come() -> None:
    assert read(Stop, '{"place": "x" oops')[:2] == [
        '.: Stop wrong (not JSON from character 15 on)',
        "  place: str complete 'x'",
    ]


@pytest.mark.parametrize(
    'schema',
    [
        None,
        True,
        [],
        'schema',
        {'$ref': '#'},
        {'$ref': '#/$defs/gone'},
        {'$ref': 'http://example.com'},
        {'anyOf': [{'$ref': '#'}]},
        {'allOf': [{'$ref': '#'}]},
        {'type': [], 'properties': [], 'required': {}, 'enum': {}},
        {'anyOf': [{'$ref': '#'} for _ in range(20)]},
        {'prefixItems': [{'$ref': '#'} for _ in range(20)]},
        {'properties': {'x': None, 'y': {'type': 'what'}}},
        {'prefixItems': [{}], 'items': False, 'additionalProperties': 3},
    ],
)
@pytest.mark.parametrize('text', ['', '{"x": [1, {"y": "', '[1, 2]', '"x"'])
def test_a_schema_of_any_shape_is_taken(schema: object, text: str) -> None:
    assert typed_fields(schema, text).problem == ''


def test_reading_what_grows_is_the_same_as_reading_it_anew() -> None:
    output = dict[str, list[Cat | Stop] | int]
    schema = TypeAdapter(output).json_schema()
    text = json.dumps({'a': [{'place': 'x', 'eur': '7'}, {'kind': 'cat', 'lives': 'many'}], 'b': 3, 'c': 'no'})
    reader = FieldsReader(schema)
    for end in range(len(text) + 1):
        assert reader.read(text[:end]) == typed_fields(schema, text[:end])


def test_what_is_whole_is_not_looked_at_again() -> None:
    reader = FieldsReader(TypeAdapter(list[Stop]).json_schema())
    before = reader.read('[{"place": "x"}, ')
    after = reader.read('[{"place": "x"}, {"place": "y"')
    assert after.inside[0] is before.inside[0]
