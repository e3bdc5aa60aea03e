"""Code that the user runs in a paused run: in its own loop or thread, on its own objects."""

from __future__ import annotations

import pytest

from pydantic_ai_debug.protocol.breakpoints import Breakpoint
from pydantic_ai_debug.protocol.commands import Complete, Continue, Evaluate, Interrupt, OpenValue
from pydantic_ai_debug.protocol.events import Completed, Evaluated, Fault, Stopped, ValueOpened

from .conftest import Child, StartChild, stop_text

pytestmark = pytest.mark.oldest_and_newest

SCRIPT = """
    import asyncio
    from dataclasses import dataclass, field
    from adder import *
    from pydantic_ai import RunContext

    @dataclass
    class Shop:
        stock: dict = field(default_factory=lambda: {'tea': 3})

        @property
        def price(self):
            print('a property ran')
            return 1

    agent = Agent(model, deps_type=Shop, name='shopper')

    @agent.tool
    async def add(ctx: RunContext[Shop], a: int, b: int) -> int:
        return a + b + ctx.deps.stock['tea']

    shop = Shop()
    result = agent.run_sync('add', deps=shop)
    print(result.output, shop.stock)
"""


@pytest.fixture
def held(start_program: StartChild) -> Child:
    child = start_program(SCRIPT, breakpoints=(Breakpoint('tool:add'),))
    child.wait_for_stop()
    return child


def evaluate(child: Child, number: int, source: str, call: str | None = None) -> Evaluated:
    child.send(Evaluate('r1', call, number, source))
    return child.wait_for(Evaluated, lambda evaluated: evaluated.number == number)


def shown(evaluated: Evaluated) -> str:
    """The text of a value, or the type of an error."""
    if evaluated.error is not None:
        return evaluated.error.type
    assert evaluated.value is not None
    return evaluated.value.text


VALUES = {
    'deps.stock["tea"] + 1': '4',
    'args': '2 items',
    'args["a"]': '1',
    'tool': 'add',
    'agent.name': 'shopper',
    'usage.requests': '1',
    'len(messages)': '2',
    'state.run_step': '1',
    'ctx.deps is deps': 'True',
    'run.ctx.deps.user_deps is deps': 'True',
    'result is None and error is None': 'True',
    '[word for word in ("a", "b")]': '2 items',
    'await asyncio.sleep(0, "awaited")': 'NameError',
    'await __import__("asyncio").sleep(0, "awaited")': 'awaited',
}


def test_an_expression_gives_its_value(held: Child) -> None:
    evaluated = {source: evaluate(held, number, source, 'c1') for number, source in enumerate(VALUES)}
    held.send(Continue())
    held.finish()
    assert not held.all(Fault)
    assert {source: shown(answer) for source, answer in evaluated.items()} == VALUES


def test_a_statement_changes_what_the_run_works_on(held: Child) -> None:
    evaluated = evaluate(held, 1, 'deps.stock["tea"] = 40; x = 5')
    assert (evaluated.value, evaluated.error) == (None, None)
    assert evaluate(held, 2, 'x * 2').value.text == '10'  # type: ignore[union-attr]
    assert evaluate(held, 3, '_ + 1').value.text == '11'  # type: ignore[union-attr]
    held.send(Continue())
    held.finish()
    assert held.stdout == "three it is {'tea': 40}\n"


def test_a_value_is_opened_like_everything_else(held: Child) -> None:
    evaluate(held, 7, '[[number] for number in range(500)]')
    held.send(OpenValue('r1', 'evaluated', (7,), 499))
    opened = held.wait_for(ValueOpened)
    assert opened.value is not None
    assert opened.value.children is not None
    assert [child.name for child in opened.value.children] == ['499']
    held.send(Continue())
    held.finish()


WRONG = {
    '1 / 0': 'ZeroDivisionError',
    'nothing': 'NameError',
    '1 +': 'SyntaxError',
    'raise SystemExit(3)': 'SystemExit',
}


def test_an_exception_is_shown_and_ends_nothing(held: Child) -> None:
    evaluated = {source: evaluate(held, number, source) for number, source in enumerate(WRONG)}
    held.send(Continue())
    held.finish()
    assert {source: answer.error and answer.error.type for source, answer in evaluated.items()} == WRONG
    assert held.returncode == 0
    assert held.stderr == ''


def test_what_takes_too_long_is_interrupted(held: Child) -> None:
    for number, source in enumerate(('while True: pass', 'await __import__("asyncio").sleep(1000)'), 1):
        held.send(Evaluate('r1', None, number, source))
        while len(held.all(Evaluated)) < number:
            held.send(Interrupt(number))
            held.session.wait(0.05)
        evaluated = held.all(Evaluated)[-1]
        assert evaluated.number == number
        assert evaluated.error is not None
        assert evaluated.error.type == 'KeyboardInterrupt'
    held.send(Continue())
    held.finish()
    assert held.returncode == 0


