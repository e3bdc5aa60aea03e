"""Edits what is about to run: its items, one at a time, each checked by the child when it is applied."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static, TextArea
from typing_extensions import override

from pydantic_ai_debug.model import numbers
from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.commands import Edit
from pydantic_ai_debug.tui.drafts import MAX_LENGTH, Drafts, ItemDraft, item_draft
from pydantic_ai_debug.tui.external_editor import EditorFailed
from pydantic_ai_debug.tui.present.literal import literal, literal_lines
from pydantic_ai_debug.tui.widgets.bar import Bar, BarStyle, Part
from pydantic_ai_debug.tui.widgets.code_area import CodeArea

from .by_hand import GONE, ByHandScreen

_KEYS = (
    Part('ctrl+s', 'key', 'apply'),
    Part(' apply  ', 'dim', 'apply'),
    Part('tab', 'key', 'next'),
    Part(' next  ', 'dim', 'next'),
    Part('ctrl+e', 'key', 'editor'),
    Part(' in $EDITOR  ', 'dim', 'editor'),
    Part('esc', 'key', 'close'),
    Part(' close', 'dim', 'close'),
)


class EditScreen(ByHandScreen):
    """Tabs of items, and below them the text of the one in view."""

    DEFAULT_CSS = """
    EditScreen {
        #box { width: 112; height: 90%; }
        CodeArea { height: 1fr; margin-top: 1; }
        #too-long { height: 1fr; margin-top: 1; color: $text-muted; }
        &.-narrow #box { width: 100%; height: 100%; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        # They come before what the text area does with them.
        Binding('ctrl+s', 'apply', 'Apply', show=False, priority=True),
        Binding('tab', 'step(1)', 'Next item', show=False, priority=True),
        Binding('shift+tab', 'step(-1)', 'Previous item', show=False, priority=True),
        Binding('ctrl+e', 'open_editor', 'Editor', show=False),
        Binding('escape', 'leave', 'Close', show=False, priority=True),
    ]

    def __init__(self, drafted: ev.Drafted, stop: int, what: str, *, failed: bool = False) -> None:
        """Offer items for editing.

        Args:
            drafted: The items.
            stop: Place of the `stopped` event.
            what: Before what the run waits, for the title.
            failed: Whether it waits at an error, where what is changed runs only once it is retried.
        """
        super().__init__(drafted.run, drafted.call, stop)
        self.drafts = Drafts([item_draft(item) for item in drafted.items])
        self._what = what
        self._failed = failed
        self._asked_to_leave = False

    @override
    def compose(self) -> ComposeResult:
        with Vertical(id='box', classes='box') as box:
            box.border_title = Content(literal(f'Edit · {self._what}', 80))
            yield Bar(id='items')
            yield Static('', id='too-long', markup=False)
            yield Static('', id='problem', markup=False)
            yield Bar(id='edit-keys')

    def on_mount(self) -> None:
        self.set_class(self.app.size.width < 116 or self.app.size.height < 30, '-narrow')  # pyright: ignore[reportUnknownMemberType]
        self.query_one('#edit-keys', Bar).show(_KEYS)
        self._show_item()

    # The item in view

    @property
    def area(self) -> CodeArea | None:
        """The text area of the item in view; None where its text is too long for one."""
        return next(iter(self.query(f'#item-{self.drafts.position}').results(CodeArea)), None)

    def _show_item(self) -> None:
        """Show the item in view: each has a text area of its own, so that cursor and undo stay."""
        draft = self.drafts.current
        for other in self.query(CodeArea):
            other.display = False
        note = self.query_one('#too-long', Static)
        note.display = draft.too_long and self.area is None
        if note.display:
            note.update(_too_long_text(draft))
            self.set_focus(None)
        elif (area := self.area) is not None:
            area.display = True
            area.focus()
        else:
            area = CodeArea(draft.text, is_json=draft.is_json, numbers=True, id=f'item-{self.drafts.position}')
            if draft.changed:
                area.loaded = draft.original
            self.query_one('#box').mount(area, before='#problem')
            area.focus()
        self._say('Line ends other than newlines become newlines here' if draft.loses_line_ends else '', quiet=True)
        self._draw_items()

    def _draw_items(self) -> None:
        self.query_one('#items', Bar).show(list(_item_parts(self.drafts)))

    def _say(self, text: str, *, quiet: bool = False) -> None:
        label = self.query_one('#problem', Static)
        label.display = bool(text)
        label.set_class(quiet, '-quiet')
        label.update(literal_lines(text, 800))

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        area = self.area
        if area is not None and event.text_area is area:
            self._take_typed(area)

    def _take_typed(self, area: CodeArea) -> None:
        draft = self.drafts.current
        # A text area may have made newlines of other line ends as it was loaded: that is no change.
        text = draft.original if area.text == area.loaded else area.text
        if text == draft.text:
            return
        self.drafts.type(text)
        self._asked_to_leave = False
        area.mark_problem(None, None)
        if self.drafts.sent is None and not self.gone:
            self._say('')
        self._draw_items()

    def _after_typing(self, act: Callable[[], None]) -> None:
        """Act on what was typed before, which the area may not have told of yet."""
        area = self.area

        def take_and_act() -> None:
            if area is not None and area is self.area:
                self._take_typed(area)
            act()

        self.after_typing(area, take_and_act)

    def action_step(self, by: int) -> None:
        self._after_typing(lambda: self._step(by))

    def _step(self, by: int) -> None:
        self.drafts.move(by)
        self._show_item()

    def on_bar_clicked(self, event: Bar.Clicked) -> None:
        match event.command.partition(':'):
            case ('item', _, position):
                self.drafts.position = int(position)
                self._show_item()
            case ('apply', _, _):
                self.action_apply()
            case ('next', _, _):
                self.action_step(1)
            case ('editor', _, _):
                self.action_open_editor()
            case _:
                self.action_leave()

    # Applying

    def action_apply(self) -> None:
        self._after_typing(self._apply)

    def _apply(self) -> None:
        """Send the item in view, unless it is no JSON."""
        draft = self.drafts.current
        if self.gone:
            self._say(GONE)
        elif self.drafts.sent is not None:
            self._say(f'{self.drafts.sent} is being checked', quiet=True)
        elif not draft.changed:
            self._say('Nothing is changed here', quiet=True)
        elif (problem := draft.problem) is not None:
            self._refuse(problem.message, problem.line, problem.column)
        else:
            self.drafts.sent = draft.item.name
            self.drafts.sent_text = draft.text
            self._say(f'checking {draft.item.name} …', quiet=True)
            self.post_message(self.CommandSent(Edit(self.run, self.call, draft.item.name, draft.text)))

    def _refuse(self, message: str, line: int | None, column: int | None) -> None:
        place = f'line {line}, column {column or 1}: ' if line is not None else ''
        self._say(f'Not applied. {place}{message}')
        if self.area is not None:
            self.area.mark_problem(line, column)

    @override
    def take_reply(self, event: ev.Event) -> None:
        if not isinstance(event, (ev.Edited, ev.EditRefused)) or self.drafts.sent != event.item:
            return
        if (event.run, event.call) != (self.run, self.call):
            return
        name = event.item
        if self.drafts.current.item.name != name:
            self.drafts.go_to(name)
            self._show_item()
        if isinstance(event, ev.EditRefused):
            self.drafts.sent = None
            self._refuse(event.message, event.line, event.column)
            return
        self.drafts.apply()
        if self.area is not None:
            self.area.loaded = self.drafts.current.original
        left = self.drafts.unsaved
        if not left:
            goes_on = 'ctrl+r runs it again with that' if self._failed else 'the run goes on with it'
            self.dismiss(f'{literal(name, 40)} is changed: {goes_on}')
        else:
            self._say(f'{name} is changed. Not applied yet: {", ".join(left)}', quiet=True)
            self._draw_items()

    @override
    def on_gone(self) -> None:
        self._say(GONE)

    # Leaving it, and the user's editor

    def action_open_editor(self) -> None:
        draft = self.drafts.current
        try:
            text = self.in_editor(draft.text, '.json' if draft.is_json else '.txt')
        except EditorFailed as failure:
            self._say(str(failure))
            return
        if text == draft.text:
            self._say('Nothing was changed in the editor', quiet=True)
            return
        area = self.area
        self.drafts.type(text)
        if area is None or self.drafts.current.too_long:
            if area is not None:
                area.remove()
            self._show_item()
        else:
            # As an edit, so that it can be undone.
            area.replace(text, (0, 0), area.document.end)
        problem = self.drafts.current.problem
        if problem is not None:
            self._refuse(problem.message, problem.line, problem.column)
        else:
            self._say('Changed in the editor; ctrl+s applies it', quiet=True)
        self._draw_items()

    def action_leave(self) -> None:
        self._after_typing(self._leave)

    def _leave(self) -> None:
        """Close; where something would be lost, only when asked twice."""
        unsaved = self.drafts.unsaved
        if not unsaved or self._asked_to_leave or self.gone:
            self.dismiss('')
            return
        self._asked_to_leave = True
        self._say(f'Not applied: {", ".join(unsaved)}. esc again throws it away, ctrl+s applies what is in view')


def _too_long_text(draft: ItemDraft) -> str:
    size = numbers.size(len(draft.text.encode('utf-8', 'surrogatepass')))
    state = 'It was changed there: ctrl+s applies it.' if draft.changed else 'ctrl+e opens it in $EDITOR.'
    return f'{size}: more than {MAX_LENGTH // 1024} KB are too much to be edited here. {state}'


def _item_parts(drafts: Drafts) -> Sequence[Part]:
    """The items as tabs: `*` for what is changed, `✓` for what was applied."""
    parts: list[Part] = []
    for position, draft in enumerate(drafts.items):
        mark = '*' if draft.changed else '✓' if draft.taken else ' '
        style: BarStyle = 'tab' if position == drafts.position else 'changed' if draft.changed else 'text'
        parts += [Part(f' {literal(draft.item.name, 30)}{mark}', style, f'item:{position}'), Part(' ')]
    return parts
