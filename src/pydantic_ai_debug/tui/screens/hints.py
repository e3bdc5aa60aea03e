"""The traps of pydantic-ai that the session's runs have met, and which kinds of them are told about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, get_args

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from pydantic_ai_debug.model.selectors import node_at
from pydantic_ai_debug.model.state import SessionState
from pydantic_ai_debug.protocol.events import HintName
from pydantic_ai_debug.tui.messages import FieldMessage
from pydantic_ai_debug.tui.notices import RunHint
from pydantic_ai_debug.tui.present.literal import literal
from pydantic_ai_debug.tui.widgets.entry_list import EntryList

from .dialog import Dialog

HINT_TITLES: dict[HintName, str] = {
    'skipped_calls': 'tool calls that are skipped',
    'stream_left_early': 'streams that are left early',
    'two_consumers': 'streams that are read twice',
    'sync_stream_in_loop': 'blocking streams in an event loop',
    'validated_at_end': 'output that is validated at its end only',
    'retries_nearly_used': 'retries that are nearly used up',
    'usage_near_limit': 'usage that nears its limit',
    'repeated_call': 'calls that are repeated',
    'cut_by_token_limit': 'responses that are cut by a token limit',
}
MAX_SHOWN = 200
"""Hints that are listed, the newest first."""


class HintsScreen(Dialog[None]):
    """Lists the hints, then their kinds, which `space` turns off and on again."""

    DEFAULT_CSS = """
    HintsScreen {
        .box {
            width: 96;
        }
        Static { width: 1fr; height: auto; color: $text-muted; }
        #kinds-title { margin-top: 1; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding('space', 'switch', 'Tell or not', show=False),
        Binding('tab,shift+tab', 'app.focus_next', 'Other list', show=False),
        Binding('escape,q,H', 'close', 'Close', show=False),
    ]
    AUTO_FOCUS: ClassVar[str | None] = '#kinds'

    class Changed(FieldMessage):
        """The user wants these kinds of hints to be told no more."""

        hidden: frozenset[str]

    def __init__(self, hints: Sequence[RunHint], state: SessionState, hidden: frozenset[str]) -> None:
        super().__init__()
        self._hints = hints[: -MAX_SHOWN - 1 : -1]
        self._state = state
        self._hidden = hidden

    def compose(self) -> ComposeResult:
        with Vertical(classes='box') as box:
            box.border_title = 'Hints'
            box.border_subtitle = 'space tells of a kind or not · tab other list · esc closes'
            yield EntryList(id='told', marks=False)
            yield Static('No run has met a trap of pydantic-ai that is known here.', id='none', markup=False)
            yield Static('What is told about', id='kinds-title', markup=False)
            yield EntryList(id='kinds')

    def on_mount(self) -> None:
        told = self.query_one('#told', EntryList)
        told.show([self._hint_line(hint) for hint in self._hints])
        told.display = bool(self._hints)
        self.query_one('#none').display = not self._hints
        self._show_kinds()

    def _show_kinds(self) -> None:
        self.query_one('#kinds', EntryList).show([self._kind_line(name) for name in _kinds()])

    def _hint_line(self, hint: RunHint) -> Content:
        run = self._state.runs.get(hint.run)
        node = node_at(run, hint.node) if run is not None else None
        place = f'{run.agent if run is not None else hint.run} › {node.kind if node is not None else hint.node}'
        off = hint.name in self._hidden
        return Content.assemble(
            (literal(place, 80), 'bold' if not off else '$foreground-muted'),
            (f'  node {hint.node + 1}\n', '$foreground-muted'),
            (literal(hint.text, 400), '$foreground-muted' if off else ''),
        )

    def _kind_line(self, name: HintName) -> Content:
        off = name in self._hidden
        return Content.assemble(
            ('□ ' if off else '■ ', '$foreground-muted' if off else '$text-accent'),
            (HINT_TITLES[name], '$foreground-muted' if off else ''),
        )

    def action_switch(self) -> None:
        """Turn the kind of what is selected off, or on."""
        told, kinds = self.query_one('#told', EntryList), self.query_one('#kinds', EntryList)
        if told.has_focus and told.highlighted is not None:
            self._toggle(self._hints[told.highlighted].name)
        elif kinds.highlighted is not None:
            self._toggle(_kinds()[kinds.highlighted])

    def _toggle(self, name: HintName) -> None:
        self._hidden = self._hidden ^ {name}
        told = self.query_one('#told', EntryList)
        told.show([self._hint_line(hint) for hint in self._hints])
        self._show_kinds()
        self.post_message(self.Changed(self._hidden))

    def on_option_list_option_selected(self) -> None:
        self.action_switch()

    def on_entry_list_mark_clicked(self, event: EntryList.MarkClicked) -> None:
        self.action_switch()

    def action_close(self) -> None:
        self.dismiss()


def _kinds() -> tuple[HintName, ...]:
    return get_args(HintName)
