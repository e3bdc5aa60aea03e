"""A line of styled parts: the header, the tabs, the line of what is shown and the keys are all bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.events import Click
from textual.strip import Strip
from textual.style import Style as VisualStyle
from textual.widget import Widget

from pydantic_ai_debug.tui.messages import FieldMessage

BarStyle: TypeAlias = Literal[
    'text', 'strong', 'dim', 'faint', 'key', 'here', 'changed', 'paused', 'running', 'finished', 'failed', 'tab'
]


class _Look(NamedTuple):
    """How a part is drawn, in the theme's variables.

    No component class of the style sheet: each would be styled anew for every bar before the first picture.
    """

    color: str
    background: str | None = None
    bold: bool = False

    def in_theme(self, variables: Mapping[str, str]) -> VisualStyle:
        background = None if self.background is None else _color(variables[self.background])
        return VisualStyle(background, _color(variables[self.color]), bold=self.bold)


def _color(text: str) -> Color:
    """The value of a theme's variable: a colour, or `auto` for what stands out, with or without a percentage."""
    name, _, share = text.rpartition(' ') if text.endswith('%') else (text, '', '100%')
    color = Color.automatic() if name == 'auto' else Color.parse(name)
    return color.multiply_alpha(float(share[:-1]) / 100)


_LOOKS: dict[BarStyle, _Look] = {
    'text': _Look('foreground'),
    'strong': _Look('foreground', bold=True),
    'dim': _Look('text-muted'),
    'faint': _Look('text-disabled'),
    'key': _Look('text-accent', bold=True),
    'here': _Look('text-accent'),
    'changed': _Look('text-warning', bold=True),
    'paused': _Look('text-accent', 'accent-muted', bold=True),
    'running': _Look('text-primary', 'primary-muted', bold=True),
    'finished': _Look('text-success', 'success-muted', bold=True),
    'failed': _Look('text-error', 'error-muted', bold=True),
    'tab': _Look('text-accent', 'accent-muted', bold=True),
}


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

    DEFAULT_CSS = 'Bar { height: 1; }'

    class Clicked(FieldMessage):
        """A part was clicked."""

        command: str

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._shown: tuple[tuple[Part, ...], tuple[Part, ...]] = ((), ())
        self._parts: tuple[Part, ...] = ()
        """What was drawn, as far as there was room."""
        self._styles: dict[BarStyle, Style] = {}
        """Those drawn with so far, on this bar's background and in the theme in force."""

    def show(self, left: Sequence[Part], right: Sequence[Part] = ()) -> None:
        """Draw other parts; nothing is done where they are what is shown."""
        shown = (tuple(left), tuple(right))
        if shown != self._shown:
            self._shown = shown
            self.refresh()

    def notify_style_update(self) -> None:
        self._styles.clear()
        super().notify_style_update()

    def _drawn_as(self, name: BarStyle) -> Style:
        style = self._styles.get(name)
        if style is None:
            look = _LOOKS[name].in_theme(self.app.theme_variables)  # pyright: ignore[reportUnknownMemberType]  its type lacks an argument
            style = self._styles[name] = (self.visual_style + look).rich_style
        return style

    def render_line(self, y: int) -> Strip:
        base = self.rich_style
        # Not before: a bar that is given its parts as it is mounted has no width yet.
        left, right = self._shown
        room = self.size.width - parts_width(right)
        self._parts = (*_cut(left, room), Part(' ' * max(room - parts_width(left), 0)), *right)
        segments = [Segment(part.text, self._drawn_as(part.style)) for part in self._parts]
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
