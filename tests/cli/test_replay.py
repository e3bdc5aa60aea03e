"""`--replay` as its users run it."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

Run = Callable[..., 'subprocess.CompletedProcess[str]']


@pytest.fixture
def recording(recorded: Path, script: Path, tmp_path: Path) -> Path:
    """Of the script, which exits with 3, beside it."""
    return Path(shutil.copy(recorded, tmp_path))


def kinds(stdout: str) -> list[str]:
    return [json.loads(line)['event'] for line in stdout.splitlines()]


def test_a_script_replays_its_recording_and_leaves_nothing_behind(
    run: Run, script: Path, recording: Path, environment: Mapping[str, str]
) -> None:
    done = run('--headless', '--no-record', '--replay', recording.name, script.name)

    assert (done.returncode, done.stderr) == (3, '')
    assert kinds(done.stdout).count('reused') == 2
    new = {'reused', 'replay_switched', 'output', 'stream'}
    recorded = kinds(recording.read_text())
    assert [kind for kind in kinds(done.stdout) if kind not in new] == [kind for kind in recorded if kind not in new]
    assert not [*Path(environment['TMPDIR']).iterdir()]


@pytest.mark.parametrize(
    'target',
    [('-m', 'script'), ('-p', 'What is the weather?', 'script.py:agent')],
    ids=['a module', 'an agent by name'],
)
def test_every_kind_of_target_replays(run: Run, script: Path, recording: Path, target: tuple[str, ...]) -> None:
    done = run('--headless', '--no-record', '--replay', recording.name, *target)

    assert kinds(done.stdout).count('reused') == 2, done.stdout
    assert 'diverged' not in kinds(done.stdout)


def test_a_replay_may_be_recorded_over_what_it_replays(run: Run, script: Path, recording: Path) -> None:
    done = run('--headless', '--record', recording.name, '--replay', recording.name, script.name)

    assert done.returncode == 3
    assert recording.read_text() == done.stdout
    assert run('--headless', '--no-record', '--replay', recording.name, script.name).returncode == 3


def test_a_changed_prompt_ends_the_script_with_one_clear_error(run: Run, script: Path, recording: Path) -> None:
    script.write_text(script.read_text().replace('What is the weather?', 'What is the wether?'))

    done = run('--headless', '--no-record', '--replay', recording.name, script.name)

    assert done.returncode == 1
    assert 'diverged' in kinds(done.stdout)
    failed = next(json.loads(line) for line in done.stdout.splitlines() if '"script_failed"' in line)
    assert "agent 'weather' differs from the recorded one in its messages" in failed['error']['message']


HELLO = '{"seq":0,"event":"hello","time":0,"format":1,"python":"3","pydantic_ai":"1","target":"x","argv":[]}\n'


@pytest.mark.parametrize(
    ('content', 'problem'),
    [
        (None, 'cannot open it.jsonl: No such file or directory'),
        ('import sys\n', 'it.jsonl is not a recording of agent-debug'),
        (HELLO.replace('"format":1', '"format":99'), 'recorded by a newer agent-debug (format 99'),
        (HELLO + '{"seq":1,"eve', 'cannot replay it.jsonl: the recording is cut off'),
        (HELLO + '{"seq":1,"event":"run_st\x00}\n', 'cannot replay it.jsonl: line 2 is damaged'),
        (HELLO, 'cannot replay it.jsonl: no model has answered in it'),
    ],
)
def test_what_cannot_be_replayed_is_refused_in_a_line(
    run: Run, script: Path, tmp_path: Path, content: str | None, problem: str
) -> None:
    if content is not None:
        (tmp_path / 'it.jsonl').write_text(content)

    done = run('--headless', '--replay', 'it.jsonl', script.name)

    assert done.returncode == 2
    assert done.stdout == ''
    assert problem in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_recording_is_not_what_replays(run: Run, recording: Path) -> None:
    done = run('--headless', '--replay', recording.name, recording.name)

    assert (done.returncode, done.stdout) == (2, '')
    assert 'is a recording, nothing runs: leave out --replay' in done.stderr


def test_tools_are_replayed_only_with_a_recording(run: Run, script: Path) -> None:
    done = run('--headless', '--replay-tools', script.name)

    assert done.returncode == 2
    assert 'name one with --replay' in done.stderr


def test_replayed_tools_do_not_run(run: Run, script: Path, recording: Path) -> None:
    done = run('--headless', '--no-record', '--replay', recording.name, '--replay-tools', script.name)

    assert done.returncode == 3
    assert 'looking up' not in done.stdout
    assert kinds(done.stdout).count('reused') == 3
