"""Texts that come in pieces, of which one may hold the name of a secret and the next ones its value.

The pieces of a stream leave as they come: what tells that one of them is secret may have left long before.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from .secrets import LONGEST_OPENING, value_spans, with_masks


@dataclass(frozen=True)
class TextBefore:
    """The end of what came of a text: a name whose value may be yet to come, or a value that has begun."""

    end: str = ''

    def masked(self, piece: str) -> str:
        """The next piece, with what it holds of the values of secret names replaced."""
        known = len(self.end)
        spans = _spans(self.end + piece)
        return with_masks(piece, [(max(begin - known, 0), end - known) for begin, end in spans if end > known])

    def unfinished_at(self, piece: str) -> int:
        """Where in the next piece a value lies that goes on after it; the piece's length where none does."""
        begin = _open_value(self.end + piece)
        return len(piece) if begin is None else max(begin - len(self.end), 0)

    def followed_by(self, piece: str) -> TextBefore:
        """What has come once the next piece has."""
        text = self.end + piece
        begin = _open_value(text)
        return TextBefore(text[max((len(text) if begin is None else begin) - LONGEST_OPENING, 0) :])


@lru_cache(maxsize=2)
def _spans(text: str) -> list[tuple[int, int]]:
    # Of one piece it is asked where its values lie, what of them is open, and what stands before the next.
    return value_spans(text)


def _open_value(text: str) -> int | None:
    """Where the value begins that a text ends in."""
    spans = _spans(text)
    return spans[-1][0] if spans and spans[-1][1] == len(text) else None
