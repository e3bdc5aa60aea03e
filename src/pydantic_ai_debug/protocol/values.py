"""Bounded pictures of Python objects, taken in the child and drawn in the parent.

A picture never holds the object: it holds what a reader needs to recognise it, and how much was left out.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from .frozen import Frozen

ValueKind: TypeAlias = Literal[
    'none',
    'bool',
    'number',
    'str',
    'bytes',
    'date',
    'path',
    'enum',
    'mapping',
    'sequence',
    'set',
    'object',
    'array',
    'callable',
    'secret',
    'cycle',
    'error',
    'other',
]
"""What sort of thing a picture shows; decides how it is drawn and whether it can be opened."""

ValueRoot: TypeAlias = Literal['deps', 'metadata', 'output', 'evaluated', 'locals']
"""The objects of a run that can be opened deeper while it is paused. `evaluated` holds what was evaluated, by the number
of the evaluation; `locals` the local variables of the frames of an error or of a line that is stopped at, by frame."""


class Child(Frozen):
    """One entry of a picture: a field, a key or an index, and what it holds."""

    name: str
    """Field name, index, or the picture of a mapping's key, as text."""
    value: Value


class Value(Frozen):
    """A picture of one object."""

    kind: ValueKind
    type: str
    """The object's class name, without its module."""
    text: str
    """One line that stands for the object: a literal for scalars, a short summary for the rest."""
    size: int | None = None
    """Number of items, characters or bytes of the object itself, where it has one."""
    children: tuple[Child, ...] | None = None
    """What is inside, from `start` on; None where the picture stops here though the object goes on (see `opens`)."""
    start: int = 0
    """Index of the first child, for a page of a long collection."""
    more: int = 0
    """How many children follow the last one shown."""
    opens: bool = False
    """Whether the object has an inside that is not in this picture and can be asked for while the run is paused."""
