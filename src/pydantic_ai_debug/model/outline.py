"""The graph's rows, kept from one state to the next.

The rows are runs, their nodes, tool calls, and the runs that those started, less what is folded away. They are kept at the
cost of what changed rather than of all rows: a session may have ten thousand of them and thirty states a second. Rows
hold no state, only keys, so that a row stays good while its node changes.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence

from .selectors import SESSION_ROW, RowKey, calls_of, child_runs
from .state import NodeState, RunState, SessionState

MAX_NESTING = 100
"""Runs nested deeper than this are left out: no screen has room for them, and the walk is recursive."""


class OutlineRow:
    """One row: what it stands for, and where it hangs in the tree."""

    __slots__ = ('depth', 'key', 'last', 'opens', 'parent')

    def __init__(self, key: RowKey, parent: OutlineRow | None) -> None:
        self.key = key
        self.parent = parent
        self.depth: int = 0 if parent is None else parent.depth + 1
        self.last = True
        """Whether no sibling follows."""
        self.opens = False
        """Whether there is something below it, shown or folded away."""


class _RunRows:
    """The rows of one run with everything below it, and how many of them belong to its first nodes."""

    def __init__(self, head: OutlineRow) -> None:
        self.rows = [head]
        self.ends: list[int] = []
        """Number of rows up to and with each node's."""
        self.nodes: tuple[NodeState, ...] = ()


class Outline:
    """The rows of a state from top to bottom, in `rows`; `update` moves it on to another state."""

    def __init__(self) -> None:
        self._root = OutlineRow(SESSION_ROW, None)
        self.rows: list[OutlineRow] = [self._root]
        self.folded: set[RowKey] = set()
        self._state = SessionState()
        self._known: dict[RowKey, OutlineRow] = {}
        self._blocks: dict[str, _RunRows] = {}
        self._stale: dict[str, set[str | None]] = {}
        """Runs whose rows must be looked at when they are next seen: by run, the tool calls below which something
        changed. What is folded away waits here."""

    def update(self, state: SessionState) -> None:
        """Take over a newer state of the same session."""
        before = self._state.runs
        changed = [run for run in state.runs.values() if before.get(run.id) is not run]
        self._state = state
        if changed:
            self._rebuild(changed)

    def toggle(self, key: RowKey, folded: bool) -> None:
        """Fold what is below a row away, or show it again."""
        if folded == (key in self.folded) or key.run is None:
            return
        (self.folded.add if folded else self.folded.discard)(key)
        block = self._blocks.get(key.run)
        if block is not None:
            block.nodes, block.ends = (), []
            del block.rows[1:]
            self._rebuild([self._state.runs[key.run]])

    def _rebuild(self, changed: Sequence[RunState]) -> None:
        runs = self._state.runs
        self._mark_stale(changed)
        rows = [self._root]
        roots = self._state.roots
        for position, run_id in enumerate(roots):
            head = self._row(RowKey(run_id), self._root)
            head.last = position == len(roots) - 1
            rows += self._run_rows(runs[run_id], head, 0)
        self._root.opens = bool(roots)
        self.rows = rows

    def _row(self, key: RowKey, parent: OutlineRow) -> OutlineRow:
        row = self._known.get(key)
        if row is None:
            row = self._known[key] = OutlineRow(key, parent)
        return row

    def _mark_stale(self, changed: Sequence[RunState]) -> None:
        runs = self._state.runs
        for run in changed:
            self._stale.setdefault(run.id, set())
            while run.parent is not None and run.parent in runs:
                calls = self._stale.setdefault(run.parent, set())
                if run.parent_call in calls:
                    break
                calls.add(run.parent_call)
                run = runs[run.parent]

    def _run_rows(self, run: RunState, head: OutlineRow, nesting: int) -> list[OutlineRow]:
        stale_calls = self._stale.pop(run.id, None)
        block = self._blocks.get(run.id)
        if block is None:
            block = self._blocks[run.id] = _RunRows(head)
        elif stale_calls is None:
            return block.rows
        head.opens = bool(run.nodes or run.children)
        if RowKey(run.id) in self.folded:
            block.nodes, block.ends = (), []
            del block.rows[1:]
            return block.rows
        kept = _kept(block.nodes, run.nodes, stale_calls or set())
        del block.ends[kept:]
        del block.rows[block.ends[-1] if kept else 1 :]
        strays = _strays(self._state, run)
        if kept:
            self._row(RowKey(run.id, run.nodes[kept - 1].index), head).last = kept == len(run.nodes) and not strays
        for node in run.nodes[kept:]:
            row = self._row(RowKey(run.id, node.index), head)
            row.last = node is run.nodes[-1] and not strays
            block.rows.append(row)
            block.rows += self._tool_rows(run, node, row, nesting)
            block.ends.append(len(block.rows))
        block.nodes = run.nodes
        block.rows += self._child_rows(strays, head, nesting)
        return block.rows

    def _tool_rows(self, run: RunState, node: NodeState, parent: OutlineRow, nesting: int) -> list[OutlineRow]:
        calls = calls_of(node)
        parent.opens = bool(calls)
        if parent.key in self.folded:
            return []
        rows: list[OutlineRow] = []
        for tool in calls:
            row = self._row(RowKey(run.id, node.index, tool.call), parent)
            row.last = tool is calls[-1]
            rows.append(row)
            children = child_runs(self._state, run, tool.call) if run.children else []
            row.opens = bool(children)
            if row.key not in self.folded:
                rows += self._child_rows(children, row, nesting)
        return rows

    def _child_rows(self, children: Sequence[RunState], parent: OutlineRow, nesting: int) -> list[OutlineRow]:
        rows: list[OutlineRow] = []
        for child in children if nesting < MAX_NESTING else ():
            head = self._row(RowKey(child.id), parent)
            head.last = child is children[-1]
            rows += self._run_rows(child, head, nesting + 1)
        return rows


def _kept(old: tuple[NodeState, ...], new: tuple[NodeState, ...], stale_calls: set[str | None]) -> int:
    """How many leading nodes have the rows they had."""
    same = list(map(operator.is_, old, new))
    kept = same.index(False) if False in same else len(same)
    if stale_calls:
        for position in range(kept):
            if any(tool.call in stale_calls for tool in new[position].tools):
                return position
    return kept


def _strays(state: SessionState, run: RunState) -> list[RunState]:
    """Child runs that belong to none of the run's tool calls, shown after its nodes."""
    if not run.children:
        return []
    calls = {tool.call for node in run.nodes for tool in node.tools}
    children = (state.runs[child_id] for child_id in run.children)
    return [child for child in children if child.parent_call not in calls]
