"""Which recorded answer belongs to which request of a replayed program: a pure policy, safe across threads.

A request is known by its content. Where the same was asked more than once, by runs side by side or by one in a loop, the
run that it belongs to decides: each live run is bound to the recorded one whose place it takes.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.events import DivergenceReason, Json

from .asked import AskedRequest, RequestFold, digest_of
from .raised_errors import raised_anew
from .tape import Exchange, RecordedCall, Tape, take_tape

if TYPE_CHECKING:
    from .tracked_run import TrackedRun


class RunPlace(NamedTuple):
    """A live run, and where it was started."""

    run: str
    agent: str
    parent: str | None = None
    parent_call: str | None = None


def place_of(run: TrackedRun) -> RunPlace:
    caller = run.caller
    return RunPlace(run.id, run.agent_name, run.parent, caller.call if caller is not None else None)


class Divergence(NamedTuple):
    """A request that the recording does not answer, beside what was asked in its place."""

    reason: DivergenceReason
    recorded: dict[str, Json] | None
    asked: dict[str, Json]
    same: int
    """How many leading messages are the same."""
    closest: Exchange | None
    """What can be used instead."""


class Replay:
    """Serves a tape to the runs of one process."""

    def __init__(self, tape: Tape, *, tools: bool = False) -> None:
        self.is_live = False
        """Whether models are asked from here on."""
        self._tape = tape
        self._tools = tools
        self._lock = threading.Lock()
        self._folds: defaultdict[str, RequestFold] = defaultdict(RequestFold)
        self._found: defaultdict[str, list[Exchange]] = defaultdict(list)
        """Exchanges by what was asked."""
        for exchange in tape.exchanges:
            self._found[exchange.asked.fingerprint].append(exchange)
        self._served: set[Exchange] = set()
        self._served_calls: set[RecordedCall] = set()
        self._bound: dict[str, str] = {}
        """Live runs with the recorded ones whose places they take."""
        self._same: dict[str, str] = {}
        """Digests of what differs by leave of the user, and of what it counts as."""

    @classmethod
    def open(cls, path: str, *, tools: bool) -> Replay:
        """The replay of a tape's file, which is gone afterwards.

        Raises:
            OSError, ProtocolError: where it cannot be read.
        """
        return cls(take_tape(Path(path)), tools=tools)

    def asked(self, event: ev.Request) -> AskedRequest:
        """The request that an event tells of; to be called for each of a run."""
        with self._lock:
            return self._folds[event.run].take(event)

    def exchange(self, place: RunPlace, asked: AskedRequest) -> Exchange | None:
        """The next answer to a request; None where the recording has none."""
        with self._lock:
            found = self._found.get(asked.fingerprint_with(self._same), ())
            expected = self._expected(place)
            bound = self._bound.get(place.run)
            fresh = [one for one in found if _is_served(one) and one not in self._served]
            # What is asked once more in the same run was taken back in between, or has failed in this session.
            again = [one for one in found if one.answered and one.run == bound]
            candidates = fresh or again[-1:]
            if not candidates:
                return None
            taken = set(self._bound.values())
            best = min(
                candidates, key=lambda one: (one.run != expected, self._agent(one) != place.agent, one.run in taken)
            )
            self._serve(place, best)
            return best

    def divergence(self, place: RunPlace, asked: AskedRequest) -> Divergence:
        """How a request differs from the one that was recorded in its place."""
        with self._lock:
            unanswered = next(iter(self._found.get(asked.fingerprint_with(self._same), ())), None)
            if unanswered is not None and not _is_served(unanswered):
                return Divergence('unanswered', {}, {}, len(asked.messages), None)
            closest = self._closest(place)
            if closest is None:
                nothing: dict[str, Json] = {name: part.content for name, part in asked.others.items() if part.content}
                messages: list[Json] = [message.content for message in asked.messages]
                return Divergence('beyond', None, {**nothing, 'messages': messages}, 0, None)
            same = asked.same_messages(closest.asked, self._same)
            return Divergence(
                'changed', closest.asked.differing(asked, same), asked.differing(closest.asked, same), same, closest
            )

    def accept(self, place: RunPlace, asked: AskedRequest, exchange: Exchange) -> None:
        """Serve an answer to a request that differs; what differs counts as the same from here on."""
        recorded = exchange.asked
        with self._lock:
            pairs = [(part, recorded.others[name]) for name, part in asked.others.items()]
            if len(asked.messages) == len(recorded.messages):
                pairs += zip(asked.messages, recorded.messages, strict=True)
            self._same.update((mine.digest, its.digest) for mine, its in pairs if mine.digest != its.digest)
            self._serve(place, exchange)

    def call(self, place: RunPlace, tool: str, call: str, args: Json) -> RecordedCall | None:
        """What a function tool came to when it was called with these arguments."""
        if not self._tools or self.is_live:
            return None
        with self._lock:
            digest, bound = digest_of(args), self._bound.get(place.run)
            found = [
                one
                for one in self._tape.calls
                if one.tool == tool and one.args == digest and one not in self._served_calls
            ]
            best = min(found, key=lambda one: (one.run != bound, one.call != call), default=None)
            if best is not None:
                self._served_calls.add(best)
            return best

    def _serve(self, place: RunPlace, exchange: Exchange) -> None:
        self._served.add(exchange)
        self._bound.setdefault(place.run, exchange.run)

    def _agent(self, exchange: Exchange) -> str:
        run = self._tape.runs.get(exchange.run)
        return run.agent if run is not None else ''

    def _expected(self, place: RunPlace) -> str | None:
        """The recorded run whose place a live one takes: the next one of its agent, started at the same place."""
        bound = self._bound.get(place.run)
        if bound is not None:
            return bound
        parent = self._bound.get(place.parent) if place.parent is not None else None
        taken = set(self._bound.values())
        siblings = [run for run in self._tape.runs.values() if run.id not in taken and run.parent == parent]
        of_agent = [run for run in siblings if run.agent == place.agent]
        same_call = [run for run in of_agent if run.parent_call == place.parent_call]
        return next((run.id for run in (*same_call, *of_agent)), None)

    def _closest(self, place: RunPlace) -> Exchange | None:
        """The next answer of the run that is expected here."""
        expected = self._expected(place)
        unserved = (one for one in self._tape.of_run(expected or '') if one not in self._served)
        return next((one for one in unserved if _is_served(one)), None)


def _is_served(exchange: Exchange) -> bool:
    """Whether a request has a response, or an error that can be raised here."""
    return exchange.answered or (exchange.error is not None and raised_anew(exchange.error) is not None)
