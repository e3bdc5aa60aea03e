"""An immutable sequence that is cheap to extend.

State is folded once per event, so a tuple that grows with the number of events would make the fold quadratic.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Generic, TypeVar, overload

T = TypeVar('T')


class Series(Sequence[T], Generic[T]):
    """A sequence whose `appended` shares storage with it.

    The storage only ever grows at its end, and a series sees no more than its own length of it, so earlier series
    never change. Appending twice to the same series copies once.
    """

    __slots__ = ('_length', '_storage')

    def __init__(self, items: Sequence[T] = ()) -> None:
        self._storage = list(items)
        self._length = len(self._storage)

    def appended(self, item: T) -> Series[T]:
        storage = self._storage if len(self._storage) == self._length else self._storage[: self._length]
        storage.append(item)
        longer: Series[T] = Series(())
        longer._storage = storage
        longer._length = self._length + 1
        return longer

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...
    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        if isinstance(index, slice):
            return [self._storage[i] for i in range(*index.indices(self._length))]
        if not -self._length <= index < self._length:
            raise IndexError(index)
        return self._storage[index if index >= 0 else self._length + index]

    def __iter__(self) -> Iterator[T]:
        for index in range(self._length):
            yield self._storage[index]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Series) or len(self) != len(other):  # pyright: ignore[reportUnknownArgumentType]
            return False
        return self._storage is other._storage or list(self) == list(other)  # pyright: ignore

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f'Series({list(self)!r})'
