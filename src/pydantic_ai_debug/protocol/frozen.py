"""The base of frozen dataclasses that cost next to nothing until one of their instances is made.

`@dataclass` writes and compiles the methods of a class when its module is loaded, half a millisecond for each: with
some forty classes, the screen would come noticeably later for the sake of events that no session may ever have. A
subclass of `Frozen` is made a dataclass when it is first used as one, and of its methods only those that set fields are
compiled for it alone: in the child that is done for all classes before the program runs.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from functools import cache
from operator import attrgetter
from threading import RLock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing_extensions import dataclass_transform
else:

    def dataclass_transform(**_: object):
        return lambda cls: cls


_completing = RLock()


class _Fields:
    """Stands for the fields of a class whose methods are not made yet, also to `dataclasses` itself."""

    def __get__(self, instance: object, owner: type) -> object:
        if owner is Frozen:
            raise AttributeError('Frozen has no fields')
        _complete(owner)
        return owner.__dict__['__dataclass_fields__']


@dataclass_transform(frozen_default=True, field_specifiers=(dataclasses.field,))
class Frozen:
    """A subclass is what `@dataclass(frozen=True)` makes of it, to its users and to the type checker."""

    if not TYPE_CHECKING:
        __dataclass_fields__ = _Fields()

        def __init__(self, *args: Any, **fields: Any) -> None:
            _complete(type(self))
            self.__init__(*args, **fields)

        def __eq__(self, other: object) -> bool:
            if other.__class__ is not self.__class__:
                return NotImplemented
            values = values_of(type(self))
            return values(self) == values(other)

        def __hash__(self) -> int:
            return hash(values_of(type(self))(self))

        def __repr__(self) -> str:
            fields = (f'{field.name}={getattr(self, field.name)!r}' for field in dataclasses.fields(self))
            return f'{type(self).__qualname__}({", ".join(fields)})'


@cache
def values_of(cls: type[Any]) -> Callable[[Any], tuple[object, ...]]:
    """What gives the values of the fields of a class's instances."""
    return values_getter([field.name for field in dataclasses.fields(cls)])


def values_getter(names: Sequence[str]) -> Callable[[Any], tuple[Any, ...]]:
    """What gives the values of these attributes."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda instance: tuple(getattr(instance, name) for name in names)


def complete_all() -> None:
    """Make the methods of all classes that are loaded, for whom it would disturb to have them made later."""
    classes = Frozen.__subclasses__()
    for cls in classes:
        _complete(cls)
        classes += cls.__subclasses__()


def _complete(cls: type) -> None:
    with _completing:
        if '__dataclass_fields__' not in cls.__dict__:
            dataclasses.dataclass(frozen=True, eq=False, repr=False)(cls)
