"""The command line's grammar: which options there are, and where the script's own arguments begin."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from pydantic_ai_debug import __version__
from pydantic_ai_debug.export.formats import FORMATS, FormatName

from .errors import PROGRAM, UsageError

_DESCRIPTION = """\
Step a pydantic-ai agent's graph node by node, in the terminal. The script runs unmodified, in a
process of its own; everything after TARGET belongs to it."""

_EPILOG = """\
examples:
  agent-debug --demo                              see what it does: no key, no network
  agent-debug script.py --city Paris              step every agent run of a script
  agent-debug -p 'Hello' package.module:agent     step one agent on a prompt
  agent-debug --headless script.py > run.jsonl    record without a screen
  agent-debug run.jsonl                           look at it afterwards
  agent-debug run.jsonl --export html -o run.html show it to somebody else
  agent-debug --recordings                        find what was recorded before"""


class Options(NamedTuple):
    """A command line that was understood, as far as that can be without looking at any file."""

    target: str | None
    module: bool
    """Whether `target` is the name of a module to run as `python -m` does."""
    demo: bool
    argv: tuple[str, ...]
    """What follows the target: the script's own."""
    prompt: str | None
    deps: str | None
    model: str | None
    breakpoints: tuple[str, ...]
    """SPECs, not yet looked at."""
    go_on: bool
    """Whether the first node is not stopped at."""
    record: Path | None
    no_record: bool
    headless: bool
    stream: bool | None
    python: str | None
    show_secrets: bool
    hints: bool
    restart_on_change: bool
    keep_deps: bool
    """Whether a run that goes back keeps its deps as they are."""
    export: FormatName | None
    output: Path | None
    """Where the export goes; None for standard output."""
    run: str | None
    """The one run that is exported."""
    compare: Path | None
    """A recording to show beside the target."""
    recordings: bool
    """Whether the kept recordings are listed."""
    replay: Path | None
    replay_tools: bool


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f'{message} (see {PROGRAM} --help)')


def build_parser() -> argparse.ArgumentParser:
    """The parser of our own options; its help shows all of the command line."""
    parser = _Parser(
        prog=PROGRAM,
        usage=f'{PROGRAM} [OPTIONS] TARGET [ARGS...]',
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=lambda prog: argparse.RawDescriptionHelpFormatter(prog, max_help_position=30, width=100),
        add_help=False,
        allow_abbrev=False,
    )
    _add_targets(parser)
    run = parser.add_argument_group('what is run')
    run.add_argument('-p', '--prompt', metavar='TEXT', help='prompt for an agent opened by name')
    run.add_argument(
        '--deps',
        metavar='EXPR',
        help="Python expression, evaluated in the target's namespace, for the agent's deps: "
        'a value, a callable, an awaitable, a context manager',
    )
    run.add_argument(
        '--model',
        metavar='NAME',
        help="replaces the model of every run ('test' needs no key; an Agent(...) that looks for one itself"
        ' needs defer_model_check=True)',
    )
    run.add_argument(
        '-b',
        '--break',
        dest='breakpoints',
        metavar='SPEC',
        action='append',
        default=[],
        help='a breakpoint from the start, repeatable: a node such as ModelRequestNode or End, tool:NAME, '
        'tool:NAME:after, run:AGENT, error, retry, deferral, result, text:REGEX, args:REGEX, budget:EXPR, repeat:N or '
        "watch:EXPR; before it AGENT/, after it 'if CONDITION', 'xN', 'once', 'log TEXT'",
    )
    run.add_argument('-c', '--continue', dest='go_on', action='store_true', help='do not stop at the first node')
    run.add_argument(
        '--stream',
        action=argparse.BooleanOptionalAction,
        help='stream the requests that the script does not, to show their deltas, where the model is a real '
        "provider's (default: on the screen yes, with --headless no)",
    )
    run.add_argument(
        '--python',
        metavar='PATH',
        help='interpreter that runs the script (default: the active virtual environment, '
        "else the nearest .venv above the script, else agent-debug's own)",
    )
    run.add_argument(
        '--replay',
        metavar='RECORDING',
        type=Path,
        help='answer model requests from a recording: no key, no network; stops where a request differs from the recorded one',
    )
    run.add_argument(
        '--replay-tools',
        action='store_true',
        help='with --replay: answer function tools from it as well, where name and arguments are the same',
    )
    run.add_argument(
        '--restart-on-change',
        action='store_true',
        help="on the screen: restart when a Python file under the script's folder changes",
    )
    run.add_argument(
        '--keep-deps', action='store_true', help='going back leaves the deps as they are, instead of putting them back'
    )
    outcome = parser.add_argument_group('what comes of it')
    recording = outcome.add_mutually_exclusive_group()
    recording.add_argument(
        '--record',
        metavar='FILE',
        type=Path,
        help="where the session's recording goes (default: a file in the user's state directory)",
    )
    recording.add_argument('--no-record', action='store_true', help='keep no recording')
    outcome.add_argument(
        '--headless',
        action='store_true',
        help="no screen: run to the end, write one JSON event a line to stdout, exit with the script's exit code",
    )
    outcome.add_argument(
        '--show-secrets',
        action='store_true',
        help='show keys, tokens, passwords and the like on the screen instead of ••••••••; a recording never holds them',
    )
    outcome.add_argument(
        '--no-hints', dest='hints', action='store_false', help='tell nothing of traps of pydantic-ai that a run meets'
    )
    export = parser.add_argument_group('a recording as something else (these may also follow it)')
    export.add_argument(
        '--export',
        metavar='FORMAT',
        choices=[row.name for row in FORMATS],
        help=f'write it as {", ".join(row.name for row in FORMATS)}, and open no screen',
    )
    export.add_argument(
        '-o',
        '--output',
        metavar='FILE',
        type=Path,
        help='where to (default: standard output); a file there is replaced',
    )
    export.add_argument(
        '--run', metavar='ID', help='only this run, such as r2, with those inside it (default: all; for json, the last)'
    )
    export.add_argument(
        '--compare',
        metavar='FILE',
        type=Path,
        help='show another recording beside it: the first difference, messages, tool calls, usage, output',
    )
    about = parser.add_argument_group('about')
    about.add_argument('--version', action='version', version=f'{PROGRAM} {__version__}')
    about.add_argument('-h', '--help', action='help', help='show this')
    return parser


