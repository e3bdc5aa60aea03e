"""`--break`, and what is kept of a script: which breakpoints a session starts with."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pydantic_ai_debug import tui
from pydantic_ai_debug.cli import main
from pydantic_ai_debug.protocol.breakpoints import Breakpoint
from pydantic_ai_debug.protocol.commands import Launch
from pydantic_ai_debug.session import LaunchPlan, Session, breakpoint_store, headless
from pydantic_ai_debug.session.breakpoint_store import BreakpointStore
from pydantic_ai_debug.tui import probe

Run = Callable[..., 'subprocess.CompletedProcess[str]']
Start = Callable[..., tuple[Launch, dict[str, Any]]]


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Start:
    """Starts a session with a screen that is none, and gives what the child is told and what the screen gets."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(probe, 'terminal_problem', lambda: None)
    monkeypatch.setattr(breakpoint_store, 'store_path', lambda: tmp_path / 'breakpoints.json')
    (tmp_path / 'script.py').write_text('')
    seen: list[tuple[LaunchPlan, dict[str, Any]]] = []

    def screen(make: Callable[[], Session], session: Session, store: object, watched: Path | None, **rest: Any) -> int:
        seen.append((make().plan, {'store': store, 'watched': watched, **rest}))
        return 0

    def run_headless(session: Session) -> int:
        seen.append((session.plan, {}))
        return 0

    monkeypatch.setattr(tui, 'run_session', screen)
    monkeypatch.setattr(headless, 'run_headless', run_headless)

    def run(*arguments: str) -> tuple[Launch, dict[str, Any]]:
        assert main(['--no-record', *arguments]) == 0
        return seen[-1][0].launch, seen[-1][1]

    return run


def test_breakpoints_of_the_command_line_are_in_force_from_the_start(start: Start) -> None:
    launch, _ = start('-b', 'error', '--break', 'tool:x if  y', 'script.py')
    assert launch.breakpoints == (Breakpoint('error'), Breakpoint('tool:x if y'))
    assert launch.hints


def test_those_that_are_kept_of_a_script_come_first_and_a_restart_has_what_is_in_force_by_then(
    start: Start, tmp_path: Path
) -> None:
    kept = (Breakpoint('End', False), Breakpoint('error', False))
    BreakpointStore(str(tmp_path / 'script.py'), tmp_path / 'breakpoints.json').keep_breakpoints(kept)
    launch, given = start('-b', 'error', '-b', 'tool:x', 'script.py')
    assert launch.breakpoints == (Breakpoint('End', False), Breakpoint('error'), Breakpoint('tool:x'))
    given['store'].keep_breakpoints((Breakpoint('result'),))
    assert start('script.py')[0].breakpoints == (Breakpoint('result'),)
    assert start('-m', 'other.module')[0].breakpoints == ()


def test_without_a_screen_only_those_of_the_command_line_count(start: Start, tmp_path: Path) -> None:
    store = BreakpointStore(str(tmp_path / 'script.py'), tmp_path / 'breakpoints.json')
    store.keep_breakpoints((Breakpoint('End'),))
    assert start('--headless', '-b', 'error', 'script.py')[0].breakpoints == (Breakpoint('error'),)
    assert BreakpointStore(str(tmp_path / 'script.py'), tmp_path / 'breakpoints.json').breakpoints == store.breakpoints


def test_hints_are_turned_off_and_restarts_turned_on(start: Start, tmp_path: Path) -> None:
    launch, given = start('--no-hints', '--restart-on-change', 'script.py')
    assert not launch.hints
    assert given['restart_on_change']
    assert given['watched'] == tmp_path
    assert start('--demo')[1]['watched'] is None


def test_deps_are_kept_as_they_are_where_that_is_asked_for(start: Start) -> None:
    assert start('--keep-deps', 'script.py')[0].keep_deps
    assert not start('script.py')[0].keep_deps


@pytest.mark.parametrize(
    ('spec', 'marked'),
    [
        ('nowhere', '▸nowhere'),
        ('tool:x if (', 'tool:x if ▸('),
        ('', '▸'),
        ('repeat:1', 'repeat:▸1'),
    ],
)
def test_a_wrong_one_is_refused_in_one_line_that_marks_the_place(
    spec: str, marked: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'script.py').write_text('raise SystemExit(7)')
    assert main(['--headless', '-b', spec, 'script.py']) == 2
    line = capsys.readouterr().err
    assert line.count('\n') == 1
    assert line.rstrip().endswith(f'here: {marked}')


@pytest.mark.parametrize('option', [['--break', 'error'], ['--no-hints'], ['--restart-on-change'], ['--keep-deps']])
def test_a_recording_takes_none_of_these(
    option: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(probe, 'terminal_problem', lambda: None)
    (tmp_path / 'run.jsonl').write_text('')
    assert main([*option, str(tmp_path / 'run.jsonl')]) == 2
    assert f'is a recording, nothing runs: leave out {option[0]}' in capsys.readouterr().err


def test_the_help_names_the_kinds(run: Run) -> None:
    shown = ' '.join(run('--help').stdout.split())
    assert 'tool:NAME:after, run:AGENT, error, retry, deferral, result, text:REGEX' in shown
