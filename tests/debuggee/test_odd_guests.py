"""What few programs do, and tests of pydantic-ai's do often: functions replaced, objects that resist, frames that are looked at."""

from __future__ import annotations

import pytest

from pydantic_ai_debug.protocol.events import RunFailed, RunFinished, RunStarted, ToolFinished

from .conftest import SameAsPlain, StartChild

HEAD = """
    import asyncio, contextvars, copy, gc, inspect, logging, os, sys, weakref
    from pydantic_ai import *
    from pydantic_ai import capabilities
    from pydantic_ai.messages import *
    from pydantic_ai.models.function import FunctionModel
    from pydantic_ai.models.test import TestModel

    def call(name, id):
        return ModelResponse(parts=[ToolCallPart(name, {}, tool_call_id=id)])
"""


def test_who_starts_a_run_is_told_as_without_a_debugger(same_as_plain: SameAsPlain) -> None:
    same_as_plain(
        HEAD
        + """
    try:
        from pydantic_ai import _display as display
    except ImportError:
        display = None
    if not hasattr(display, 'started_by_installed_package'):
        sys.exit()
    for name in ('CI', 'PYTEST_VERSION', 'PYDANTIC_AI_NO_BANNER'):
        os.environ.pop(name, None)
    display._stderr_is_terminal = lambda: True

    SOURCE = [
        'async def run(agent):',
        '    return await agent.run("hello")',
        'async def iterate(agent):',
        '    async with agent.iter("hello") as run:',
        '        async for _ in run:',
        '            pass',
        'def run_in_loop(agent):',
        '    return agent.run_sync("hello")',
    ]
    for path in ('/opt/venv/lib/python3/site-packages/package/module.py', '/home/ann/script.py'):
        names = {'__name__': 'package.module'}
        exec(compile('\\n'.join(SOURCE), path, 'exec'), names)
        for way in ('run', 'iterate', 'run_in_loop'):
            shown = []
            display._banner_displayed = False
            display.display_agent_banner = lambda **about: shown.append(sorted(about))
            done = names[way](Agent(TestModel(), name='agent'))
            if inspect.iscoroutine(done):
                asyncio.run(done)
            print(way, shown)
    """
    )


def test_functions_that_a_program_replaces_are_not_asked_by_us(same_as_plain: SameAsPlain) -> None:
    child = same_as_plain(
        HEAD
        + """
    import _thread, select, subprocess

    agent = Agent(TestModel(), name='agent')

    @agent.tool_plain
    def add() -> int:
        return 2

    async def main():
        asked = []
        kept = asyncio.get_running_loop, asyncio.current_task
        asyncio.get_running_loop = lambda: asked.append(sys._getframe(1).f_globals['__name__']) or kept[0]()
        asyncio.current_task = lambda *loop: asked.append(sys._getframe(1).f_globals['__name__']) or kept[1](*loop)
        try:
            async with agent.run_stream('hello') as result:
                print(await result.get_output())
        finally:
            asyncio.get_running_loop, asyncio.current_task = kept
        print(sorted({name.partition('.')[0] for name in asked}))

    asyncio.run(main())

    def refuse(*_, **__):
        raise RuntimeError('there are none of these')

    kept = _thread.start_new_thread, _thread.allocate_lock, _thread.get_ident, select.select
    _thread.start_new_thread = _thread.allocate_lock = _thread.get_ident = select.select = refuse
    print(subprocess.run([sys.executable, '-c', 'print(1)'], capture_output=True).stdout)
    pid = os.fork()
    if not pid:
        os._exit(3)
    print(os.waitpid(pid, 0)[1])
    _thread.start_new_thread, _thread.allocate_lock, _thread.get_ident, select.select = kept
    print(agent.run_sync('hello').output)
    """
    )
    assert len(child.all(RunFinished)) == 2


