"""The moments of a recording that one can go to: where its runs stood between two nodes, and what else they came by.

A moment is named by its place: how many events had happened by then. The index takes each record once, in order, and
keeps a few numbers of it, so that the next or the previous moment of a kind is found without reading the recording.

Where a run waited, the moment is that of its stop. A run that nobody stepped has its moments too: right before a node
starts, or before the run ends.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from sys import intern

from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.events import Record
from pydantic_ai_debug.protocol.frozen import Frozen

from .selectors import RowKey

START = 1
"""The first moment: what is recorded is known, and nothing of it has happened."""
_HIGHEST_NODE = 2**31
"""No run has as many nodes; what a damaged line says may be anything."""


class Moment(Frozen):
    """Where somebody is in a recording."""

    place: int
    """How many events have happened."""
    number: int
    """Which boundary that is, or the last one before it; counted from 1, 0 before the first."""
    total: int
    """How many boundaries are known."""
    row: RowKey | None = None
    """The node that is about to run, at a boundary."""
    kind: str = ''
    """What that node is; the state may not know it yet."""


class MomentIndex:
    """Moments by kind, each kind in the order of the recording; `add` takes in what comes next."""

    def __init__(self) -> None:
        self._boundaries = array('Q')
        self._runs = array('L')
        self._nodes = array('L')
        self._kinds: list[str] = []
        """By boundary: the number of its run, the index of its node, and of what kind that is."""
        self._of_run: list[array[int]] = []
        """By the number of a run: which boundaries are its own."""
        self._hits = array('Q')
        self._inner = array('Q')
        """Moments of every kind."""
        self._names: list[str] = []
        self._numbers: dict[str, int] = {}
        """Runs by number, numbers by run."""
        self._parents: dict[str, str | None] = {}
        self._stopped: set[RowKey] = set()
        """Nodes and calls before which a run has waited, and which have not begun."""
        self._ending: dict[str, int] = {}
        """By run that has come to its end and was not stopped there: the index of its `End`."""

    def __len__(self) -> int:
        """How many boundaries are known."""
        return len(self._boundaries)

    # Taking records in

    def add(self, record: Record) -> None:
        """Take in the next record."""
        event, after = record.event, record.seq + 1
        match event:
            case ev.RunStarted():
                self._parents[event.run] = event.parent
            case ev.NodeFinished():
                if event.next == 'End':
                    self._ending[event.run] = event.node + 1
            case ev.NodeStarted():
                self._begin(RowKey(event.run, event.node), record.seq, event.kind)
            case ev.ToolStarted():
                self._begin(RowKey(event.run, event.node, event.call), record.seq, None)
            case ev.RunFinished():
                node = self._ending.pop(event.run, None)
                if node is not None:
                    self._begin(RowKey(event.run, node), record.seq, 'End')
            case ev.Stopped():
                self._add_stop(event, after)
            case ev.Stream() | ev.ToolFinished():
                self._add_inner(after)
            case _:
                pass

    def _add_stop(self, event: ev.Stopped, place: int) -> None:
        if event.at in ('boundary', 'tool') and not event.after:
            row = RowKey(event.run, event.node, event.call)
            if event.at == 'boundary':
                self._add_boundary(row, place, event.kind)
            self._stopped.add(row)
        if event.spec is not None or event.at in ('error', 'line'):
            self._hits.append(place)
        self._add_inner(place)

    def _begin(self, row: RowKey, place: int, kind: str | None) -> None:
        """A node of a kind runs, or a tool: the moment before it is new, unless the run has waited there."""
        if row in self._stopped:
            self._stopped.discard(row)
            return
        if kind is not None:
            self._add_boundary(row, place, kind)
        self._add_inner(place)

    def _add_boundary(self, row: RowKey, place: int, kind: str) -> None:
        run, node = row.run or '', row.node or 0
        if not 0 <= node <= _HIGHEST_NODE:
            return
        number = self._numbers.setdefault(run, len(self._names))
        if number == len(self._names):
            self._names.append(run)
            self._of_run.append(array('L'))
        self._of_run[number].append(len(self._boundaries))
        self._boundaries.append(place)
        self._runs.append(number)
        self._nodes.append(node)
        self._kinds.append(intern(kind))

    def _add_inner(self, place: int) -> None:
        if not self._inner or self._inner[-1] < place:
            self._inner.append(place)

    # Finding moments

    def moment(self, place: int) -> Moment:
        """What is to say of a place."""
        number = bisect_right(self._boundaries, place)
        at_boundary = number > 0 and self._boundaries[number - 1] == place
        if not at_boundary:
            return Moment(place, number, len(self))
        boundary = number - 1
        row = RowKey(self._names[self._runs[boundary]], self._nodes[boundary])
        return Moment(place, number, len(self), row, self._kinds[boundary])

    def next_boundary(self, place: int, run: str | None) -> int | None:
        """The next boundary of a run; once there is none, of what waits for the run, else of any; None at the end."""
        for own in self._own_and_callers(run):
            found = bisect_right(own, bisect_right(self._boundaries, place) - 1)
            if found < len(own):
                return self._boundaries[own[found]]
        return _after(self._boundaries, place)

    def previous_boundary(self, place: int, run: str | None) -> int | None:
        """The boundary of a run before a place; where there is none, of what waits for the run, else of any."""
        for own in self._own_and_callers(run):
            found = bisect_left(own, bisect_left(self._boundaries, place))
            if found:
                return self._boundaries[own[found - 1]]
        return _before(self._boundaries, place)

    def _own_and_callers(self, run: str | None) -> Iterator[array[int]]:
        """The boundaries of a run, then those of the run whose tool started it, and so on."""
        seen: set[str] = set()
        while run is not None and run not in seen:
            seen.add(run)
            if run in self._numbers:
                yield self._of_run[self._numbers[run]]
            run = self._parents.get(run)

    def next_hit(self, place: int) -> int | None:
        """Where a breakpoint, an error or a `breakpoint()` stops a run next; None where that is nowhere."""
        return _after(self._hits, place)

    def previous_hit(self, place: int) -> int | None:
        return _before(self._hits, place)

    def next_inside(self, place: int) -> int | None:
        """The very next moment, also inside of nodes, tools and other runs."""
        return _after(self._inner, place)

    def before_node(self, row: RowKey, place: int) -> int | None:
        """The last moment before a node ran, seen from a place; the first to come where it has not run by then."""
        number = self._numbers.get(row.run or '')
        if number is None:
            return None
        places = [self._boundaries[own] for own in self._of_run[number] if self._nodes[own] == row.node]
        earlier = _before_or_at(places, place)
        return earlier if earlier is not None else next(iter(places), None)

    def first(self) -> int:
        """The first boundary; where no run came to one, the beginning."""
        return self._boundaries[0] if self._boundaries else START


def _after(places: array[int], place: int) -> int | None:
    found = bisect_right(places, place)
    return places[found] if found < len(places) else None


def _before(places: array[int], place: int) -> int | None:
    found = bisect_left(places, place)
    return places[found - 1] if found else None


def _before_or_at(places: list[int], place: int) -> int | None:
    found = bisect_right(places, place)
    return places[found - 1] if found else None
