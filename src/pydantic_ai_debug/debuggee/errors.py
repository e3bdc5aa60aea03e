"""Exceptions of the user's program, described without changing them."""

from __future__ import annotations

import asyncio
import os
import sysconfig
import traceback
from itertools import zip_longest
from types import TracebackType
from typing import Literal

from pydantic_ai_debug.protocol.events import ErrorInfo, Frame

from .insides import type_of

OWN_FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_LIBRARY_FOLDERS = tuple({sysconfig.get_path(name) + os.sep for name in ('stdlib', 'platstdlib', 'purelib', 'platlib')})


def without_own_frames(trace: TracebackType | None) -> TracebackType | None:
    """The same traceback, its entries for our hooks and for the model that looks on taken out of the chain in place."""
    entries: list[TracebackType] = []
    in_model = False
    while trace is not None:
        owner = _owner(trace)
        if owner == 'model' or (in_model and _is_in(trace, _CONTEXT_MANAGERS)):
            # The model's own calls, with the context managers between them, lie between two of pydantic-ai's.
            in_model = True
        elif owner == 'hook':
            # pydantic-ai's own call of the hook stands before it.
            if entries and _is_in(entries[-1], _HOOK_CALLERS):
                entries.pop()
            in_model = False
        else:
            entries.append(trace)
            in_model = False
        trace = trace.tb_next
    for entry, following in zip_longest(entries, entries[1:]):
        if entry.tb_next is not following:
            entry.tb_next = following
    return entries[0] if entries else None


_HOOK_CALLERS = os.path.join('pydantic_ai', 'capabilities', 'combined.py')
_HOOK_DEFAULTS = os.path.join('pydantic_ai', 'capabilities', 'abstract.py')
_MODELS = os.path.join('pydantic_ai', 'models', '')
_CONTEXT_MANAGERS = 'contextlib.py'


def _owner(entry: TracebackType) -> Literal['hook', 'model'] | None:
    """Whether an entry is for code of ours, or for code of pydantic-ai's that a class of ours inherits."""
    path = entry.tb_frame.f_code.co_filename
    is_ours = path.startswith(OWN_FOLDER)
    if is_ours or _is_in(entry, _HOOK_DEFAULTS) or _MODELS in path:
        names = entry.tb_frame.f_locals
        # pydantic-ai's wrappers around methods of models take the model as the first of their arguments.
        bound = names.get('self', next(iter(names.get('args') or ()), None))
        cls = type_of(bound)
        if cls.__module__.startswith(__package__ or ''):
            return 'model' if cls.__name__ == 'TappedModel' else 'hook'
    return 'hook' if is_ours else None


def _is_in(entry: TracebackType, path: str) -> bool:
    return entry.tb_frame.f_code.co_filename.endswith(path)


def clean(error: BaseException) -> None:
    """Take our frames out of an exception's traceback, and out of those it came from."""
    seen: set[int] = set()
    pending: list[BaseException | None] = [error]
    while pending:
        current = pending.pop()
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        # `with_traceback` and plain assignment are the same; the slot of the base class cannot be overridden.
        current.__traceback__ = without_own_frames(current.__traceback__)
        pending += [current.__cause__, current.__context__]


def describe(error: BaseException) -> ErrorInfo:
    """An exception as the parent shows it. One that cannot be printed is named by its class."""
    cls = type(error)
    name = cls.__qualname__ if cls.__module__ in ('builtins', '__main__') else f'{cls.__module__}.{cls.__qualname__}'
    try:
        message = str(error)
        trace = ''.join(traceback.format_exception(cls, error, without_own_frames(error.__traceback__)))
    except Exception as failure:  # noqa: BLE001 - an exception of the user's may fail to print in any way
        message = f'(cannot be printed: {type(failure).__name__})'
        trace = f'{name}: {message}\n'
    return ErrorInfo(name, message, trace, _frames(error))


def is_cancellation(error: BaseException) -> bool:
    """Whether a run that ended with this was called off rather than failed."""
    return isinstance(error, (asyncio.CancelledError, GeneratorExit, KeyboardInterrupt)) or type(error).__name__ in (
        'RunCancelled',
        'Cancelled',
    )


def _frames(error: BaseException) -> tuple[Frame, ...]:
    entries = traceback.extract_tb(without_own_frames(error.__traceback__), limit=-200)
    return tuple(
        Frame(entry.filename, entry.lineno or 0, entry.name, entry.line or '', _is_user_file(entry.filename))
        for entry in entries
    )


def _is_user_file(path: str) -> bool:
    return not path.startswith(('<', OWN_FOLDER, *_LIBRARY_FOLDERS)) and 'site-packages' not in path
