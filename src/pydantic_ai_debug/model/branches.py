"""The branches of a run that went back: each begins as one of its nodes was begun with, under a number of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from pydantic_ai_debug.protocol.frozen import Frozen


class Branch(Frozen):
    """What a run did after it went back once. The nodes from `first` on are its own, up to the next branch's."""

    first: int
    """Index of its first node."""
    to: int
    """Index of the node, on another branch, that the run was put back before."""
    seq: int
    """Place of its `rewound` event."""
    unused: bool = False
    """Whether the run went back from it before anything was done on it: nothing was undone with it."""


Span: TypeAlias = tuple[int, int]
"""The first and the last of some nodes that follow each other, by index."""


def spans_to(branches: Sequence[Branch], index: int) -> tuple[Span, ...]:
    """The nodes that lead to one, it included, the last ones first."""
    spans: list[Span] = []
    while True:
        begun = next((branch for branch in reversed(branches) if branch.first <= index), None)
        spans.append((begun.first if begun is not None else 0, index))
        # A branch begins where its predecessors end; one that says otherwise comes from a damaged recording.
        while begun is not None and begun.to < begun.first:
            inner = next((branch for branch in branches if branch.first == begun.to), None)
            if inner is None:
                break
            begun = inner
        if begun is None or not 0 < begun.to < begun.first:
            return tuple(spans)
        index = begun.to - 1


def leads(spans: Sequence[Span], index: int) -> bool:
    """Whether a node is among those."""
    return any(low <= index <= high for low, high in spans)


def predecessor(branches: Sequence[Branch], index: int) -> int | None:
    """The node that ran before another, on its branch or on the one it began from; None before the first."""
    (low, _), *further = spans_to(branches, index)
    if low < index:
        return index - 1
    return further[0][1] if further else None


def branch_number(branches: Sequence[Branch], index: int) -> int:
    """Which branch a node was first run on: 0 for what the run did before it ever went back; unused ones do not count."""
    return sum(branch.first <= index for branch in branches if not branch.unused)


def is_unused(branches: Sequence[Branch], index: int) -> bool:
    """Whether a node is all that there is of a branch that nothing was done on."""
    return any(branch.unused and branch.first == index for branch in branches)
