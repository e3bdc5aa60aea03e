"""A place where something was found, in one line: what it is, where, and the words around it."""

from __future__ import annotations

from typing import TypeAlias

from textual.content import Content

from pydantic_ai_debug.model.search import Match, MatchKind
from pydantic_ai_debug.model.selectors import RowKey, node_at, tool_at
from pydantic_ai_debug.model.state import SessionState

from .literal import literal

PaneTitle: TypeAlias = str

PANE_OF: dict[MatchKind, PaneTitle] = {
    'run': 'Graph',
    'node': 'Graph',
    'prompt': 'Stream',
    'text': 'Stream',
    'thinking': 'Stream',
    'call': 'Stream',
    'failure': 'Stream',
    'result': 'Stream',
    'message': 'State',
    'request': 'Request',
    'state': 'State',
    'edit': 'Graph',
    'output': 'Result',
    'error': 'Result',
    'console': 'Console',
}
"""Where each kind of place is seen."""

_KIND_WIDTH = max(map(len, PANE_OF)) + 2
_WHERE_WIDTH = 28


def match_line(match: Match, length: int, state: SessionState, width: int) -> Content:
    """A row of the list.

    Args:
        match: The place.
        length: How long what was looked for is.
        state: Names what it belongs to.
        width: Columns there are.
    """
    where_width = min(_WHERE_WIDTH, width // 4)
    where = _where(state, match.row)
    room = max(width - _KIND_WIDTH - where_width - 2, 10)
    begin = max(match.at - room // 3, 0) if match.at + length > room else 0
    end = match.at + length
    line = Content.assemble(
        (match.kind.ljust(_KIND_WIDTH), '$text-accent'),
        Content.styled(where, '$foreground-muted').truncate(where_width, ellipsis=True, pad=True),
        '  ',
        '…' if begin else '',
        literal(match.line[begin : match.at]),
        (literal(match.line[match.at : end]), 'bold $text-warning'),
        literal(match.line[end : end + room]),
    )
    return line.truncate(width, ellipsis=True)


def pane_line(title: PaneTitle, width: int) -> Content:
    """The first row: the pane in which the search began."""
    keys = 'enter next place in it · ↑ the one before'
    return Content.assemble((f'{title} '.ljust(_KIND_WIDTH), '$text-accent'), (keys, '$foreground-muted')).truncate(
        width
    )


def _where(state: SessionState, row: RowKey | None) -> str:
    """The run, and what of it."""
    run = state.runs.get(row.run) if row is not None and row.run is not None else None
    if run is None or row is None:
        return ''
    agent = literal(run.agent or 'agent', 30)
    node = node_at(run, row.node) if row.node is not None else None
    if node is None:
        return agent
    tool = tool_at(node, row.call) if row.call is not None else None
    return f'{agent} › {node.index + 1} {literal(tool.tool if tool is not None else node.kind, 40)}'
