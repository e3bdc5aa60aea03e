"""A session put together for what leaves the debugger: its runs, the nodes that count, requests, responses, histories.

Details are read when they are asked for, so that a long recording is not held in memory. Secrets stay masked, also where
the screen shows them.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import Literal, TypeAlias

from pydantic_ai_debug.model.branches import predecessor
from pydantic_ai_debug.model.console_text import EscapeStripper, overwritten
from pydantic_ai_debug.model.parts import newest_response
from pydantic_ai_debug.model.reduce import reduce
from pydantic_ai_debug.model.responses import node_response
from pydantic_ai_debug.model.run_index import RunIndex
from pydantic_ai_debug.model.state import NodeState, RunState, SessionState, ToolState
from pydantic_ai_debug.model.undone import runs_of
from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.events import Event, Json
from pydantic_ai_debug.recording import EventLog

from .errors import ExportError

OutputStream: TypeAlias = Literal['stdout', 'stderr']


class Transcript:
    """What a log says up to now; what comes later is not in it."""

    def __init__(self, log: EventLog, only: str | None = None) -> None:
        """Read a log.

        Args:
            log: A recording, or the log of a session that may still go on.
            only: The one run that is wanted, with those inside it; None for all.

        Raises:
            ExportError: where there is no such run.
        """
        self._log = log.masked()
        self.name = log.path.name if log.path is not None else ''
        self.hello = ev.Hello(0, '', '', '', ())
        self.offered: tuple[ev.AgentInfo, ...] = ()
        """The agents that could be started, where the script started no run of its own."""
        state = SessionState()
        for record in self._log.records():
            state = reduce(state, record)
            if isinstance(record.event, ev.Hello):
                self.hello = record.event
            elif isinstance(record.event, ev.AgentsOffered) and not state.runs:
                self.offered = record.event.agents
        self.state = state
        self._successors: dict[str, dict[int | None, NodeState]] = {}
        self._started_by: dict[tuple[str | None, str | None], list[RunState]] = {}
        for run in state.runs.values():
            self._started_by.setdefault((run.parent, run.parent_call), []).append(run)
        self.roots = tuple(state.runs[run] for run in state.roots)
        if only is not None:
            if only not in state.runs:
                known = ', '.join(state.runs) or 'none'
                raise ExportError(f'there is no run {only} (there are: {known})')
            self.roots = (state.runs[only],)

    def event(self, seq: int) -> Event:
        return self._log.record(seq).event

    def time(self, seq: int) -> float:
        """Session time of an event."""
        return self._log.record(seq).time

    def runs(self) -> list[RunState]:
        """All runs that are wanted, in the order in which they started within each other."""
        runs: list[RunState] = []
        waiting = list(reversed(self.roots))
        while waiting:
            run = waiting.pop()
            runs.append(run)
            inside = [each for node in self.nodes(run) for tool in node.tools for each in self.runs_inside(run, tool)]
            inside += self.stray_runs(run)
            waiting += sorted(inside, key=lambda each: each.started_seq, reverse=True)
        return runs

    def nodes(self, run: RunState) -> Sequence[NodeState]:
        """The nodes that led to where the run is; those that were undone are left out."""
        return [node for node in run.nodes if node.index not in run.undone]

    def runs_inside(self, run: RunState, tool: ToolState) -> Sequence[RunState]:
        """The runs that a tool call started."""
        return runs_of(run, tool, self._started_by.get((run.id, tool.call), ()))

    def stray_runs(self, run: RunState) -> list[RunState]:
        """The runs inside a run that belong to none of its calls."""
        calls = {tool.call for node in run.nodes for tool in node.tools}
        children = [self.state.runs[child] for child in run.children]
        return [child for child in children if child.parent_call not in calls]

    def response(self, run: RunState, node: NodeState) -> Json:
        """The response of a model request as the run went on with it; None where none came."""
        if node.kind != 'ModelRequestNode':
            return None
        return (
            self._edited_response(run, node) or node_response(run, node, self.event) or self._late_response(run, node)
        )

    def _edited_response(self, run: RunState, node: NodeState) -> Json:
        """The response that the user made of a model's at the node that was about to take it."""
        following = self._following(run).get(node.index)
        for place in reversed(following.edits if following is not None else ()):
            event = self.event(place)
            if isinstance(event, ev.Edited) and event.item == 'response':
                told = next((seq for seq in run.messages if seq > place), None)
                history = self.event(told) if told is not None else None
                return newest_response(history.added) if isinstance(history, ev.Messages) else None
        return None

    def _following(self, run: RunState) -> dict[int | None, NodeState]:
        """The node that took over from each: of those that counts, the one that counts, else the last that did."""
        if run.id not in self._successors:
            following = {predecessor(run.branches, node.index): node for node in run.nodes if node.index in run.undone}
            following |= {before.index: node for before, node in pairwise(self.nodes(run))}
            self._successors[run.id] = following
        return self._successors[run.id]

    def _late_response(self, run: RunState, node: NodeState) -> Json:
        """The response of a request whose stream the script read itself: it is in the history only after the last node."""
        begin = node.request if node.request is not None else len(self._log)
        end = next((place for place in run.requests if place > begin), len(self._log))
        events = (self.event(place) for place in run.messages if begin < place < end)
        responses = (newest_response(event.added) for event in events if isinstance(event, ev.Messages))
        return next((response for response in responses if response is not None), None)

    def request(self, run: RunState, node: NodeState) -> ev.Request | None:
        """What a model request sent, or was going to send."""
        event = self.event(node.request) if node.request is not None else None
        return event if isinstance(event, ev.Request) else None

    def failures(self, node: NodeState) -> list[ev.RaisedError]:
        """What the model of a request raised, in place of the response that came in the end or of any."""
        events = map(self.event, node.failures)
        return [event.error for event in events if isinstance(event, ev.RequestFailed)]

    def history(self, run: RunState) -> list[Json]:
        """The messages of a run as it ended, or as they are now, those it was given included."""
        index = RunIndex(self.event)
        index.update(run)
        return [index.message(place) for place in index.history(None).messages]

    def end(self, run: RunState) -> ev.RunFinished | ev.RunFailed | None:
        """How a run ended; None where it has not, or nobody knows."""
        event = self.event(run.end) if run.end is not None else None
        return event if isinstance(event, (ev.RunFinished, ev.RunFailed)) else None

    def result(self, tool: ToolState) -> Json:
        """What a call came to: what it returned, or the text of what it raised."""
        event = self.event(tool.finished_seq) if tool.finished_seq is not None else None
        return event.result if isinstance(event, ev.ToolFinished) else None

    def script_error(self) -> ev.ErrorInfo | None:
        """What nobody caught."""
        event = self.event(self.state.script_error) if self.state.script_error is not None else None
        return event.error if isinstance(event, ev.ScriptFailed) else None

    def console(self) -> list[tuple[OutputStream, str]]:
        """What the script wrote, by stream, as it was seen: without colours and what was written over."""
        strippers = {'stdout': EscapeStripper(), 'stderr': EscapeStripper()}
        events = (event for event in map(self.event, self.state.output) if isinstance(event, ev.Output))
        written: list[tuple[OutputStream, str]] = []
        for _, group in groupby(events, lambda event: event.stream):
            outputs = list(group)
            stream = outputs[0].stream
            said = ''.join(strippers[stream].feed(output.text) for output in outputs)
            written.append((stream, '\n'.join(map(overwritten, said.split('\n')))))
        return written
