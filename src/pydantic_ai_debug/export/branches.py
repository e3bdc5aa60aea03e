"""Which nodes of a run count: those that led to where it is, where it went back and tried again."""

from __future__ import annotations

from pydantic_ai_debug.model.state import RunState
from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.events import Event


class Branches:
    """Follows runs that are put back: a new branch begins with a node of a new number, at the place of an earlier one."""

    def __init__(self) -> None:
        self._replaced: dict[str, dict[int, int]] = {}
        """Of each run: the first node of a branch, and the node in whose place it came."""

    def take(self, event: Event) -> None:
        """Take in one more event."""
        match event:
            case ev.Unknown(name='rewound'):
                run, node, to = (event.fields.get(name) for name in ('run', 'node', 'to'))
                if isinstance(run, str) and isinstance(node, int) and isinstance(to, int) and to < node:
                    self._replaced.setdefault(run, {})[node] = to
            case _:
                pass

    def path(self, run: RunState) -> list[int]:
        """Indexes of the nodes that led to where a run is, the first one first."""
        replaced = self._replaced.get(run.id)
        if replaced is None:
            return [node.index for node in run.nodes]
        path: list[int] = []
        index = run.highest
        while index >= 0:
            path.append(index)
            while index in replaced:
                index = replaced[index]
            index -= 1
        return path[::-1]
