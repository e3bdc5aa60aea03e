"""An immutable mapping by name that keeps the order in which the names came, and is cheap to extend and to change.

State is folded once per event, so a dict of all runs, copied for a change of one, would make a session of many slow.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, ValuesView
from itertools import islice
from typing import Generic, TypeVar

from typing_extensions import override

from .vector import Vector

T = TypeVar('T')


class Register(Mapping[str, T], Generic[T]):
    """A mapping whose `with_item` shares what did not change with it.

    Where each name stands is shared too: that table only ever grows, and a register sees no more of it than its own
    length. Adding two names to the same register copies it once.
    """

    __slots__ = ('_positions', 'items_in_order')

    def __init__(self, positions: dict[str, int] | None = None, items_in_order: Vector[T] | None = None) -> None:
        """Create an empty register; the arguments are for registers that are made from others."""
        self._positions = {} if positions is None else positions
        self.items_in_order: Vector[T] = Vector() if items_in_order is None else items_in_order

    def with_item(self, name: str, item: T) -> Register[T]:
        """The same items, but for this one under its name."""
        items, position = self.items_in_order, self._position(name)
        if position is not None:
            return Register(self._positions, items.replaced(position, item))
        is_newest = len(self._positions) == len(items)
        positions = self._positions if is_newest else dict(islice(self._positions.items(), len(items)))
        positions[name] = len(items)
        return Register(positions, items.appended(item))

    def changed_since(self, before: Register[T]) -> Sequence[T]:
        """The items that are new, or other objects than in a register that this one was made from."""
        return [self.items_in_order[position] for position in self.items_in_order.changes_since(before.items_in_order)]

    @override
    def values(self) -> ValuesView[T]:
        return _Values(self)

    def _position(self, name: str) -> int | None:
        position = self._positions.get(name)
        return position if position is not None and position < len(self.items_in_order) else None

    def __getitem__(self, name: str) -> T:
        position = self._position(name)
        if position is None:
            raise KeyError(name)
        return self.items_in_order[position]

    def __len__(self) -> int:
        return len(self.items_in_order)

    def __iter__(self) -> Iterator[str]:
        return iter(list(islice(self._positions, len(self.items_in_order))))

    def __repr__(self) -> str:
        return f'Register({dict(self)!r})'


class _Values(ValuesView[T]):
    def __init__(self, register: Register[T]) -> None:
        super().__init__(register)
        self._items = register.items_in_order

    @override
    def __iter__(self) -> Iterator[T]:
        return iter(self._items)
