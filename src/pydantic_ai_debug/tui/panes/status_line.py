"""The quiet last line of a pane: what there is to know about what it shows, and the key that shows it otherwise."""

from __future__ import annotations

from rich.cells import cell_len
from textual.content import Content
from textual.widgets import Static

from pydantic_ai_debug.tui.present.literal import literal


class StatusLine(Static):
    """A dim line with a left and a right end; takes no room while it says nothing."""

    DEFAULT_CSS = """
    StatusLine { height: 1; color: $text-muted; display: none; }
    StatusLine.-says { display: block; }
    """

    def __init__(self) -> None:
        super().__init__('', markup=False)
        self._left = self._right = ''

    def say(self, left: str, right: str = '') -> None:
        self._left, self._right = literal(left), literal(right)
        self.set_class(bool(left or right), '-says')
        self.refresh()

    def render(self) -> Content:
        gap = self.size.width - cell_len(self._left) - cell_len(self._right)
        if gap > 1 and self._right:
            return Content(self._left + ' ' * gap + self._right)
        return Content(self._left).truncate(self.size.width, ellipsis=True)
