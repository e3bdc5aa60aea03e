"""The one table of what the user can do: bindings, palette, footer and the page of keys are all made from it.

A row says when it makes sense and, where it asks something of the child, which command of the protocol it sends. Rows
without `send` are done by the method `do_<name>` of the main screen. Knows the state, no widget.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from textual.binding import Binding

from pydantic_ai_debug.model.selectors import RowKey, changes_of, newest_row, waiting_stop
from pydantic_ai_debug.model.state import SessionState
from pydantic_ai_debug.protocol import commands as protocol

CommandGroup: TypeAlias = Literal['Run', 'Look', 'Session']


@dataclass(frozen=True)
class Situation:
    """What decides which commands make sense now."""

    state: SessionState
    selected: RowKey
    live: bool
    """Whether a script stands behind the state; False for a recording."""
    running: bool
    """Whether that script still runs."""
    following: bool
    """Whether the selection follows the newest row."""


Condition: TypeAlias = Callable[[Situation], 'str | None']
"""None where a command can be done; else why not, in words that say what would help."""


@dataclass(frozen=True)
class UserCommand:
    """One thing the user can do."""

    name: str
    keys: tuple[str, ...]
    """As Textual names keys; the first is the one that is shown."""
    label: str
    """One or two words for the footer."""
    help: str
    """A sentence for the page of keys and the palette."""
    group: CommandGroup
    footer: int | None = None
    """Rank in the footer, where the highest ranks go first when room is short; None keeps it out."""
    blocked: Condition = lambda _: None
    rare: bool = False
    """Whether the footer leaves it out while it can't be done, rather than greying it out."""
    for_scripts: bool = False
    """Whether it needs a script that runs, or can be run again: recordings do not offer it."""
    send: Callable[[Situation], protocol.Command] | None = None
    display: str = ''
    """How its keys are written in the footer, where that is not the first key's name."""

    @property
    def binding_id(self) -> str:
        return f'debug.{self.name}'


def waiting_run(situation: Situation) -> str | None:
    """The run a step is for: the selected one if it waits, else the one that stopped last."""
    runs = situation.state.runs
    selected = runs.get(situation.selected.run) if situation.selected.run is not None else None
    if selected is not None and selected.stops:
        return selected.id
    newest = newest_row(situation.state).run
    return newest if newest is not None and runs[newest].stops else None


def _step_blocked(situation: Situation) -> str | None:
    if not situation.running:
        return 'The script has ended: R restarts it'
    if situation.state.offered is not None:
        return 'No run is left to step: a starts one'
    if waiting_run(situation) is None:
        return 'Nothing waits at the moment: p pauses what runs'
    return None


def _pause_blocked(situation: Situation) -> str | None:
    if not situation.running:
        return 'The script has ended: R restarts it'
    runs = situation.state.runs.values()
    if situation.state.offered is not None or (runs and all(run.status != 'running' for run in runs)):
        return 'Nothing runs that could be paused'
    return None


def _hand_blocked(situation: Situation) -> str | None:
    if not situation.running:
        return 'The script has ended: R restarts it'
    if waiting_stop(situation.state, situation.selected) is None:
        return 'Nothing waits at the moment: p pauses what runs'
    return None


def _edit_blocked(situation: Situation) -> str | None:
    waiting = waiting_stop(situation.state, situation.selected)
    if waiting is not None and not waiting[1].edits and situation.running:
        return 'Nothing can be edited at this stop'
    return _hand_blocked(situation)


def _answer_blocked(situation: Situation) -> str | None:
    waiting = waiting_stop(situation.state, situation.selected)
    if waiting is not None and not waiting[1].answers and situation.running:
        return 'Tool calls and model requests can be answered: this stop is before neither'
    return _hand_blocked(situation)


def _retry_blocked(situation: Situation) -> str | None:
    waiting = waiting_stop(situation.state, situation.selected)
    if waiting is not None and not waiting[1].retries and situation.running:
        return 'Only what has failed can be run once more'
    return _hand_blocked(situation)


def _changes_blocked(situation: Situation) -> str | None:
    return None if changes_of(situation.state, situation.selected) else 'Nothing was edited or answered by hand here'


def _draft(situation: Situation) -> protocol.Command:
    waiting = waiting_stop(situation.state, situation.selected)
    assert waiting is not None, 'a blocked command is not sent'
    return protocol.Draft(waiting[0].id, waiting[1].call)


def _retry(situation: Situation) -> protocol.Command:
    waiting = waiting_stop(situation.state, situation.selected)
    assert waiting is not None, 'a blocked command is not sent'
    return protocol.Retry(waiting[0].id, waiting[1].call)


def _start_blocked(situation: Situation) -> str | None:
    if situation.running and situation.state.offered is not None:
        return None
    return 'Only a script that started no run of its own offers its agents'


def _follow_blocked(situation: Situation) -> str | None:
    return 'The selection follows the newest row already' if situation.following else None


def _step_over(situation: Situation) -> protocol.Command:
    run = waiting_run(situation)
    assert run is not None, 'a blocked command is not sent'
    return protocol.StepOver(run)


