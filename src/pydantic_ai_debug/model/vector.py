"""An immutable sequence, any item of which is cheap to change.

State is folded once per event, so a tuple of ten thousand nodes, copied for a change of one, would make the fold
quadratic. A vector is a tree of small tuples: a changed one shares all of them with the one before, but those on the way
to the item. What two of them share need not be looked at to find out what differs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, Generic, TypeAlias, TypeVar, cast, overload

T = TypeVar('T')

_BITS = 5
_WIDTH = 1 << _BITS
_MASK = _WIDTH - 1

_Branch: TypeAlias = tuple[Any, ...]
"""Items, or branches of the level below: all of them full but for the last on each level."""


class Vector(Sequence[T], Generic[T]):
    """A sequence whose `appended` and `replaced` take time and memory by the logarithm of its length."""

    __slots__ = ('_length', '_root', '_shift')

    def __init__(self, items: Iterable[T] = ()) -> None:
        branch: _Branch = tuple(items)
        self._length = len(branch)
        self._shift = 0
        """How many bits of an index are left to the levels below the root."""
        while len(branch) > _WIDTH:
            branch = tuple(branch[start : start + _WIDTH] for start in range(0, len(branch), _WIDTH))
            self._shift += _BITS
        self._root = branch

    def appended(self, item: T) -> Vector[T]:
        """The same items and one more."""
        root, shift = self._root, self._shift
        if self._length == _WIDTH << shift:
            root, shift = (root,), shift + _BITS
        return self._made(_with_item(root, shift, self._length, item), shift, self._length + 1)

    def replaced(self, index: int, item: T) -> Vector[T]:
        """The same items but for one.

        Raises:
            IndexError: where there is none at `index`.
        """
        root = _with_item(self._root, self._shift, self._position(index), item)
        return self._made(root, self._shift, self._length)

    def _made(self, root: _Branch, shift: int, length: int) -> Vector[T]:
        made: Vector[T] = Vector()
        made._root, made._shift, made._length = root, shift, length
        return made

    def changes_since(self, before: Vector[T]) -> Iterator[int]:
        """Where this holds another object than the vector `before`, or one that is new, in order.

        Takes time by what differs, where one was made from the other.
        """
        old, new, shift = before._root, self._root, max(before._shift, self._shift)
        for _ in range(before._shift, shift, _BITS):
            old = (old,)
        for _ in range(self._shift, shift, _BITS):
            new = (new,)
        return _changes(old, new, shift, 0)

    def _position(self, index: int) -> int:
        if not -self._length <= index < self._length:
            raise IndexError(index)
        return index if index >= 0 else self._length + index

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...
    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        if isinstance(index, slice):
            return [self[position] for position in range(*index.indices(self._length))]
        position = self._position(index)
        branch = self._root
        for shift in range(self._shift, 0, -_BITS):
            branch = branch[position >> shift & _MASK]
        return branch[position & _MASK]

    def __iter__(self) -> Iterator[T]:
        items = iter(self._root)
        for _ in range(0, self._shift, _BITS):
            items = chain.from_iterable(items)
        return items

    def __reversed__(self) -> Iterator[T]:
        items = reversed(self._root)
        for _ in range(0, self._shift, _BITS):
            items = chain.from_iterable(map(reversed, items))
        return cast('Iterator[T]', items)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Vector) and self._root == cast('Vector[object]', other)._root

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f'Vector({list(self)!r})'


def _with_item(branch: _Branch, shift: int, index: int, item: object) -> _Branch:
    """A branch with another item at an index, or one more at its end."""
    position = index >> shift & _MASK
    if shift:
        below = branch[position] if position < len(branch) else ()
        item = _with_item(below, shift - _BITS, index, item)
    return (*branch[:position], item, *branch[position + 1 :])


def _changes(old: _Branch, new: _Branch, shift: int, start: int) -> Iterator[int]:
    for position, item in enumerate(new):
        before = old[position] if position < len(old) else None
        index = start + (position << shift)
        if shift == 0:
            if position >= len(old) or before is not item:
                yield index
        elif before is not item:
            yield from _changes(before or (), item, shift - _BITS, index)
