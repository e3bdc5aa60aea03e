"""Goes through a recording as through a live run: to the next boundary, the one before, a breakpoint, a row.

It holds the moment that is shown and the state as it was then. States come from the same fold as everything else: on
from the moment where that is near, else from a checkpoint. Knows the log and no widget.
"""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

from typing_extensions import assert_never

from pydantic_ai_debug.model.checkpoints import Checkpoints
from pydantic_ai_debug.model.moments import Moment, MomentIndex
from pydantic_ai_debug.model.reduce import reduce
from pydantic_ai_debug.model.selectors import RowKey, newest_row, node_at, tool_at
from pydantic_ai_debug.model.state import SessionState
from pydantic_ai_debug.protocol.events import Record, ToolStarted
from pydantic_ai_debug.recording import EventLog

from .feed import Feed

Move: TypeAlias = Literal['next_moment', 'previous_moment', 'next_hit', 'previous_hit', 'inside', 'to_row']
MOVES: tuple[Move, ...] = get_args(Move)

STILL_READING = 'The recording is still being read: what comes next is not known yet'
AT_START = 'The recording begins here'
AT_END = 'The recording ends here'


class Scrubber:
    """Where somebody is in a recording."""

    def __init__(self, log: EventLog, target: str = '') -> None:
        self.log = log
        self.feed = Feed(log, target, self._note)
        self._place: int | None = None
        """None at the end, which grows while the recording is read."""
        self._index = MomentIndex()
        self._checkpoints = Checkpoints(self.feed.state)
        self._then = self.feed.state
        """The state at the moment."""

    def _note(self, state: SessionState, record: Record) -> None:
        self._index.add(record)
        self._checkpoints.note(state, self.log.position(record.seq))

    @property
    def moment(self) -> Moment | None:
        """Where one is; None at the end."""
        return None if self._place is None else self._index.moment(self._place)

    @property
    def state(self) -> SessionState:
        """What is shown: the state at the moment, or the newest one."""
        return self.feed.state if self._place is None else self._then

    @property
    def reading(self) -> bool:
        """Whether the end of the recording is not known yet."""
        return self.feed.behind or not self.log.indexed

    @property
    def progress(self) -> float:
        """How much of the recording was read, from 0 to 1."""
        return self.log.share_before(self.feed.state.count)

    # Moving

    def move(self, move: Move, selected: RowKey) -> str:
        """Go somewhere; says why not where that cannot be done, and nothing where it was."""
        place, state = self.state.count, self.state
        moment = self.moment
        run = (moment.row if moment is not None and moment.row is not None else newest_row(state)).run
        match move:
            case 'next_moment':
                return self._on(self._index.next_boundary(place, run))
            case 'inside':
                return self._on(self._index.next_inside(place))
            case 'next_hit':
                return self._on(self._index.next_hit(place))
            case 'previous_moment':
                return self._back(self._index.previous_boundary(place, run))
            case 'previous_hit':
                return self._back(self._index.previous_hit(place))
            case 'to_row':
                return self._to_row(state, selected)
            case _:
                assert_never(move)

    def _on(self, place: int | None) -> str:
        if place is not None:
            self.go(place)
            return ''
        if self.reading:
            return STILL_READING
        if self._place is None:
            return AT_END
        self._place = None
        return ''

    def _back(self, place: int | None) -> str:
        first = self._index.first()
        place = first if place is None else place
        if place >= self.state.count:
            return AT_START
        self.go(place)
        return ''

    def _to_row(self, state: SessionState, row: RowKey) -> str:
        if row.run is None:
            return 'Select a run, a node or a tool call to go to'
        if row.call is not None:
            place = self._before_call(state, row)
        else:
            first = RowKey(row.run, 0 if row.node is None else row.node)
            place = self._index.before_node(first, state.count)
        if place is None:
            return STILL_READING if self.reading else 'It did not begin in this recording'
        if place == state.count:
            return 'This is where it begins'
        self.go(place)
        return ''

    def _before_call(self, state: SessionState, row: RowKey) -> int | None:
        """Where a call begins: the state knows it of one that has begun, the newest state of one that was to come."""
        for known in (state, self.feed.state):
            run = known.runs.get(row.run or '')
            node = node_at(run, row.node or 0) if run is not None else None
            tool = tool_at(node, row.call or '') if node is not None else None
            # Of a call that was planned only, this is the place of the response that asked for it.
            if tool is not None and isinstance(self.log.record(tool.started_seq).event, ToolStarted):
                return tool.started_seq
        return None

    # Folding

    def go(self, place: int) -> None:
        """Go to a place."""
        state = self._checkpoints.last_before(place)
        if self._place is not None and state.count < self._then.count <= place:
            state = self._then
        for record in self.log.records(state.count, place):
            state = reduce(state, record)
        self._then = state
        self._place = place

    def go_to_start(self) -> None:
        """Go to where the first node is about to run."""
        self.go(min(self._index.first(), self.feed.state.count))

    def next_record(self) -> Record | None:
        """What happens next after the moment; None at the end of what was read."""
        return self.log.record(self._then.count) if self._then.count < self.feed.state.count else None

    def step(self, record: Record) -> None:
        """Let the next record happen; at the end there is no moment any more."""
        self._then = reduce(self._then, record)
        at_end = self._then.count == self.feed.state.count and not self.reading
        self._place = None if at_end else self._then.count
