"""The base of what opens over the main screen: a box in the middle, in one style."""

from __future__ import annotations

from typing import ClassVar

from textual.screen import ModalScreen, ScreenResultType


class Dialog(ModalScreen[ScreenResultType]):
    """A modal screen whose content stands in a container of the class `box`."""

    DEFAULT_CSS: ClassVar[str] = """
    Dialog {
        align: center middle;
        background: $background 60%;
        .box {
            max-width: 100%;
            height: auto;
            max-height: 100%;
            border: round $accent;
            border-title-color: $text-accent;
            border-title-style: bold;
            border-subtitle-color: $text-muted;
            background: $surface;
            padding: 0 2;
        }
    }
    """


class Question(Dialog[bool]):
    """One question, answered with a key: True for what is asked about."""

    DEFAULT_CSS: ClassVar[str] = """
    Question {
        .box {
            width: auto;
            padding: 1 3;
        }
        Static { width: auto; }
    }
    """

    def action_answer(self, answer: bool) -> None:
        self.dismiss(answer)
