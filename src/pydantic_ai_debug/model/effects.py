"""The tool calls that really ran and that a run leaves behind when it goes back: what they did is done."""

from __future__ import annotations

from typing import NamedTuple

from .branches import leads, spans_to
from .state import NodeState, RunState, ToolState


class Effect(NamedTuple):
    """A call that ran at a node that is undone."""

    node: NodeState
    tool: ToolState

    @property
    def reusable(self) -> bool:
        """Whether what it came to can be reused; a call that failed runs again."""
        return self.tool.outcome in ('returned', 'retry')


def effects(run: RunState, to: int) -> tuple[Effect, ...]:
    """The effects that a run has behind it, once it is put back before the node `to`."""
    kept = spans_to(run.branches, to)
    return tuple(
        Effect(node, tool)
        for node in run.nodes
        if node.index == to or not leads(kept, node.index)
        for tool in node.tools
        if tool.kind == 'function' and tool.outcome in ('returned', 'retry', 'failed') and not _did_not_run(tool)
    )


def _did_not_run(tool: ToolState) -> bool:
    return tool.by_hand is not None or tool.reused is not None
