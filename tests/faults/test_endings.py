"""Children that are killed, or crash in C: all they reported is there, and how they ended is told."""

from __future__ import annotations

import os
import signal

import pytest

from pydantic_ai_debug.protocol.events import Exited, Hello, Stopped, Stream
from tests.debuggee.conftest import Child, StartChild

STREAMING = """
import asyncio, ctypes, os, resource, sys
from pydantic_ai import Agent
from pydantic_ai.models.function import FunctionModel

resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

async def words(messages, info):
    for number in range(50):
        yield f'word{number} '
    # Until the words have gone out, and somebody has seen them.
    await asyncio.to_thread(sys.stdin.readline)
    for number in range(50, 100):
        yield f'word{number} '
    match sys.argv[1]:
        case 'segfault':
            ctypes.string_at(0)
        case 'abort':
            os.abort()
        case 'exit':
            os._exit(7)
        case 'kill':
            os.kill(os.getpid(), 9)

agent = Agent(FunctionModel(stream_function=words))

async def main():
    async with agent.run_stream('x') as result:
        async for _ in result.stream_text(delta=True, debounce_by=None):
            pass

asyncio.run(main())
"""

ENDINGS = {'segfault': -signal.SIGSEGV, 'abort': -signal.SIGABRT, 'exit': 7, 'kill': -signal.SIGKILL}


def streamed(child: Child) -> str:
    pieces: list[str] = []
    for event in child.all(Stream):
        assert isinstance(event.data, dict)
        delta, part = event.data.get('delta'), event.data.get('part')
        pieces.append(delta['content_delta'] if delta else part['content'] if part else '')
    return ''.join(pieces)


@pytest.mark.parametrize('ending', ENDINGS)
def test_what_was_streamed_before_a_crash_is_there(start_child: StartChild, ending: str) -> None:
    child = start_child(STREAMING, ending)
    seen = ''
    while 'word49 ' not in seen:
        child.wait_for(Stream)
        seen = streamed(child)
    child.session.write_stdin('\n')
    found = child.finish()
    assert streamed(child).startswith(seen)
    assert found[-1] == Exited(ENDINGS[ending])


@pytest.mark.parametrize('number', [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM])
def test_a_child_that_is_killed_at_a_stop_is_told_by_the_signal(
    start_child: StartChild, number: signal.Signals
) -> None:
    child = start_child(
        'import resource; resource.setrlimit(resource.RLIMIT_CORE, (0, 0))\nfrom adder import *; adder.run_sync("x")',
        stop_on_entry=True,
    )
    child.wait_for(Stopped)
    (hello,) = child.all(Hello)
    os.kill(hello.pid, number)
    assert child.finish()[-1] == Exited(-number)
    child.session.terminate()
    assert child.session.returncode == -number
