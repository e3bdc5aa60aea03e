"""A recording that cannot be written, or that somebody else spoils, costs neither the run nor the screen."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from pydantic_ai_debug.protocol.codec import encode_event, numbered
from pydantic_ai_debug.protocol.events import FORMAT, Exited, Fault, Hello, Output, RunFinished, Stopped
from pydantic_ai_debug.recording import EventLog
from tests.debuggee.conftest import StartChild

PRINTS = """
import sys
for number in range(2000):
    print(f'{number:04}' + 'x' * 46)
sys.exit(5)
"""


def run_headless(
    *arguments: str, environment: Mapping[str, str], largest_file: int = resource.RLIM_INFINITY
) -> subprocess.CompletedProcess[bytes]:
    def limit_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))

    return subprocess.run(
        [sys.executable, '-m', 'pydantic_ai_debug', '--headless', *arguments],
        capture_output=True,
        env=dict(environment),
        timeout=60,
        check=False,
        preexec_fn=limit_files,
    )


def printed(lines: list[dict[str, object]]) -> str:
    return ''.join(str(line['text']) for line in lines if line['event'] == 'output' and line['stream'] == 'stdout')


def test_a_file_that_takes_no_more_costs_a_warning_and_no_event(tmp_path: Path, environment: Mapping[str, str]) -> None:
    script, recording = tmp_path / 'script.py', tmp_path / 'run.jsonl'
    script.write_text(PRINTS)
    ended = run_headless('--record', str(recording), str(script), environment=environment, largest_file=30_000)
    lines = [json.loads(line) for line in ended.stdout.splitlines()]
    assert ended.returncode == 5
    assert printed(lines) == ''.join(f'{number:04}{"x" * 46}\n' for number in range(2000))
    (warning,) = (line['message'] for line in lines if line['event'] == 'fault')
    assert str(recording) in warning
    assert 'the session goes on' in warning
    assert [line['seq'] for line in lines] == list(range(len(lines)))
    log = EventLog.open(recording)
    assert 0 < len(log) < len(lines)
    assert log.damage is None, 'what was written ends with a whole line'


def test_a_state_directory_that_cannot_be_used_costs_a_warning(tmp_path: Path, environment: Mapping[str, str]) -> None:
    (tmp_path / 'script.py').write_text('print("hi")')
    (tmp_path / 'file').write_text('')
    ended = run_headless(
        str(tmp_path / 'script.py'), environment={**environment, 'XDG_STATE_HOME': str(tmp_path / 'file')}
    )
    assert ended.returncode == 0
    assert printed([json.loads(line) for line in ended.stdout.splitlines()]) == 'hi\n'
    assert b'cannot keep recordings' in ended.stderr
    assert ended.stderr.count(b'\n') == 1


@pytest.mark.parametrize('spoil', ['truncated', 'deleted', 'overwritten'])
def test_a_recording_that_is_spoilt_meanwhile_costs_only_what_it_held(
    start_child: StartChild, tmp_path: Path, spoil: str
) -> None:
    recording = tmp_path / 'run.jsonl'
    child = start_child('from adder import *; adder.run_sync("x")', stop_on_entry=True, log=EventLog.create(recording))
    child.wait_for(Stopped)
    before = len(child.session.log)
    match spoil:
        case 'truncated':
            recording.write_bytes(recording.read_bytes()[:-20])
        case 'deleted':
            recording.unlink()
        case _:
            recording.write_bytes(b'\n' * recording.stat().st_size)
    from pydantic_ai_debug.protocol.commands import Continue

    child.send(Continue())
    records = list(child.session.log.records()) if child.finish() else []
    assert [record.seq for record in records] == list(range(len(child.session.log)))
    assert any(isinstance(record.event, RunFinished) for record in records[before:])
    assert not any(isinstance(record.event, Fault) for record in records[before:])
    spoilt = [record for record in records[:before] if isinstance(record.event, Fault)]
    assert len(spoilt) == {'truncated': 1, 'deleted': 0, 'overwritten': before}[spoil]


def test_a_damaged_recording_is_written_out_as_json_all_the_same(
    tmp_path: Path, environment: Mapping[str, str]
) -> None:
    events = [Hello(FORMAT, '3.11.0', '2.0.0', 'x.py', ()), *(Output('stdout', 'abc') for _ in range(4)), Exited(0)]
    lines = [numbered(encode_event(event, 0.5), seq).encode() for seq, event in enumerate(events)]
    lines[2] = lines[2].replace(b'abc', b'a\xffc')
    lines[3] = lines[3].replace(b'"abc"', b'"a"bc"')
    recording = tmp_path / 'run.jsonl'
    recording.write_bytes(b'\n'.join(lines) + b'\n')
    ended = run_headless(str(recording), environment=environment)
    written = ended.stdout.splitlines()
    assert ended.returncode == 0
    assert [json.loads(line.decode())['seq'] for line in written] == list(range(len(events)))
    assert [json.loads(line)['event'] for line in written] == ['hello', 'output', 'fault', 'fault', 'output', 'exited']
    assert [line for line in written if b'fault' not in line] == [lines[seq] for seq in (0, 1, 4, 5)]


def test_large_lines_are_not_kept_decoded() -> None:
    log = EventLog.create(None)
    log.append([encode_event(Output('stdout', 'x' * 800_000), 0.0) for _ in range(6)])
    for seq in range(6):
        assert log.record(seq).event == Output('stdout', 'x' * 800_000)
    assert list(log._decoded) == [4, 5]
    assert log.record(5) is log.record(5)
