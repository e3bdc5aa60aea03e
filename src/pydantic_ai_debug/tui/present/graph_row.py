"""One row of the graph as styled text: guides, glyph, label, then numbers in columns that align right.

Pure drawing. Each state has a glyph of its own, so that colour only repeats what can be read without it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

from rich.cells import cell_len, set_cell_size

from pydantic_ai_debug.model.branches import branch_number
from pydantic_ai_debug.model.breakpoint_rows import BreakpointMark, BreakpointMarks
from pydantic_ai_debug.model.calls import call_arguments
from pydantic_ai_debug.model.glyphs import (
    GLYPHS,
    Glyph,
    run_glyph,
    tool_glyph,
    user_marks,
)
from pydantic_ai_debug.model.numbers import count, duration
from pydantic_ai_debug.model.outline import OutlineRow
from pydantic_ai_debug.model.selectors import RowKey, node_at, tool_at, waiting_phrase
from pydantic_ai_debug.model.state import NodeState, RunState, SessionState, Stop, Tokens, ToolState
from pydantic_ai_debug.model.times import run_time
from pydantic_ai_debug.model.undone import branch_nodes

from .literal import literal
from .target import target_name

RowStyle: TypeAlias = Literal['text', 'dim', 'guide', 'strong', 'here', 'running', 'failed', 'retry', 'breakpoint']

BREAKPOINT_GLYPHS: dict[BreakpointMark, str] = {'enabled': '■', 'logs': '»', 'disabled': '□'}
SPINNER = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'

_STYLES: dict[Glyph, RowStyle] = {
    'waiting': 'dim',
    'stopped': 'here',
    'held': 'here',
    'running': 'running',
    'done': 'dim',
    'failed': 'failed',
    'retry': 'retry',
    'skipped': 'dim',
    'left': 'dim',
}
_DURATION_WIDTH = 9
_BAR_WIDTH = 8


class Piece(NamedTuple):
    """A stretch of a row in one style; safe to draw."""

    text: str
    style: RowStyle


@dataclass(frozen=True)
class RowContext:
    """What a row is drawn from, the same for all rows of a moment."""

    state: SessionState
    now: float
    """Session time."""
    live: bool
    frame: int
    """Which picture of the spinner."""
    held: frozenset[RowKey]
    """Rows that hold a stopped one; see `held_rows`."""
    folded: frozenset[RowKey] | set[RowKey]
    width: int
    marks: BreakpointMarks = field(default_factory=BreakpointMarks)
    """Which rows have breakpoints."""


class DrawnRow(NamedTuple):
    pieces: list[Piece]
    moves: bool
    """Whether it looks different a moment later though nothing happened."""


def held_rows(state: SessionState) -> frozenset[RowKey]:
    """The rows above those where something waits."""
    held: set[RowKey] = set()
    for run in state.runs.values():
        if not run.stops:
            continue
        held.update(RowKey(run.id, stop.node) for stop in run.stops if stop.call is not None)
        held.add(RowKey(run.id))
        seen = {run.id}
        while run.parent is not None and run.parent in state.runs and run.parent not in seen:
            parent = state.runs[run.parent]
            seen.add(parent.id)
            node = next((node for node in reversed(parent.nodes) if tool_at(node, run.parent_call or '')), None)
            held.add(RowKey(parent.id))
            if node is not None:
                held.update((RowKey(parent.id, node.index), RowKey(parent.id, node.index, run.parent_call)))
            run = parent
    return frozenset(held)


def draw_row(row: OutlineRow, context: RowContext) -> DrawnRow:
    """Draw a row to exactly the context's width."""
    run = context.state.runs.get(row.key.run) if row.key.run is not None else None
    if run is None:
        return _session_row(context)
    if row.key.branch is not None:
        return _branch_row(row, run, row.key.branch, context)
    node = node_at(run, row.key.node) if row.key.node is not None else None
    tool = tool_at(node, row.key.call) if node is not None and row.key.call is not None else None
    if tool is not None and node is not None:
        return _tool_row(row, run, node, tool, context)
    if node is not None:
        return _node_row(row, run, node, context)
    return _run_row(row, run, context)


