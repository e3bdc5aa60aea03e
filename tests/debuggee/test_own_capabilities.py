"""Capabilities and hooks of the program's own see what they see without a debugger, and nothing of it."""

from __future__ import annotations

import sys

import pytest

from pydantic_ai_debug.protocol.events import RunFinished, ToolFinished

from .conftest import SameAsPlain, endings, outcomes

HOOKS = """
    import asyncio, inspect
    from adder import *
    from pydantic_ai import *
    from pydantic_ai.capabilities import *

    def shown(value):
        if isinstance(value, (str, int, float, bool, dict, type(None))):
            return value
        return type(value).__name__

    def printing(name, hook):
        def told(self, args, kwargs):
            print(self.label, name, [shown(arg) for arg in args], {key: shown(value) for key, value in kwargs.items()})
            for value in (*args, *kwargs.values()):
                if type(value).__name__.endswith('RequestContext'):
                    print('   serves', type(value.model).__name__, value.model is model)
                if type(value).__name__ == 'RunContext':
                    root = getattr(value, 'root_capability', None)
                    print('   in', type(value.model).__name__, value.model is model, value.run_step, value.tool_name)
                    print('   of', None if root is None else [type(one).__name__ for one in root.capabilities],
                          isinstance(root, CombinedCapability), root.__class__.__name__)

        if inspect.isasyncgenfunction(hook):
            async def own(self, *args, **kwargs):
                told(self, args, kwargs)
                async for event in getattr(super(Printing, self), name)(*args, **kwargs):
                    yield event
        elif inspect.iscoroutinefunction(hook):
            async def own(self, *args, **kwargs):
                told(self, args, kwargs)
                try:
                    return await getattr(super(Printing, self), name)(*args, **kwargs)
                finally:
                    print(self.label, name, 'done')
        else:
            def own(self, *args, **kwargs):
                told(self, args, kwargs)
                return getattr(super(Printing, self), name)(*args, **kwargs)
        return own

    class Printing(AbstractCapability):
        label = 'plain'

    for name, hook in list(vars(AbstractCapability).items()):
        if name.startswith(('before_', 'after_', 'wrap_', 'on_', 'prepare_', 'handle_', 'get_wrapper_')) and callable(hook):
            if not inspect.isclass(hook) and name not in ('on_event',):
                setattr(Printing, name, printing(name, hook))

    class Outermost(Printing):
        label = 'outermost'

        def get_ordering(self):
            return CapabilityOrdering(position='outermost')

    class Innermost(Printing):
        label = 'innermost'

        def get_ordering(self):
            return CapabilityOrdering(position='innermost')

    agent = Agent(model, capabilities=[Innermost(), Printing(), Outermost()])

    @agent.tool
    def add(ctx: RunContext[None], a: int, b: int) -> int:
        if ctx.run_step == 1 and not ctx.retry:
            raise ModelRetry('again')
        return a + b

    async def main():
        async with agent.iter('add') as run:
            root = run.ctx.deps.root_capability
            print([type(one).__name__ for one in root.capabilities], isinstance(root, CombinedCapability))
            print(run.ctx.deps.tool_manager.root_capability is root, repr(root)[:40])
            node = run.next_node
            while type(node).__name__ != 'End':
                node = await run.next(node)
        try:
            async with agent.iter('add', usage_limits=UsageLimits(request_limit=1)) as run:
                async for node in run:
                    pass
        except Exception as error:
            print(type(error).__name__)
        async with agent.run_stream('add') as response:
            print(await response.get_output())

    asyncio.run(main())
    agent.run_sync('add')
"""

