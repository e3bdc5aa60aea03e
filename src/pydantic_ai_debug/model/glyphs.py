"""The signs that stand for what became of a run, a node or a tool call, the same wherever they are drawn."""

from __future__ import annotations

from typing import Literal, TypeAlias

from .state import NodeState, RunState, ToolState

Glyph: TypeAlias = Literal['waiting', 'stopped', 'held', 'running', 'done', 'failed', 'retry', 'skipped', 'left']

GLYPHS: dict[Glyph, str] = {
    'waiting': '○',
    'stopped': '◆',
    'held': '◇',
    'running': '●',
    'done': '✓',
    'failed': '✗',
    'retry': '↻',
    'skipped': '⊘',
    'left': '↶',
}
GLYPH_MEANINGS: dict[Glyph, str] = {
    'waiting': 'comes next',
    'stopped': 'stopped here: it runs when you step',
    'held': 'holds what is stopped below it',
    'running': 'runs',
    'done': 'done',
    'failed': 'failed',
    'retry': 'a retry was asked for',
    'skipped': 'did not run: deferred, denied, skipped',
    'left': 'left: the run went back while it ran',
}
EDITED_GLYPH = '✎'
BY_HAND_GLYPH = '☞'
REUSED_GLYPH = '⟲'


def user_marks(row: NodeState | ToolState) -> str:
    """The signs of what is not as the program and the model would have it now; nothing where it is."""
    signs = (
        (bool(row.edits), EDITED_GLYPH),
        (row.by_hand is not None, BY_HAND_GLYPH),
        (row.reused is not None, REUSED_GLYPH),
    )
    return ''.join(sign for holds, sign in signs if holds)


def run_glyph(run: RunState) -> Glyph:
    """What became of a run, whatever waits below it."""
    match run.status:
        case 'finished':
            return 'done'
        case 'failed':
            return 'failed'
        case _:
            return 'running'


def tool_glyph(tool: ToolState) -> Glyph:
    """What became of a tool call."""
    match tool.outcome:
        case 'retry':
            return 'retry'
        case 'deferred' | 'denied' | 'skipped':
            return 'skipped'
        case _:
            return tool.status
