"""Which breakpoint is hit where a run comes by. Where nothing is set, nobody asks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import CodeType
from typing import Any, Literal, TypeAlias

from typing_extensions import assert_never

from pydantic_ai_debug.protocol.breakpoints import Breakpoint, BreakpointSpec, parse_spec
from pydantic_ai_debug.protocol.codec import dump_json

from .errors import summary
from .insides import type_name
from .scope import evaluated, names_secret, pieces_of
from .secrets import mask, masked_text
from .stepper import Place

Happening: TypeAlias = Literal['error', 'retry', 'deferral', 'result']
"""What may happen where a run comes by, besides that it comes by."""

_TEXT_WINDOW = 4_096
"""How far back in a text that streams the beginning of a match is looked for."""


@dataclass(frozen=True)
class StreamText:
    """What has streamed of a part, and how much of it is new."""

    kind: Literal['text', 'args']
    part: int
    text: str
    new: int


@dataclass
class Occasion:
    """A run that comes by a place."""

    place: Place
    agent: str
    kind: str
    """Class name of the node, or the tool's name."""
    scope: Callable[[], Mapping[str, Any]]
    """The names for conditions, made where one is evaluated."""
    happenings: frozenset[Happening] = frozenset()
    args: object = None
    """Of a tool call."""
    streamed: tuple[StreamText, ...] = ()
    counters: Callable[[bool], Mapping[str, Any]] = field(default=lambda _: {})
    """The run's usage, by the names of a budget; the cost only where it is asked for."""

    @cached_property
    def names(self) -> Mapping[str, Any]:
        return self.scope()


@dataclass(frozen=True)
class Hit:
    """A breakpoint that stops a run."""

    spec: str
    problem: str | None = None
    """Why its condition could not be evaluated."""


@dataclass(frozen=True)
class LogLine:
    """What a logpoint prints."""

    spec: str
    text: str


class _Watcher:
    """One breakpoint that is on, with what it remembers."""

    def __init__(self, spec: BreakpointSpec, text: str) -> None:
        self.spec = spec
        self.text = text
        self.hits = 0
        self._condition = _compiled(spec.condition) if spec.condition is not None else None
        self._expression = _compiled(spec.subject) if spec.kind in ('budget', 'watch') else None
        self._pattern = re.compile(spec.subject) if spec.kind in ('text', 'args') else None
        self._wants_cost = self._expression is not None and 'cost' in self._expression.co_names
        self._last: dict[str, object] = {}
        """Of each run: the value that is watched, whether a budget was over."""
        self._calls: dict[tuple[str, str, str], list[int]] = {}
        """The nodes at which a run made the same call."""
        self._matched: dict[tuple[str, int, int], int] = {}
        """Where the last match in a part ended."""

    @property
    def watches_streams(self) -> bool:
        return self.spec.kind in ('text', 'args', 'result')

    def is_hit(self, occasion: Occasion) -> Hit | None:
        """Whether it is, its condition and the count of its hits included."""
        spec = self.spec
        if spec.agent is not None and spec.agent != occasion.agent:
            return None
        try:
            if not self._happens(occasion):
                return None
            if self._condition is not None and not evaluated(self._condition, occasion.names):
                return None
        except Exception as error:  # noqa: BLE001 - an expression of the user's may raise anything
            return Hit(self.text, f'{spec.condition or spec.subject}: {summary(error)}')
        self.hits += 1
        return Hit(self.text) if spec.hit is None or spec.hit == self.hits else None

    def _happens(self, occasion: Occasion) -> bool:
        place, spec = occasion.place, self.spec
        match spec.kind:
            case 'node':
                return place.at == 'boundary' and occasion.kind == spec.subject
            case 'tool' | 'tool_after':
                after = spec.kind == 'tool_after'
                return place.at == 'tool' and place.after == after and spec.subject in ('*', occasion.kind)
            case 'run':
                return place.first and spec.subject in ('*', occasion.agent)
            case 'error' | 'retry' | 'deferral' | 'result':
                return spec.kind in occasion.happenings
            case 'text' | 'args':
                return any(self._matches(place, text) for text in occasion.streamed if text.kind == spec.kind)
            case 'budget':
                return place.at in ('boundary', 'tool') and self._goes_over(occasion)
            case 'repeat':
                return place.is_call and self._repeats(occasion)
            case 'watch':
                return place.at in ('boundary', 'tool') and self._changed(occasion)
            case _:
                assert_never(spec.kind)

    def _matches(self, place: Place, streamed: StreamText) -> bool:
        assert self._pattern is not None
        part = (place.run, place.node, streamed.part)
        done = self._matched.get(part, 0)
        start = max(done, len(streamed.text) - streamed.new - _TEXT_WINDOW, 0)
        found = self._pattern.search(streamed.text, start)
        if found is None or (found.end() <= done and part in self._matched):
            return False
        self._matched[part] = max(found.end(), done + 1)
        return True

    def _goes_over(self, occasion: Occasion) -> bool:
        assert self._expression is not None
        over = bool(evaluated(self._expression, occasion.counters(self._wants_cost)))
        before = self._last.get(occasion.place.run, False)
        self._last[occasion.place.run] = over
        return over and not before

    def _repeats(self, occasion: Occasion) -> bool:
        call = (occasion.place.run, occasion.kind, _json(occasion.args))
        nodes = self._calls.setdefault(call, [])
        nodes.append(occasion.place.node)
        return len(nodes) == int(self.spec.subject)

    def _changed(self, occasion: Occasion) -> bool:
        assert self._expression is not None
        run = occasion.place.run
        known = run in self._last
        try:
            value = _json(evaluated(self._expression, occasion.names))
        except Exception as error:
            # Told once: a value that is not there yet is no change each time.
            if known and self._last[run] == type_name(error):
                return False
            self._last[run] = type_name(error)
            raise
        before, self._last[run] = self._last.get(run), value
        return known and before != value

    def went_back(self, run: str, kept: frozenset[int]) -> None:
        # Runs in other threads come by meanwhile.
        for call, nodes in list(self._calls.items()):
            if call[0] == run:
                nodes[:] = [node for node in nodes if node in kept]

    def forget(self, run: str) -> None:
        self._last.pop(run, None)
        # Runs in other threads come by meanwhile.
        for call in [call for call in list(self._calls) if call[0] == run]:
            self._calls.pop(call, None)
        for part in [part for part in list(self._matched) if part[0] == run]:
            self._matched.pop(part, None)

    def line(self, occasion: Occasion) -> LogLine:
        """What a logpoint prints; an expression that raises is named by what it raises."""
        pieces: list[str] = []
        for literal, expression in pieces_of(self.spec.log or ''):
            pieces.append(literal)
            if expression is not None:
                try:
                    text = str(evaluated(_compiled(expression), occasion.names))
                    pieces.append(mask(text) if names_secret(expression) else masked_text(text))
                except Exception as error:  # noqa: BLE001 - the same
                    pieces.append(f'<{summary(error)}>')
        return LogLine(self.text, ''.join(pieces))


