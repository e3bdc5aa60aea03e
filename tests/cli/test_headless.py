"""`--headless` on real scripts: what comes on standard output, and how it ends."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

Run = Callable[..., 'subprocess.CompletedProcess[str]']


def events_of(stdout: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stdout.splitlines()]


def printed(events: list[dict[str, Any]], stream: str = 'stdout') -> str:
    return ''.join(event['text'] for event in events if event['event'] == 'output' and event['stream'] == stream)


def write(tmp_path: Path, text: str, name: str = 'script.py') -> Path:
    path = tmp_path / name
    path.write_text(dedent(text))
    return path


def test_a_script_runs_to_its_own_exit_code_with_everything_on_stdout(run: Run, script: Path) -> None:
    done = run('--headless', 'script.py', '--city', 'Paris')
    events = events_of(done.stdout)

    assert done.returncode == 3
    assert done.stderr == ''
    assert [event['seq'] for event in events] == list(range(len(events)))
    assert events[0]['event'] == 'hello'
    assert events[0]['argv'] == ['--city', 'Paris']
    assert events[-1] == {'seq': len(events) - 1, 'event': 'exited', 'time': events[-1]['time'], 'code': 3}
    kinds = [event['kind'] for event in events if event['event'] == 'node_started']
    assert kinds == ['UserPromptNode', 'ModelRequestNode', 'CallToolsNode', 'ModelRequestNode', 'CallToolsNode']
    (tool,) = (event for event in events if event['event'] == 'tool_finished')
    assert (tool['tool'], tool['args'], tool['result']) == ('get_weather', {'city': 'a'}, 'sunny')
    (finished,) = (event for event in events if event['event'] == 'run_finished')
    assert finished['output'] == '{"get_weather":"sunny"}'
    assert printed(events) == 'asked [\'--city\', \'Paris\']\nlooking up a\n{"get_weather":"sunny"}\n'


def test_what_was_written_opens_as_a_recording_and_so_does_the_file_recorded(
    run: Run, script: Path, tmp_path: Path
) -> None:
    done = run('--headless', '--record', 'kept.jsonl', 'script.py')
    (tmp_path / 'piped.jsonl').write_text(done.stdout)

    assert (tmp_path / 'kept.jsonl').read_text() == done.stdout
    assert run('--headless', 'piped.jsonl').stdout == done.stdout
    cut = run('--headless', 'kept.jsonl')
    assert (cut.stdout, cut.stderr, cut.returncode) == (done.stdout, '', 0)


def test_a_recording_that_was_cut_is_shown_up_to_the_cut(run: Run, recorded: Path, tmp_path: Path) -> None:
    whole = recorded.read_text()
    (tmp_path / 'cut.jsonl').write_text(whole[: len(whole) // 2])

    done = run('--headless', 'cut.jsonl')

    assert done.returncode == 0
    assert whole.startswith(done.stdout)
    assert done.stdout
    assert done.stderr.startswith('agent-debug: cut.jsonl: the recording is cut off (line ')


def test_every_session_is_recorded_unless_told_otherwise(run: Run, script: Path, tmp_path: Path) -> None:
    done = run('--headless', 'script.py')
    run('--headless', '--no-record', 'script.py')

    (recording,) = tmp_path.rglob('script-*.jsonl')
    assert recording.read_text() == done.stdout
    assert recording.stat().st_mode & 0o777 == 0o600


def test_the_recordings_are_listed_as_a_table_where_there_is_no_terminal(run: Run, script: Path) -> None:
    assert run('--recordings').stdout == ''
    run('--headless', script.name, 'a\nb')

    for arguments in (['--recordings'], ['--recordings', '--headless']):
        listed = run(*arguments)
        assert listed.returncode == 0
        assert listed.stderr == ''
        heads, line = listed.stdout.splitlines()
        assert heads.split() == ['when', 'script', 'agent', 'ended', 'size', 'file']
        assert 'a�b' in line
        assert 'weather' in line
        assert 'exit code 3' in line
        path = Path(line.split('  ')[-1])
        assert path.name.startswith('script-')
        assert run('--headless', str(path)).returncode == 0


def test_a_state_directory_that_cannot_be_used_does_not_stop_the_script(
    run: Run, script: Path, environment: Mapping[str, str]
) -> None:
    Path(environment['XDG_STATE_HOME']).write_text('a file')

    done = run('--headless', 'script.py')

    assert done.returncode == 3
    assert done.stderr.startswith('agent-debug: cannot keep recordings in ')


def test_the_script_reads_our_standard_input(run: Run, tmp_path: Path) -> None:
    write(tmp_path, 'print(input("name? "), input())')

    events = events_of(run('--headless', 'script.py', stdin='Ada\nLovelace\n').stdout)

    assert printed(events) == 'name? Ada Lovelace\n'


def test_an_agent_is_run_by_name_on_a_prompt(run: Run, script: Path) -> None:
    for target in ('script.py:agent', 'script:agent'):
        done = run('--headless', '-p', 'Hello there', target)
        events = events_of(done.stdout)

        assert done.returncode == 0
        (started,) = (event for event in events if event['event'] == 'run_started')
        assert (started['agent'], started['prompt']) == ('weather', 'Hello there')
        assert 'asked' not in printed(events), 'the script is imported, not run'


def test_a_module_is_run_as_python_would(run: Run, tmp_path: Path) -> None:
    (tmp_path / 'package').mkdir()
    write(tmp_path, 'import sys; print(__name__, __package__, sys.argv[1:])', 'package/tool.py')

    done = run('--headless', '-m', 'package.tool', '-x')

    assert done.returncode == 0
    assert printed(events_of(done.stdout)) == "__main__ package ['-x']\n"


def test_a_traceback_is_the_scripts_own(run: Run, tmp_path: Path) -> None:
    write(tmp_path, 'def fail():\n    raise ValueError("no luck")\nfail()\n')

    done = run('--headless', 'script.py')
    stderr = printed(events_of(done.stdout), 'stderr')

    assert done.returncode == 1
    assert stderr.endswith('ValueError: no luck\n')
    assert 'pydantic_ai_debug' not in stderr


@pytest.mark.parametrize(
    ('name', 'text', 'arguments', 'problem'),
    [
        ('script.py', 'x = (\n', ['script.py'], "SyntaxError: '(' was never closed"),
        ('script.py', 'x = 1\n', ['-m', 'no_such_module'], 'no_such_module'),
        ('script.py', 'x = 1\n', ['-p', 'hi', 'no_such_module:agent'], 'no_such_module'),
        ('script.py', 'x = 1\n', ['-p', 'hi', 'script.py:agent'], 'agent'),
        ('script.py', 'agent = 1\n', ['-p', 'hi', 'script.py:agent'], 'agent'),
        ('script.py', 'x = 1\n', ['--python', 'false', 'script.py'], 'could not start the script'),
    ],
)
def test_a_target_that_cannot_run_is_told_and_ends_with_2(
    run: Run, tmp_path: Path, name: str, text: str, arguments: list[str], problem: str
) -> None:
    write(tmp_path, text, name)

    done = run('--headless', *arguments)

    assert done.returncode == 2
    assert problem in done.stderr
    assert 'Traceback' not in done.stderr
    assert [event['event'] for event in events_of(done.stdout)][-1] == 'exited'


def test_a_script_ended_by_a_signal_ends_us_by_the_same(run: Run, tmp_path: Path) -> None:
    for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGABRT):
        write(tmp_path, f'import os; os.kill(os.getpid(), {int(number)})')

        done = run('--headless', 'script.py')

        assert done.returncode == -number
        assert events_of(done.stdout)[-1]['code'] == -number
        assert not list(tmp_path.glob('core*'))


class Live:
    """`agent-debug --headless` on a script that goes on until it is told to end."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[dict[str, Any]] = []

    def read_event(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, 'the events ended'
        self.lines.append(json.loads(line))
        return self.lines[-1]

    def read_until(self, text: str) -> None:
        while text not in printed(self.lines):
            self.read_event()

    def rest(self) -> list[dict[str, Any]]:
        assert self.process.stdout is not None
        self.lines += events_of(self.process.stdout.read())
        return self.lines


@pytest.fixture
def live(tmp_path: Path, environment: Mapping[str, str]) -> Any:
    started: list[subprocess.Popen[str]] = []

    def start(text: str, target: str = 'script.py') -> Live:
        write(tmp_path, text)
        process = subprocess.Popen(
            [sys.executable, '-m', 'pydantic_ai_debug', '--headless', '--no-record', target],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            env=dict(environment),
        )
        started.append(process)
        return Live(process)

    yield start
    for process in started:
        process.kill()
        with process:
            pass


def test_the_demo_runs_without_a_key_as_its_events_come(live: Callable[..., Live]) -> None:
    session = live('', '--demo')
    event = session.read_event()
    while event['event'] != 'stream':
        event = session.read_event()

    assert session.process.poll() is None, 'deltas are written while the model still answers'


def test_ctrl_c_interrupts_the_script_as_under_plain_python(live: Callable[[str], Live]) -> None:
    session = live("""
        import time
        print('ready', flush=True)
        try:
            time.sleep(60)
        finally:
            print('cleaned up', flush=True)
    """)
    session.read_until('ready')
    session.process.send_signal(signal.SIGINT)
    events = session.rest()

    assert session.process.wait(20) == -signal.SIGINT
    assert 'cleaned up' in printed(events)
    assert 'KeyboardInterrupt' in printed(events, 'stderr')


def test_a_script_that_handles_ctrl_c_decides_its_own_end(live: Callable[[str], Live]) -> None:
    session = live("""
        import time
        print('ready', flush=True)
        try:
            time.sleep(60)
        except KeyboardInterrupt:
            print('handled')
            raise SystemExit(7)
    """)
    session.read_until('ready')
    session.process.send_signal(signal.SIGINT)

    assert 'handled' in printed(session.rest())
    assert session.process.wait(20) == 7


def test_sigterm_goes_to_the_script(live: Callable[[str], Live]) -> None:
    session = live("import time; print('ready', flush=True); time.sleep(60)")
    session.read_until('ready')
    session.process.terminate()

    assert session.rest()[-1]['code'] == -signal.SIGTERM
    assert session.process.wait(20) == -signal.SIGTERM


def test_the_script_ends_when_we_are_killed(live: Callable[[str], Live]) -> None:
    session = live('import os, time; print(os.getpid(), flush=True); time.sleep(60)')
    session.read_until('\n')
    pid = int(printed(session.lines))
    session.process.kill()

    deadline = time.monotonic() + 10
    while _exists(pid):
        assert time.monotonic() < deadline, 'the script lives on'
        time.sleep(0.01)


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f'/proc/{pid}/stat')
    return not (stat.exists() and stat.read_text().rpartition(')')[2].split()[0] == 'Z')


