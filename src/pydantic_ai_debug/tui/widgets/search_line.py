"""The line at the bottom in which a search is typed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Label


class SearchLine(Horizontal):
    """A prompt, the query and how the search went. Where to search is its owner's matter."""

    DEFAULT_CSS = """
    SearchLine {
        height: 1;
        display: none;
        Label { width: auto; padding: 0 1; color: $text-accent; }
        Input { width: 1fr; border: none; height: 1; padding: 0; background: transparent; }
        Input:focus { border: none; background: transparent; }
        .search-line--outcome { color: $text-muted; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding('down,ctrl+n', 'step(True)', 'Next', show=False),
        Binding('up,shift+enter,ctrl+p', 'step(False)', 'Previous', show=False),
        Binding('escape', 'close', 'Close', show=False),
        Binding('tab,shift+tab', 'close', 'Close', show=False),
    ]
    HINT = 'enter next · ↑ previous · esc close'

    @dataclass
    class Wanted(Message):
        """Go to the next match, or the one before."""

        query: str
        forward: bool

    class Closed(Message):
        """The user is done searching."""

    def compose(self) -> ComposeResult:
        yield Label('/', markup=False)
        yield Input(compact=True, select_on_focus=True)
        yield Label(self.HINT, markup=False, classes='search-line--outcome')

    def open(self, pane_title: str) -> None:
        """Show the line for a pane and take the focus; the last query stands there, ready to be overtyped."""
        self.display = True
        field = self.query_one(Input)
        field.placeholder = f'search {pane_title}'
        self.say(self.HINT)
        field.focus()

    def say(self, outcome: str) -> None:
        self.query_one('.search-line--outcome', Label).update(outcome)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_step(True)

    def action_step(self, forward: bool) -> None:
        query = self.query_one(Input).value
        if query:
            self.post_message(self.Wanted(query, forward))

    def action_close(self) -> None:
        self.display = False
        self.post_message(self.Closed())
