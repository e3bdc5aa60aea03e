"""Exceptions of the user's program, described without changing them."""

from __future__ import annotations

import asyncio
import builtins
import inspect
import os
import sys
import sysconfig
import traceback
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from types import FrameType, TracebackType
from typing import Any

from pydantic_ai_debug.protocol.events import ErrorInfo, Frame
from pydantic_ai_debug.protocol.values import Child

from .insides import type_name, type_of
from .secrets import masked_assignments, masked_text
from .snapshot import Limits, picture

OWN_FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_LIBRARY_FOLDERS = tuple({sysconfig.get_path(name) + os.sep for name in ('stdlib', 'platstdlib', 'purelib', 'platlib')})

_MOST_FRAMES = 200
_LOCALS = Limits(depth=2, items=50, text=500, total=200)


def leave_frame(error: BaseException) -> None:
    """Take our frames off the top of a traceback, before an `except` of ours lets the exception go on by a bare `raise`.

    A bare `raise` adds no entry for the frame it is in, so the program never sees one. Before Python 3.11 it puts the
    entry back, and `clean` takes it out once the exception leaves the run.
    """
    trace = error.__traceback__
    while trace is not None and _is_own(trace):
        trace = trace.tb_next
    _set_traceback(error, trace)


def calling_frame_id() -> int:
    """The id of the frame that awaits the function that asks."""
    # Held by no variable: a frame that holds itself is a cycle, and what called it is kept by it.
    return id(sys._getframe(2))  # pyright: ignore[reportPrivateUsage]


def leave_reraise(error: BaseException, frame_id: int) -> None:
    """Take out the entry of a frame that an exception went through twice, since a hook of ours raised it there again."""
    entry = error.__traceback__
    before: TracebackType | None = None
    while entry is not None and entry.tb_next is not None:
        following = entry.tb_next
        if id(entry.tb_frame) == frame_id and following.tb_frame is entry.tb_frame:
            if before is None:
                _set_traceback(error, following)
            else:
                before.tb_next = following
            return
        before, entry = entry, following


def without_own_frames(trace: TracebackType | None) -> TracebackType | None:
    """The same traceback, its entries for our frames taken out of the chain in place."""
    entries: list[TracebackType] = []
    while trace is not None:
        if not _is_own(trace):
            entries.append(trace)
        trace = trace.tb_next
    for entry, following in zip_longest(entries, entries[1:]):
        if entry.tb_next is not following:
            entry.tb_next = following
    return entries[0] if entries else None


def _is_own(entry: TracebackType) -> bool:
    return is_own_frame(entry.tb_frame)


def is_own_frame(frame: FrameType) -> bool:
    """Whether a frame runs code of ours."""
    return frame.f_code.co_filename.startswith(OWN_FOLDER)


def _set_traceback(error: BaseException, trace: TracebackType | None) -> None:
    # A class of the program's may forbid to set attributes, as frozen dataclasses do.
    BaseException.with_traceback(error, trace)


def clean(error: BaseException) -> None:
    """Take our frames out of an exception's traceback, and out of those it came from."""
    for current in _chain(error):
        _set_traceback(current, without_own_frames(current.__traceback__))


def came_from(error: BaseException) -> BaseException | None:
    """The exception that this one was raised because of; whether an exception is true is up to the program's class."""
    return error.__context__ if error.__cause__ is None else error.__cause__


def describe(error: BaseException, *, with_locals: bool = False) -> ErrorInfo:
    """An exception as the parent shows it. One that cannot be printed is named by its class."""
    cls = type(error)
    name = cls.__qualname__ if cls.__module__ in ('builtins', '__main__') else f'{cls.__module__}.{cls.__qualname__}'
    try:
        message = masked_assignments(str(error))
        lines = traceback.format_exception(cls, error, without_own_frames(error.__traceback__))
        trace = _masked_trace(''.join(lines), error)
    except Exception as failure:  # noqa: BLE001 - an exception of the user's may fail to print in any way
        message = f'(cannot be printed: {type(failure).__name__})'
        trace = f'{name}: {message}\n'
    reason = _reason(error)
    frames = _frames(_entries(error, reason), with_locals)
    return ErrorInfo(name, message, trace, frames, summary(reason) if reason is not None else None)


def _masked_trace(trace: str, error: BaseException) -> str:
    """A traceback, in which what exceptions say is masked more strictly than lines of code."""
    for message in {_message(one) for one in _chain(error, grouped=True)}:
        for line in message.splitlines():
            if (shown := masked_assignments(line)) != line:
                trace = trace.replace(line, shown)
    return masked_text(trace)


def _message(error: BaseException) -> str:
    """What an exception says; nothing where it cannot be printed, as Python's traceback says then."""
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - an exception of the user's may fail to print in any way
        return ''


