"""Which hooks a program's own capabilities have."""

from __future__ import annotations

from typing import Any

from pydantic_ai.capabilities import AbstractCapability


def has_hook(root: AbstractCapability[Any], name: str) -> bool:
    """Whether one of the capabilities below a root defines a hook of its own."""
    default = getattr(AbstractCapability, name, None)
    found: list[bool] = []

    def look(capability: AbstractCapability[Any]) -> None:
        registered = getattr(capability, '_get', None)
        if registered is not None and type(capability).__name__ == 'Hooks':
            found.append(bool(registered(name)))
        else:
            found.append(getattr(type(capability), name, None) is not default)

    root.apply(look)
    return any(found)
