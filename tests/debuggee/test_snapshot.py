"""Pictures of objects: what is shown of ordinary ones, and that hostile ones cost their own line at most."""

from __future__ import annotations

import collections
import dataclasses
import datetime
import decimal
import enum
import pathlib
import sys
import types
from typing import Any

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pydantic_ai_debug.debuggee.secrets import MASK, is_secret_name, masked
from pydantic_ai_debug.debuggee.snapshot import Limits, picture, picture_at
from pydantic_ai_debug.protocol.values import Value


class Colour(enum.Enum):
    RED = 1


class Flavour(str, enum.Enum):
    SWEET = 'sweet'


@dataclasses.dataclass
class Shop:
    name: str = 'corner'
    api_key: str = 'sk-123'
    rows: list[int] = dataclasses.field(default_factory=lambda: [1, 2])


@dataclasses.dataclass(slots=True)
class Slotted:
    a: int = 1
    b: str = 'x'


class Model(pydantic.BaseModel):
    n: int = 3
    password: pydantic.SecretStr = pydantic.SecretStr('hidden')


class Open(pydantic.BaseModel, extra='allow'):
    n: int = 1


Point = collections.namedtuple('Point', 'x y')


class Word(str):
    pass


class Array:
    """What numpy's arrays look like from outside."""

    shape = (3, 4)
    dtype = 'float64'


Array.__module__ = 'numpy'

SHOWN: dict[str, tuple[object, str, str]] = {
    'none': (None, 'none', 'None'),
    'bool': (True, 'bool', 'True'),
    'int': (7, 'number', '7'),
    'huge int': (1 << 50_000, 'number', 'an integer of 50001 bits'),
    'decimal': (decimal.Decimal('1.50'), 'number', '1.50'),
    'text': ('it is', 'str', 'it is'),
    'text of a subclass': (Word('w'), 'str', 'w'),
    'bytes': (b'\x00abc', 'bytes', "b'\\x00abc'"),
    'enum': (Colour.RED, 'enum', 'Colour.RED'),
    'enum of text': (Flavour.SWEET, 'enum', 'Flavour.SWEET'),
    'date': (datetime.date(2026, 1, 2), 'date', '2026-01-02'),
    'path': (pathlib.PurePosixPath('/a/b'), 'path', "'/a/b'"),
    'list': ([1, 2], 'sequence', '2 items'),
    'deque': (collections.deque([1]), 'sequence', '1 item'),
    'set': ({1}, 'set', '1 item'),
    'dict': ({'a': 1}, 'mapping', '1 item'),
    'read-only dict': (types.MappingProxyType({'a': 1}), 'mapping', '1 item'),
    'dataclass': (Shop(), 'object', '3 fields'),
    'slots': (Slotted(), 'object', '2 fields'),
    'pydantic model': (Model(), 'object', '2 fields'),
    'named tuple': (Point(1, 2), 'object', '2 fields'),
    'function': (test_it := lambda: None, 'callable', f'{test_it.__qualname__}()'),
    'class': (Shop, 'callable', 'class Shop'),
    'module': (sys, 'callable', 'module sys'),
    'array': (Array(), 'array', 'Array shape=(3, 4) dtype=float64'),
    'object without fields': (object(), 'other', '<object>'),
}