def test_a_reader_that_goes_away_ends_us_quietly(live: Callable[[str], Live]) -> None:
    session = live("""
        import time
        while True:
            print('again', flush=True)
            time.sleep(0.001)
    """)
    session.read_until('again')
    assert session.process.stdout is not None
    assert session.process.stderr is not None
    session.process.stdout.close()

    assert session.process.wait(20) == -signal.SIGPIPE
    assert session.process.stderr.read() == ''


def test_a_reader_that_goes_away_from_a_recording_is_no_fault(
    tmp_path: Path, environment: Mapping[str, str], recorded: Path
) -> None:
    shutil.copy(recorded, tmp_path / 'run.jsonl')
    command = f'{sys.executable} -m pydantic_ai_debug --headless run.jsonl | head -n 1'

    done = subprocess.run(
        command, shell=True, cwd=tmp_path, env=dict(environment), capture_output=True, text=True, timeout=30
    )

    assert done.stdout.startswith('{"seq":0,"event":"hello"')
    assert done.stderr == ''


@pytest.mark.skipif(not Path('/dev/full').exists(), reason='needs /dev/full')
def test_output_that_cannot_be_written_does_not_stop_the_script(
    tmp_path: Path, environment: Mapping[str, str], script: Path
) -> None:
    command = [sys.executable, '-m', 'pydantic_ai_debug', '--headless', '--record', 'run.jsonl', 'script.py']
    with open('/dev/full', 'wb') as full:
        done = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, cwd=tmp_path, env=dict(environment), text=True, timeout=60
        )

    assert done.returncode == 3
    assert done.stderr == 'agent-debug: cannot write the events: No space left on device\n'
    assert json.loads((tmp_path / 'run.jsonl').read_text().splitlines()[-1])['event'] == 'exited'


def test_an_interpreter_without_pydantic_ai_is_told(run: Run, script: Path, tmp_path: Path) -> None:
    subprocess.run([sys.executable, '-m', 'venv', '--without-pip', tmp_path / 'bare'], check=True, timeout=60)

    done = run('--headless', '--python', 'bare', 'script.py')

    assert done.returncode == 2
    assert done.stderr.startswith(f'agent-debug: {tmp_path}/bare/bin/python has no pydantic-ai: ')
    assert done.stderr.count('\n') == 1
