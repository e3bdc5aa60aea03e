"""A line of styled parts: the header, the tabs, the line of what is shown and the keys are all bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple, TypeAlias, get_args

from rich.cells import cell_len
from rich.segment import Segment
from textual.events import Click
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

BarStyle: TypeAlias = Literal[
    'text', 'strong', 'dim', 'faint', 'key', 'here', 'changed', 'paused', 'running', 'finished', 'failed', 'tab'
]


class Part(NamedTuple):
    """A stretch of a bar; its text is safe to draw."""

    text: str
    style: BarStyle = 'text'
    command: str = ''
    """What a click on it does."""


def parts_width(parts: Sequence[Part]) -> int:
    return sum(cell_len(part.text) for part in parts)


class Bar(Widget):
    """One line: parts from the left, and parts that end at the right, which win where there is no room for both."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f'bar--{name}' for name in get_args(BarStyle)}
    DEFAULT_CSS = """
    Bar {
        height: 1;
        .bar--text { color: $foreground; }
        .bar--strong { color: $foreground; text-style: bold; }
        .bar--dim { color: $text-muted; }
        .bar--faint { color: $text-disabled; }
        .bar--key { color: $text-accent; text-style: bold; }
        .bar--here { color: $text-accent; }
        .bar--changed { color: $text-warning; text-style: bold; }
        .bar--paused { color: $text-accent; background: $accent-muted; text-style: bold; }
        .bar--running { color: $text-primary; background: $primary-muted; text-style: bold; }
        .bar--finished { color: $text-success; background: $success-muted; text-style: bold; }
        .bar--failed { color: $text-error; background: $error-muted; text-style: bold; }
        .bar--tab { color: $text-accent; background: $accent-muted; text-style: bold; }
    }
    """

    @dataclass
    class Clicked(Message):
        """A part was clicked."""

        command: str

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._shown: tuple[tuple[Part, ...], tuple[Part, ...]] = ((), ())
        self._parts: tuple[Part, ...] = ()
        """What was drawn, as far as there was room."""

    def show(self, left: Sequence[Part], right: Sequence[Part] = ()) -> None:
        """Draw other parts; nothing is done where they are what is shown."""
        shown = (tuple(left), tuple(right))
        if shown != self._shown:
            self._shown = shown
            self.refresh()

    def render_line(self, y: int) -> Strip:
        base = self.rich_style
        # Not before: a bar that is given its parts as it is mounted has no width yet.
        left, right = self._shown
        room = self.size.width - parts_width(right)
        self._parts = (*_cut(left, room), Part(' ' * max(room - parts_width(left), 0)), *right)
        segments = [Segment(part.text, self.get_component_rich_style(f'bar--{part.style}')) for part in self._parts]
        return Strip(segments).adjust_cell_length(self.size.width, base)

    def on_click(self, event: Click) -> None:
        x = 0
        for part in self._parts:
            x += cell_len(part.text)
            if event.x < x:
                if part.command:
                    self.post_message(self.Clicked(part.command))
                return


def _cut(parts: Sequence[Part], room: int) -> list[Part]:
    """The parts that fit, the last of them cut with an ellipsis."""
    shown: list[Part] = []
    for part in parts:
        length = cell_len(part.text)
        if length > room:
            if room > 1:
                strip = Strip([Segment(part.text)]).crop(0, room - 1)
                shown.append(part._replace(text=f'{strip.text}…'))
            break
        shown.append(part)
        room -= length
    return shown
