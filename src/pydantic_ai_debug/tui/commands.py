"""The one table of what the user can do: bindings, palette, footer and the page of keys are all made from it.

A row says when it makes sense and, where it asks something of the child, which command of the protocol it sends. Rows
without `send` are done by the method `do_<name>` of the main screen, else of the app or its dialogs. Knows the state,
no widget.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple, TypeAlias

from textual.binding import Binding

from pydantic_ai_debug.protocol import commands as protocol

from .changing import (
    answer_blocked,
    changes_blocked,
    divergence_blocked,
    draft,
    edit_blocked,
    go_live,
    go_live_said,
    recorded_blocked,
    replay_blocked,
    retry,
    retry_blocked,
    use_recorded,
)
from .rewinding import boundary_blocked, breakpoint_blocked, compare_blocked, selected_blocked
from .stepping import (
    Situation,
    go_on,
    pause,
    pause_blocked,
    pause_said,
    run_to,
    run_to_blocked,
    running_blocked,
    serialize_tools,
    step_blocked,
    step_into,
    step_out,
    step_over,
    toggle_blocked,
    toggle_breakpoint,
    toggle_said,
)

__all__ = [
    'COMMANDS',
    'CommandGroup',
    'Situation',
    'UserCommand',
    'bindings',
    'command_named',
    'has_its_keys',
    'key_name',
    'offered_commands',
]

CommandGroup: TypeAlias = Literal['Run', 'Look', 'Session']


Condition: TypeAlias = Callable[[Situation], 'str | None']
"""None where a command can be done; else why not, in words that say what would help."""


class UserCommand(NamedTuple):
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
    for_recordings: bool = False
    """Whether only recordings have it. Its keys may be those of rows for scripts."""
    send: Callable[[Situation], protocol.Command] | None = None
    goes_on: bool = False
    """Whether what waits goes on with it, to a stop that the selection goes along to."""
    said: Callable[[Situation], str] = lambda _: ''
    """What is said once it was sent, where the screen does not show it by itself."""
    display: str = ''
    """How its keys are written in the footer, where that is not the first key's name."""

    @property
    def binding_id(self) -> str:
        return f'debug.{self.name}'


def _start_blocked(situation: Situation) -> str | None:
    if not situation.running:
        return 'The script has ended: R starts it again'
    if situation.state.offered is not None:
        return None
    return 'Only a script that started no run of its own offers its agents'


def _no_more_blocked(situation: Situation) -> str | None:
    return None if situation.past else 'The recording ends here: N goes back, P plays it from the beginning'


def _follow_blocked(situation: Situation) -> str | None:
    return 'The selection follows the newest row already' if situation.following else None


_MOMENTS: tuple[UserCommand, ...] = (
    UserCommand(
        'next_moment',
        ('n', 'space', 'f10'),
        'next',
        'Go on to the next boundary of this run',
        'Run',
        footer=1,
        blocked=_no_more_blocked,
        for_recordings=True,
    ),
    UserCommand(
        'previous_moment',
        ('N',),
        'back',
        'Go back to the boundary before',
        'Run',
        footer=2,
        for_recordings=True,
    ),
    UserCommand(
        'inside',
        ('s', 'f11'),
        'into',
        'Go on to what comes next, also inside a node',
        'Run',
        footer=6,
        blocked=_no_more_blocked,
        for_recordings=True,
    ),
    UserCommand(
        'next_hit',
        ('c', 'f5'),
        'next break',
        'Go on to the next breakpoint, error, or the end',
        'Run',
        footer=4,
        blocked=_no_more_blocked,
        for_recordings=True,
    ),
    UserCommand(
        'previous_hit',
        ('C',),
        'last break',
        'Go back to the breakpoint or error before',
        'Run',
        footer=5,
        for_recordings=True,
    ),
    UserCommand(
        'to_row',
        ('t',),
        'to here',
        'Go to where the selected row is about to run',
        'Run',
        footer=13,
        for_recordings=True,
    ),
    UserCommand(
        'play',
        ('P',),
        'play',
        'Play on at the recorded pace, or pause',
        'Run',
        footer=3,
        for_recordings=True,
    ),
)
"""How one goes through a recording: with the keys that step a script."""

