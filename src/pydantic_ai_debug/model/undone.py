"""The nodes that a run went back from, as they stand together: each branch below a row of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydantic_ai_debug.protocol.frozen import Frozen

from .branches import branch_number, is_unused
from .state import NodeState, RunState, ToolState


class NodeGroup(Frozen):
    """Nodes of a run that follow one another: of one branch that was undone, or none of them undone."""

    nodes: tuple[NodeState, ...]
    branch: int | None
    """The branch's number, counted from 1; None where the nodes lead to where the run is."""


def node_groups(run: RunState) -> Iterator[NodeGroup]:
    """All nodes of a run, in the order in which they ran, those of each undone branch together."""
    kept: list[NodeState] = []
    undone: list[NodeState] = []
    for position, node in enumerate(run.nodes):
        if node.index not in run.undone:
            kept.append(node)
            continue
        if kept:
            yield NodeGroup(tuple(kept), None)
            kept = []
        if is_unused(run.branches, node.index):
            continue
        undone.append(node)
        if ends_branch(run, position):
            yield NodeGroup(tuple(undone), branch_number(run.branches, undone[0].index) + 1)
            undone = []
    if kept:
        yield NodeGroup(tuple(kept), None)


def branch_nodes(run: RunState, first: int) -> list[NodeState]:
    """The undone nodes that stand below one row, the first of them named by its index."""
    position = next(position for position, node in enumerate(run.nodes) if node.index == first)
    nodes = [run.nodes[position]]
    while not ends_branch(run, position):
        position += 1
        nodes.append(run.nodes[position])
    return nodes


def begins_branch(run: RunState, position: int) -> bool:
    """Whether an undone node is the first of those that stand together."""
    if position == 0:
        return True
    before, node = run.nodes[position - 1].index, run.nodes[position].index
    return (
        before not in run.undone
        or is_unused(run.branches, before)
        or branch_number(run.branches, before) != branch_number(run.branches, node)
    )


def branch_start(run: RunState, position: int) -> int:
    """The position of the first of the undone nodes that one stands together with."""
    while not begins_branch(run, position):
        position -= 1
    return position


def ends_branch(run: RunState, position: int) -> bool:
    """Whether an undone node is the last of those that stand together."""
    following = position + 1
    if following >= len(run.nodes):
        return True
    index = run.nodes[following].index
    return index not in run.undone or is_unused(run.branches, index) or begins_branch(run, following)


def runs_of(run: RunState, tool: ToolState, children: Sequence[RunState]) -> Sequence[RunState]:
    """Those of the runs with a tool call's id that this call started: a branch may make the same call once more."""
    if not run.branches or not children:
        return children
    if tool.status == 'waiting':
        # It has not begun; what ran before was started by the same call of a branch.
        return ()
    calls = [other.started_seq for node in run.nodes for other in node.tools if other.call == tool.call]

    def started_by(child: RunState) -> int | None:
        return max((seq for seq in calls if seq < child.started_seq), default=None)

    return [child for child in children if started_by(child) == tool.started_seq]
