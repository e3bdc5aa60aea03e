"""What the line above the keys says by itself of the stop and the run that are selected."""

from __future__ import annotations

from pydantic_ai_debug.model.details import Recall
from pydantic_ai_debug.model.numbers import duration
from pydantic_ai_debug.model.state import SessionState, Stop
from pydantic_ai_debug.model.waiting import waiting_stop
from pydantic_ai_debug.protocol.events import Hint, HintName, Output, Stopped
from pydantic_ai_debug.protocol.frozen import Frozen
from pydantic_ai_debug.tui.present.literal import literal
from pydantic_ai_debug.tui.stepping import Situation
from pydantic_ai_debug.tui.widgets.bar import Part

_LONGEST_PROMPT = 40

HINT_GLYPH = '⚑'


class RunHint(Frozen):
    """A trap that a run has met."""

    run: str
    node: int
    name: HintName
    text: str


class HintBook:
    """The hints of a session in the order in which they came; each event is looked at once."""

    def __init__(self, recall: Recall) -> None:
        self._recall = recall
        self._read = 0
        self.hints: list[RunHint] = []

    def update(self, state: SessionState) -> None:
        if len(state.hints) < self._read:
            self._read, self.hints = 0, []
        for place in state.hints[self._read :]:
            event = self._recall(place)
            if isinstance(event, Hint):
                self.hints.append(RunHint(event.run, event.node, event.hint, event.text))
        self._read = len(state.hints)

    def newest(self, run: str | None, hidden: frozenset[str]) -> RunHint | None:
        """The last hint of a run, of a kind that is not turned off."""
        return next((hint for hint in reversed(self.hints) if hint.run == run and hint.name not in hidden), None)


def stop_notice(situation: Situation, recall: Recall, now: float, width: int) -> list[Part]:
    """The breakpoint that a stop is for and why its condition could not be evaluated, what was raised, and a stream that is
    kept waiting.

    Empty where the stop that a step is for has none of them.
    """
    place = waiting_stop(situation.state, situation.selected)
    if place is None:
        return []
    stop = place.stop
    if stop.at == 'divergence':
        return _divergence(stop, situation.live)
    parts: list[Part] = []
    problem = _problem(stop, recall) if stop.spec is not None else None
    if stop.spec is not None:
        parts += [Part(' breakpoint ', 'dim'), Part(f'{cut(stop.spec, _share(width, problem))} ', 'here')]
    if problem is not None:
        parts.append(Part(f' its condition failed: {cut(problem, width // 3)} ', 'changed'))
    elif (error := _error(stop, recall)) is not None:
        parts.append(Part(f' {cut(error, max(width // 3, 20))} ', 'failed', 'show_result'))
    if stop.holds_stream and situation.live:
        held = int(now - stop.since)
        words = f'{held} s' if held < 60 else duration(held)
        if held >= 1:
            parts.append(Part(f' stream held for {words}, the provider may give up ', 'changed'))
    return parts


def _divergence(stop: Stop, live: bool) -> list[Part]:
    """What can be done about a request that the recording has no answer to."""
    words = [Part(' not as recorded: ', 'changed'), Part('v', 'key', 'show_divergence'), Part(' compares ', 'dim')]
    if live:
        words += [Part(' n', 'key', 'step_over'), Part(' asks the model ', 'dim')]
    return words


def prompt_notice(situation: Situation, recall: Recall) -> list[Part]:
    """What the script seems to ask in its console: no run is open, and the line that it printed last has no end."""
    state = situation.state
    if not situation.running or state.running or state.paused or not state.output:
        return []
    last = recall(state.output[-1])
    if not isinstance(last, Output) or last.stream != 'stdout':
        return []
    asked = last.text.rpartition('\n')[2].strip()
    if not asked:
        return []
    return [
        Part(f' {cut(asked, _LONGEST_PROMPT)} ', 'here', 'show_console'),
        Part(' 6', 'key', 'show_console'),
        Part(' answers it ', 'dim', 'show_console'),
    ]


def hint_notice(hint: RunHint | None, room: int) -> list[Part]:
    """One quiet line in what room there is, and the key that shows the others."""
    if hint is None:
        return []
    return [
        Part(f' {HINT_GLYPH} {cut(hint.text, max(room - 13, 20))} ', 'dim', 'hints'),
        Part('H', 'key', 'hints'),
        Part(' hints ', 'dim', 'hints'),
    ]


def holds_stream(situation: Situation) -> bool:
    """Whether what the line says changes with time."""
    place = waiting_stop(situation.state, situation.selected) if situation.running else None
    return place is not None and place.stop.holds_stream


def cut(text: str, length: int) -> str:
    """Safe text of a length at most."""
    shown = literal(text[: length + 1])
    return shown if len(shown) <= length else f'{shown[: length - 1]}…'


def _share(width: int, problem: str | None) -> int:
    return max(width // (4 if problem is not None else 2), 12)


def _error(stop: Stop, recall: Recall) -> str | None:
    """What was raised, in a line."""
    if stop.at != 'error':
        return None
    event = recall(stop.seq)
    if not isinstance(event, Stopped) or event.error is None:
        return None
    return f'{event.error.type.rpartition(".")[2]}: {event.error.message}'


def _problem(stop: Stop, recall: Recall) -> str | None:
    event = recall(stop.seq)
    return event.problem if isinstance(event, Stopped) else None
