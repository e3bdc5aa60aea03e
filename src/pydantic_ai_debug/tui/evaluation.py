"""What was typed at the evaluation line, what it became, and how a line may go on. Pure, knows no widget."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from pydantic_ai_debug.protocol.events import Completed, Evaluated

from .present.entries import Entry, line, text_body
from .present.styled import Span
from .present.value_entries import Deeper, value_entry

MAX_SHOWN = 200
"""Evaluations that are listed; the oldest go first."""


@dataclass(frozen=True)
class Evaluation:
    """One line that was evaluated, or is being."""

    number: int
    run: str
    source: str
    reply: Evaluated | None = None
    place: int = 0
    """Place of the reply in the stream."""


class Evaluations:
    """All of a session, oldest first."""

    def __init__(self) -> None:
        self._count = 0
        self.items: list[Evaluation] = []

    def next_number(self) -> int:
        self._count += 1
        return self._count

    def begin(self, run: str, source: str) -> Evaluation:
        evaluation = Evaluation(self.next_number(), run, source)
        self.items = [*self.items, evaluation][-MAX_SHOWN:]
        return evaluation

    def end(self, reply: Evaluated, place: int) -> None:
        self.items = [
            replace(item, reply=reply, place=place)
            if item.number == reply.number and item.run == reply.run and item.reply is None
            else item
            for item in self.items
        ]

    def give_up(self, is_open: Callable[[str], bool]) -> None:
        """Forget those that cannot be answered any more: their run has ended."""
        self.items = [item for item in self.items if item.reply is not None or is_open(item.run)]

    @property
    def pending(self) -> Evaluation | None:
        """The newest that is not answered."""
        return next((item for item in reversed(self.items) if item.reply is None), None)


class History:
    """Lines that were typed, to go back to."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._position = 0
        self._typed = ''
        """What stood there before going back."""

    def add(self, text: str) -> None:
        if not self._lines or self._lines[-1] != text:
            self._lines.append(text)
        self._position = len(self._lines)

    def move(self, by: int, current: str) -> str:
        """The line before or after; at its end what was being typed."""
        if self._position == len(self._lines):
            self._typed = current
        self._position = max(0, min(self._position + by, len(self._lines)))
        return self._lines[self._position] if self._position < len(self._lines) else self._typed


@dataclass(frozen=True)
class Completion:
    """The names that may stand at a place of a line, one of them chosen or none yet."""

    before: str
    """The line up to where the names begin."""
    names: Sequence[str]
    after: str
    """What stands behind the cursor."""
    position: int | None = None
    """Which of the names is chosen."""
    typed: str = ''
    """What of the name is there, while none is chosen."""

    @property
    def left(self) -> str:
        """The line up to the cursor."""
        return self.before + (self.typed if self.position is None else self.names[self.position])

    def next(self, by: int = 1) -> Completion:
        if self.position is None:
            return replace(self, position=0 if by > 0 else len(self.names) - 1)
        return replace(self, position=(self.position + by) % len(self.names))


def completion_of(reply: Completed, left: str, after: str) -> Completion | None:
    """What a reply offers for a line: all of a single name, else what all names have in common."""
    start = max(0, min(reply.start, len(left)))
    names = tuple(dict.fromkeys(reply.names))
    if not names:
        return None
    completion = Completion(left[:start], names, after, typed=left[start:])
    if len(names) == 1:
        return completion.next()
    common = _common_start(names)
    return replace(completion, typed=common) if len(common) > len(completion.typed) else completion


def _common_start(names: Sequence[str]) -> str:
    first, last = min(names), max(names)
    length = next((at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), len(first))
    return first[:length]


def evaluation_entries(items: Iterable[Evaluation], deeper: Callable[[Evaluation], Deeper]) -> list[Entry]:
    """Each line that was typed, and below it what it is, or what it raised."""
    entries: list[Entry] = []
    for item in items:
        source = item.source
        entries.append(
            Entry(f'source {item.number}', (Span('>>> ', 'dim'), line(source, 'accent')), copy=lambda text=source: text)
        )
        if (answer := _answer_entry(item, deeper)) is not None:
            entries.append(answer)
    return entries


def _answer_entry(item: Evaluation, deeper: Callable[[Evaluation], Deeper]) -> Entry | None:
    key, reply = f'value {item.number}', item.reply
    if reply is None:
        return Entry(key, (Span('evaluating…', 'dim'),))
    error = reply.error
    if error is not None:
        message = f': {error.message}' if error.message else ''
        details = error.traceback or f'{error.type}{message}'
        return Entry(
            key,
            (line(f'{error.type}{message}', 'error'),),
            body=lambda: text_body(details.rstrip('\n'), 'dim'),
            copy=lambda: details,
        )
    if reply.value is None:
        return None
    entry = value_entry('', reply.value, None, 'evaluated', deeper(item), compare=False, path=(item.number,))
    # Its name is empty: what would stand between name and value is left out.
    return replace(entry, key=key, label=entry.label[1:])
