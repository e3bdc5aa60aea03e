"""How something failed: the error, the user's own lines that led to it, and the whole traceback folded away."""

from __future__ import annotations

from pathlib import PurePath

from pydantic_ai_debug.export.wording import failure
from pydantic_ai_debug.protocol.events import ErrorInfo, Frame

from .tags import NOTHING, Markup, block, folded, pane, span, tag, text

_MOST = 20
"""Frames that are shown."""


def failure_pane(title: str, error: ErrorInfo) -> Markup:
    """The pane of an error."""
    own = [frame for frame in error.frames if frame.user][-_MOST:]
    shown = [tag('div', text('your code, innermost first'), class_='word')] if own else []
    shown += [_frame(frame) for frame in reversed(own)]
    whole = block(error.traceback) if error.traceback else NOTHING
    if own and whole:
        whole = tag('div', folded(span('dim', 'the whole traceback'), whole), class_='tree')
    return pane(title, block(failure(error), 'error'), *shown, whole, style='failed')


def _frame(frame: Frame) -> Markup:
    place = tag(
        'div', span('accent', f'{PurePath(frame.file).name}:{frame.line}'), span('dim', f'  in {frame.function}')
    )
    return tag('div', place, block(frame.source.strip()) if frame.source.strip() else NOTHING, class_='part frame')