def _add_targets(parser: argparse.ArgumentParser) -> None:
    """The kinds of targets. Positional ones are here for the help alone: `parse` takes them out before."""
    targets = parser.add_argument_group('TARGET')
    targets.add_argument('script.py', nargs='?', help='runs the script; every agent run it starts is stepped')
    targets.add_argument('-m', dest='module', metavar='package.module', help='the same, as python -m would')
    targets.add_argument(
        'script.py:agent, package.module:agent',
        nargs='?',
        help='imports it and runs that agent with --prompt, or asks for the prompt',
    )
    targets.add_argument('recording', nargs='?', help='opens a recording: everything can be looked at, nothing runs')
    targets.add_argument('--recordings', action='store_true', help='lists the recordings that are kept')
    targets.add_argument('--demo', action='store_true', help='runs a built-in agent: no key, no network')


def parse(arguments: list[str], *, ours_follow: bool = False) -> Options:
    """Understand a command line; `--help` and `--version` are answered here and end the program.

    Args:
        arguments: The command line without the program.
        ours_follow: Whether what follows the target is ours too, since the target is a recording.

    Raises:
        UsageError: where it makes no sense.
    """
    parser = build_parser()
    ours, target, argv = _split(parser, arguments)
    if ours_follow:
        more, first, rest = _split(parser, argv)
        ours, argv = [*ours, *more], [*([first] if first is not None else []), *rest]
    found = parser.parse_args(ours)
    if found.module is not None and not found.module:
        raise UsageError('-m needs the name of a module')
    target = found.module or target
    if found.demo and target is not None:
        raise UsageError(f'--demo takes no target: leave out {target}')
    if found.recordings and (target is not None or found.demo):
        raise UsageError(f'--recordings takes no target: leave out {target or "--demo"}')
    if not (found.demo or found.recordings) and target is None:
        raise UsageError(f'nothing to run: name a script, a module, an agent or a recording (see {PROGRAM} --help)')
    if found.show_secrets and found.headless:
        raise UsageError('--show-secrets is for the screen: events never hold secrets, leave it out with --headless')
    if found.restart_on_change and found.headless:
        raise UsageError('--restart-on-change is for the screen: leave it out with --headless')
    if found.keep_deps and found.headless:
        raise UsageError('--keep-deps is for the screen, where runs go back: leave it out with --headless')
    if found.replay_tools and found.replay is None:
        raise UsageError('--replay-tools says what is taken of a recording: name one with --replay')
    return Options(
        target=target,
        module=found.module is not None,
        demo=found.demo,
        argv=tuple(argv),
        prompt=found.prompt,
        deps=found.deps,
        model=found.model,
        breakpoints=tuple(found.breakpoints),
        go_on=found.go_on,
        record=found.record,
        no_record=found.no_record,
        headless=found.headless,
        stream=found.stream,
        python=found.python,
        show_secrets=found.show_secrets,
        hints=found.hints,
        restart_on_change=found.restart_on_change,
        keep_deps=found.keep_deps,
        export=found.export,
        output=found.output,
        run=found.run,
        compare=found.compare,
        recordings=found.recordings,
        replay=found.replay,
        replay_tools=found.replay_tools,
    )


def _split(parser: argparse.ArgumentParser, arguments: list[str]) -> tuple[list[str], str | None, list[str]]:
    """Cut a command line into our options, the target, and what belongs to the script.

    argparse can't be asked to stop at the target: it would look for options of ours among the script's arguments.
    """
    actions: dict[str, Any] = {name: action for action in parser._actions for name in action.option_strings}  # pyright: ignore[reportPrivateUsage]
    position = 0
    while position < len(arguments):
        argument = arguments[position]
        if argument == '--':
            rest = arguments[position + 1 :]
            return arguments[:position], rest[0] if rest else None, rest[1:]
        if not argument.startswith('-') or argument == '-':
            return arguments[:position], argument, arguments[position + 1 :]
        position += 1
        takes_next, is_module = _takes_next(argument, actions)
        if takes_next:
            position += 1
        if is_module:
            return arguments[:position], None, arguments[position:]
    return arguments, None, []


def _takes_next(argument: str, actions: dict[str, Any]) -> tuple[bool, bool]:
    """Whether an option's value is the argument after it, and whether it is `-m`, which ends our options."""
    if argument.startswith('--'):
        action = actions.get(argument)
        return action is not None and action.nargs is None, False
    for place, letter in enumerate(argument[1:], start=1):
        action = actions.get(f'-{letter}')
        if action is not None and action.nargs is None:
            return place == len(argument) - 1, letter == 'm'
    return False, False
