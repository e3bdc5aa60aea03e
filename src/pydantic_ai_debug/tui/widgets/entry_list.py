"""A short list in a dialog, with a mouse that tells the mark of an entry from its text."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Click
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from pydantic_ai_debug.tui.messages import FieldMessage

_MARK_WIDTH = 2


class EntryList(OptionList):
    """A list whose marks can be clicked; a double click on an entry is `enter`."""

    DEFAULT_CSS = """
    EntryList {
        height: auto;
        max-height: 12;
        border: none;
        padding: 0;
        background: transparent;
        &:focus { border: none; background: transparent; }
        & > .option-list--option { padding: 0 1; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding('j', 'cursor_down', 'Down', show=False),
        Binding('k', 'cursor_up', 'Up', show=False),
    ]

    class MarkClicked(FieldMessage):
        """The mark of an entry was clicked; the entry is the one at the cursor now."""

        index: int

    def __init__(self, *, id: str | None = None, marks: bool = True) -> None:
        """Create an empty list.

        Args:
            id: The widget's id.
            marks: Whether its entries begin with a mark that can be clicked.
        """
        super().__init__(id=id, markup=False)
        self._marks = marks

    def show(self, lines: list[Content]) -> None:
        """Draw other entries; the cursor stays where it was."""
        highlighted = self.highlighted
        self.clear_options()
        self.add_options([Option(line) for line in lines])
        if lines:
            self.highlighted = min(highlighted or 0, len(lines) - 1)

    def on_click(self, event: Click) -> None:
        event.prevent_default()
        event.stop()
        index = event.style.meta.get('option')
        if not isinstance(index, int):
            return
        self.highlighted = index
        if self._marks and event.x <= _MARK_WIDTH:
            self.post_message(self.MarkClicked(index))
        elif event.chain == 2:
            self.action_select()
