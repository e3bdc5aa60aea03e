"""Asks before a recording is deleted."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from pydantic_ai_debug.tui.present.literal import literal

from .dialog import Question


class DeleteScreen(Question):
    """One question, answered with a key: True to delete."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding('d,y', 'answer(True)', 'Delete', show=False),
        Binding('escape,n,q', 'answer(False)', 'Keep', show=False),
    ]

    def __init__(self, what: str) -> None:
        super().__init__()
        self._what = what

    def compose(self) -> ComposeResult:
        with Vertical(classes='box') as box:
            box.border_title = 'Delete?'
            yield Static(
                Content.assemble(
                    literal(self._what, 70),
                    '\nis deleted for good.\n\n',
                    ('d', 'bold $text-accent'),
                    ' delete    ',
                    ('esc', 'bold $text-accent'),
                    ' keep',
                )
            )
