"""The rows of the graph as a tree, each with the name of its section on the page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from pydantic_ai_debug.export.transcript import Transcript
from pydantic_ai_debug.model.outline import MAX_NESTING
from pydantic_ai_debug.model.selectors import calls_of
from pydantic_ai_debug.model.state import NodeState, RunState, ToolState
from pydantic_ai_debug.model.undone import NodeGroup, node_groups


@dataclass
class Row:
    """A run, one of its nodes, a call of one, or nodes that were undone; which of them is told by what of it is there."""

    anchor: str
    """Name of its section: ours, whatever ids a recording holds."""
    run: RunState
    node: NodeState | None = None
    tool: ToolState | None = None
    branch: NodeGroup | None = None
    inside: list[Row] = field(default_factory=list['Row'])


class Rows:
    """All rows of a session."""

    def __init__(self, transcript: Transcript) -> None:
        self.transcript = transcript
        self._count = 0
        self.roots = [self._run(run, 0) for run in transcript.roots]

    def __iter__(self) -> Iterator[Row]:
        waiting = list(reversed(self.roots))
        while waiting:
            row = waiting.pop()
            yield row
            waiting += reversed(row.inside)

    def _anchor(self) -> str:
        self._count += 1
        return f's{self._count}'

    def _run(self, run: RunState, nesting: int) -> Row:
        row = Row(self._anchor(), run)
        if nesting >= MAX_NESTING:
            return row
        for group in node_groups(run):
            above = row
            if group.branch is not None:
                above = Row(self._anchor(), run, branch=group)
                row.inside.append(above)
            above.inside += [self._node(run, node, nesting) for node in group.nodes]
        row.inside += [self._run(child, nesting + 1) for child in self.transcript.stray_runs(run)]
        return row

    def _node(self, run: RunState, node: NodeState, nesting: int) -> Row:
        row = Row(self._anchor(), run, node)
        for tool in calls_of(node):
            call = Row(self._anchor(), run, node, tool)
            row.inside.append(call)
            call.inside = [self._run(child, nesting + 1) for child in self.transcript.runs_inside(run, tool)]
        return row
