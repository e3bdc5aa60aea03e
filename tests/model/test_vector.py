"""A vector is a tuple that is cheap to change; a register, a dict that is."""

from __future__ import annotations

import random

import pytest

from pydantic_ai_debug.model.register import Register
from pydantic_ai_debug.model.vector import Vector

LENGTHS = (0, 1, 31, 32, 33, 1023, 1024, 1025, 1057, 33_000)
"""Around those at which the tree gets another branch or level."""


@pytest.mark.parametrize('length', LENGTHS)
def test_it_holds_what_it_was_made_of(length: int) -> None:
    vector = Vector(range(length))
    assert len(vector) == length
    assert list(vector) == [vector[index] for index in range(length)] == list(range(length))
    assert list(reversed(vector)) == list(reversed(range(length)))
    assert vector[max(length - 3, 0) :] == list(range(max(length - 3, 0), length))
    for outside in (length, -length - 1):
        with pytest.raises(IndexError):
            vector[outside]
        with pytest.raises(IndexError):
            vector.replaced(outside, 0)


@pytest.mark.parametrize('length', LENGTHS)
def test_one_that_grew_is_like_one_that_was_made_at_once(length: int) -> None:
    vector: Vector[int] = Vector()
    for item in range(length):
        vector = vector.appended(item)
    assert vector == Vector(range(length))
    assert (vector == Vector(range(length + 1))) is False


@pytest.mark.parametrize('seed', range(4))
def test_earlier_vectors_never_change_and_tell_what_did(seed: int) -> None:
    chance = random.Random(seed)
    plain = [object() for _ in range(chance.choice(LENGTHS[:-1]))]
    kept = [(Vector(plain), list(plain))]
    for _ in range(300):
        vector, plain = kept[-1][0], list(kept[-1][1])
        if not plain or chance.random() < 0.5:
            plain.append(object())
            vector = vector.appended(plain[-1])
        else:
            index = chance.randrange(len(plain))
            plain[index] = object()
            vector = vector.replaced(index - chance.choice((0, len(plain))), plain[index])
        kept.append((vector, plain))
    for vector, plain in kept:
        assert list(vector) == plain
    for _ in range(100):
        (old, before), (new, after) = chance.choice(kept), chance.choice(kept)
        differing = [index for index, item in enumerate(after) if index >= len(before) or before[index] is not item]
        assert list(new.changes_since(old)) == differing


def test_a_change_shares_all_but_the_way_to_it() -> None:
    vector = Vector(range(10_000))
    branches: list[tuple[object, object]] = [(vector._root, vector.replaced(5_000, -1)._root)]  # pyright: ignore[reportPrivateUsage]
    items_made = 0
    while branches:
        old, new = branches.pop()
        if old is not new and isinstance(old, tuple) and isinstance(new, tuple):
            items_made += len(new)
            branches += zip(old, new, strict=True)
    assert items_made <= 3 * 32


def test_a_register_keeps_the_order_of_names_and_earlier_ones_stay() -> None:
    empty: Register[int] = Register()
    one = empty.with_item('b', 1)
    two = one.with_item('a', 2)
    assert list(two) == ['b', 'a']
    assert list(two.values()) == [1, 2]
    assert two.with_item('b', 3) == {'b': 3, 'a': 2}
    assert two == {'b': 1, 'a': 2}
    assert one == {'b': 1}
    assert empty == {}
    assert 'a' not in one
    with pytest.raises(KeyError):
        one['a']


def test_a_register_that_is_extended_twice_makes_two() -> None:
    base: Register[int] = Register().with_item('a', 1)
    left, right = base.with_item('b', 2), base.with_item('c', 3)
    assert (left, right, base) == ({'a': 1, 'b': 2}, {'a': 1, 'c': 3}, {'a': 1})
    assert list(right) == ['a', 'c']


def test_a_register_tells_what_changed() -> None:
    before = Register[str]().with_item('a', 'x').with_item('b', 'y')
    assert before.with_item('b', 'z').with_item('c', 'w').changed_since(before) == ['z', 'w']
    assert before.changed_since(before) == []