COMPLETIONS = {
    'deps.st': (5, ['stock']),
    'deps.pr': (5, ['price']),
    'x = len(mess': (8, ['messages']),
    'deps.stock.ke': (11, ['keys']),
    'deps.price.': (11, []),
    'wh': (0, ['while']),
}


def test_names_are_completed_without_running_anything(held: Child) -> None:
    completed: dict[str, tuple[int, list[str]]] = {}
    for number, source in enumerate(COMPLETIONS):
        held.send(Complete('r1', None, number, source))
        answer = held.wait_for(Completed)
        assert answer.number == number
        completed[source] = answer.start, list(answer.names)
    held.send(Continue())
    held.finish()
    assert completed == COMPLETIONS
    assert 'a property ran' not in held.stdout


def test_where_nothing_waits_an_evaluation_says_so(start_program: StartChild) -> None:
    child = start_program('from adder import *\nimport sys\nprint("ready", flush=True)\nsys.stdin.readline()')
    child.send(Evaluate('r1', None, 1, '1'))
    evaluated = child.wait_for(Evaluated)
    assert evaluated.error is not None
    assert evaluated.error.message == 'code is run in a run that waits'
    child.session.write_stdin('\n')
    child.finish()


LINE = """
    from adder import *
    import pydantic_ai_debug

    agent = Agent(model)

    @agent.tool_plain
    {kind}def add(a: int, b: int) -> int:
        total = a + b
        {stop}
        return total

    print(agent.run_sync('add').output)
"""


@pytest.mark.parametrize('kind', ['', 'async '], ids=['in a worker thread', 'in the event loop'])
@pytest.mark.parametrize('stop', ['breakpoint()', 'pydantic_ai_debug.breakpoint()'])
def test_a_line_stops_the_run_with_its_local_variables(start_program: StartChild, kind: str, stop: str) -> None:
    child = start_program(LINE.format(kind=kind, stop=stop))
    stopped = child.wait_for_stop()
    assert (stop_text(stopped), stopped.call) == ('r1 line add', 'c1')
    line = stopped.frames[-1]
    assert (line.function, line.source) == ('add', stop)
    assert {entry.name: entry.value.text for entry in line.locals} == {'a': '1', 'b': '2', 'total': '3'}
    assert not any('pydantic_ai_debug' in frame.file for frame in stopped.frames)
    assert evaluate(child, 1, 'total * 2', 'c1').value.text == '6'  # type: ignore[union-attr]
    child.send(OpenValue('r1', 'locals', (len(stopped.frames) - 1, 2), 0))
    opened = child.wait_for(ValueOpened)
    assert opened.value is not None
    assert opened.value.text == '3'
    child.send(Continue())
    child.finish()
    assert child.stdout == 'three it is\n'
    assert child.returncode == 0


def test_a_line_outside_of_a_run_asks_at_pythons_own_prompt(start_program: StartChild) -> None:
    child = start_program('from adder import *\nbreakpoint()\nprint("on")')
    child.session.write_stdin('p 6 * 7\nc\n')
    child.finish()
    assert '42' in child.stdout
    assert 'script.py(3)' in child.stdout, child.stdout
    assert child.stdout.endswith('on\n')
    assert not child.all(Stopped)


def test_a_line_of_the_program_alone_stops_nothing_without_the_debugger() -> None:
    import pydantic_ai_debug

    pydantic_ai_debug.breakpoint()


def test_a_secret_that_is_asked_for_is_masked(start_program: StartChild) -> None:
    child = start_program(
        """
        from adder import *

        class Deps:
            api_key = 'tea-and-cake'

        agent = Agent(model, deps_type=Deps)
        agent.tool_plain(add)
        agent.run_sync('add', deps=Deps())
        """,
        breakpoints=(Breakpoint('tool:add'), Breakpoint('tool:add:after log key {deps.api_key}')),
    )
    child.wait_for_stop()
    assert evaluate(child, 1, 'deps.api_key').value.kind == 'secret'  # type: ignore[union-attr]
    assert evaluate(child, 2, '[deps.api_key]').value is not None
    child.send(Continue())
    child.finish()
    assert 'tea-and-cake' not in repr(child.events)


def test_the_names_where_an_error_was_raised_can_be_spoken_of(start_program: StartChild) -> None:
    child = start_program(
        """
        from adder import *
        LIMIT = 7
        agent = Agent(model)

        @agent.tool_plain
        def add(a: int, b: int) -> int:
            total = a + b
            raise ValueError(total)

        try:
            agent.run_sync('add')
        except ValueError:
            print('failed')
        """,
        stop_on_error=True,
    )
    child.wait_for_stop()
    assert evaluate(child, 1, 'total + LIMIT', 'c1').value.text == '10'  # type: ignore[union-attr]
    child.send(Continue())
    child.finish()
    assert child.stdout == 'failed\n'
