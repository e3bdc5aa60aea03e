"""What deps held is put back in place, and code of the program's is not run for it."""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict, defaultdict, deque
from dataclasses import dataclass, field
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import BaseModel, PrivateAttr

from pydantic_ai_debug.debuggee.memento import Memento, memento


@dataclass
class Shop:
    cart: list[str] = field(default_factory=list)
    prices: dict[str, int] = field(default_factory=dict)
    total: int = 0


@dataclass(frozen=True)
class Frozen:
    seen: set[int] = field(default_factory=set)


class Slotted:
    __slots__ = ('name', 'unset')

    def __init__(self) -> None:
        self.name = 'a'


class Model(BaseModel):
    names: list[str] = []
    count: int = 0
    _hidden: list[int] = PrivateAttr(default_factory=list)


def change(deps: Any) -> None:
    match deps:
        case Shop():
            deps.cart.append('tea')
            deps.prices['tea'] = 3
            deps.total = 3
        case Frozen():
            deps.seen.add(1)
        case Slotted():
            deps.name = 'b'
        case Model():
            deps.names.append('x')
            deps.count = 1
            deps._hidden.append(1)
        case SimpleNamespace():
            deps.added = 1
            deps.inner.append(2)
        case dict():
            deps.clear()
        case bytearray() | deque() | list():
            deps.extend(b'x' if isinstance(deps, bytearray) else ['x'])
        case set():
            deps.add('x')
        case _:
            raise AssertionError(deps)


DEPS: dict[str, Any] = {
    'a dataclass': Shop(['milk'], {'milk': 2}, 2),
    'a frozen one': Frozen(),
    'slots': Slotted(),
    'a model': Model(names=['a']),
    'a namespace': SimpleNamespace(inner=[1]),
    'a dict': {'a': 1},
    'an ordered dict': OrderedDict(a=1, b=2),
    'a counter': Counter('aab'),
    'a default dict': defaultdict(list, a=[1]),
    'a deque': deque([1, 2]),
    'a set': {1},
    'bytes': bytearray(b'ab'),
    'a list': [1],
}


def described(deps: Any) -> str:
    hidden = deps._hidden if isinstance(deps, Model) else getattr(deps, 'name', None)
    return f'{deps!r} {hidden!r}' if not isinstance(deps, Slotted) else str(hidden)


@pytest.mark.parametrize('kind', DEPS)
def test_what_changed_is_put_back_in_the_same_objects(kind: str) -> None:
    deps = DEPS[kind]
    before, kept = described(deps), memento(deps)
    change(deps)
    assert described(deps) != before
    kept.put_back()
    assert described(deps) == before
    assert kept.left == ()
    # The run may come back once more.
    change(deps)
    kept.put_back()
    assert described(deps) == before


def test_an_inner_object_that_somebody_holds_is_the_same_one() -> None:
    shop = Shop(['milk'])
    held = shop.cart
    kept = memento({'shop': shop})
    shop.cart.append('tea')
    shop.cart = []
    kept.put_back()
    assert shop.cart is held
    assert held == ['milk']


def test_cycles_come_to_an_end() -> None:
    ring: list[Any] = [1]
    ring.append(ring)
    kept = memento(ring)
    ring.clear()
    kept.put_back()
    assert ring[1] is ring


def test_what_belongs_to_a_library_is_left_and_named() -> None:
    lock = threading.Lock()
    deps = SimpleNamespace(lock=lock, nested={'event': threading.Event()}, day=date(2026, 11, 27), kind=Shop)
    assert memento(deps).left == ('deps.lock (lock)', "deps.nested['event'] (Event)")
    assert memento(None) == memento('text') == Memento()


def test_a_class_steers_how_it_is_kept_by_its_deepcopy() -> None:
    class Steered:
        def __init__(self) -> None:
            self.state, self.client = [1], 'open'

        def __deepcopy__(self, memo: object) -> Steered:
            copied = Steered()
            copied.state = list(self.state)
            copied.client = self.client
            return copied

    class Refusing:
        __deepcopy__ = None

        def __init__(self) -> None:
            self.state = [1]

    steered, refusing = Steered(), Refusing()
    kept = memento([steered, refusing])
    steered.state.append(2)
    refusing.state.append(2)
    kept.put_back()
    assert (steered.state, refusing.state) == ([1], [1, 2])
    assert kept.left == ('deps[] (Refusing)',)


def test_what_is_too_large_is_left_as_it_is() -> None:
    deps = [[number] for number in range(20_000)]
    kept = memento(deps)
    deps.clear()
    kept.put_back()
    assert deps == []
    assert kept.left == ('deps, which are too large to be kept',)


class _Hostile:
    """Its code must not run."""

    def __init__(self) -> None:
        object.__setattr__(self, 'items', [1])

    def __getattribute__(self, name: str) -> Any:
        raise AssertionError(f'asked for {name}')

    def __eq__(self, other: object) -> bool:
        raise AssertionError('compared')

    def __hash__(self) -> int:
        raise AssertionError('hashed')

    def __iter__(self) -> Any:
        raise AssertionError('iterated')


class _HostileDict(dict[str, Any]):
    def items(self) -> Any:
        raise AssertionError('asked for items')

    def clear(self) -> None:
        raise AssertionError('cleared')

    def update(self, *args: object, **kwargs: object) -> None:
        raise AssertionError('updated')


def test_code_of_the_program_is_not_run() -> None:
    hostile, mapping = _Hostile(), _HostileDict(a=[1])
    items = object.__getattribute__(hostile, 'items')
    kept = memento({'object': hostile, 'mapping': mapping})
    items.append(2)
    dict.__getitem__(mapping, 'a').append(2)
    dict.__setitem__(mapping, 'b', 1)
    kept.put_back()
    assert items == [1]
    assert dict(dict.items(mapping)) == {'a': [1]}


def test_a_deepcopy_that_raises_leaves_the_deps() -> None:
    class Broken:
        def __deepcopy__(self, memo: object) -> Broken:
            raise RuntimeError('no')

    assert memento(Broken()).left == ('deps, which cannot be kept: RuntimeError',)
