"""Graph: the session's runs, nodes, tool calls and sub-agent runs as one tree. Its selected row leads all panes."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult

from pydantic_ai_debug.model.row_content import row_content
from pydantic_ai_debug.tui.present.json_text import dump_json
from pydantic_ai_debug.tui.widgets.graph_rows import GraphRows

from .base import Pane, PaneView


class GraphPane(Pane):
    """The tree. What the user does in it goes up as the messages of `GraphRows`."""

    TITLE: ClassVar[str] = 'Graph'

    def compose(self) -> ComposeResult:
        yield GraphRows()

    def on_mount(self) -> None:
        self.watch_view(self.view)

    def watch_view(self, view: PaneView) -> None:
        for rows in self.query(GraphRows):
            rows.show(view.state, view.selected, view.live, view.breakpoints)

    def plain_text(self) -> str:
        """What the selected row stands for, as JSON; the session's row as it is drawn."""
        rows = self.query_one(GraphRows)
        content = row_content(self.view.state, rows.row_at_cursor.key, self.recall)
        return dump_json(content) if content is not None else rows.line_text(0).strip()

    def search(self, query: str, *, forward: bool = True) -> bool:
        """Select the next row, wrapping around, whose text contains the query."""
        rows = self.query_one(GraphRows)
        count, start = len(rows.rows), rows.rows.index(rows.row_at_cursor)
        step = 1 if forward else -1
        for distance in range(1, count + 1):
            index = (start + step * distance) % count
            if query in rows.line_text(index).lower():
                rows.select(rows.rows[index].key)
                return True
        return False