CONTROL = """
    import asyncio, traceback
    from adder import *
    from pydantic_ai import *
    from pydantic_ai.exceptions import *
    from pydantic_ai.capabilities import *

    def run(capability, prompt='add', agent_model=model):
        print('##', type(capability).__name__)
        agent = Agent(agent_model, capabilities=[capability])

        @agent.tool_plain(name='add')
        def added(a: int, b: int) -> int:
            if prompt == 'fail':
                raise ValueError('no sum')
            return a + b

        async def whole():
            result = await agent.run(prompt)
            print(result.output, [getattr(part, 'content', None) for part in result.all_messages()[-2].parts])

        async def streamed():
            async with agent.run_stream(prompt) as response:
                print(await response.get_output())

        for way in (whole, streamed):
            try:
                asyncio.run(way())
            except Exception:
                traceback.print_exc()

    class SkipsTool(AbstractCapability):
        async def before_tool_execute(self, ctx, *, call, tool_def, args):
            raise SkipToolExecution('not needed')

    class SkipsInside(AbstractCapability):
        async def wrap_tool_execute(self, ctx, *, call, tool_def, args, handler):
            raise SkipToolExecution(42)

    class Answers(AbstractCapability):
        async def wrap_tool_execute(self, ctx, *, call, tool_def, args, handler):
            return 'by hand'

    class SkipsRequest(AbstractCapability):
        async def before_model_request(self, ctx, request_context):
            raise SkipModelRequest(ModelResponse(parts=[TextPart('from the cache')]))

    class SkipsWrapped(AbstractCapability):
        async def wrap_model_request(self, ctx, *, request_context, handler):
            print(type(request_context.model).__name__)
            response = await handler(request_context)
            print(type(request_context.model).__name__, request_context.model is model)
            return ModelResponse(parts=[TextPart('instead')])

    class MendsTool(AbstractCapability):
        async def on_tool_execute_error(self, ctx, *, call, tool_def, args, error):
            traceback.print_exc()
            return 'mended'

    class FailsTool(AbstractCapability):
        async def on_tool_execute_error(self, ctx, *, call, tool_def, args, error):
            raise KeyError('worse') from error

    class MendsRequest(AbstractCapability):
        async def on_model_request_error(self, ctx, *, request_context, error):
            traceback.print_exception(error)
            print(type(request_context.model).__name__)
            return ModelResponse(parts=[TextPart('mended')])

    class MendsNode(AbstractCapability):
        async def on_node_run_error(self, ctx, *, node, error):
            traceback.print_exception(error)
            raise RuntimeError('out of ' + type(node).__name__)

    class MendsRun(AbstractCapability):
        async def on_run_error(self, ctx, *, error):
            traceback.print_exception(error)
            raise error

    class WrapsEvents(AbstractCapability):
        async def wrap_run_event_stream(self, ctx, *, stream):
            async for event in stream:
                print(type(event).__name__)
                yield event

    class WrapsNodes(AbstractCapability):
        async def wrap_node_run(self, ctx, *, node, handler):
            print('wrapping', type(node).__name__)
            try:
                return await handler(node)
            except ValueError:
                traceback.print_exc()
                raise

    def down(messages, info):
        raise ValueError('down')

    async def stream_down(messages, info):
        raise ValueError('stream down')
        yield

    failing = FunctionModel(down, stream_function=stream_down)

    for capability in (SkipsTool(), SkipsInside(), Answers(), SkipsRequest(), SkipsWrapped(), WrapsEvents(), WrapsNodes()):
        run(capability)
    for capability in (MendsTool(), FailsTool(), MendsNode(), MendsRun(), WrapsNodes()):
        run(capability, 'fail')
    for capability in (MendsRequest(), MendsNode(), MendsRun(), WrapsNodes()):
        run(capability, agent_model=failing)
"""

