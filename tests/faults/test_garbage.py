"""What comes from the other side may be anything: it costs its own line, and everything else goes on."""

from __future__ import annotations

import json

import pytest

from pydantic_ai_debug.protocol.commands import Continue
from pydantic_ai_debug.protocol.events import Exited, Fault, Hello, Output, RunFinished, Stopped
from pydantic_ai_debug.session import Session
from tests.debuggee.conftest import Child, StartChild
from tests.session.conftest import FakeSession, events, fake_session

__all__ = ['fake_session']


def send_raw(session: Session, data: bytes) -> None:
    assert session._reader is not None
    session._reader.put(session._reader.commands, data)


def faults(child: Child) -> list[str]:
    return [fault.message for fault in child.all(Fault)]


def test_commands_that_are_none_are_faults_and_the_script_goes_on(start_child: StartChild) -> None:
    child = start_child('from adder import *; print(adder.run_sync("x").output)', stop_on_entry=True)
    child.wait_for(Stopped)
    garbage = [
        b'no json',
        b'\xff\xfe\0',
        b'[]',
        b'{}',
        b'{"command":"launch_missiles"}',
        b'{"command":["step_over"]}',
        b'{"command":"step_over","run":5}',
        b'{"command":"step_over","run":' + b'9' * 5000 + b'}',
        b'{"command":"open_value","run":"r1","root":"elsewhere","path":[],"start":0}',
        b'[' * 100_000,
        b'',
        b'{"command":"' + b'x' * 100_000_000 + b'"}',
    ]
    for line in garbage:
        send_raw(child.session, line + b'\n')
    send_raw(child.session, b'{"command":"conti')
    send_raw(child.session, b'nue"}\n')
    child.wait_for(RunFinished)
    child.finish()
    assert child.stdout == 'adding\nthree it is\n'
    assert len(faults(child)) == len(garbage)
    assert all('a command was not understood' in fault and len(fault) < 1000 for fault in faults(child))


def test_a_program_that_writes_on_our_socket_costs_lines_of_its_own(start_child: StartChild) -> None:
    child = start_child(
        """
        import os, socket, stat
        def is_socket(fd):
            try:
                return stat.S_ISSOCK(os.fstat(fd).st_mode)
            except OSError:
                return False

        ours = [fd for fd in map(int, os.listdir('/dev/fd')) if fd > 2 and is_socket(fd)]
        for fd in ours:
            os.set_blocking(fd, True)
            try:
                os.write(fd, b'garbage\\n{"event":"half\\n\\xff\\n')
            except OSError:
                pass
        from adder import *
        print(adder.run_sync('x').output)
        """,
        stop_on_entry=True,
    )
    child.wait_for(Stopped)
    child.send(Continue())
    found = child.finish()
    assert child.stdout == 'adding\nthree it is\n'
    assert len(child.all(RunFinished)) == 1
    assert any('a line that is no event' in fault for fault in faults(child))
    assert isinstance(found[0], Hello)
    assert found[-1] == Exited(0)


LINES = {
    'endless number': b'{"event":"exited","time":' + b'9' * 5000 + b',"code":0}',
    'number too large for a time': b'{"event":"exited","time":' + b'9' * 400 + b',"code":0}',
    'time that is none': b'{"event":"output","time":"now","stream":"stdout","text":""}',
    'no name': b'{"event":null,"time":0}',
    'blanks': b'   ',
    'list': b'[1]',
    'nesting': b'{"event":' * 50_000,
    'bytes': b'\xff\xfe\x00',
    'answer without a number': b'{"event":"answered","time":0}',
    'answer with another': b'{"event":"answered","time":0,"number":"7"}',
}


@pytest.mark.parametrize('line', LINES.values(), ids=LINES)
def test_a_line_from_the_child_that_is_no_event_is_a_fault(fake_session: FakeSession, line: bytes) -> None:
    session = fake_session(f'hello(); send_raw({line!r} + b"\\n"); say("hi"); run_finished("r1")')
    session.start()
    found = events(session)
    assert sum(isinstance(event, Fault) for event in found) == 1
    assert sum(isinstance(event, RunFinished) for event in found) == 1
    assert any(isinstance(event, Output) for event in found)


def test_a_line_of_a_hundred_megabytes_is_kept_whole(fake_session: FakeSession) -> None:
    session = fake_session("hello(); send('run_finished', run='r1', output='x' * 100_000_000, usage={}, cost=None)")
    session.start()
    (finished,) = (event for event in events(session) if isinstance(event, RunFinished))
    assert isinstance(finished.output, str)
    assert len(finished.output) == 100_000_000


def test_a_line_that_says_another_place_stands_where_it_came(fake_session: FakeSession) -> None:
    session = fake_session('hello(); send("phase_changed", phase="running", seq=99); run_finished("r1")')
    session.start()
    events(session)
    assert [record.seq for record in session.log.records()] == list(range(len(session.log)))
    assert session.log.record(1).seq == 1


def test_the_end_in_the_middle_of_a_line_is_told(fake_session: FakeSession) -> None:
    session = fake_session('hello(); run_finished("r1"); send_raw(b"{" + b"x" * 10_000_000); os._exit(3)')
    session.start()
    *_, fault, end = events(session)
    assert isinstance(fault, Fault)
    assert 'cut off in the middle of an event of 10000001 bytes' in fault.message
    assert end == Exited(3)
    assert json.loads(session.log.raw(len(session.log) - 1))['code'] == 3
