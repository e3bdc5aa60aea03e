"""Asks before a live run is ended."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from .dialog import Question


class QuitScreen(Question):
    """One question, answered with a key: True to quit."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding('q,y,enter', 'answer(True)', 'Quit', show=False),
        Binding('escape,n', 'answer(False)', 'Stay', show=False),
    ]

    def compose(self) -> ComposeResult:
        with Vertical(classes='box') as box:
            box.border_title = 'Quit?'
            yield Static(
                Content.assemble(
                    'A run is live; quitting ends the script.\n\n',
                    ('q', 'bold $text-accent'),
                    ' quit    ',
                    ('esc', 'bold $text-accent'),
                    ' stay',
                )
            )
