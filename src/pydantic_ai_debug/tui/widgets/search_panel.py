"""Searching: the line in which one types, and above it the places of the whole session that it is found in.

The first row of the list stands for the pane in which the search began, which looks for itself. Where the rest is looked
for, and how a place is gone to, is the owner's matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import OptionList

from pydantic_ai_debug.tui.messages import FieldMessage
from pydantic_ai_debug.tui.present.match_text import match_line, pane_line

from .entry_list import EntryList
from .search_line import SearchLine

if TYPE_CHECKING:
    from pydantic_ai_debug.model.search import Match
    from pydantic_ai_debug.model.state import SessionState
    from pydantic_ai_debug.session.search import Found

_PAUSE = 0.12
"""Seconds without a key after which the session is searched."""
_HINT = 'esc close'


class SearchPanel(Vertical):
    """Closed, it takes no room."""

    DEFAULT_CSS: ClassVar[str] = """
    SearchPanel {
        height: auto;
        display: none;
        background: $surface;
        EntryList { max-height: 9; border-top: solid $foreground 20%; }
        EntryList.-none { display: none; }
        &.-narrow EntryList { max-height: 6; }
    }
    """

    class QueryChanged(FieldMessage):
        """The session is to be searched for this, and `show_found` is waited for; for nothing, where it is empty."""

        query: str

    class PaneWanted(FieldMessage):
        """Go to the next place in the pane where the search began, or to the one before."""

        title: str
        query: str
        forward: bool

    class Walked(FieldMessage):
        """Show a place."""

        match: Match
        query: str

    class Closed(Message):
        """The user is done searching: what is shown stays."""

    def __init__(self) -> None:
        super().__init__()
        self.title = ''
        """The pane in which the search began."""
        self._matches: Sequence[Match] = ()
        self._list = EntryList(marks=False)
        self._list.can_focus = False
        self._line = SearchLine()
        self._walked: Match | None = None
        """The place that was gone to last: it stays selected while others are found."""
        self._timer: Timer | None = None
        self._in_pane = self._in_session = ''
        """What is said of the query: of the pane, and of the session."""

    def compose(self) -> ComposeResult:
        yield self._list
        yield self._line

    @property
    def query_text(self) -> str:
        return self._line.query_text if self.display else ''

    def open(self, title: str) -> None:
        """Search, beginning in a pane."""
        self.display = True
        self.title = title
        self._start_over()
        self._line.open(f'search {title}, and the whole session')
        self._search_soon(self._line.query_text)

    def say_pane(self, found: bool) -> None:
        """Say whether the pane in which the search began has it."""
        self._in_pane = '' if found else f'not in {self.title}'
        self._say()

    def _say(self) -> None:
        self._line.say(' · '.join(words for words in (self._in_pane, self._in_session, _HINT) if words))

    def show_found(self, query: str, found: Found, state: SessionState) -> None:
        """Show the places of a query, unless another was typed meanwhile; more follow those of a part of the session."""
        if query != self.query_text:
            return
        if found.matches != self._matches:
            width = self.screen.size.width - 4
            lines = [match_line(match, len(query), state, width) for match in found.matches]
            self._show([pane_line(self.title, width), *lines], found.matches)
        count = len(found.matches)
        places = f'the first {count} places' if found.cut else '1 place' if count == 1 else f'{count or "no"} places'
        where = 'in the session' if found.searched >= 1 else f'so far · {found.searched:.0%} searched'
        keys = ' · ↑↓ go there · enter stay' if count else ''
        self._in_session = f'{places} {where}{keys}'
        self._say()

    def _start_over(self) -> None:
        self._in_pane = self._in_session = ''
        self._walked = None
        self._list.highlighted = None
        self._show([], ())
        self._say()

    def _show(self, lines: list[Content], matches: Sequence[Match]) -> None:
        self._matches = matches
        self._list.show(lines if matches else [])
        self._list.set_class(not matches, '-none')

    def _search_soon(self, query: str) -> None:
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(_PAUSE, lambda: self.post_message(self.QueryChanged(query))) if query else None
        if not query:
            self.post_message(self.QueryChanged(''))

    # What the user does

    def on_search_line_typed(self, event: SearchLine.Typed) -> None:
        event.stop()
        if self.display:
            self._start_over()
            self._search_soon(event.query)

    def on_search_line_pressed(self, event: SearchLine.Pressed) -> None:
        """Step through the list; in its first row, or without one, through the pane."""
        event.stop()
        at = self._list.highlighted or 0
        match event.key:
            case 'down' if at < len(self._matches):
                self._list.highlighted = at + 1
            case 'up' if at:
                self._list.highlighted = at - 1
            case 'enter' if at:
                self._close()
            case 'down' if self._matches:
                pass
            case _:
                self.post_message(self.PaneWanted(self.title, event.query, event.key != 'up'))

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """By a key or by the mouse."""
        event.stop()
        index = event.option_index
        if not self.display or index > len(self._matches):
            return
        walked = self._matches[index - 1] if index else None
        if walked is not None and walked is not self._walked:
            self.post_message(self.Walked(walked, self._line.query_text))
        self._walked = walked

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._close()

    def on_search_line_closed(self, event: SearchLine.Closed) -> None:
        event.stop()
        self._close()

    def _close(self) -> None:
        self._search_soon('')
        self.display = False
        self.post_message(self.Closed())
