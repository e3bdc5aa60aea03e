"""Shows what was changed by hand of a row: each edit with what it was and what it became, and each answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.tui.present.literal import literal
from pydantic_ai_debug.tui.present.styled import Span
from pydantic_ai_debug.tui.present.word_diff import changed_text, diff_spans
from pydantic_ai_debug.tui.widgets.text_view import TextView

from .dialog import Dialog


class ChangesScreen(Dialog[None]):
    """A page over the main screen; escape closes it."""

    DEFAULT_CSS = """
    ChangesScreen {
        .box {
            width: 110;
            height: 90%;
            padding: 0 1;
        }
        TextView { height: 1fr; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding('escape,q,E,enter', 'close', 'Close', show=False)]

    def __init__(self, events: Sequence[ev.Event]) -> None:
        super().__init__()
        self._events = events

    def compose(self) -> ComposeResult:
        with Vertical(classes='box') as box:
            box.border_title = 'Changed by hand'
            box.border_subtitle = 'esc closes'
            yield TextView(follow=False)

    def on_mount(self) -> None:
        view = self.query_one(TextView)
        view.show(change_spans(self._events))
        view.focus()

    def action_close(self) -> None:
        self.dismiss()


def change_spans(events: Iterable[ev.Event]) -> Iterator[Span]:
    """Edits and answers, in the order in which they were made."""
    for number, event in enumerate(events):
        if number:
            yield Span('\n\n')
        match event:
            case ev.Edited():
                yield Span(f'{literal(event.item, 60)}', 'heading')
                yield Span(f'  edited at node {event.node + 1}\n', 'dim')
                yield from _indented(diff_spans(changed_text(event.before), changed_text(event.after)))
            case ev.AnsweredByHand():
                yield Span(literal(event.kind, 20), 'heading')
                what = 'the model request' if event.call is None else 'the tool call'
                yield Span(f'  answered by hand in place of {what}, at node {event.node + 1}\n', 'dim')
                yield Span(changed_text(event.value)[:50_000] or '(empty)', 'text', 2)
            case _:
                pass


def _indented(spans: Iterable[Span]) -> Iterator[Span]:
    return (span._replace(indent=2) for span in spans)
