"""The tools that ran on the way that a run goes back, and whether they run again if they are asked for once more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from pydantic_ai_debug.model.calls import call_arguments, short_json
from pydantic_ai_debug.model.effects import Effect
from pydantic_ai_debug.model.glyphs import GLYPHS, REUSED_GLYPH
from pydantic_ai_debug.protocol.commands import Rewind
from pydantic_ai_debug.protocol.events import Json
from pydantic_ai_debug.tui.present.literal import literal
from pydantic_ai_debug.tui.widgets.entry_list import EntryList

from .dialog import Dialog

_WORD_WIDTH = 11
_LINE_WIDTH = 86


class RewindScreen(Dialog[Rewind | None]):
    """Answers with the command to go back, or with nothing."""

    DEFAULT_CSS = """
    RewindScreen {
        .box { width: 96; }
        Static { width: 1fr; height: auto; color: $text-muted; }
        #what { margin-bottom: 1; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding('space', 'switch', 'Again or reuse', show=False),
        Binding('a', 'switch_all', 'All again, or all reused', show=False),
        Binding('enter', 'go_back', 'Go back', show=False, priority=True),
        Binding('escape,q', 'close', 'Close', show=False),
    ]
    AUTO_FOCUS: ClassVar[str | None] = 'EntryList'

    def __init__(
        self, run: str, node: int, kind: str, effects: Sequence[Effect], result_of: Callable[[Effect], Json]
    ) -> None:
        """Create it.

        Args:
            run: The run that goes back.
            node: Index of the node it goes back before.
            kind: That node's kind.
            effects: The tools that ran since; at least one.
            result_of: Gives what one came to.
        """
        super().__init__()
        self._run = run
        self._node = node
        self._kind = kind
        self._effects = effects
        self._results = [result_of(effect) for effect in effects]
        self._again: set[str] = set()

    def compose(self) -> ComposeResult:
        with Vertical(classes='box') as box:
            box.border_title = f'Back before {literal(self._kind, 60)}'
            box.border_subtitle = 'enter goes back · space runs it again or reuses it · a all · esc stays'
            yield Static(
                'These tools have run, and what they did outside of the deps is done. Where the new branch asks one of '
                'them for the same, it is answered by what it returned, and does not touch the deps again, unless you '
                'have it run again.',
                id='what',
                markup=False,
            )
            yield EntryList()

    def on_mount(self) -> None:
        self._draw()

    def _draw(self) -> None:
        self.query_one(EntryList).show(
            [self._line(effect, result) for effect, result in zip(self._effects, self._results, strict=True)]
        )

    def _line(self, effect: Effect, result: Json) -> Content:
        tool = effect.tool
        again = not effect.reusable or tool.call in self._again
        word = 'failed, runs again' if not effect.reusable else 'run again' if again else 'reuse'
        call = Content.assemble(
            (f'{GLYPHS["running"] if again else REUSED_GLYPH} ', 'bold' if again else '$text-accent'),
            (word.ljust(_WORD_WIDTH), 'bold' if again else '$text-accent'),
            (literal(tool.tool, 80), 'bold'),
            (f'({call_arguments(tool.args)})', ''),
        )
        came_to = Content.assemble(
            (f'{" " * (_WORD_WIDTH + 2)}→ {short_json(result)}', '$foreground-muted'),
        )
        return Content('\n').join([each.truncate(_LINE_WIDTH, ellipsis=True) for each in (call, came_to)])

    def action_switch(self) -> None:
        """Have the selected call run again, or reuse what it came to."""
        index = self.query_one(EntryList).highlighted
        if index is not None and self._effects[index].reusable:
            self._again ^= {self._effects[index].tool.call}
            self._draw()

    def action_switch_all(self) -> None:
        calls = {effect.tool.call for effect in self._effects if effect.reusable}
        self._again = set() if self._again == calls else calls
        self._draw()

    def on_entry_list_mark_clicked(self, event: EntryList.MarkClicked) -> None:
        self.action_switch()

    def action_go_back(self) -> None:
        self.dismiss(Rewind(self._run, self._node, tuple(sorted(self._again))))

    def action_close(self) -> None:
        self.dismiss(None)
