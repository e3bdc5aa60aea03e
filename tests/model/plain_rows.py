"""The rows of the graph by the plainest walk, to hold the incremental one against."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from pydantic_ai_debug.model.selectors import SESSION_ROW, RowKey
from pydantic_ai_debug.model.state import RunState, SessionState


class Row(NamedTuple):
    key: RowKey
    depth: int


def graph_rows(state: SessionState) -> Iterator[Row]:
    """Every row from top to bottom: runs, their nodes, tool calls, and the runs that those started."""
    yield Row(SESSION_ROW, 0)
    for run_id in state.roots:
        yield from _run_rows(state, state.runs[run_id], 1)


def _run_rows(state: SessionState, run: RunState, depth: int) -> Iterator[Row]:
    yield Row(RowKey(run.id), depth)
    placed: set[str] = set()
    for node in run.nodes:
        yield Row(RowKey(run.id, node.index), depth + 1)
        for tool in node.tools:
            yield Row(RowKey(run.id, node.index, tool.call), depth + 2)
            for child in child_runs(state, run, tool.call):
                placed.add(child.id)
                yield from _run_rows(state, child, depth + 3)
    for child_id in run.children:
        if child_id not in placed:
            yield from _run_rows(state, state.runs[child_id], depth + 1)


def child_runs(state: SessionState, run: RunState, call: str) -> list[RunState]:
    """The runs that one tool call started."""
    return [child for child_id in run.children if (child := state.runs[child_id]).parent_call == call]
