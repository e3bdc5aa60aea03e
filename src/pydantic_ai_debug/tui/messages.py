"""The base of Textual messages that carry something: each declares its fields, as under `@dataclass`.

`@dataclass` compiles the methods of a class when its module is loaded, a third of a millisecond for each, which the
first picture would wait for. No session posts all of these messages: one is made a dataclass when it is first posted.
"""

from __future__ import annotations

import dataclasses
from threading import Lock
from typing import TYPE_CHECKING, Any

from textual.message import Message

from pydantic_ai_debug.protocol.frozen import dataclass_transform

_completing = Lock()


@dataclass_transform(field_specifiers=(dataclasses.field,))
class FieldMessage(Message):
    """A subclass is what `@dataclass` makes of it, to its users and to the type checker."""

    if not TYPE_CHECKING:

        def __init__(self, *args: Any, **fields: Any) -> None:
            cls = type(self)
            with _completing:
                if not dataclasses.is_dataclass(cls):
                    dataclasses.dataclass(cls)
            self.__init__(*args, **fields)
