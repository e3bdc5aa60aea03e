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
    spans = spans_to(run.branches, to)
    left: list[Effect] = []
    answered: list[ToolState] = []
    for node in run.nodes:
        if node.index != to and leads(spans, node.index):
            answered += (tool for tool in node.tools if tool.reused == 'branch')
        else:
            left += (Effect(node, tool) for tool in node.tools if _ran(tool))
    # Each answers one call: what has answered one that stays is not left behind.
    for call in answered:
        used = next((each for each in left if each.reusable and _same(each.tool, call)), None)
        if used is not None:
            left.remove(used)
    return tuple(left)


def _ran(tool: ToolState) -> bool:
    answered = tool.by_hand is not None or tool.reused is not None
    return tool.kind == 'function' and tool.outcome in ('returned', 'retry', 'failed') and not answered


def _same(tool: ToolState, other: ToolState) -> bool:
    return (tool.tool, tool.args) == (other.tool, other.args)
