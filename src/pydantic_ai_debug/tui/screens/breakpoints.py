"""The list of breakpoints, in which they are added, changed, switched off and removed."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static
from typing_extensions import override

from pydantic_ai_debug.model.breakpoint_rows import parsed
from pydantic_ai_debug.protocol.breakpoints import Breakpoint, SpecError, parse_spec
from pydantic_ai_debug.tui.messages import FieldMessage
from pydantic_ai_debug.tui.present.breakpoint_text import EMPTY, breakpoint_line, grammar_help, marked_problem
from pydantic_ai_debug.tui.present.literal import literal
from pydantic_ai_debug.tui.widgets.bar import Bar, Part
from pydantic_ai_debug.tui.widgets.entry_list import EntryList

from .dialog import Dialog

_LIST_KEYS = (
    ('a', 'add', 'add'),
    ('space', 'on/off', 'switch'),
    ('enter', 'edit', 'edit'),
    ('o', 'once', 'once'),
    ('d', 'delete', 'delete'),
    ('esc', 'close', 'close'),
)
_FIELD_KEYS = (('enter', 'set', 'submit'), ('esc', 'back', 'close'))


class BreakpointsScreen(Dialog[None]):
    """Shows the list it is given, and asks for another one by `Changed`: what is drawn is what is in force."""

    DEFAULT_CSS = """
    BreakpointsScreen {
        .box {
            width: 84;
        }
        Static { width: 1fr; height: auto; }
        #empty { color: $text-muted; padding: 0 1; }
        .-none { display: none; }
        #field, #problem, #grammar { display: none; }
        #grammar { margin-top: 1; }
        Input { border: none; height: 1; padding: 0; background: $foreground 8%; }
        Input:focus { border: none; background: $primary 20%; }
        Bar { margin-top: 1; background: $surface; }
        &.-typing EntryList, &.-typing #empty { display: none; }
        &.-typing #field, &.-typing #problem, &.-typing #grammar { display: block; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        # Before the list sees it: what is typed right after is meant for the field, and would wait in the list's queue.
        Binding('a', 'add', 'Add', show=False, priority=True),
        Binding('space', 'switch', 'On or off', show=False),
        Binding('d,delete', 'delete', 'Delete', show=False),
        Binding('o', 'once', 'Once', show=False),
        Binding('escape', 'close', 'Close', show=False),
        Binding('q,B', 'close', 'Close', show=False),
    ]
    AUTO_FOCUS: ClassVar[str | None] = 'EntryList'

    class Changed(FieldMessage):
        """The user wants these breakpoints."""

        breakpoints: tuple[Breakpoint, ...]

    def __init__(self, breakpoints: tuple[Breakpoint, ...]) -> None:
        super().__init__()
        self._breakpoints = breakpoints
        self._edited: Breakpoint | None = None
        """The entry that is being changed; None where one is added."""

    def compose(self) -> ComposeResult:
        with Vertical(classes='box') as box:
            box.border_title = 'Breakpoints'
            yield EntryList()
            yield Static(EMPTY, id='empty', markup=False)
            yield Input(id='field', placeholder='where to stop, such as tool:get_weather if args["city"] == "Paris"')
            yield Static('', id='problem', markup=False)
            yield Static(grammar_help(), id='grammar')
            yield Bar(id='list-keys')

    def on_mount(self) -> None:
        self.show(self._breakpoints)
        self._type(False)

    def show(self, breakpoints: tuple[Breakpoint, ...]) -> None:
        """Draw the breakpoints that are in force now."""
        self._breakpoints = breakpoints
        for entries in self.query(EntryList):
            entries.show([breakpoint_line(entry) for entry in breakpoints])
            entries.set_class(not breakpoints, '-none')
            self.query_one('#empty').set_class(bool(breakpoints), '-none')
            if not self.has_class('-typing'):
                self.set_focus(entries if breakpoints else None)

    @property
    def _selected(self) -> Breakpoint | None:
        index = self.query_one(EntryList).highlighted
        return self._breakpoints[index] if index is not None and index < len(self._breakpoints) else None

    def _ask_for(self, breakpoints: tuple[Breakpoint, ...]) -> None:
        # Further keys start from what was asked for, until the child has told what is in force.
        self.show(breakpoints)
        self.post_message(self.Changed(breakpoints))

    def _replace(self, entry: Breakpoint, by: Breakpoint | None) -> None:
        """Ask for a list with an entry changed, or taken out."""
        position = self._breakpoints.index(entry)
        rest = self._breakpoints[position + 1 :]
        self._ask_for((*self._breakpoints[:position], *((by,) if by is not None else ()), *rest))

    # The list

    def action_switch(self) -> None:
        if (entry := self._selected) is not None:
            self._replace(entry, replace(entry, enabled=not entry.enabled))

    def action_delete(self) -> None:
        if (entry := self._selected) is not None:
            self._replace(entry, None)

    def action_once(self) -> None:
        entry = self._selected
        spec = parsed(entry.spec) if entry is not None else None
        if entry is not None and spec is not None:
            self._replace(entry, replace(entry, spec=str(replace(spec, once=not spec.once))))

    @override
    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """In the field, `a` is a letter."""
        return not (action == 'add' and self.has_class('-typing'))

    def action_add(self) -> None:
        self._edited = None
        self._type(True)

    def action_edit(self) -> None:
        if (entry := self._selected) is not None:
            self._edited = entry
            self._type(True, entry.spec)

    def on_option_list_option_selected(self) -> None:
        self.action_edit()

    def on_entry_list_mark_clicked(self, event: EntryList.MarkClicked) -> None:
        self.action_switch()

    # The field

    def _type(self, typing: bool, spec: str = '') -> None:
        """Open the field, or leave it."""
        self.set_class(typing, '-typing')
        field, entries = self.query_one('#field', Input), self.query_one(EntryList)
        self.query_one('#problem', Static).update('')
        box = self.query_one(Vertical)
        box.border_title = 'Breakpoints' if not typing else 'Change a breakpoint' if spec else 'Add a breakpoint'
        if typing:
            field.value = spec
            self.set_focus(field)
        else:
            self.set_focus(entries if self._breakpoints else None)
        keys = _FIELD_KEYS if typing else _LIST_KEYS if self._breakpoints else (_LIST_KEYS[0], _LIST_KEYS[-1])
        parts = [(Part(key, 'key', command), Part(f' {label}  ', 'dim', command)) for key, label, command in keys]
        self.query_one('#list-keys', Bar).show([part for pair in parts for part in pair])

    def on_input_changed(self) -> None:
        self.query_one('#problem', Static).update('')

    def on_input_submitted(self) -> None:
        """Take what was typed, or say under the place what is wrong with it."""
        field = self.query_one('#field', Input)
        try:
            spec = str(parse_spec(field.value.strip()))
        except SpecError as error:
            lead = len(field.value) - len(field.value.lstrip())
            field.cursor_position = min(error.position + lead, len(field.value))
            # Under the place, as far as a long line is scrolled.
            problem = marked_problem(error, max(int(field.scroll_offset.x) - lead, -lead))
            self.query_one('#problem', Static).update(problem)
            return
        others = [entry.spec for entry in self._breakpoints if entry != self._edited]
        if spec in others:
            self.query_one('#problem', Static).update(literal(f'{spec} is in the list already'))
            return
        if self._edited is None or self._edited not in self._breakpoints:
            self._ask_for((*self._breakpoints, Breakpoint(spec)))
            self.query_one(EntryList).highlighted = len(self._breakpoints) - 1
        else:
            self._replace(self._edited, replace(self._edited, spec=spec))
        self._type(False)

    def action_submit(self) -> None:
        self.on_input_submitted()

    def action_close(self) -> None:
        """Leave the field, or the list."""
        if self.has_class('-typing'):
            self._type(False)
        else:
            self.dismiss()

    async def on_bar_clicked(self, event: Bar.Clicked) -> None:
        event.stop()
        await self.run_action(event.command)
