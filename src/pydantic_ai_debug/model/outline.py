"""The graph's rows, kept from one state to the next.

The rows are runs, their nodes, tool calls, and the runs that those started, less what is folded away. They are kept at the
cost of what changed rather than of all rows: a session may have ten thousand of them and thirty states a second. Rows
hold no state, only keys, so that a row stays good while its node changes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

from .branches import is_unused
from .selectors import SESSION_ROW, RowKey, calls_of
from .state import NodeState, RunState, SessionState, node_position
from .undone import begins_branch, branch_start, ends_branch, runs_of
from .vector import Vector

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
        self.nodes: Vector[NodeState] = Vector()
        self.calls: dict[str, int] = {}
        """By tool call, the position of the first node that has it."""
        self.branches = 0
        """How often the run had gone back."""

    def kept(self, nodes: Vector[NodeState], stale_calls: Collection[str | None]) -> int:
        """How many leading nodes have the rows they had."""
        changed = next(nodes.changes_since(self.nodes), len(nodes))
        return min([changed, *(self.calls[call] for call in stale_calls if call is not None and call in self.calls)])

    def cut(self, kept: int) -> None:
        """Forget the rows of all but the leading nodes, and those that follow the nodes."""
        for node in self.nodes[kept:]:
            for tool in node.tools:
                if self.calls.get(tool.call, -1) >= kept:
                    del self.calls[tool.call]
        del self.ends[kept:]
        del self.rows[self.ends[-1] if kept else 1 :]

    def add_calls(self, position: int, node: NodeState) -> None:
        """Note where the tool calls of a node are."""
        for tool in node.tools:
            self.calls.setdefault(tool.call, position)

    def clear(self) -> None:
        """Forget all rows but the run's own."""
        self.cut(0)
        self.nodes = Vector()


def rows_around(state: SessionState, key: RowKey) -> Iterator[RowKey]:
    """A row and those that it stands below, whether they are folded or not, the nearest first."""
    yield key
    run = state.runs.get(key.run) if key.run is not None else None
    if run is None:
        yield SESSION_ROW
        return
    if key.node is not None:
        yield RowKey(run.id, key.node)
        position = node_position(run, key.node)
        if position is not None and key.node in run.undone:
            yield RowKey(run.id, branch=run.nodes[branch_start(run, position)].index)
    yield RowKey(run.id)
    yield from _rows_above(state, run)


def _rows_above(state: SessionState, run: RunState) -> Iterator[RowKey]:
    parent = state.runs.get(run.parent) if run.parent is not None else None
    # A run starts after the one that it is inside of; one that says otherwise comes from a damaged recording.
    if parent is None or parent.started_seq >= run.started_seq:
        yield SESSION_ROW
        return
    for node in reversed(parent.nodes):
        if any(tool.call == run.parent_call and tool.started_seq < run.started_seq for tool in node.tools):
            yield from rows_around(state, RowKey(parent.id, node.index, run.parent_call))
            return
    yield from rows_around(state, RowKey(parent.id))


