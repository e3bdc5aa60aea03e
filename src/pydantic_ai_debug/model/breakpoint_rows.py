"""Which rows of the graph a breakpoint belongs to, and the breakpoint that a row stands for. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, TypeAlias, get_args

from pydantic_ai_debug.protocol.breakpoints import Breakpoint, BreakpointSpec, SpecError, parse_spec

from .selectors import RowKey, node_at, tool_at
from .state import RunState, SessionState

BreakpointMark: TypeAlias = Literal['enabled', 'logs', 'disabled']
"""`logs`: it prints to Console and stops nothing."""

_KINDS_OF_ROWS = ('node', 'tool', 'tool_after', 'run')


@lru_cache(maxsize=1000)
def parsed(spec: str) -> BreakpointSpec | None:
    """A breakpoint taken apart; None for one that this version does not understand."""
    try:
        return parse_spec(spec)
    except SpecError:
        return None


class BreakpointMarks:
    """The marks of rows, looked up for each row that is drawn."""

    def __init__(self, breakpoints: Sequence[Breakpoint] = ()) -> None:
        self._specs = [
            (spec, entry.enabled)
            for entry in breakpoints
            if (spec := parsed(entry.spec)) is not None and spec.kind in _KINDS_OF_ROWS
        ]

    def of(self, state: SessionState, key: RowKey) -> BreakpointMark | None:
        """Whether a row has a breakpoint; one that stops comes first, one that is switched off last."""
        if not self._specs:
            return None
        found = {
            'disabled' if not enabled else 'enabled' if spec.log is None else 'logs'
            for spec, enabled in self._specs
            if _belongs(spec, state, key, any_tool=True)
        }
        return next((mark for mark in get_args(BreakpointMark) if mark in found), None)


def row_breakpoint(state: SessionState, key: RowKey) -> str | None:
    """The breakpoint that a row stands for; None where its name cannot be written as one, and for the session.

    It is limited to the row's agent where the session has runs of more than one.
    """
    run = state.runs.get(key.run) if key.run is not None else None
    if run is None:
        return None
    plain = _row_spec(run, key)
    if plain is None:
        return None
    if plain.kind != 'run' and len({other.agent for other in state.runs.values()}) > 1:
        limited = BreakpointSpec(plain.kind, plain.subject, agent=run.agent)
        if parsed(str(limited)) == limited:
            return str(limited)
    return str(plain) if parsed(str(plain)) == plain else None


def toggled(breakpoints: Sequence[Breakpoint], state: SessionState, key: RowKey) -> tuple[Breakpoint, ...]:
    """The breakpoints without the row's own, whatever conditions they have; with a new one where it had none."""
    others = tuple(
        entry
        for entry in breakpoints
        if (spec := parsed(entry.spec)) is None or not _belongs(spec, state, key, any_tool=False)
    )
    if len(others) < len(breakpoints):
        return others
    spec = row_breakpoint(state, key)
    return others if spec is None else (*others, Breakpoint(spec))


def with_breakpoints(breakpoints: Sequence[Breakpoint], specs: Sequence[str]) -> tuple[Breakpoint, ...]:
    """The breakpoints and some more, in force; one that is there already is switched on."""
    known = {entry.spec for entry in breakpoints}
    switched_on = tuple(Breakpoint(entry.spec) if entry.spec in specs else entry for entry in breakpoints)
    new = dict.fromkeys(spec for spec in specs if spec not in known)
    return (*switched_on, *(Breakpoint(spec) for spec in new))


def _row_spec(run: RunState, key: RowKey) -> BreakpointSpec | None:
    if key.node is None:
        return BreakpointSpec('run', run.agent)
    node = node_at(run, key.node)
    if node is None:
        return None
    if key.call is None:
        return BreakpointSpec('node', node.kind)
    tool = tool_at(node, key.call)
    return BreakpointSpec('tool', tool.tool) if tool is not None else None


def _belongs(spec: BreakpointSpec, state: SessionState, key: RowKey, *, any_tool: bool) -> bool:
    run = state.runs.get(key.run) if key.run is not None else None
    row = _row_spec(run, key) if run is not None else None
    if run is None or row is None or spec.agent not in (None, run.agent):
        return False
    kind = 'tool' if spec.kind == 'tool_after' else spec.kind
    return kind == row.kind and (spec.subject == row.subject or (any_tool and spec.subject == '*'))