def _compiled(source: str) -> CodeType:
    return compile(source.strip(), '<breakpoint>', 'eval')


def _json(value: object) -> str:
    """A value as text, to be compared: nothing of the program's is run for it."""
    # Needs pydantic-ai, which the program has imported by now.
    from .wire import jsonable

    return dump_json(jsonable(value))


class Breakpoints:
    """The breakpoints of a session. Used where runs come by and by the thread that reads commands: it is replaced whole."""

    def __init__(self) -> None:
        self.all: tuple[Breakpoint, ...] = ()
        self._watchers: dict[str, _Watcher] = {}

    def set(self, breakpoints: Iterable[Breakpoint]) -> None:
        """Put others in force; those that stay go on counting.

        Raises:
            SpecError: where one cannot be understood.
        """
        watchers: dict[str, _Watcher] = {}
        self.all = tuple(breakpoints)
        for breakpoint_ in self.all:
            if breakpoint_.enabled:
                spec = parse_spec(breakpoint_.spec)
                watchers[breakpoint_.spec] = self._watchers.get(breakpoint_.spec) or _Watcher(spec, breakpoint_.spec)
        self._watchers = watchers

    @property
    def any(self) -> bool:
        return bool(self._watchers)

    @property
    def watch_streams(self) -> bool:
        """Whether one looks at what streams."""
        return any(watcher.watches_streams for watcher in self._watchers.values())

    @property
    def watch_errors(self) -> bool:
        return any(watcher.spec.kind in ('error', 'retry') for watcher in self._watchers.values())

    def at(self, occasion: Occasion) -> tuple[Hit | None, list[LogLine], bool]:
        """The breakpoint that stops the run, what logpoints print, and whether one was switched off by that."""
        stop: Hit | None = None
        lines: list[LogLine] = []
        used: set[str] = set()
        for watcher in list(self._watchers.values()):
            hit = watcher.is_hit(occasion)
            if hit is None:
                continue
            if watcher.spec.log is not None and hit.problem is None:
                lines.append(watcher.line(occasion))
            else:
                stop = stop or hit
            if watcher.spec.once and hit.problem is None:
                used.add(watcher.text)
        if used:
            self.set(replace(one, enabled=False) if one.spec in used else one for one in self.all)
        return stop, lines, bool(used)

    def went_back(self, run: str, kept: frozenset[int]) -> None:
        """A run went back: of its nodes only these lead to where it is, and only their calls are counted."""
        for watcher in list(self._watchers.values()):
            watcher.went_back(run, kept)

    def forget(self, run: str) -> None:
        """A run has ended."""
        for watcher in list(self._watchers.values()):
            watcher.forget(run)
