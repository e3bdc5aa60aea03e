"""A text area for what is edited by hand: JSON in colours, a mark where something is wrong."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.strip import Strip
from textual.widgets import TextArea

from pydantic_ai_debug.model.json_tokens import json_tokens

_STYLES = ('json-key', 'json-string', 'json-literal')


class CodeArea(TextArea):
    """Colours are made line by line as lines are drawn, so that typing costs the same however long the text is."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {*(f'code-area--{name}' for name in _STYLES), 'code-area--problem'}
    DEFAULT_CSS = """
    CodeArea {
        border: none;
        padding: 0;
        background: transparent;
        scrollbar-size-vertical: 1;
        &:focus { border: none; }
        .code-area--json-key { color: $text-primary; }
        .code-area--json-string { color: $text-success; }
        .code-area--json-literal { color: $text-warning; }
        .code-area--problem { background: $error 40%; text-style: underline; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        # Textual's end of the line; here it opens the user's editor, as on the screens that hold this.
        Binding('ctrl+e', 'screen.open_editor', 'Editor', show=False),
    ]

    def __init__(self, text: str = '', *, is_json: bool = False, numbers: bool = False, id: str | None = None) -> None:
        super().__init__(text, show_line_numbers=numbers, highlight_cursor_line=False, id=id)
        self.is_json = is_json
        self.loaded = self.text
        """Its text while nothing is changed."""
        self._problem: tuple[int, int] | None = None

    def on_mount(self) -> None:
        self.cursor_blink = False

    def show_as_json(self, is_json: bool) -> None:
        if is_json != self.is_json:
            self.is_json = is_json
            self.refresh()

    def mark_problem(self, line: int | None, column: int | None) -> None:
        """Mark a place, counted from 1, and go there; None takes the mark away."""
        before = self._problem
        self._problem = None
        if line is not None:
            row = max(0, min(line, self.document.line_count) - 1)
            at = max(0, min((column or 1) - 1, len(self.document.get_line(row))))
            self._problem = (row, at)
            self.move_cursor((row, at), center=True)
        if self._problem != before:
            self.refresh()

    def render_line(self, y: int) -> Strip:
        # Textual's own joins the whole text for each line, to see whether to draw a placeholder, which there is none.
        return self._render_line(y)

    def get_line(self, line_index: int) -> Text:
        line = super().get_line(line_index)
        if self.is_json:
            for start, end, style in json_tokens(line.plain):
                line.stylize(self.get_component_rich_style(f'code-area--{style}', partial=True), start, end)
        if self._problem is not None and self._problem[0] == line_index:
            at = min(self._problem[1], max(0, len(line) - 1))
            line.stylize(self.get_component_rich_style('code-area--problem', partial=True), at, at + 1)
        return line
