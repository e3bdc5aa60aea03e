"""How a run failed, as text: the error, the user's own lines that led to it, what to do, and the whole traceback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath

from pydantic_ai_debug.protocol.events import ErrorInfo, Frame

from .literal import literal
from .styled import Span

_MAX_FRAMES = 20


def failure_spans(error: ErrorInfo, *, live: bool, in_run: bool) -> Iterator[Span]:
    """A failed run, or a script that failed before there was one.

    Args:
        error: What was raised.
        live: Whether the script can be started again.
        in_run: Whether it is a run that failed.
    """
    yield Span(literal(error.type, 200), 'error')
    if error.message:
        yield Span(': ', 'error')
        yield Span(error.message, 'strong', 2)
    yield Span('\n')
    if error.reason is not None:
        yield Span('because of ', 'dim')
        yield Span(error.reason + '\n', 'strong', 2)
    own = [frame for frame in error.frames if frame.user][-_MAX_FRAMES:]
    if own:
        yield Span('\nyour code, innermost first\n', 'dim')
        for number, frame in enumerate(reversed(own)):
            yield from _frame_spans(frame, is_innermost=number == 0)
    yield Span('\nwhat next\n', 'dim')
    yield from _advice(live, in_run)
    if error.traceback:
        yield Span('\nthe whole traceback\n', 'dim')
        yield Span(error.traceback.rstrip('\n'), 'dim', 2)


def _frame_spans(frame: Frame, *, is_innermost: bool) -> Iterator[Span]:
    yield Span(f'{literal(PurePath(frame.file).name, 200)}:{frame.line}', 'accent', 2)
    yield Span(f'  in {literal(frame.function, 200)}\n', 'dim')
    if frame.source.strip():
        yield Span(literal(frame.source.strip(), 400) + '\n', 'strong' if is_innermost else 'text', 4)


def _advice(live: bool, in_run: bool) -> Iterator[Span]:
    rows = [('6', 'see what the script printed')]
    if in_run:
        rows = [
            ('1', 'walk back in Graph: the panes show what each row was given'),
            ('5', 'see exactly what the last request sent'),
        ]
    if live:
        rows += [('R', 'restart the script, with the code as it is on disk then')]
    rows += [('y', 'copy this'), ('q', 'quit')]
    for key, what in rows:
        yield Span(f'{key}  ', 'accent', 2)
        yield Span(f'{what}\n', 'text', 5)
