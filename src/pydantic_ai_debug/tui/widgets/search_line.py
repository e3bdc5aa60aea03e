"""The line at the bottom in which a search is typed."""

from __future__ import annotations

from typing import ClassVar, Literal, TypeAlias

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Label

from pydantic_ai_debug.tui.messages import FieldMessage

SearchKey: TypeAlias = Literal['enter', 'down', 'up']


class SearchLine(Horizontal):
    """A prompt, the query and how the search went. Where to search is its owner's matter."""

    DEFAULT_CSS = """
    SearchLine {
        height: 1;
        Label { width: auto; padding: 0 1; color: $text-accent; }
        Input { width: 1fr; border: none; height: 1; padding: 0; background: transparent; }
        Input:focus { border: none; background: transparent; }
        .search-line--outcome { color: $text-muted; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding('down,ctrl+n', "press('down')", 'Next', show=False),
        Binding('up,shift+enter,ctrl+p', "press('up')", 'Previous', show=False),
        Binding('escape', 'close', 'Close', show=False),
        Binding('tab,shift+tab', 'close', 'Close', show=False),
    ]

    class Typed(FieldMessage):
        """There is another query."""

        query: str

    class Pressed(FieldMessage):
        """A key that goes on from place to place, with a query that is not empty."""

        key: SearchKey
        query: str

    class Closed(Message):
        """The user is done searching."""

    def compose(self) -> ComposeResult:
        yield Label('/', markup=False)
        yield Input(compact=True, select_on_focus=True)
        yield Label('', markup=False, classes='search-line--outcome')

    @property
    def query_text(self) -> str:
        return self.query_one(Input).value

    def open(self, placeholder: str) -> None:
        """Take the focus; the last query stands there, ready to be overtyped."""
        field = self.query_one(Input)
        field.placeholder = placeholder
        field.focus()

    def say(self, outcome: str) -> None:
        self.query_one('.search-line--outcome', Label).update(outcome)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Typed(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_press('enter')

    def action_press(self, key: SearchKey) -> None:
        if self.query_text:
            self.post_message(self.Pressed(key, self.query_text))

    def action_close(self) -> None:
        self.post_message(self.Closed())