COMMANDS: tuple[UserCommand, ...] = (
    UserCommand(
        'step_over',
        ('n', 'space', 'f10'),
        'next',
        'Run this node, stop before the next',
        'Run',
        footer=1,
        blocked=_step_blocked,
        for_scripts=True,
        send=_step_over,
    ),
    UserCommand(
        'continue',
        ('c', 'f5'),
        'continue',
        'Let every waiting run go on to its end',
        'Run',
        footer=2,
        blocked=_step_blocked,
        for_scripts=True,
        send=lambda _: protocol.Continue(),
    ),
    UserCommand(
        'pause',
        ('p', 'f6'),
        'pause',
        'Stop what runs at its next boundary',
        'Run',
        footer=3,
        blocked=_pause_blocked,
        for_scripts=True,
        send=lambda _: protocol.Pause(None),
    ),
    UserCommand(
        'edit',
        ('e',),
        'edit',
        'Edit what is about to run, or what a tool returned',
        'Run',
        footer=4,
        blocked=_edit_blocked,
        for_scripts=True,
        send=_draft,
    ),
    UserCommand(
        'answer',
        ('x',),
        'answer',
        'Answer a tool call or a request by hand: it does not run',
        'Run',
        footer=4,
        blocked=_answer_blocked,
        rare=True,
        for_scripts=True,
    ),
    UserCommand(
        'retry',
        ('ctrl+r',),
        'retry',
        'Run once more what failed, as it was or was edited',
        'Run',
        footer=3,
        blocked=_retry_blocked,
        rare=True,
        for_scripts=True,
        send=_retry,
    ),
    UserCommand(
        'evaluate',
        ('exclamation_mark',),
        'eval',
        'Evaluate Python in the paused run',
        'Run',
        footer=5,
        for_scripts=True,
        display='!',
    ),
    UserCommand(
        'show_changes',
        ('E',),
        'edits',
        'Show edits and answers by hand of the selected row',
        'Look',
        footer=5,
        blocked=_changes_blocked,
        rare=True,
    ),
    UserCommand(
        'start_run',
        ('a',),
        'start a run',
        'Start a run of an agent that is offered',
        'Run',
        footer=4,
        blocked=_start_blocked,
        for_scripts=True,
        rare=True,
    ),
    UserCommand(
        'follow',
        ('f',),
        'follow',
        'Select the newest row and follow it',
        'Look',
        blocked=_follow_blocked,
    ),
    UserCommand('show_graph', ('1',), 'graph', 'Go to Graph', 'Look', display='1-6', footer=6),
    UserCommand('show_stream', ('2',), 'stream', 'Go to Stream', 'Look'),
    UserCommand('show_state', ('3',), 'state', 'Go to State', 'Look'),
    UserCommand('show_result', ('4',), 'result', 'Go to Result', 'Look'),
    UserCommand('show_request', ('5',), 'request', 'Show what exactly goes to the model', 'Look', footer=7),
    UserCommand('show_console', ('6',), 'console', "Show the script's output and input", 'Look', footer=8),
    UserCommand('next_pane', ('tab',), 'next pane', 'Move to the next pane', 'Look'),
    UserCommand('previous_pane', ('shift+tab',), 'previous pane', 'Move to the previous pane', 'Look'),
    UserCommand('zoom', ('z',), 'zoom', 'Give the focused pane the whole screen', 'Look', footer=10),
    UserCommand('type', ('enter',), 'type', 'In Console: type a line for the script', 'Look', for_scripts=True),
    UserCommand('back', ('escape',), 'back', 'Leave zoom, close Request or Console', 'Look'),
    UserCommand('down', ('j',), 'down', 'Down, like the arrow key', 'Look'),
    UserCommand('up', ('k',), 'up', 'Up, like the arrow key', 'Look'),
    UserCommand('search', ('slash',), 'search', 'Search the focused pane', 'Look', display='/', footer=9),
    UserCommand('copy', ('y',), 'copy', 'Copy the focused item', 'Look', footer=11),
    UserCommand(
        'restart',
        ('R',),
        'restart',
        'Start the script again, as it is on disk now',
        'Session',
        footer=5,
        for_scripts=True,
    ),
    UserCommand('help', ('question_mark', 'f1'), 'keys', 'Show the keys in force', 'Session', display='?', footer=0),
    UserCommand('quit', ('q',), 'quit', 'Quit; asks only while a run is live', 'Session', footer=0),
)

_BY_NAME = {command.name: command for command in COMMANDS}


def command_named(name: str) -> UserCommand:
    return _BY_NAME[name]


def offered_commands(live: bool) -> list[UserCommand]:
    """The commands that exist in this kind of session."""
    return [command for command in COMMANDS if live or not command.for_scripts]


def bindings() -> list[Binding]:
    """Textual's bindings for the whole table; all lead to one action."""
    return [
        Binding(
            ','.join(command.keys),
            f'command({command.name!r})',
            command.label,
            show=False,
            id=command.binding_id,
            tooltip=command.help,
        )
        for command in COMMANDS
    ]


_KEY_NAMES = {
    'slash': '/',
    'question_mark': '?',
    'exclamation_mark': '!',
    'shift+tab': 'shift+tab',
}


def key_name(key: str) -> str:
    """How a key of Textual's is written for people: `F10`, `?`, `space`."""
    if key in _KEY_NAMES:
        return _KEY_NAMES[key]
    return key.upper() if key[0] == 'f' and key[1:].isdigit() else key
