"""Cancelling a run that waits at a stop is cancelling a run that is slow: the program notices no difference."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from pydantic_ai_debug.protocol.commands import Continue
from pydantic_ai_debug.protocol.events import Resumed, RunFailed, RunFinished, RunStarted, Stopped

from .conftest import StartChild

SLOW = """
    import asyncio, os, signal, sys
    import anyio
    from pydantic_ai import Agent
    from pydantic_ai.models.function import FunctionModel
    from pydantic_ai.models.test import TestModel

    async def sleeps(messages, info):
        if not alone:
            await asyncio.sleep(60)

    alone = len(sys.argv) > 1
    slow = Agent(TestModel() if alone else FunctionModel(sleeps), name='slow')

    def when_told(do):
        asyncio.get_running_loop().add_reader(0, lambda: sys.stdin.readline() and do())

    async def cancelled():
        try:
            await slow.run('x')
        except asyncio.CancelledError:
            print('cancelled')
            raise
        finally:
            print('cleaned up')
"""
"""A run that only ends by force: its model sleeps or, given an argument, the debugger holds it at its first stop."""

WAYS = {
    'asyncio.timeout': """
        async def main():
            try:
                async with asyncio.timeout(None) as scope:
                    when_told(lambda: scope.reschedule(0))
                    await cancelled()
            except TimeoutError:
                print('timeout', scope.expired())
        """,
    'task.cancel': """
        async def main():
            task = asyncio.create_task(cancelled())
            when_told(lambda: task.cancel('enough'))
            print(await asyncio.gather(task, return_exceptions=True), task.cancelled())
        """,
    'anyio.fail_after': """
        async def main():
            try:
                with anyio.fail_after(None) as scope:
                    when_told(lambda: setattr(scope, 'deadline', 0))
                    async with slow.iter('x') as run:
                        async for node in run:
                            pass
            except TimeoutError:
                print('timeout')
        """,
    'anyio.CancelScope': """
        async def main():
            with anyio.CancelScope() as scope:
                when_told(scope.cancel)
                async with slow.run_stream('x') as result:
                    print(await result.get_output())
            print(scope.cancelled_caught)
        """,
    'another task of a group that fails': """
        async def main():
            told = asyncio.Event()
            when_told(told.set)
            async def fails():
                await told.wait()
                raise ValueError('no')
            try:
                async with anyio.create_task_group() as group:
                    group.start_soon(cancelled)
                    group.start_soon(fails)
            except BaseException as error:
                print([str(member) for member in error.exceptions])
        """,
    'ctrl-c': """
        async def main():
            when_told(lambda: os.kill(os.getpid(), signal.SIGINT))
            await cancelled()
        """,
}

AFTERWARDS = """
    try:
        asyncio.run(main())
    except KeyboardInterrupt as error:
        print('interrupted', error.args)
    with slow.override(model=TestModel()):
        print(slow.run_sync('x').output)
"""


@pytest.mark.parametrize('way', WAYS)
def test_a_run_that_waits_at_a_stop_is_cancelled_as_a_slow_one(
    way: str, start_child: StartChild, tmp_path: Path
) -> None:
    if way == 'asyncio.timeout' and sys.version_info < (3, 11):
        pytest.skip('asyncio.timeout came with Python 3.11')
    source = dedent(SLOW) + dedent(WAYS[way]) + dedent(AFTERWARDS)
    (tmp_path / 'script.py').write_text(source)
    plain = subprocess.run(
        [sys.executable, 'script.py'],
        input='now\n',
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    child = start_child(source, 'alone', stop_on_entry=True)
    stopped = child.wait_for(Stopped)
    child.session.write_stdin('now\n')
    failed = child.wait_for(RunFailed)
    child.send(Continue())
    child.finish()

    assert (child.stdout, child.stderr, child.session.returncode) == (plain.stdout, plain.stderr, plain.returncode)
    assert (failed.run, failed.cancelled) == (stopped.run, True)
    assert [event.run for event in child.all(Stopped)] == [event.run for event in child.all(Resumed)]
    assert [event.run for event in child.all(RunFinished)] == [child.all(RunStarted)[-1].run]