def _chain(error: BaseException, *, grouped: bool = False) -> Iterator[BaseException]:
    """An exception and what it came from; also what it groups, where that is asked for."""
    seen: set[int] = set()
    pending: list[BaseException | None] = [error]
    while pending:
        current = pending.pop()
        if current is not None and id(current) not in seen:
            seen.add(id(current))
            yield current
            pending += [current.__cause__, current.__context__, *(members(current) if grouped else ())]


def members(error: BaseException) -> Sequence[BaseException]:
    """What a group consists of, by the group's own attribute: one of the program's may run code."""
    # Groups are newer than the oldest Python that this runs on.
    group: Any = getattr(builtins, 'BaseExceptionGroup', None)
    return group.exceptions.__get__(error) if group is not None and issubclass(type_of(error), group) else ()


def summary(error: BaseException) -> str:
    """An exception in a line: its class and what it says."""
    return f'{type_name(error)}: {said(error)}'


def said(error: BaseException) -> str:
    """What an exception says, secrets masked."""
    try:
        return masked_assignments(str(error))
    except Exception as failure:  # noqa: BLE001 - an exception of the user's may fail to print in any way
        return f'(cannot be printed: {type_name(failure)})'


def is_cancellation(error: BaseException) -> bool:
    """Whether a run that ended with this was called off rather than failed."""
    return isinstance(error, (asyncio.CancelledError, GeneratorExit, KeyboardInterrupt)) or type(error).__name__ in (
        'RunCancelled',
        'Cancelled',
    )


def traced_frames(error: BaseException) -> list[FrameType]:
    """The frames that an exception came through, innermost last, without ours."""
    return [frame for frame, _ in _entries(error, _reason(error))]


def _frames(entries: Sequence[tuple[FrameType, int]], with_locals: bool) -> tuple[Frame, ...]:
    """The same, as the parent shows them."""
    summaries = traceback.StackSummary.extract(iter(entries))
    return tuple(
        described_frame(summary, frame if with_locals else None)
        for summary, (frame, _) in zip(summaries, entries, strict=True)
    )


def _entries(error: BaseException, reason: BaseException | None) -> list[tuple[FrameType, int]]:
    """The frames that an exception came through, with their lines; below them those of its reason.

    A validator of the program's that refuses an output is in no frame of what pydantic-ai raises once no retry is left.
    """
    chain = [error] if reason is None else [error, reason]
    found = [entry for one in chain for entry in traceback.walk_tb(without_own_frames(one.__traceback__))]
    return found[-_MOST_FRAMES:]


def _reason(error: BaseException) -> BaseException | None:
    """What the program's own code raised that a library raised an exception for; None where it was not so."""
    seen = {id(error)}
    while not _raised_by_user(error):
        cause = None if error.__suppress_context__ and error.__cause__ is None else came_from(error)
        if cause is None or id(cause) in seen:
            return None
        if any(is_user_file(frame.f_code.co_filename) for frame, _ in traceback.walk_tb(cause.__traceback__)):
            return cause
        seen.add(id(cause))
        error = cause
    return None


def _raised_by_user(error: BaseException) -> bool:
    trace = without_own_frames(error.__traceback__)
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and is_user_file(trace.tb_frame.f_code.co_filename)


def described_frame(entry: traceback.FrameSummary, frame: FrameType | None) -> Frame:
    """A line of a traceback; with the local variables of a frame where one is given."""
    return Frame(
        entry.filename,
        entry.lineno or 0,
        entry.name,
        masked_text(entry.line or ''),
        is_user_file(entry.filename),
        local_pictures(frame) if frame is not None and is_user_file(entry.filename) else (),
    )


def local_pictures(frame: FrameType) -> tuple[Child, ...]:
    """The local variables of a frame, in their order."""
    return picture(locals_of(frame), _LOCALS).children or ()


def locals_of(frame: FrameType) -> dict[str, object]:
    """The local variables of a frame, by name, which does not hold on to them for having been asked."""
    asked = frame.f_locals
    found = dict(asked)
    if sys.version_info < (3, 13) and frame.f_code.co_flags & inspect.CO_OPTIMIZED:
        # A copy that the frame keeps: what the program deletes, or clears the frame of, would live on in it.
        asked.clear()
    return found


def user_frame_names(error: BaseException) -> dict[str, object]:
    """Globals and local variables of the innermost frame of the program's own code that an exception came through."""
    frames = [frame for frame in traced_frames(error) if is_user_file(frame.f_code.co_filename)]
    return {**frames[-1].f_globals, **locals_of(frames[-1])} if frames else {}


def is_user_file(path: str) -> bool:
    """Whether a source file is the program's own, rather than of an installed package or of Python."""
    return not path.startswith(('<', OWN_FOLDER, *_LIBRARY_FOLDERS)) and 'site-packages' not in path
