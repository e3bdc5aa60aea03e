"""What panes ask of the state: pure functions, one question each."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple, TypeAlias

from .branches import leads, spans_to
from .state import NodeState, RunState, SessionState, Stop, Tokens, ToolState, node_position

HeadlineWord: TypeAlias = Literal['paused', 'running', 'finished', 'failed']


class RowKey(NamedTuple):
    """Names a row of the graph, and so what is selected: the session, a run, a node, a tool call, or an undone branch."""

    run: str | None = None
    node: int | None = None
    call: str | None = None
    branch: int | None = None
    """Index of the first of some undone nodes that stand below one row."""


SESSION_ROW = RowKey()


def node_at(run: RunState, index: int) -> NodeState | None:
    """The node with an index."""
    position = node_position(run, index)
    return None if position is None else run.nodes[position]


def earlier_nodes(run: RunState, index: int) -> Iterator[NodeState]:
    """The nodes that led to one, the newest first: those before it on its branch, or the one that began from."""
    spans = spans_to(run.branches, index)
    return (node for node in reversed(run.nodes) if node.index != index and leads(spans, node.index))


def leading_nodes(run: RunState) -> Iterator[NodeState]:
    """The nodes that lead to where a run is, the newest first."""
    return (node for node in reversed(run.nodes) if node.index not in run.undone)


def tool_at(node: NodeState, call: str) -> ToolState | None:
    """A call of a node, also one that has not begun."""
    return next((tool for tool in calls_of(node) if tool.call == call), None)


def calls_of(node: NodeState) -> tuple[ToolState, ...]:
    """The calls of a node, those that have not begun last."""
    return (*node.tools, *node.planned) if node.planned else node.tools


def newest_row(state: SessionState) -> RowKey:
    """The row that matters now: the newest stop, else the newest node or tool call of the run that changed last."""
    waiting = [(run.stops[-1].seq, run.stops[-1].since, run.id) for run in state.runs.values() if run.stops]
    if waiting:
        run = state.runs[max(waiting)[2]]
        stop = run.stops[-1]
        return RowKey(run.id, stop.node, stop.call)
    run = state.runs.get(state.latest_run) if state.latest_run is not None else None
    if run is None:
        return SESSION_ROW
    node = next((node for node in leading_nodes(run) if node.status != 'waiting'), None)
    if node is None:
        return RowKey(run.id)
    tool = next((tool for tool in reversed(node.tools) if tool.status == 'running'), None)
    return RowKey(run.id, node.index, tool.call if tool else None)


def changes_of(state: SessionState, selected: RowKey) -> tuple[int, ...]:
    """Places of what the user changed by hand of a row, and below it."""
    run = state.runs.get(selected.run) if selected.run is not None else None
    if run is None:
        return ()
    node = node_at(run, selected.node) if selected.node is not None else None
    if selected.node is not None and node is None:
        return ()
    tool = tool_at(node, selected.call) if node is not None and selected.call is not None else None
    rows: list[NodeState | ToolState] = []
    if tool is not None:
        rows = [tool]
    else:
        for each in (node,) if node is not None else run.nodes:
            rows += [each, *each.tools]
    return tuple(
        sorted({*(place for row in rows for place in row.edits), *(row.by_hand for row in rows if row.by_hand)})
    )


class Headline(NamedTuple):
    """The state the header names."""

    word: HeadlineWord
    detail: str = ''
    """What follows the word, such as `before ModelRequestNode`."""


def headline(state: SessionState, run_id: str | None, *, live: bool = True) -> Headline:
    """The state of a run in the header's words; of the session where no run is there yet.

    Nothing goes on behind a recording: where it was cut off, nothing is waited for (`live` is False).
    """
    run = state.runs.get(run_id) if run_id is not None else None
    if run is not None and run.stops:
        return Headline('paused', stop_phrase(run.stops[-1]))
    if state.launch_error is not None:
        return Headline('failed', 'to start')
    if state.exit_code not in (None, 0) and (run is None or run.status == 'finished'):
        return Headline('failed', exit_phrase(state.exit_code))
    if run is not None and run.end is None and state.exit_code is not None:
        return Headline('failed', exit_phrase(state.exit_code))
    if run is not None and run.status != 'paused':
        return Headline(run.status, 'cancelled' if run.cancelled else '')
    if state.exit_code is not None:
        return Headline('finished')
    return Headline('running', waiting_phrase(state) if live else '')


def stop_phrase(stop: Stop) -> str:
    """Before what a run waits."""
    match stop.at:
        case 'boundary' | 'tool':
            return f'{"after" if stop.after else "before"} {stop.kind}'
        case 'stream':
            return f'in {stop.kind}'
        case 'error':
            return f'at an error in {stop.kind}'
        case 'line':
            return f'at a line of {stop.kind}'
        case 'divergence':
            return f'at a divergence in {stop.kind}'


def exit_phrase(code: int | None) -> str:
    """How a process ended, in words."""
    if code is None:
        return ''
    return f'by {_signal_name(-code)}' if code < 0 else f'with exit code {code}'


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f'signal {number}'


def waiting_phrase(state: SessionState) -> str:
    """What the screen waits for while no run is there."""
    if state.offered is not None:
        return 'waiting for a prompt'
    match state.status:
        case 'starting':
            return 'starting Python'
        case 'importing':
            return 'importing'
        case _:
            return 'waiting for the first agent run'


def elapsed(state: SessionState, now: float) -> float:
    """Seconds since the start, as long as something goes on; `now` is session time."""
    return state.time if state.exit_code is not None else max(now, state.time)


def total_tokens(state: SessionState) -> Tokens:
    """Tokens of all responses of all runs, each counted once."""
    spent = [run.spent for run in state.runs.values()]
    return Tokens(sum(tokens.input for tokens in spent), sum(tokens.output for tokens in spent))


def total_cost(state: SessionState) -> float | None:
    """US dollars of all runs, what was undone included; None where the price of one that used tokens is unknown."""
    runs = list(state.runs.values())
    cost = _sum_of_costs(runs)
    return None if cost is None else cost + sum(run.undone_cost for run in runs)


def whole_cost(state: SessionState, run: RunState) -> float | None:
    """US dollars of a run and of the runs inside it; None where a price is unknown."""
    runs = [run]
    for inner in runs:
        runs += [state.runs[child] for child in inner.children]
    return _sum_of_costs(runs)


def _sum_of_costs(runs: Sequence[RunState]) -> float | None:
    costs = [run.cost for run in runs if run.spent != Tokens() or run.cost is not None]
    known = [cost for cost in costs if cost is not None]
    return sum(known) if known and len(known) == len(costs) else None
