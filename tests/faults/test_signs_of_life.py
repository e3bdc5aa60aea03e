"""Whether a script still answers: only its event loops can tell, not the thread that reads commands."""

from __future__ import annotations

from pydantic_ai_debug.protocol.commands import OpenValue
from pydantic_ai_debug.protocol.events import Output, PhaseChanged, RunStarted, Stopped, ValueOpened
from tests.debuggee.conftest import StartChild

from .conftest import until

BLOCKED = """
import asyncio, sys
from pydantic_ai import Agent
from pydantic_ai.models.test import TestModel

agent = Agent(TestModel())

@agent.tool_plain
async def wait_for_a_line() -> str:
    print('blocks', flush=True)
    return sys.stdin.readline()

agent.run_sync('x')
"""


def test_a_script_whose_loop_is_blocked_gives_no_sign_of_life_until_it_goes_on(start_child: StartChild) -> None:
    child = start_child(BLOCKED)
    session = child.session
    child.wait_for(Output, lambda output: output.text.startswith('blocks'))
    session.probe()
    # The thread that reads commands is not blocked: it has seen the question once it has seen this.
    session.send(OpenValue('nobody', 'deps', (), 0))
    child.wait_for(ValueOpened)
    assert session.unanswered > 0
    session.write_stdin('go on\n')
    until(lambda: session.unanswered == 0, 'sign of life')
    child.finish()


def test_a_run_that_waits_at_a_stop_answers(start_child: StartChild) -> None:
    child = start_child('from adder import *; adder.run_sync("x")', stop_on_entry=True)
    child.wait_for(Stopped)
    for _ in range(2):
        child.session.probe()
        assert child.session.unanswered > 0
        until(lambda: child.session.unanswered == 0, 'sign of life')


def test_a_script_answers_without_a_run_and_with_one_whose_loop_stands_still(start_child: StartChild) -> None:
    child = start_child(
        """
        import asyncio, sys
        sys.stdin.readline()
        from adder import *
        loop = asyncio.new_event_loop()
        entering = adder.iter('x')
        loop.run_until_complete(entering.__aenter__())
        print('between', flush=True)
        sys.stdin.readline()
        loop.run_until_complete(entering.__aexit__(None, None, None))
        loop.close()
        """
    )
    child.wait_for(PhaseChanged)
    child.session.probe()
    until(lambda: child.session.unanswered == 0, 'sign of life')
    child.session.write_stdin('\n')
    child.wait_for(RunStarted)
    child.wait_for(Output, lambda output: 'between' in output.text)
    child.session.probe()
    until(lambda: child.session.unanswered == 0, 'sign of life')
    child.session.write_stdin('\n')
    child.finish()


def test_signs_of_life_are_no_part_of_the_event_stream(start_child: StartChild) -> None:
    child = start_child('from adder import *; adder.run_sync("x")', stop_on_entry=True)
    child.wait_for(Stopped)
    before = len(child.session.log)
    child.session.probe()
    until(lambda: child.session.unanswered == 0, 'sign of life')
    child.session.send(OpenValue('nobody', 'deps', (), 0))
    child.wait_for(ValueOpened)
    assert len(child.session.log) == before + 1
