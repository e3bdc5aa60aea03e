"""The keys in force, made from the command table, and what the signs of the graph mean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import ItemGrid, VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.widgets import Static

from pydantic_ai_debug.model.glyphs import BY_HAND_GLYPH, EDITED_GLYPH, GLYPH_MEANINGS, GLYPHS, REUSED_GLYPH
from pydantic_ai_debug.tui.commands import CommandGroup, Situation, key_name, offered_commands
from pydantic_ai_debug.tui.present.graph_row import BREAKPOINT_GLYPHS

from .dialog import Dialog

_KEY_WIDTH = 12
_TWO_COLUMNS_FROM = 118

_GRAPH_KEYS = (
    ('← → enter', 'Fold a row away, or unfold it'),
    ('home end', 'The first row, the newest row'),
)
_SIGNS = (
    *((GLYPHS[glyph], meaning.capitalize()) for glyph, meaning in GLYPH_MEANINGS.items()),
    (BREAKPOINT_GLYPHS['enabled'], 'Has a breakpoint'),
    (BREAKPOINT_GLYPHS['logs'], 'Has one that prints and does not stop'),
    (BREAKPOINT_GLYPHS['disabled'], 'Has one that is switched off'),
    (EDITED_GLYPH, 'You changed it before it ran'),
    (BY_HAND_GLYPH, 'You answered it by hand'),
    (REUSED_GLYPH, 'Did not run: an earlier result was reused'),
    ('1.2k→87', 'Tokens in and out'),
    ('╌╌━━━╌╌╌', 'When a call ran, beside parallel ones'),
)
_ANYWHERE = (
    ('ctrl+p', 'All commands, and themes'),
    ('ctrl+c', 'Copy what is marked with the mouse'),
    ('ctrl+z', 'Suspend, as other programs do'),
)


class KeysScreen(Dialog[None]):
    """A page over the main screen; `?`, `q` and escape close it."""

    DEFAULT_CSS = """
    KeysScreen {
        .box {
            width: 66;
            scrollbar-size-vertical: 1;
        }
        ItemGrid { height: auto; grid-gutter: 0 2; }
        Static { height: auto; }
        &.-two-columns .box { width: 118; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding('escape,q,question_mark,f1,enter', 'close', 'Close', show=False),
        Binding('j', 'scroll_page(1)', 'Down', show=False),
        Binding('k', 'scroll_page(-1)', 'Up', show=False),
    ]

    def __init__(self, situation: Situation) -> None:
        super().__init__()
        self._situation = situation

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes='box') as page:
            page.border_title = 'Keys'
            page.border_subtitle = 'esc closes'
            with ItemGrid():
                yield Static(self._commands(('Run', 'Look')))
                yield Static(
                    Content('\n').join(
                        [
                            self._commands(('Session',)),
                            _section('Graph', _GRAPH_KEYS),
                            _section('Signs', _SIGNS),
                            _section('Anywhere', _ANYWHERE),
                        ]
                    )
                )

    def on_resize(self, event: Resize) -> None:
        two = event.size.width >= _TWO_COLUMNS_FROM
        self.set_class(two, '-two-columns')
        self.query_one(ItemGrid).styles.grid_size_columns = 2 if two else 1

    def action_close(self) -> None:
        self.dismiss()

    def action_scroll_page(self, rows: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=rows, animate=False)

    def _commands(self, groups: Sequence[CommandGroup]) -> Content:
        """The rows of the command table, those that can't be done now greyed out."""
        sections: list[Content] = []
        for group in groups:
            rows = [command for command in offered_commands(self._situation.live) if command.group == group]
            lines = [
                _line(
                    ' '.join(key_name(key) for key in command.keys),
                    command.help,
                    command.blocked(self._situation) is not None,
                )
                for command in rows
            ]
            if lines:
                sections.append(Content('\n').join([_title(group), *lines]))
        return Content('\n').join(sections)


def _section(title: str, rows: Iterable[tuple[str, str]]) -> Content:
    return Content('\n').join([_title(title), *(_line(keys, meaning) for keys, meaning in rows)])


def _title(title: str) -> Content:
    return Content.styled(title, 'bold $text-accent')


def _line(keys: str, meaning: str, blocked: bool = False) -> Content:
    return Content.assemble(
        (f'  {keys.ljust(_KEY_WIDTH)} ', '$text-disabled' if blocked else 'bold'),
        (meaning, '$text-disabled' if blocked else ''),
    )
