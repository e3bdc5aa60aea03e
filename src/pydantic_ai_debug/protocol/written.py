"""JSON that is text already where an event is made, or will be once the event becomes a line."""

from __future__ import annotations


class WrittenJson:
    """Stands for a JSON value in an event of this process. Whoever reads the line finds the value."""

    __slots__ = ()

    @property
    def text(self) -> str:
        """The value, as JSON."""
        raise NotImplementedError
