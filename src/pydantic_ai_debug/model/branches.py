"""The branches of a run that went back: each begins as one of its nodes was begun with, under a number of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydantic_ai_debug.protocol.frozen import Frozen


class Branch(Frozen):
    """What a run did after it went back once. The nodes from `first` on are its own, up to the next branch's."""

    first: int
    """Index of its first node."""
    to: int
    """Index of the node, on another branch, that the run was put back before."""
    seq: int
    """Place of its `rewound` event."""


def predecessor(branches: Sequence[Branch], index: int) -> int | None:
    """The node that ran before another, on its branch or on the one it began from; None before the first."""
    while True:
        begun = next((branch for branch in branches if branch.first == index), None)
        if begun is None:
            return index - 1 if index > 0 else None
        index = begun.to


def path(branches: Sequence[Branch], index: int) -> Iterator[int]:
    """The nodes that lead to one, from it back to the first."""
    current: int | None = index
    while current is not None:
        yield current
        current = predecessor(branches, current)


def undone(branches: Sequence[Branch], last: int) -> frozenset[int]:
    """The nodes that do not lead to the last one."""
    return frozenset(range(last + 1)) - set(path(branches, last)) if branches else frozenset()


def branch_number(branches: Sequence[Branch], index: int) -> int:
    """Which branch a node was first run on: 0 for what the run did before it ever went back."""
    return sum(branch.first <= index for branch in branches)