@pytest.mark.parametrize('name', SHOWN)
def test_ordinary_objects_are_shown_by_what_they_are(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    numpy = types.ModuleType('numpy')
    vars(numpy)['Array'] = Array
    monkeypatch.setitem(sys.modules, 'numpy', numpy)
    value, kind, text = SHOWN[name]
    shown = picture(value)
    assert (shown.kind, shown.text) == (kind, text)


def names(value: Value) -> dict[str, str]:
    return {child.name: child.value.text for child in value.children or ()}


def test_fields_and_keys_name_what_is_inside() -> None:
    assert names(picture(Shop())) == {'name': 'corner', 'api_key': MASK, 'rows': '2 items'}
    assert names(picture(Slotted())) == {'a': '1', 'b': 'x'}
    assert names(picture(Model())) == {'n': '3', 'password': MASK}
    assert names(picture(Open(extra_one=5))) == {'n': '1', 'extra_one': '5'}  # type: ignore[call-arg]
    assert names(picture(Point(1, 2))) == {'x': '1', 'y': '2'}
    assert names(picture({'a': 1, 2: 'b', (1, 'x'): 0, Colour.RED: 3})) == {
        'a': '1',
        '2': 'b',
        '(1, x)': '0',
        'Colour.RED': '3',
    }


class Hostile:
    """Raises from everything that can be overridden."""

    def __init__(self) -> None:
        self.field = 1

    def __getattr__(self, name: str) -> Any:
        raise SystemExit(name)

    @property
    def __class__(self) -> type:  # type: ignore[override]
        raise RuntimeError

    @property
    def expensive(self) -> int:
        raise RuntimeError('a property was run')

    def __repr__(self) -> str:
        raise RuntimeError

    def __eq__(self, other: object) -> bool:
        raise RuntimeError

    def __hash__(self) -> int:
        raise RuntimeError

    def __len__(self) -> int:
        raise RuntimeError

    def __bool__(self) -> bool:
        raise RuntimeError


class HostileDict(dict[str, int]):
    def items(self) -> Any:
        raise RuntimeError

    def __iter__(self) -> Any:
        raise RuntimeError

    def __len__(self) -> int:
        return -5


class HostileMeta(type):
    def __getattribute__(cls, name: str) -> Any:
        raise RuntimeError(name)

    def __instancecheck__(cls, instance: object) -> bool:
        raise RuntimeError


class OfHostileMeta(metaclass=HostileMeta):
    pass


def test_no_code_of_a_hostile_object_is_run() -> None:
    shown = picture([Hostile(), HostileDict(a=1), OfHostileMeta(), 'after'])
    assert [child.value.text for child in shown.children or ()] == ['1 field', '1 item', '<OfHostileMeta>', 'after']
    hostile = (shown.children or ())[0].value
    assert names(hostile) == {'field': '1'}


def test_an_object_inside_itself_is_a_cycle() -> None:
    loop: list[object] = []
    loop.append(loop)
    shown = picture(loop)
    assert [child.value.kind for child in shown.children or ()] == ['cycle']


def test_an_object_met_twice_side_by_side_is_no_cycle() -> None:
    twin = [1]
    assert [child.value.kind for child in picture([twin, twin]).children or ()] == ['sequence', 'sequence']


def test_depth_items_and_text_are_limited_and_say_so() -> None:
    limits = Limits(depth=1, items=3, text=4)
    shown = picture([[1], 'abcdef', 3, 4, 5], limits)
    assert shown.size == 5
    assert (shown.more, shown.opens) == (2, True)
    inner, text, _ = (child.value for child in shown.children or ())
    assert (inner.children, inner.opens) == (None, True)
    assert (text.text, text.size) == ('abcd…', 6)


def test_a_wide_and_deep_object_stays_within_the_limit_of_pictures() -> None:
    def count(value: Value) -> int:
        return 1 + sum(count(child.value) for child in value.children or ())

    wide = [[list(range(100)) for _ in range(100)] for _ in range(100)]
    assert count(picture(wide)) <= Limits().total * 1.2


def test_a_page_of_a_long_list_starts_where_it_is_asked_to() -> None:
    page = picture(list(range(1000)), Limits(items=10), start=500)
    assert [child.name for child in page.children or ()] == [str(n) for n in range(500, 510)]
    assert (page.start, page.more) == (500, 490)


def test_children_are_found_again_by_their_place() -> None:
    shop = Shop()
    assert picture_at(shop, [2]) == picture(shop.rows)
    assert picture_at({'a': 1, 'b': 2}, [1]) == picture(2)
    with pytest.raises(LookupError):
        picture_at([1], [1])
    with pytest.raises(LookupError):
        picture_at(5, [0])


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
        max_leaves=30,
    )
)
def test_any_value_has_a_picture(value: object) -> None:
    assert picture(value).text is not None


@pytest.mark.parametrize(
    'name',
    [
        'api_key',
        'API_KEY',
        'apiKey',
        'openai_api_key',
        'token',
        'accessToken',
        'password',
        'Authorization',
        'X-Api-Key',
    ],
)
def test_names_of_secrets_are_known_in_every_spelling(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize('name', ['tokens', 'input_tokens', 'max_tokens', 'keyboard', 'monkey', 'author', 'key'])
def test_names_that_only_look_like_secrets_are_not(name: str) -> None:
    assert not is_secret_name(name)


def test_secrets_are_masked_at_any_depth_of_json() -> None:
    before = {'headers': [{'authorization': 'Bearer x', 'accept': 'json'}], 'token': 5, 'max_tokens': 7}
    after = {'headers': [{'authorization': MASK, 'accept': 'json'}], 'token': 5, 'max_tokens': 7}
    assert masked(before) == after
