"""Objects that tell when any of their code is run, and do harm with it where they can."""

from __future__ import annotations

import collections
import collections.abc
import dataclasses
import datetime
import decimal
import enum
import pathlib
import threading
import types
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pydantic

ran: list[str] = []
"""What of their code was run."""


def told(name: str) -> Any:
    """A method that is told when it is called, and fails."""

    def method(*args: object, **kwargs: object) -> Any:
        ran.append(name)
        raise RuntimeError(name)

    return method


_QUESTIONS = [
    '__repr__',
    '__str__',
    '__format__',
    '__eq__',
    '__hash__',
    '__bool__',
    '__len__',
    '__iter__',
    '__getitem__',
    '__contains__',
    '__index__',
    '__int__',
    '__float__',
    '__call__',
    '__fspath__',
    '__copy__',
    '__deepcopy__',
    '__reduce_ex__',
    '__sizeof__',
    '__dir__',
    '__getstate__',
    '__length_hint__',
]


class Questions:
    """Every question that is put to any object."""


for _name in _QUESTIONS:
    setattr(Questions, _name, told(_name))


class Attributes:
    def __init__(self) -> None:
        object.__setattr__(self, 'field', 1)

    __getattribute__ = told('__getattribute__')
    __setattr__ = told('__setattr__')


class Missing:
    __getattr__ = told('__getattr__')


class LyingClass:
    __class__ = property(told('__class__'))  # type: ignore[assignment]


class LyingDictionary:
    __slots__ = ('a',)
    __dict__ = property(told('__dict__'))  # type: ignore[assignment]


class Lazy:
    value = property(told('property'))


class LyingText(str):
    __str__ = __len__ = __getitem__ = __iter__ = encode = told('str')  # type: ignore[assignment]


class LyingNumber(int):
    __str__ = __repr__ = __index__ = __int__ = told('int')  # type: ignore[assignment]


class LyingList(list[int]):
    __iter__ = __len__ = __getitem__ = told('list')  # type: ignore[assignment]


class LyingDict(dict[str, int]):
    __iter__ = __len__ = __getitem__ = items = keys = values = told('dict')  # type: ignore[assignment]


class LyingBytes(bytes):
    __len__ = __getitem__ = __iter__ = decode = __repr__ = told('bytes')  # type: ignore[assignment]


class LyingDeque(collections.deque[int]):
    __iter__ = __len__ = told('deque')  # type: ignore[assignment]


class LyingSet(frozenset[int]):
    __iter__ = __len__ = told('frozenset')  # type: ignore[assignment]


class LyingDecimal(decimal.Decimal):
    __str__ = __repr__ = told('decimal')  # type: ignore[assignment]


class LyingDate(datetime.datetime):
    isoformat = __str__ = __repr__ = told('datetime')  # type: ignore[assignment]


class Zone(datetime.tzinfo):
    utcoffset = tzname = dst = told('tzinfo')  # type: ignore[assignment]


class LyingPath(pathlib.PurePosixPath):
    __str__ = __repr__ = __fspath__ = as_posix = told('path')  # type: ignore[assignment]


class LyingEnum(enum.Enum):
    A = 1
    __str__ = __repr__ = told('enum')  # type: ignore[assignment]
    value = property(told('enum value'))  # type: ignore[assignment]


class Mapping(collections.abc.Mapping[str, int]):
    __getitem__ = __iter__ = __len__ = told('mapping')  # type: ignore[assignment]


class Iteration:
    __iter__ = __next__ = told('iterator')


class Meta(type):
    __getattribute__ = told('metaclass')
    __instancecheck__ = __subclasscheck__ = __eq__ = __hash__ = __repr__ = told('metaclass')  # type: ignore[assignment]


class OfMeta(metaclass=Meta):
    pass


class LyingArray:
    shape = dtype = property(told('array'))


LyingArray.__module__ = 'numpy'


class Serialised(pydantic.BaseModel):
    x: int = 1

    @pydantic.computed_field  # type: ignore[prop-decorator]
    @property
    def computed(self) -> int:
        return told('computed field')()

    @pydantic.field_serializer('x')
    def serialise_x(self, value: int) -> int:
        return told('field serializer')()


class SerialisedWhole(pydantic.BaseModel, extra='allow'):
    x: int = 1

    @pydantic.model_serializer
    def serialise(self) -> dict[str, int]:
        return told('model serializer')()


@dataclasses.dataclass
class Initialised:
    a: int
    b: dataclasses.InitVar[int]

    def __post_init__(self, b: int) -> None:
        self.c = b

    __repr__ = __eq__ = told('dataclass')  # type: ignore[assignment]


def generator() -> Iterator[int]:
    ran.append('generator')
    yield 1


_alive = Attributes()

OBJECTS: dict[str, Callable[[], object]] = {
    'questions': Questions,
    'attributes': Attributes,
    'missing': Missing,
    'lying class': LyingClass,
    'lying dictionary': LyingDictionary,
    'lazy': Lazy,
    'text': lambda: LyingText('x'),
    'number': lambda: LyingNumber(3),
    'list': lambda: LyingList([1]),
    'dict': lambda: LyingDict(a=1),
    'proxy of a dict': lambda: types.MappingProxyType(LyingDict(a=1)),
    'proxy of a mapping': lambda: types.MappingProxyType(Mapping()),
    'bytes': lambda: LyingBytes(b'x'),
    'deque': lambda: LyingDeque([1]),
    'frozenset': lambda: LyingSet([1]),
    'decimal': lambda: LyingDecimal(1),
    'datetime': lambda: LyingDate(2025, 1, 1),
    'zone': lambda: datetime.datetime(2025, 1, 1, tzinfo=Zone()),
    'time with a zone': lambda: datetime.time(1, tzinfo=Zone()),
    'path': lambda: LyingPath('/a'),
    'enum': lambda: LyingEnum.A,
    'enum as a key': lambda: {LyingEnum.A: 1},
    'text as a key': lambda: {LyingText.__new__(LyingText, 'k'): 1},
    'object in a list': lambda: [1, Questions(), 'x'],
    'mapping': Mapping,
    'iteration': Iteration,
    'generator': generator,
    'map': lambda: map(told('mapped'), [1]),
    'metaclass': OfMeta,
    'class of a metaclass': lambda: OfMeta,
    'array': LyingArray,
    'model with serialisers': Serialised,
    'model that serialises itself': lambda: SerialisedWhole(y=2),
    'dataclass': lambda: Initialised(1, 2),
    'weak proxy': lambda: weakref.proxy(_alive),
    'method': lambda: types.MethodType(Questions(), 1),
    'lock': threading.Lock,
}
"""Makes each of them anew."""
