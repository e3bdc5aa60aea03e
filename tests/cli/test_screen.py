"""How the command line hands over to the screen, with a screen that is none: it starts, restarts and reports."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pydantic_ai_debug import tui
from pydantic_ai_debug.cli import main
from pydantic_ai_debug.protocol.events import Hello
from pydantic_ai_debug.recording import EventLog, place
from pydantic_ai_debug.session import Session, breakpoint_store
from pydantic_ai_debug.tui import probe

Screen = Callable[[Callable[[], Session], Session], int]
Shown = Callable[[Screen], None]


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Shown:
    """Puts a function in the place of the screen, as if on a terminal."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv('VIRTUAL_ENV', raising=False)
    monkeypatch.setattr(probe, 'terminal_problem', lambda: None)
    monkeypatch.setattr(place, 'recordings_directory', lambda: tmp_path / 'recordings')
    monkeypatch.setattr(breakpoint_store, 'store_path', lambda: tmp_path / 'breakpoints.json')

    def show(screen: Screen) -> None:
        monkeypatch.setattr(tui, 'run_session', lambda make, session, *_, **__: screen(make, session))

    return show


def test_the_script_is_started_before_the_screen_and_ended_after_it(shown: Shown, tmp_path: Path) -> None:
    (tmp_path / 'script.py').write_text('import time; time.sleep(60)')
    seen: list[Session] = []

    def screen(new_session: Callable[[], Session], session: Session) -> int:
        assert session.running
        seen.append(session)
        return 5

    shown(screen)

    assert main(['script.py']) == 5
    assert seen[0].wait(10)
    launch = seen[0].plan.launch
    assert (launch.stop_on_entry, launch.interactive, launch.stream) == (True, True, True)
    assert not seen[0].plan.own_stdin


def test_after_the_screen_it_says_where_the_recording_is(
    shown: Shown, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / 'script.py').write_text('')
    shown(lambda new_session, session: 0)
    assert main(['--record', 'kept.jsonl', 'script.py']) == 0
    assert capsys.readouterr().err == 'agent-debug: recorded in kept.jsonl\n'
    assert main(['--no-record', 'script.py']) == 0
    assert capsys.readouterr().err == ''


def test_each_restart_is_a_session_with_a_recording_of_its_own(shown: Shown, tmp_path: Path) -> None:
    (tmp_path / 'script.py').write_text('')
    sessions: list[Session] = []

    def screen(new_session: Callable[[], Session], session: Session) -> int:
        sessions.append(session)
        for _ in range(2):
            again = new_session()
            assert again.pid is None, 'the screen starts it'
            again.start()
            sessions.append(again)
        return 0

    shown(screen)
    assert main(['-c', '--record', 'run.jsonl', 'script.py']) == 0
    for session in sessions:
        assert session.wait(10)

    assert [session.log.path for session in sessions] == [Path('run.jsonl'), Path('run-2.jsonl'), Path('run-3.jsonl')]
    assert all(isinstance(EventLog.open(tmp_path / f'run{n}.jsonl').record(0).event, Hello) for n in ('', '-2', '-3'))
    assert len({session.pid for session in sessions}) == 3
    assert not sessions[0].plan.launch.stop_on_entry


def test_a_target_that_could_not_run_is_told_when_the_screen_is_gone(
    shown: Shown, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / 'script.py').write_text('x = (\n')

    def screen(new_session: Callable[[], Session], session: Session) -> int:
        assert session.wait(20)
        return 0

    shown(screen)

    assert main(['script.py']) == 2
    assert capfd.readouterr().err.endswith("SyntaxError: '(' was never closed\n")


def test_a_screen_that_fails_leaves_no_script_behind(shown: Shown, tmp_path: Path) -> None:
    (tmp_path / 'script.py').write_text('import time; time.sleep(60)')
    seen: list[Session] = []

    def screen(new_session: Callable[[], Session], session: Session) -> int:
        seen.append(session)
        raise RuntimeError('a fault of the screen')

    shown(screen)
    with pytest.raises(RuntimeError):
        main(['script.py'])

    assert seen[0].wait(10)


def test_a_recording_is_handed_to_the_screen(shown: Shown, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    EventLog.create(tmp_path / 'run.jsonl').append(['{"event":"exited","time":1,"code":0}'])
    hello = '{"seq":0,"event":"hello","time":0,"format":1,"python":"","pydantic_ai":"","target":"x","argv":[]}\n'
    (tmp_path / 'run.jsonl').write_text(hello)
    monkeypatch.setattr(tui, 'run_recording', lambda log: len(log))

    assert main(['run.jsonl']) == 1


def test_the_demo_runs_on_our_own_interpreter(shown: Shown, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv('VIRTUAL_ENV', str(tmp_path))
    (tmp_path / 'bin').mkdir()
    (tmp_path / 'bin' / 'python').symlink_to(sys.executable)
    plans: list[object] = []

    def screen(new_session: Callable[[], Session], session: Session) -> int:
        plans.append(session.plan)
        assert session.plan.python == sys.executable
        assert Path(session.plan.launch.target).is_file()
        return 0

    shown(screen)

    assert main(['--demo']) == 0
    assert plans


def test_secrets_are_shown_of_a_script_and_never_of_a_recording(
    shown: Shown, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / 'script.py').write_text('')
    told: list[bool] = []

    def screen(new_session: Callable[[], Session], session: Session) -> int:
        told.append(session.plan.launch.show_secrets)
        return 0

    shown(screen)
    assert main(['--no-record', '--show-secrets', 'script.py']) == 0
    assert main(['--no-record', 'script.py']) == 0
    assert told == [True, False]
    (tmp_path / 'run.jsonl').write_text('')
    assert main(['--show-secrets', 'run.jsonl']) == 2
    assert capsys.readouterr().err.endswith('run.jsonl is a recording, nothing runs: leave out --show-secrets\n')
