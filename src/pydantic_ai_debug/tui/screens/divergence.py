"""Shows a model request that differs from the recorded one beside it, and lets the user decide what becomes of it."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.events import Resize
from textual.widgets import Static
from typing_extensions import override

from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.commands import Command, GoLive, StepOver, UseRecorded
from pydantic_ai_debug.tui.dialogs import ANSWERS_BY_HAND
from pydantic_ai_debug.tui.present.divergence_text import reason_text, side_text
from pydantic_ai_debug.tui.present.word_diff import side_by_side
from pydantic_ai_debug.tui.widgets.bar import Bar, Part
from pydantic_ai_debug.tui.widgets.text_view import TextView

from .by_hand import GONE, ByHandScreen

_BESIDE_FROM = 96
"""Columns from which both sides stand beside each other; below they stand under each other."""


class DivergenceScreen(ByHandScreen):
    """The two sides, and the keys that go on; of one that was decided, the two sides alone."""

    DEFAULT_CSS = """
    DivergenceScreen {
        #box { width: 94%; height: 90%; }
        #sides { height: 1fr; layout: vertical; }
        #sides.-beside { layout: horizontal; }
        .side { width: 1fr; height: 1fr; border: round $border; }
        TextView { height: 1fr; }
        #reason { height: auto; color: $text-muted; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding('n,space,f10', 'decide("live_once")', 'Ask the model', show=False),
        Binding('o', 'decide("recorded")', 'As recorded', show=False),
        Binding('L', 'decide("live")', 'Live from here on', show=False),
        Binding('x', 'decide("by_hand")', 'By hand', show=False),
        Binding('tab', 'app.focus_next', 'The other side', show=False),
        Binding('escape,q,v', 'leave', 'Close', show=False),
    ]

    def __init__(self, diverged: ev.Diverged, stop: int | None) -> None:
        """Create it.

        Args:
            diverged: What differs.
            stop: Place of the `stopped` event; None where it is decided already.
        """
        super().__init__(diverged.run, None, -1 if stop is None else stop)
        self._diverged = diverged
        self._views = {'recorded': TextView(follow=False), 'asked now': TextView(follow=False)}
        self.gone = stop is None

    @override
    def compose(self) -> ComposeResult:
        with Vertical(id='box', classes='box') as box:
            box.border_title = 'Not as recorded'
            box.border_subtitle = 'tab the other side · esc closes'
            yield Static(reason_text(self._diverged), id='reason', markup=False)
            with Container(id='sides'):
                for name in self._views:
                    with Vertical(classes='side') as side:
                        side.border_title = name
                        yield self._views[name]
            yield Static('', id='problem', markup=False)
            yield Bar(id='ways')

    def on_mount(self) -> None:
        recorded, asked = side_by_side(side_text(self._diverged.recorded), side_text(self._diverged.asked))
        self._views['recorded'].show(recorded)
        self._views['asked now'].show(asked)
        # An app that is ending has taken it off again.
        if self._views['asked now'].is_attached:
            self.set_focus(self._views['asked now'])
            self._show_ways()

    def on_resize(self, event: Resize) -> None:
        self.query_one('#sides').set_class(event.size.width >= _BESIDE_FROM, '-beside')

    def _show_ways(self) -> None:
        ways = [('n', 'ask the model', 'live_once'), ('o', 'as recorded', 'recorded')]
        ways += [('x', 'by hand', 'by_hand'), ('L', 'live from here on', 'live')]
        parts: list[Part] = []
        for key, words, name in ways if not self.gone else []:
            if name != 'recorded' or self._diverged.answered:
                parts += [Part(key, 'key', name), Part(f' {words}   ', 'dim', name)]
        self.query_one('#ways', Bar).show(parts, [])

    def on_bar_clicked(self, event: Bar.Clicked) -> None:
        event.stop()
        self.action_decide(event.command)

    def action_decide(self, way: str) -> None:
        command: Command | None = None
        match way:
            case _ if self.gone:
                return
            case 'live_once':
                command = StepOver(self.run)
            case 'recorded' if self._diverged.answered:
                command = UseRecorded(self.run)
            case 'live':
                command = GoLive(self.run)
            case 'by_hand':
                self.dismiss(ANSWERS_BY_HAND)
            case _:
                self._say('The recording has no answer to use')
        if command is not None:
            self.post_message(self.CommandSent(command))
            self.dismiss('')

    def _say(self, text: str) -> None:
        label = self.query_one('#problem', Static)
        label.display = bool(text)
        label.update(text)

    @override
    def take_reply(self, event: ev.Event) -> None:
        """Nothing is asked that would be answered while it is open."""

    @override
    def on_gone(self) -> None:
        self._say(GONE)
        self._show_ways()

    def action_leave(self) -> None:
        self.dismiss('')