HOOKS_OBJECT = """
    import asyncio
    from adder import *
    from pydantic_ai import *
    from pydantic_ai.capabilities import Hooks
    from pydantic_ai.models.wrapper import WrapperModel
    from pydantic_ai.capabilities import AbstractCapability

    hooks = Hooks()

    @hooks.on.before_model_request
    async def before(ctx, request_context):
        print('before', len(request_context.messages), type(request_context.model).__name__)
        return request_context

    @hooks.on.after_model_request
    async def after(ctx, *, request_context, response):
        print('after', request_context.model is model, type(request_context.model).__name__, [part.part_kind for part in response.parts])
        return response

    @hooks.on.before_tool_execute
    async def tool(ctx, *, call, tool_def, args):
        print('tool', call.tool_name, args, ctx.model is model)
        return {**args, 'b': 3}

    class Wrapping(AbstractCapability):
        def get_wrapper_model(self, wrapped):
            print('wrapping', type(wrapped).__name__, wrapped is model)
            return Named(wrapped)

    class Named(WrapperModel):
        async def request(self, *args, **kwargs):
            print('asked', type(self.wrapped).__name__)
            return await super().request(*args, **kwargs)

    class Running(AbstractCapability):
        async def for_run(self, ctx):
            print('for run', getattr(ctx, 'root_capability', None) is None)
            return Running()

        async def wrap_run(self, ctx, *, handler):
            print('run begins')
            result = await handler()
            print('run ends', type(ctx.model).__name__)
            return result

    agent = Agent(model, capabilities=[hooks, Wrapping(), Running()])
    agent.tool_plain(add)
    print(agent.run_sync('add').output)

    async def main():
        async with agent.run_stream('add') as response:
            print(await response.get_output())

    asyncio.run(main())
"""

TRACEBACKS = """
    import asyncio, sys, traceback
    from adder import *
    from pydantic_ai import *

    class Broken(Exception):
        def __init__(self, code):
            self.code = code

    inner = Agent(model, name='inner')

    @inner.tool_plain(name='add')
    def fail(a: int, b: int) -> int:
        raise Broken(7)

    outer = Agent(model, name='outer')

    @outer.tool_plain(name='add')
    async def delegate(a: int, b: int) -> str:
        try:
            await inner.run('x')
        except Broken as error:
            traceback.print_exc()
            print(error.code, error.__context__, error.__cause__)
        return 'failed inside'

    async def body():
        async with inner.iter('x') as run:
            try:
                async for node in run:
                    pass
            except Broken:
                traceback.print_exc()
            try:
                run.next_node
            except Exception:
                traceback.print_exc()

    async def steps():
        try:
            async with inner.iter('x') as run:
                node = run.next_node
                while True:
                    try:
                        node = await run.next(node)
                    except Broken:
                        traceback.print_exc()
                        raise
        except Broken:
            traceback.print_exc()

    async def entering():
        try:
            async with Agent().iter('x') as run:
                pass
        except Exception:
            traceback.print_exc()
        try:
            async with inner.iter('x', deps_type=3) as run:
                pass
        except Exception:
            traceback.print_exc()

    async def own_error():
        try:
            async with inner.iter('x') as run:
                await run.next(run.next_node)
                raise LookupError('mine')
        except LookupError:
            traceback.print_exc()

    async def own_streams():
        async with inner.iter('x') as run:
            node = run.next_node
            while not Agent.is_call_tools_node(node):
                node = await run.next(node)
            try:
                async with node.stream(run.ctx) as events:
                    async for event in events:
                        print(type(event).__name__)
            except Broken:
                traceback.print_exc()

    async def timed_out():
        slow = Agent(model)

        @slow.tool_plain(name='add')
        async def wait(a: int, b: int) -> int:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError as error:
                traceback.print_tb(error.__traceback__)
                raise

        try:
            await asyncio.wait_for(slow.run('x'), 0.5)
        except asyncio.TimeoutError:
            print('timed out')

    asyncio.run(outer.run('x'))
    for way in (body, steps, entering, own_error, own_streams, timed_out):
        print('##', way.__name__, file=sys.stderr)
        asyncio.run(way())
    inner.run_sync('x')
"""