def _session_row(context: RowContext) -> DrawnRow:
    state = context.state
    words = ' '.join(literal(word, 60) for word in state.argv)
    label = [Piece(target_name(state) or 'session', 'strong'), Piece(f' {words}', 'dim')]
    if state.exit_code is not None or state.roots:
        seconds = duration(state.time) if state.exit_code is not None else ''
        return DrawnRow(_columns([], label, '', seconds, context.width), False)
    asked = state.offered is not None
    glyph, moves = _glyph('stopped' if asked else 'running' if context.live else 'waiting', context)
    label = [glyph, *label, Piece(f'  {waiting_phrase(state)}', 'here' if asked else 'running')]
    seconds = duration(context.now) if moves else ''
    return DrawnRow(_columns([], label, '', seconds, context.width), moves)


def _run_row(row: OutlineRow, run: RunState, context: RowContext) -> DrawnRow:
    glyph, moves = _glyph('held' if row.key in context.held else run_glyph(run), context)
    label = [
        *_breakpoint(row, context),
        Piece(literal(run.agent, 80) or 'agent', 'strong'),
        Piece(f'  {literal(run.model, 80)}', 'dim'),
    ]
    return DrawnRow(
        _columns(
            [*_guides(row, context), glyph],
            label,
            tokens_text(run.spent, context.width),
            duration(run_time(context.state, run, context.now)),
            context.width,
        ),
        moves,
    )


def _branch_row(row: OutlineRow, run: RunState, first: int, context: RowContext) -> DrawnRow:
    """Nodes that were undone, in one row."""
    nodes = branch_nodes(run, first)
    number = branch_number(run.branches, first) + 1
    spent = [node.tokens for node in nodes if node.tokens is not None]
    label = [Piece(f'branch {number}', 'text'), Piece(f'  {count(len(nodes))} undone', 'dim')]
    tokens = Tokens(sum(each.input for each in spent), sum(each.output for each in spent))
    seconds = sum(node.duration or 0.0 for node in nodes)
    lead = [*_guides(row, context), Piece(f'{GLYPHS["left"]} ', 'dim')]
    pieces = _columns(lead, label, tokens_text(tokens, context.width), duration(seconds), context.width)
    return DrawnRow(pieces, False)


def _node_row(row: OutlineRow, run: RunState, node: NodeState, context: RowContext) -> DrawnRow:
    stop = _stop_at(run, row.key)
    kind: Glyph = 'held' if node.status == 'running' and row.key in context.held else node.status
    kind = 'stopped' if stop is not None else kind
    glyph, moves = _glyph(kind, context)
    styles: dict[str, RowStyle] = {'waiting': 'dim', 'stopped': 'here', 'failed': 'failed'}
    style = styles.get(kind, 'dim' if node.index in run.undone else 'text')
    seconds = 'paused' if kind == 'stopped' else _seconds(kind, node.duration, node.started, context)
    label = [
        *_breakpoint(row, context),
        Piece(literal(node.kind, 80), style),
        *([Piece(' again', 'dim')] if any(branch.first == node.index for branch in run.branches) else ()),
        *_by_the_user(node),
    ]
    if stop is not None and stop.holds_stream:
        label.append(Piece(' held', 'retry'))
    tokens = tokens_text(node.tokens, context.width) if node.tokens is not None else ''
    pieces = _columns([*_guides(row, context), glyph], label, tokens, seconds, context.width)
    return DrawnRow(pieces, moves)


def _tool_row(row: OutlineRow, run: RunState, node: NodeState, tool: ToolState, context: RowContext) -> DrawnRow:
    kind = tool_glyph(tool)
    stop = _stop_at(run, row.key)
    if stop is not None:
        kind = 'stopped'
    elif kind == 'running' and row.key in context.held:
        kind = 'held'
    glyph, moves = _glyph(kind, context)
    styles: dict[str, RowStyle] = {'waiting': 'dim', 'stopped': 'here', 'failed': 'failed', 'retry': 'retry'}
    style = styles.get(kind, 'text')
    label = [
        *_breakpoint(row, context),
        Piece(literal(tool.tool, 80), style),
        *_by_the_user(tool),
        Piece(f'({call_arguments(tool.args)})', 'dim'),
    ]
    middle = ''
    if stop is not None and stop.after:
        middle = 'returned'
    elif tool.outcome not in (None, 'returned'):
        middle = str(tool.outcome)
    elif len(node.tools) > 1 and node.started is not None and kind not in ('waiting', 'stopped'):
        middle = _overlap_bar(node, tool, context.now)
    pieces = _columns(
        [*_guides(row, context), glyph],
        label,
        middle,
        'paused' if kind == 'stopped' else _seconds(kind, tool.duration, tool.started, context),
        context.width,
    )
    return DrawnRow(pieces, moves)


