"""What a session makes of a child: order, endings, commands, input. The children are real processes."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pydantic_ai_debug.protocol.commands import Continue, Leave
from pydantic_ai_debug.protocol.events import (
    Event,
    Exited,
    Fault,
    Hello,
    LaunchFailed,
    Output,
    PhaseChanged,
    RunFinished,
)
from pydantic_ai_debug.recording import EventLog, storage
from pydantic_ai_debug.session import LaunchError, Session

Events = Callable[[Session], 'list[Event]']
WaitForEvent = Callable[[Session, type], Event]
FakeSession = Callable[..., Session]


def text_of(found: list[Event], stream: str = 'stdout') -> str:
    return ''.join(event.text for event in found if isinstance(event, Output) and event.stream == stream)


def test_a_stream_begins_with_hello_and_ends_with_exited(fake_session: FakeSession, events: Events) -> None:
    session = fake_session("""
        hello()
        send('phase_changed', phase='running')
        say('hi')
        sys.exit(3)
    """)
    session.start()
    found = events(session)

    assert [type(event) for event in found] == [Hello, PhaseChanged, Output, Exited]
    assert found[-1] == Exited(3)
    assert session.returncode == 3
    assert not session.running
    assert session.launch_failure is None


def test_the_child_is_told_what_to_run_and_sees_our_environment(fake_session: FakeSession, events: Events) -> None:
    session = fake_session("""
        hello()
        print(json.dumps({'launch': launch, 'env': sorted(os.environ), 'sid': os.getsid(0) == os.getpid()}))
    """)
    session.start()
    told = json.loads(text_of(events(session)))

    assert told['launch']['command'] == 'launch'
    assert told['launch']['argv'] == ['--city', 'Paris']
    assert told['launch']['started'] == session.started
    # `readline`, which pytest imports, puts these two where a child finds them and `os.environ` does not.
    assert set(told['env']) - {'COLUMNS', 'LINES'} == set(os.environ)
    assert told['sid'], 'the child has a session of its own'


def test_output_before_the_hello_comes_after_it(fake_session: FakeSession, events: Events) -> None:
    session = fake_session("""
        say('early')
        say('warning', 2)
        time.sleep(0.2)
        hello()
    """)
    session.start()
    found = events(session)

    assert isinstance(found[0], Hello)
    assert text_of(found) == 'early\n'
    assert text_of(found, 'stderr') == 'warning\n'


def test_lines_have_no_size_limit(fake_session: FakeSession, events: Events) -> None:
    session = fake_session("""
        hello()
        send('run_finished', run='r1', output='x' * 5_000_000, usage={}, cost=None)
        print('y' * 3_000_000)
    """)
    session.start()
    found = events(session)

    finished = next(event for event in found if isinstance(event, RunFinished))
    assert finished.output == 'x' * 5_000_000
    assert text_of(found) == 'y' * 3_000_000 + '\n'


def test_what_is_no_event_becomes_a_fault_and_the_rest_goes_on(fake_session: FakeSession, events: Events) -> None:
    session = fake_session("""
        hello()
        send_raw(b'not json\\n{"event":"output"}\\n[]\\n\\xff\\xfe\\n' + b'[' * 100000 + b'\\n')
        run_finished('r1')
        send_raw(b'{"event":"cut in the mid')
    """)
    session.start()
    found = events(session)

    assert [type(event) for event in found] == [Hello, *[Fault] * 5, RunFinished, Fault, Exited]
    assert [json.loads(session.log.raw(seq))['seq'] for seq in range(len(found))] == list(range(len(found)))


def test_characters_are_not_torn_and_bytes_that_are_none_are_kept(fake_session: FakeSession, events: Events) -> None:
    session = fake_session("""
        hello()
        balloon = '🎈'.encode()
        for byte in balloon:
            os.write(1, bytes([byte]))
            time.sleep(0.01)
        os.write(1, b'\\xff\\n')
        os.write(1, balloon[:2])
    """)
    session.start()
    found = events(session)

    assert text_of(found) == '🎈\udcff\n\udcf0\udc9f'


def test_commands_reach_the_child_in_order(
    fake_session: FakeSession, events: Events, wait_for_event: WaitForEvent
) -> None:
    session = fake_session("""
        hello()
        print([json.loads(commands.readline())['command'] for _ in range(2)])
    """)
    session.start()
    wait_for_event(session, Hello)
    session.send(Continue())
    session.send(Leave())

    assert text_of(events(session)) == "['continue', 'leave']\n"


def test_nobody_waits_for_a_child_that_does_not_listen(fake_session: FakeSession, wait_for_event: WaitForEvent) -> None:
    session = fake_session('hello(); time.sleep(60)')
    session.start()
    wait_for_event(session, Hello)
    before = time.monotonic()
    for _ in range(20_000):
        session.send(Continue())
    session.write_stdin('x' * 1_000_000)

    assert time.monotonic() - before < 5


def test_a_child_that_is_gone_hears_nothing_and_nothing_fails(fake_session: FakeSession, events: Events) -> None:
    session = fake_session('hello()')
    session.start()
    events(session)

    session.send(Continue())
    session.write_stdin('hi\n')
    session.close_stdin()
    session.signal(signal.SIGINT)
    session.terminate()

    assert session.returncode == 0


def test_nothing_fails_before_the_start(fake_session: FakeSession) -> None:
    session = fake_session('hello()')

    session.send(Continue())
    session.write_stdin('hi\n')
    session.terminate()

    assert session.pid is None
    assert session.returncode is None
    assert not session.running


def test_the_script_reads_what_is_written_and_its_end(fake_session: FakeSession, events: Events) -> None:
    session = fake_session("""
        hello()
        print(sys.stdin.read())
    """)
    session.start()
    session.write_stdin('Zürich\n')
    session.write_stdin('x' * 300_000)
    session.close_stdin()

    assert text_of(events(session)) == 'Zürich\n' + 'x' * 300_000 + '\n'


def test_a_child_that_crashes_is_told_by_its_signal(fake_session: FakeSession, events: Events) -> None:
    session = fake_session("""
        hello()
        os.kill(os.getpid(), signal.SIGKILL)
    """)
    session.start()

    assert events(session)[-1] == Exited(-signal.SIGKILL)


def test_terminate_ends_the_script_and_what_it_started(
    fake_session: FakeSession, events: Events, wait_for_event: WaitForEvent
) -> None:
    session = fake_session("""
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        sleeper = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])
        hello()
        say(str(sleeper.pid))
        time.sleep(60)
    """)
    session.start()
    output = wait_for_event(session, Output)
    assert isinstance(output, Output)
    session.terminate()
    session.terminate()

    assert events(session)[-1] == Exited(-signal.SIGKILL)
    deadline = time.monotonic() + 5
    while _is_alive(int(output.text)) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not _is_alive(int(output.text))


def _is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits for its parent does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f'/proc/{pid}/stat')
    return not (stat.exists() and stat.read_text().rpartition(')')[2].split()[0] == 'Z')


def test_a_process_left_behind_does_not_keep_the_session_open(fake_session: FakeSession, events: Events) -> None:
    session = fake_session("""
        hello()
        say('last words')
        subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(20)'], start_new_session=True)
    """)
    before = time.monotonic()
    session.start()
    found = events(session)

    assert time.monotonic() - before < 10
    assert text_of(found) == 'last words\n'
    assert found[-1] == Exited(0)


def test_a_child_that_closes_its_end_is_still_heard_out(fake_session: FakeSession, events: Events) -> None:
    session = fake_session("""
        hello()
        commands.close()
        channel.close()
        time.sleep(0.1)
        say('still here')
    """)
    session.start()
    session.send(Continue())

    assert text_of(events(session)) == 'still here\n'


def test_an_interpreter_that_cannot_load_the_launcher_is_a_launch_failure(
    fake_session: FakeSession, events: Events
) -> None:
    session = fake_session("""
        sys.stderr.write('something odd\\n')
        raise ImportError('no socket for you')
    """)
    session.start()
    found = events(session)

    assert [type(event) for event in found] == [Hello, *[Output] * (len(found) - 3), LaunchFailed, Exited]
    assert session.launch_failure is not None
    assert session.launch_failure.endswith('(exit code 1): ImportError: no socket for you')
    hello = found[0]
    assert isinstance(hello, Hello)
    assert (hello.target, hello.argv, hello.pid) == ('script.py', (), session.pid)


def test_a_child_ended_before_it_began_is_no_launch_failure(fake_session: FakeSession, events: Events) -> None:
    session = fake_session('time.sleep(60)')
    session.start()
    session.terminate()
    found = events(session)

    assert [type(event) for event in found] == [Hello, Exited]
    assert session.launch_failure is None


def test_an_interpreter_that_does_not_exist_is_a_launch_error(fake_session: FakeSession) -> None:
    session = fake_session('', python='/no/such/python')

    with pytest.raises(LaunchError, match='cannot run /no/such/python: No such file'):
        session.start()


def test_a_target_that_cannot_run_is_remembered(fake_session: FakeSession, events: Events) -> None:
    session = fake_session("hello(); send('launch_failed', message='no agent'); sys.exit(2)")
    session.start()
    events(session)

    assert session.launch_failure == 'no agent'


def test_a_full_disk_becomes_a_fault_and_the_session_goes_on(
    fake_session: FakeSession, events: Events, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = EventLog.create(tmp_path / 'run.jsonl')
    pwrite = os.pwrite
    room = 400

    def fail_beyond(fd: int, data: memoryview, position: int) -> int:
        if position + len(data) > room and os.path.samestat(os.fstat(fd), (tmp_path / 'run.jsonl').stat()):
            raise OSError(28, 'No space left on device')
        return pwrite(fd, data, position)

    monkeypatch.setattr(storage.os, 'pwrite', fail_beyond)
    session = fake_session('hello()\nfor n in range(10): run_finished(str(n)); time.sleep(0.01)', log=log)
    session.start()
    found = events(session)

    assert sum(isinstance(event, RunFinished) for event in found) == 10
    (fault,) = (event for event in found if isinstance(event, Fault))
    assert 'No space left on device' in fault.message
    assert len(EventLog.open(tmp_path / 'run.jsonl')) < len(found)


def test_whoever_watches_is_told_of_every_growth_and_of_the_end(fake_session: FakeSession, events: Events) -> None:
    session = fake_session("hello(); say('hi')")
    seen: list[tuple[int, bool]] = []
    session.on_change = lambda: seen.append((len(session.log), session.running))
    session.start()
    found = events(session)
    deadline = time.monotonic() + 5
    while (not seen or seen[-1][1]) and time.monotonic() < deadline:
        time.sleep(0.001)

    assert seen[-1] == (len(found), False)
    assert seen == sorted(seen, key=lambda item: item[0])


def test_the_recording_is_whole_after_our_own_death(fake_session: FakeSession, tmp_path: Path) -> None:
    recording = tmp_path / 'run.jsonl'
    child = fake_session('hello()\nfor n in range(100000): run_finished(str(n)); time.sleep(0.0005)')
    program = f"""
import sys, time
from pathlib import Path
from pydantic_ai_debug.protocol.commands import Launch
from pydantic_ai_debug.recording import EventLog
from pydantic_ai_debug.session import LaunchPlan, Session
launch = Launch('script', 'script.py', None, (), 0.0, True, True)
session = Session(LaunchPlan(sys.executable, launch, 'script.py'), EventLog.create(Path({str(recording)!r})), Path({str(child._launcher)!r}))
session.start()
seen = 0
while True:
    if len(session.log) > seen:
        seen = len(session.log)
        print(seen, flush=True)
    time.sleep(0.001)
"""
    import subprocess

    with subprocess.Popen([sys.executable, '-c', program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        seen = 0
        while seen < 50:
            seen = int(parent.stdout.readline())
        parent.kill()
        rest = parent.stdout.read().split('\n')
    last_seen = max([seen, *(int(line) for line in rest if line)])

    assert len(EventLog.open(recording)) >= last_seen
