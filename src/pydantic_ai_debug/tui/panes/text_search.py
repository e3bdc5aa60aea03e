"""Searching a text view the way the search line asks: one query, next or previous."""

from __future__ import annotations

from pydantic_ai_debug.tui.widgets.text_view import TextView


class TextSearch:
    """Remembers what was searched, so that the same query goes on from where it stands."""

    def __init__(self, text: TextView) -> None:
        self._text = text
        self._query = ''

    def go(self, query: str, forward: bool) -> bool:
        """Go to the next place, or the one before; False where there is none."""
        if query != self._query:
            self._query = query
            return self._text.find(query).total > 0
        return (self._text.find_next() if forward else self._text.find_previous()).total > 0