class Outline:
    """The rows of a state from top to bottom, in `rows`; `update` moves it on to another state."""

    def __init__(self) -> None:
        self._root = OutlineRow(SESSION_ROW, None)
        self.rows: list[OutlineRow] = [self._root]
        self._root_ends: list[int] = []
        """Number of rows up to and with those of each run that no other started."""
        self.folded: set[RowKey] = set()
        self._state = SessionState()
        self._known: dict[RowKey, OutlineRow] = {}
        self._blocks: dict[str, _RunRows] = {}
        self._stale: dict[str, set[str | None]] = {}
        """Runs whose rows must be looked at when they are next seen: by run, the tool calls below which something
        changed. What is folded away waits here."""

    def update(self, state: SessionState) -> None:
        """Take over another state of the same session, a newer one or one from before."""
        before = self._state.runs
        changed = state.runs.changed_since(before)
        gone = before.items_in_order[len(state.runs) :]
        self._state = state
        if changed or gone:
            self._rebuild(changed, gone)

    def toggle(self, key: RowKey, folded: bool) -> None:
        """Fold what is below a row away, or show it again."""
        if folded == (key in self.folded) or key.run is None:
            return
        (self.folded.add if folded else self.folded.discard)(key)
        block = self._blocks.get(key.run)
        if block is not None:
            block.clear()
            self._rebuild([self._state.runs[key.run]])

    def _rebuild(self, changed: Sequence[RunState], gone: Sequence[RunState] = ()) -> None:
        for run in changed:
            self._stale.setdefault(run.id, set())
            self._mark_callers_stale(run)
        for run in gone:
            self._blocks.pop(run.id, None)
            self._stale.pop(run.id, None)
            self._mark_callers_stale(run)
        roots = self._state.roots
        known = min(len(self._root_ends), len(roots))
        kept = next(
            (position for position, run_id in enumerate(roots) if position == known or run_id in self._stale), known
        )
        del self._root_ends[kept:]
        del self.rows[self._root_ends[-1] if kept else 1 :]
        if kept:
            self._row(RowKey(roots[kept - 1]), self._root).last = kept == len(roots)
        for run_id in roots[kept:]:
            head = self._row(RowKey(run_id), self._root)
            head.last = run_id == roots[-1]
            self.rows += self._run_rows(self._state.runs[run_id], head, 0)
            self._root_ends.append(len(self.rows))
        self._root.opens = bool(roots)

    def _row(self, key: RowKey, parent: OutlineRow) -> OutlineRow:
        row = self._known.get(key)
        # A node that is undone hangs below another row from then on.
        if row is None or row.parent is not parent:
            row = self._known[key] = OutlineRow(key, parent)
        return row

    def _mark_callers_stale(self, run: RunState) -> None:
        runs = self._state.runs
        while run.parent is not None and run.parent in runs:
            calls = self._stale.setdefault(run.parent, set())
            if run.parent_call in calls:
                break
            calls.add(run.parent_call)
            run = runs[run.parent]

    def _run_rows(self, run: RunState, head: OutlineRow, nesting: int) -> list[OutlineRow]:
        stale_calls = self._stale.pop(run.id, None)
        block = self._blocks.get(run.id)
        if block is None or block.rows[0] is not head:
            block = self._blocks[run.id] = _RunRows(head)
        elif stale_calls is None:
            return block.rows
        head.opens = bool(run.nodes or run.children)
        if RowKey(run.id) in self.folded:
            block.clear()
            return block.rows
        if block.branches != len(run.branches):
            block.clear()
            block.branches = len(run.branches)
        kept = block.kept(run.nodes, stale_calls or ())
        block.cut(kept)
        changed = run.nodes[kept:]
        for position, node in enumerate(changed, kept):
            block.add_calls(position, node)
        children = [self._state.runs[child_id] for child_id in run.children]
        by_call: dict[str | None, list[RunState]] = defaultdict(list)
        for child in children:
            by_call[child.parent_call].append(child)
        # Child runs that belong to none of the run's tool calls are shown after its nodes.
        strays = [child for child in children if child.parent_call not in block.calls]
        if kept:
            self._row(RowKey(run.id, run.nodes[kept - 1].index), head).last = not changed and not strays
        branch: OutlineRow | None = None
        for position, node in enumerate(changed, kept):
            if is_unused(run.branches, node.index):
                block.ends.append(len(block.rows))
                continue
            branch = self._branch_row(run, position, branch, head)
            if branch is not None and branch.key.branch == node.index:
                block.rows.append(branch)
            if branch is None or branch.key not in self.folded:
                row = self._row(RowKey(run.id, node.index), branch or head)
                row.last = node is changed[-1] and not strays if branch is None else ends_branch(run, position)
                block.rows.append(row)
                block.rows += self._tool_rows(run, node, row, by_call, nesting)
            block.ends.append(len(block.rows))
        block.nodes = run.nodes
        block.rows += self._child_rows(strays, head, nesting)
        return block.rows

    def _branch_row(
        self, run: RunState, position: int, before: OutlineRow | None, head: OutlineRow
    ) -> OutlineRow | None:
        """The row that an undone node stands below; None for one that leads to where the run is.

        Args:
            run: The run.
            position: The node's position.
            before: The branch of the node before it, where that is known.
            head: The run's row.
        """
        if run.nodes[position].index not in run.undone:
            return None
        if before is not None and not begins_branch(run, position):
            return before
        key = RowKey(run.id, branch=run.nodes[branch_start(run, position)].index)
        known = key in self._known
        row = self._row(key, head)
        row.opens, row.last = True, False
        if not known:
            # What was undone is out of the way until somebody wants to see it.
            self.folded.add(key)
        return row

    def _tool_rows(
        self,
        run: RunState,
        node: NodeState,
        parent: OutlineRow,
        children_by_call: Mapping[str | None, Sequence[RunState]],
        nesting: int,
    ) -> list[OutlineRow]:
        calls = calls_of(node)
        parent.opens = bool(calls)
        if parent.key in self.folded:
            return []
        rows: list[OutlineRow] = []
        for tool in calls:
            row = self._row(RowKey(run.id, node.index, tool.call), parent)
            row.last = tool is calls[-1]
            rows.append(row)
            children = runs_of(run, tool, children_by_call.get(tool.call, ()))
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