OBJECTS = """
    import asyncio, copy, dataclasses, gc, pickle, weakref
    from adder import *
    from pydantic_ai import *
    from pydantic_ai.capabilities import *
    from pydantic_ai.models.test import TestModel

    class Own(AbstractCapability):
        async def before_model_request(self, ctx, request_context):
            print(sorted(vars(request_context)), type(request_context.model), isinstance(request_context.model, TestModel))
            return request_context

        async def after_model_request(self, ctx, *, request_context, response):
            print(type(request_context.model), request_context.model is test, request_context.model is agent.model)
            return response

    test = TestModel(call_tools=['add'])
    agent = Agent(test, capabilities=[Own()])

    @agent.tool
    def add(ctx: RunContext[list], a: int) -> int:
        root = getattr(ctx, 'root_capability', None)
        print(ctx.model is test, type(ctx.model), ctx.deps, sorted(name for name in vars(ctx)))
        if root is not None:
            print(repr(root) == repr(copy.copy(root)), root == copy.copy(root), sorted(vars(root)))
            print([field.name for field in dataclasses.fields(root)], copy.deepcopy(root).__class__)
        return a

    async def main():
        deps = [1]
        async with agent.iter('x', deps=deps) as run:
            root = run.ctx.deps.root_capability
            print(sorted(vars(run)), run, root == CombinedCapability(list(root.capabilities)), len(root.capabilities))
            print(dataclasses.replace(root).__class__, sorted(vars(root)), run.ctx.deps.user_deps is deps)
            print(type(copy.copy(root)), pickle.loads(pickle.dumps(CombinedCapability([]))))
            async for node in run:
                print(type(node), sorted(vars(node)), run.ctx.deps.model is test)
                if Agent.is_model_request_node(node):
                    async with node.stream(run.ctx) as stream:
                        async for event in stream:
                            pass
                        print(sorted(vars(stream)), type(stream), stream.response.model_name)
        print(dataclasses.replace(run.result, output=1), run.result == copy.copy(run.result), sorted(vars(run.result)))
        print(test.last_model_request_parameters.function_tools[0].name, agent.model is test)
        return weakref.ref(run), weakref.ref(stream)

    gc.disable()
    alive = asyncio.run(main())
    print([one() is None for one in alive])

"""

SCRIPTS = {
    'every hook of a capability': HOOKS,
    'hooks that take over': CONTROL,
    'hooks by decorator, wrapped models': HOOKS_OBJECT,
    'tracebacks wherever they are printed': TRACEBACKS,
    'the objects that the program holds': OBJECTS,
}


prints_tracebacks = pytest.mark.skipif(
    sys.version_info < (3, 11), reason='a frame cannot leave a traceback that it raises again by itself'
)


def test_each_hook_of_a_capability_is_called_as_it_is_without_us(program_same_as_plain: SameAsPlain) -> None:
    child = program_same_as_plain(HOOKS)
    assert 'AgentDebug' not in child.stdout
    assert endings(child) == {'r1': 'finished', 'r2': 'failed', 'r3': 'finished', 'r4': 'finished'}
    assert outcomes(child) == [('add', 'retry')] * 4


@prints_tracebacks
def test_hooks_that_skip_answer_and_mend_are_shown(program_same_as_plain: SameAsPlain) -> None:
    child = program_same_as_plain(CONTROL)
    skipped = [tool for tool in child.all(ToolFinished) if tool.outcome == 'skipped']
    assert [tool.result for tool in skipped] == ['not needed'] * 2 + [42] * 2
    answered = [event.output for event in child.all(RunFinished)]
    assert [answered.count(output) for output in ('from the cache', 'instead', 'mended')] == [2, 2, 2]


def test_decorated_hooks_and_wrapped_models_see_the_programs_own_model(program_same_as_plain: SameAsPlain) -> None:
    child = program_same_as_plain(HOOKS_OBJECT)
    assert 'before 1 FunctionModel' in child.stdout
    assert [tool.result for tool in child.all(ToolFinished)] == [4, 4]


@prints_tracebacks
def test_no_traceback_that_a_program_prints_has_frames_of_ours(program_same_as_plain: SameAsPlain) -> None:
    child = program_same_as_plain(TRACEBACKS)
    assert child.stderr.count('Traceback') >= 10
    assert 'pydantic_ai_debug' not in child.stderr


def test_the_objects_that_a_program_holds_look_as_they_do_without_us(same_as_plain: SameAsPlain) -> None:
    child = same_as_plain(OBJECTS)
    assert endings(child) == {'r1': 'finished'}
