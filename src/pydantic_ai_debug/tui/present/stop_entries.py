"""A run that waits at an error, or at a line: what was raised, and the stack with its local variables, as entries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import PurePath

from pydantic_ai_debug.model.state import Stop
from pydantic_ai_debug.protocol.events import ErrorInfo, Frame

from .entries import Entry, line, names_width, note_entry, text_body
from .styled import Span
from .value_entries import Deeper, value_entry

_MAX_FRAMES = 60


def error_entries(error: ErrorInfo, deeper: Deeper) -> list[Entry]:
    """What was raised, the user's own lines that led to it with their variables, and below them all the others."""
    head = (line(error.type or 'error', 'error'), Span(': ', 'error'), line(error.message, 'strong'))
    is_long = len(error.message) > 60 or '\n' in error.message
    return [
        Entry(
            'error',
            head if error.message else head[:1],
            body=(lambda: text_body(error.message)) if is_long else None,
            copy=lambda: f'{error.type}: {error.message}\n\n{error.traceback}',
        ),
        *([_reason(error.reason)] if error.reason is not None else []),
        *frame_entries(error.frames, deeper),
        *([_traceback(error.traceback)] if error.traceback else []),
    ]


def _reason(reason: str) -> Entry:
    is_long = len(reason) > 60 or '\n' in reason
    return Entry(
        'reason',
        (Span('because of ', 'dim'), line(reason, 'strong')),
        body=(lambda: text_body(reason)) if is_long else None,
        copy=lambda: reason,
    )


def line_entries(frames: Sequence[Frame], deeper: Deeper) -> list[Entry]:
    """The stack at a line that is stopped at."""
    return list(frame_entries(frames, deeper))


def frame_entries(frames: Sequence[Frame], deeper: Deeper) -> Iterator[Entry]:
    """The user's own frames, innermost first and that one open; the others in an entry of their own."""
    numbered = list(enumerate(frames))[::-1]
    own = [(number, frame) for number, frame in numbered if frame.user]
    others = [(number, frame) for number, frame in numbered if not frame.user]
    if not own:
        own, others = others, []
    for position, (number, frame) in enumerate(own[:_MAX_FRAMES]):
        yield _frame_entry(number, frame, deeper, opened=position == 0)
    if others:
        yield Entry(
            'others',
            (Span(f'{len(others)} more in libraries', 'dim'),),
            inside=lambda: [_frame_entry(number, frame, deeper) for number, frame in others[:_MAX_FRAMES]],
        )


def _frame_entry(number: int, frame: Frame, deeper: Deeper, *, opened: bool = False) -> Entry:
    source = frame.source.strip()
    return Entry(
        f'frame {number}',
        (
            Span(f'{line(PurePath(frame.file).name).text}:{frame.line}', 'accent'),
            Span(f' in {line(frame.function).text}  ', 'dim'),
            line(source, 'strong' if opened else 'text'),
        ),
        inside=_inside(number, frame, deeper),
        opened=opened,
        copy=lambda: f'{frame.file}:{frame.line} in {frame.function}\n    {source}',
    )


def _inside(number: int, frame: Frame, deeper: Deeper) -> Callable[[], Iterable[Entry]]:
    """The local variables, as children that open like every picture."""

    def entries() -> Iterator[Entry]:
        width = names_width(child.name for child in frame.locals)
        for position, child in enumerate(frame.locals):
            yield value_entry(
                child.name, child.value, None, 'locals', deeper, compare=False, path=(number, position), width=width
            )
        yield note_entry('place', line(f'{frame.file}:{frame.line}').text)

    return entries


def _traceback(traceback: str) -> Entry:
    return Entry(
        'traceback',
        (Span('the whole traceback', 'dim'),),
        body=lambda: text_body(traceback.rstrip('\n'), 'dim'),
        copy=lambda: traceback,
    )


def what_next(stop: Stop) -> str:
    """The keys that help at a stop, in a line."""
    if stop.at != 'error':
        return 'n steps on · c continues · ! evaluates here'
    keys = [
        'ctrl+r retry' if stop.retries else '',
        'e edit first' if stop.edits and stop.retries else 'e edit' if stop.edits else '',
        'x answer by hand' if stop.answers else '',
        'n c let it fail',
    ]
    return ' · '.join(key for key in keys if key)