COMMANDS: tuple[UserCommand, ...] = (
    UserCommand(
        'step_over',
        ('n', 'space', 'f10'),
        'next',
        'Run this node, stop before the next; in a stream, at its next event',
        'Run',
        footer=1,
        blocked=step_blocked,
        for_scripts=True,
        send=step_over,
        goes_on=True,
    ),
    UserCommand(
        'step_into',
        ('s', 'f11'),
        'into',
        'Stop at the very next stop, also inside',
        'Run',
        footer=2,
        blocked=step_blocked,
        for_scripts=True,
        send=step_into,
        goes_on=True,
    ),
    UserCommand(
        'step_out',
        ('r', 'shift+f11'),
        'return',
        'Run to the end of this call or run',
        'Run',
        footer=5,
        blocked=step_blocked,
        for_scripts=True,
        send=step_out,
        goes_on=True,
    ),
    UserCommand(
        'continue',
        ('c', 'f5'),
        'continue',
        'Go on to a breakpoint or the end',
        'Run',
        footer=3,
        blocked=step_blocked,
        for_scripts=True,
        send=go_on,
        goes_on=True,
    ),
    UserCommand(
        'run_to',
        ('t',),
        'to here',
        'Run to the selected row',
        'Run',
        footer=13,
        blocked=run_to_blocked,
        for_scripts=True,
        send=run_to,
        goes_on=True,
    ),
    UserCommand(
        'pause',
        ('p', 'f6'),
        'pause',
        'Stop what runs as soon as it can be',
        'Run',
        footer=4,
        blocked=pause_blocked,
        for_scripts=True,
        send=pause,
        said=pause_said,
    ),
    UserCommand(
        'toggle_breakpoint',
        ('b', 'f9'),
        'break',
        'Break at the selected row, or no longer',
        'Run',
        footer=6,
        blocked=toggle_blocked,
        for_scripts=True,
        send=toggle_breakpoint,
        said=toggle_said,
    ),
    UserCommand(
        'breakpoints',
        ('B',),
        'breakpoints',
        'List, add and change breakpoints',
        'Run',
        for_scripts=True,
    ),
    UserCommand(
        'serialize_tools',
        ('S',),
        'tools in turn',
        'Tool calls in turn, or side by side',
        'Run',
        blocked=running_blocked,
        for_scripts=True,
        send=serialize_tools,
    ),
    UserCommand(
        'edit',
        ('e',),
        'edit',
        'Edit what is about to run, or what a tool returned',
        'Run',
        footer=4,
        blocked=edit_blocked,
        for_scripts=True,
        send=draft,
    ),
    UserCommand(
        'answer',
        ('x',),
        'answer',
        'Answer a tool call or a request by hand: it does not run',
        'Run',
        footer=4,
        blocked=answer_blocked,
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
        blocked=retry_blocked,
        rare=True,
        for_scripts=True,
        send=retry,
        goes_on=True,
    ),
    UserCommand(
        'rewind',
        ('u',),
        'rewind',
        'Go back before the selected node and try again',
        'Run',
        footer=5,
        blocked=selected_blocked,
        for_scripts=True,
    ),
    UserCommand(
        'previous_boundary',
        ('N',),
        'back',
        'Go back one node',
        'Run',
        blocked=boundary_blocked,
        for_scripts=True,
    ),
    UserCommand(
        'previous_breakpoint',
        ('C',),
        'back to break',
        'Go back to the breakpoint that was hit before',
        'Run',
        blocked=breakpoint_blocked,
        for_scripts=True,
    ),
    *_MOMENTS,
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
        'use_recorded',
        ('o',),
        'as recorded',
        'Answer a request as the recorded one was',
        'Run',
        footer=2,
        blocked=recorded_blocked,
        rare=True,
        for_scripts=True,
        send=use_recorded,
    ),
    UserCommand(
        'go_live',
        ('L',),
        'live',
        'Ask models from here on, not the recording',
        'Run',
        footer=6,
        blocked=replay_blocked,
        rare=True,
        for_scripts=True,
        send=go_live,
        said=go_live_said,
    ),
    UserCommand(
        'show_divergence',
        ('v',),
        'differs',
        'Compare a request with the recorded one',
        'Look',
        footer=3,
        blocked=divergence_blocked,
        rare=True,
    ),
    UserCommand(
        'show_changes',
        ('E',),
        'edits',
        'Show edits and answers by hand of the selected row',
        'Look',
        footer=5,
        blocked=changes_blocked,
        rare=True,
    ),
    UserCommand(
        'compare',
        ('d',),
        'compare',
        'Compare an undone branch with this one',
        'Look',
        footer=6,
        blocked=compare_blocked,
        rare=True,
    ),
    UserCommand(
        'start_run',
        ('a',),
        'start a run',
        'Start a run of an agent that is offered',
        'Run',
        footer=5,
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
    UserCommand('show_graph', ('1',), 'graph', 'Go to Graph', 'Look', display='1-6', footer=8),
    UserCommand('show_stream', ('2',), 'stream', 'Go to Stream', 'Look'),
    UserCommand('show_state', ('3',), 'state', 'Go to State', 'Look'),
    UserCommand('show_result', ('4',), 'result', 'Go to Result', 'Look'),
    UserCommand('show_request', ('5',), 'request', 'Show what exactly goes to the model', 'Look', footer=9),
    UserCommand('show_console', ('6',), 'console', "Show the script's output and input", 'Look', footer=10),
    UserCommand('next_pane', ('tab',), 'next pane', 'Move to the next pane', 'Look'),
    UserCommand('previous_pane', ('shift+tab',), 'previous pane', 'Move to the previous pane', 'Look'),
    UserCommand('zoom', ('z',), 'zoom', 'Give the focused pane the whole screen', 'Look', footer=12),
    UserCommand('type', ('enter',), 'type', 'In Console: type a line for the script', 'Look', for_scripts=True),
    UserCommand('back', ('escape',), 'back', 'Leave zoom, close Request or Console', 'Look'),
    UserCommand('down', ('j',), 'down', 'Down, like the arrow key', 'Look'),
    UserCommand('up', ('k',), 'up', 'Up, like the arrow key', 'Look'),
    UserCommand('search', ('slash',), 'search', 'Search the whole session', 'Look', display='/', footer=11),
    UserCommand('copy', ('y',), 'copy', 'Copy the focused item', 'Look', footer=14),
    UserCommand('hints', ('H',), 'hints', 'Show the traps that runs have met', 'Look'),
    UserCommand(
        'restart',
        ('R',),
        'restart',
        'Start the script again, as it is on disk now',
        'Session',
        footer=7,
        for_scripts=True,
    ),
    UserCommand(
        'watch_files',
        ('W',),
        'restart on change',
        'Restart when a source file changes',
        'Session',
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
    return [command for command in COMMANDS if not (command.for_recordings if live else command.for_scripts)]


_OTHERWISE_IN_RECORDINGS = frozenset(
    command.name
    for command in COMMANDS
    if command.for_scripts and any({*command.keys} & {*moment.keys} for moment in _MOMENTS)
)


def has_its_keys(command: UserCommand, live: bool) -> bool:
    """Whether the keys of a row are its own in this kind of session."""
    return not command.for_recordings if live else command.name not in _OTHERWISE_IN_RECORDINGS


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
    'shift+f11': 'shift+F11',
}


def key_name(key: str) -> str:
    """How a key of Textual's is written for people: `F10`, `?`, `space`."""
    if key in _KEY_NAMES:
        return _KEY_NAMES[key]
    return key.upper() if key[0] == 'f' and key[1:].isdigit() else key