def test_a_tool_call_that_another_context_ends_ends_as_without_a_debugger(program_same_as_plain: SameAsPlain) -> None:
    child = program_same_as_plain(
        HEAD
        + """
    agent = Agent(FunctionModel(lambda m, i: call('wait', 'c1')), name='agent')

    @agent.tool_plain
    async def wait() -> str:
        try:
            await asyncio.Event().wait()
        except KeyError:
            return 'caught'

    async def main():
        async with agent.iter('hello') as run:
            node = run.next_node
            while not Agent.is_call_tools_node(node):
                node = await run.next(node)
            for end in (lambda call: call.close(), lambda call: call.throw(KeyError('k'))):
                waiting = run.ctx.deps.tool_manager.handle_call(ToolCallPart('wait', {}, tool_call_id='c1'))
                contextvars.copy_context().run(waiting.send, None)
                try:
                    print(contextvars.Context().run(end, waiting))
                except StopIteration as returned:
                    print(returned.value)

    # Older versions complain of their own spans, and show who has called them.
    logging.disable()
    asyncio.run(main())
    """
    )
    assert len(child.all(ToolFinished)) == 2


@pytest.mark.parametrize('compared', ['print("compared") or True', '1 / 0'])
def test_what_messages_hold_is_not_compared_by_code_of_the_programs(
    program_same_as_plain: SameAsPlain, compared: str
) -> None:
    child = program_same_as_plain(
        HEAD
        + f"""
    class Kept:
        def __eq__(self, other):
            return {compared}
    """
        + """
        def __deepcopy__(self, memo):
            return Kept()

    def copied(messages):
        return copy.deepcopy(messages)

    answers = iter([call('add', 'c1'), call('add', 'c2'), ModelResponse(parts=[TextPart('done')])])
    processing = (
        {'history_processors': [copied]}
        if 'history_processors' in inspect.signature(Agent.__init__).parameters
        else {'capabilities': [capabilities.ProcessHistory(copied)]}
    )
    agent = Agent(FunctionModel(lambda m, i: next(answers)), name='agent', **processing)

    @agent.tool_plain
    def add() -> ToolReturn:
        return ToolReturn('2', metadata=Kept())

    print(len(agent.run_sync('hello').all_messages()))
    """
    )
    assert len(child.all(RunFinished)) == 1


def test_a_history_that_holds_anything_ends_a_run_as_without_a_debugger(program_same_as_plain: SameAsPlain) -> None:
    program_same_as_plain(
        HEAD
        + """
    class LikeARequest:
        kind, parts, instructions = 'request', [], None

    class Resisting(UserPromptPart):
        def __getattribute__(self, name):
            if name in ('part_kind', 'tool_call_id'):
                raise RuntimeError(name)
            return super().__getattribute__(name)

    for history in ([ModelRequest(parts=[Resisting('x')])], ['x'], [None], [LikeARequest()], ({},), [{'kind': 'request', 'parts': []}]):
        agent = Agent(FunctionModel(lambda m, i: ModelResponse(parts=[TextPart('an answer')])), name='agent')
        try:
            print(len(agent.run_sync('hello', message_history=history).all_messages()))
        except Exception as error:
            print(type(error).__name__, error)
    """
    )


def test_the_end_of_a_run_is_told_whatever_its_calls_are_known_by(start_program: StartChild) -> None:
    child = start_program(
        HEAD
        + """
    def answer(messages, info):
        if len(messages) > 1:
            return ModelResponse(parts=[TextPart('done')])
        return ModelResponse(parts=[ToolCallPart('add', {}, tool_call_id=['odd'])])

    agent = Agent(FunctionModel(answer), name='agent')

    @agent.tool_plain
    def add() -> int:
        return 2

    history = [ModelRequest(parts=[ToolReturnPart('add', 2, tool_call_id=['odd'])])]
    for kept in ((), history):
        try:
            print(agent.run_sync('hello', message_history=kept).output)
        except Exception as error:
            print(type(error).__name__)
    """
    )
    child.finish()
    assert len(child.all(RunFinished)) + len(child.all(RunFailed)) == len(child.all(RunStarted)) == 2


def test_a_run_that_is_never_entered_is_freed_as_without_a_debugger(program_same_as_plain: SameAsPlain) -> None:
    program_same_as_plain(
        HEAD
        + """
    def begin():
        agent = Agent(TestModel(), name='agent')
        agent.iter('hello')
        return weakref.ref(agent)

    gc.disable()
    print(begin()() is None)
    gc.enable()
    """
    )
