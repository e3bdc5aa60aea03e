"""JSON that ends anywhere: what of it has come, read once however often it grows."""

from __future__ import annotations

import json
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pydantic_ai_debug.model.partial_json import MAX_DEPTH, JsonArray, JsonNode, JsonObject, JsonReader, JsonScalar

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


def plain(node: JsonNode) -> object:
    """What has come, with an ellipsis behind what is not whole."""
    match node:
        case None:
            return ...
        case JsonObject(members, whole):
            return {name: plain(member) for name, member in members} | ({} if whole else {...: ...})
        case JsonArray(items, whole):
            return [*map(plain, items), *([] if whole else [...])]
        case JsonScalar(value, whole):
            return value if whole else (value, ...)


def read(text: str) -> tuple[object, str]:
    found = JsonReader().read(text)
    return plain(found.root), found.problem


@pytest.mark.parametrize(
    ('text', 'expected'),
    [
        ('', ...),
        ('  ', ...),
        ('{', {...: ...}),
        ('{"ci', {...: ...}),
        ('{"city"', {'city': ..., ...: ...}),
        ('{"city": ', {'city': ..., ...: ...}),
        ('{"city": "Par', {'city': ('Par', ...), ...: ...}),
        ('{"city": "Paris"', {'city': 'Paris', ...: ...}),
        ('{"city": "Paris"}', {'city': 'Paris'}),
        ('{"n": 12', {'n': (12, ...), ...: ...}),
        ('{"n": 12,', {'n': 12, ...: ...}),
        ('{"n": 1.', {'n': (1, ...), ...: ...}),
        ('{"n": -', {'n': ..., ...: ...}),
        ('{"n": tru', {'n': ..., ...: ...}),
        ('{"n": true', {'n': True, ...: ...}),
        ('[1, [2, {"a": nul', [1, [2, {'a': ..., ...: ...}, ...], ...]),
        ('[[], {}]', [[], {}]),
        ('{"a": 1, "a": [', {'a': [...], ...: ...}),
        (r'"C:\\u00', (r'C:\u00', ...)),
        (r'"tab \t and \u00', ('tab \t and ', ...)),
        (r'"cut \ud83d', ('cut ', ...)),
        (r'"whole \ud83d\ude00"', 'whole 😀'),
        ('"raw\nbreak"', 'raw\nbreak'),
    ],
)
def test_what_has_come_is_read_and_what_is_not_whole_is_known(text: str, expected: object) -> None:
    assert read(text) == (expected, '')


@pytest.mark.parametrize(
    ('text', 'come', 'place'),
    [
        ('hello', ..., 1),
        ('{"a" 1', {'a': ..., ...: ...}, 6),
        ('{"a": 1 2', {'a': 1, ...: ...}, 9),
        ('[1, 2}', [1, 2, ...], 6),
        ('[01, ', [...], 2),
        ('{"a": 1}}', {'a': 1}, 9),
        (r'["\q"', [...], 3),
        ('{"a": 1, }', {'a': 1, ...: ...}, 10),
    ],
)
def test_what_cannot_become_json_is_told_with_its_place(text: str, come: object, place: int) -> None:
    assert read(text) == (come, f'not JSON from character {place} on')


def test_what_is_nested_too_deep_is_told() -> None:
    assert read('[' * 100_000)[1] == f'nested deeper than {MAX_DEPTH} levels'
    assert read('{"a":' * 100_000)[1] == f'nested deeper than {MAX_DEPTH} levels'


@given(values, st.booleans())
def test_every_beginning_of_json_may_become_json(value: object, escaped: bool) -> None:
    text = json.dumps(value, ensure_ascii=escaped)
    reader = JsonReader()
    for end in range(len(text)):
        growing = reader.read(text[:end])
        assert growing.problem == ''
        assert growing == JsonReader().read(text[:end])
    # A number may always go on, but for what follows it.
    assert plain(reader.read(f'{text}\n').root) == json.loads(text)


def test_what_is_whole_is_read_once() -> None:
    reader = JsonReader()
    before = cast(JsonArray, reader.read('[{"a": [1, 2]}, {"b"').root)
    after = cast(JsonArray, reader.read('[{"a": [1, 2]}, {"b": 3}, 4').root)
    assert after.items[0] is before.items[0]
    assert plain(after) == [{'a': [1, 2]}, {'b': 3}, (4, ...), ...]


def test_another_text_is_read_from_its_beginning() -> None:
    reader = JsonReader()
    reader.read('{"a": 1, "b"')
    assert plain(reader.read('{"c": 2}').root) == {'c': 2}
