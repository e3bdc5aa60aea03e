"""The nodes that a run went back from, as they stand together: each branch below a row of its own."""

from __future__ import annotations

from .branches import branch_number
from .state import NodeState, RunState


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
    before, node = run.nodes[position - 1], run.nodes[position]
    return before.index not in run.undone or branch_number(run.branches, before.index) != branch_number(
        run.branches, node.index
    )


def ends_branch(run: RunState, position: int) -> bool:
    """Whether an undone node is the last of those that stand together."""
    following = position + 1
    return following >= len(run.nodes) or run.nodes[following].index not in run.undone or begins_branch(run, following)