def _stop_at(run: RunState, key: RowKey) -> Stop | None:
    """The newest stop that a row stands for."""
    return next((stop for stop in reversed(run.stops) if (stop.node, stop.call) == (key.node, key.call)), None)


def _breakpoint(row: OutlineRow, context: RowContext) -> list[Piece]:
    mark = context.marks.of(context.state, row.key)
    if mark is None:
        return []
    return [Piece(f'{BREAKPOINT_GLYPHS[mark]} ', 'dim' if mark == 'disabled' else 'breakpoint')]


def _by_the_user(row: NodeState | ToolState) -> list[Piece]:
    """The quiet mark of what is not as the program and the model would have it."""
    marks = user_marks(row)
    return [Piece(f' {marks}', 'retry')] if marks else []


def _glyph(glyph: Glyph, context: RowContext) -> tuple[Piece, bool]:
    moves = glyph == 'running' and context.live
    text = SPINNER[context.frame % len(SPINNER)] if moves else GLYPHS[glyph]
    return Piece(f'{text} ', _STYLES[glyph]), moves


def _seconds(glyph: Glyph, known: float | None, started: float | None, context: RowContext) -> str:
    if known is not None:
        return duration(known)
    if glyph != 'running' or not context.live or started is None:
        return ''
    return duration(max(context.now - started, 0.0))


def _guides(row: OutlineRow, context: RowContext) -> list[Piece]:
    """The lines that lead from a row to its parents; a fold mark stands where the arm of the last one would be."""
    mark = ('▸' if row.key in context.folded else '▾') if row.opens else '─'
    if row.depth <= 1:
        return [Piece(f'{mark} ' if row.opens else '  ', 'guide')]
    lines = ['└' if row.last else '├', mark]
    parent = row.parent
    while parent is not None and parent.depth > 1:
        lines[:0] = ['  ' if parent.last else '│ ']
        parent = parent.parent
    return [Piece(''.join(lines), 'guide')]


def tokens_text(tokens: Tokens, width: int) -> str:
    """Tokens in and out, in words where there is room; nothing where none were used."""
    if tokens == Tokens():
        return ''
    if width >= 64:
        return f'{count(tokens.input)} in {count(tokens.output)} out'
    return f'{count(tokens.input)}→{count(tokens.output)}'


def _overlap_bar(node: NodeState, tool: ToolState, now: float) -> str:
    """When a call ran, between the start of the first and the end of the last of its node's calls."""
    begin = min(other.started for other in node.tools)
    end = max(
        other.started + (now - other.started if other.duration is None else other.duration) for other in node.tools
    )
    scale = _BAR_WIDTH / max(end - begin, 1e-6)
    left = min(int((tool.started - begin) * scale), _BAR_WIDTH - 1)
    seconds = now - tool.started if tool.duration is None else tool.duration
    length = min(max(round(seconds * scale), 1), _BAR_WIDTH - left)
    return f'{"╌" * left}{"━" * length}{"╌" * (_BAR_WIDTH - left - length)}'


def _columns(lead: Sequence[Piece], label: Sequence[Piece], middle: str, right: str, width: int) -> list[Piece]:
    """Put a row together: what stands in the middle gives way to the label's first word, then to nothing else."""
    room = width - sum(cell_len(piece.text) for piece in lead) - _DURATION_WIDTH
    name = next((piece for piece in label if piece.style != 'breakpoint'), label[0])
    if room - cell_len(name.text) - 1 < cell_len(middle):
        middle = ''
    room -= cell_len(middle) + bool(middle)
    pieces = [*lead, *_fitted(label, max(room, 4))]
    if middle:
        pieces.append(Piece(f' {middle}', 'dim'))
    pieces.append(Piece(right.rjust(_DURATION_WIDTH), 'here' if right == 'paused' else 'dim'))
    return pieces


def _fitted(label: Sequence[Piece], width: int) -> list[Piece]:
    """A label cut or padded to a width."""
    pieces: list[Piece] = []
    room = width
    for piece in label:
        length = cell_len(piece.text)
        if length > room:
            if room > 0:
                pieces.append(Piece(f'{set_cell_size(piece.text, room - 1)}…', piece.style))
            return pieces
        pieces.append(piece)
        room -= length
    pieces.append(Piece(' ' * room, 'text'))
    return pieces
