"""What ends a run, and what asks for another try, is an outcome, and the program gets what it gets without a debugger."""

from __future__ import annotations

from pydantic_ai_debug.protocol.events import RunFailed, RunFinished

from .conftest import SameAsPlain, endings, outcomes

STRUCTURED = """
    from pydantic import BaseModel
    from pydantic_ai import *
    from pydantic_ai.output import *
    from speaker import *

    class City(BaseModel):
        name: str

    class Country(BaseModel):
        code: str

    def shout(words: str) -> str:
        print('shouting')
        return words.upper()

    async def visit(ctx: RunContext[int], city: City) -> str:
        print('visiting', city, ctx.deps, ctx.retry)
        if city.name == 'Atlantis':
            raise ModelRetry('it sank')
        return 'seen ' + city.name

    said = '{"name": "Bonn"}'
    either = text('{"result": {"kind": "Country", "data": {"code": "de"}}}')

    def run(output_type, *turns, **options):
        agent = Agent(speaker(*turns, **options), output_type=output_type, deps_type=int)
        print(repr(agent.run_sync('where?', deps=7).output))

    native = {}
    try:
        from pydantic_ai.profiles import ModelProfile
        native = {'profile': ModelProfile(supports_json_schema_output=True)}
    except Exception as error:
        print(type(error).__name__)

    run(City, [call('final_result', {'name': 'Bonn'})])
    run([City, Country], [call('final_result_City', {'nom': 'Bonn'}, 'c1')], [call('final_result_Country', {'code': 'de'}, 'c2')])
    run(ToolOutput(City, name='answer', description='the city'), [call('answer', {'name': 'Bonn'})])
    run(NativeOutput([City, Country]), either, **native)
    run(PromptedOutput(City), text('Bonn it is'), text(said))
    run(TextOutput(shout), text('berlin'))
    run(visit, [call('final_result', {'city': {'name': 'Atlantis'}}, 'c1')], [call('final_result', {'city': {'name': 'Bonn'}}, 'c2')])
    run([City, str], text('no idea'))
    run(list[int], [call('final_result', {'response': [1, 2]}, 'c1'), call('final_result', {'response': [3]}, 'c2')])
    run(StructuredDict({'type': 'object', 'properties': {'a': {'type': 'integer'}}}), [call('final_result', {'a': 1})])
"""

RETRIES = """
    import asyncio, traceback
    from pydantic_ai import *
    from speaker import *

    agent = Agent(speaker([call('guess', {'n': 1}, 'c1'), call('guess', {'n': 'x'}, 'c2'), call('gess', {}, 'c3')],
                          [call('guess', {'n': 3}, 'c4')], text('low'), text('high'), text('done')))

    @agent.tool(retries=3)
    async def guess(ctx: RunContext[None], n: int) -> str:
        print('guess', n, ctx.retry, ctx.tool_call_id, ctx.tool_name)
        if n < 3:
            raise ModelRetry('too low')
        return 'right'

    @agent.output_validator
    def check(ctx: RunContext[None], output: str) -> str:
        print('check', output, ctx.retry)
        if output == 'low':
            raise ModelRetry('not ' + output)
        return output

    result = agent.run_sync('play')
    print(result.output)
    for message in result.all_messages():
        print([(part.part_kind, str(getattr(part, 'content', ''))[:60]) for part in message.parts])

    stubborn = Agent(speaker([call('guess', {'n': 1})]), name='stubborn')
    stubborn.tool(guess, retries=1)
    try:
        stubborn.run_sync('play')
    except UnexpectedModelBehavior as error:
        traceback.print_exc()

    picky = Agent(speaker(text('low')))
    picky.output_validator(check)
    picky.run_sync('play')
"""

LIMITS = """
    import traceback
    from pydantic_ai import *
    from speaker import *

    agent = Agent(speaker([call('add', {'a': 1}, 'c1'), call('add', {'a': 2}, 'c2')], [call('add', {'a': 3}, 'c3')], text('done')))

    @agent.tool
    async def add(ctx: RunContext[None], a: int) -> int:
        print('adding', a, ctx.usage.requests)
        return a

    for limits in (UsageLimits(request_limit=0), UsageLimits(request_limit=1), UsageLimits(tool_calls_limit=1),
                   UsageLimits(tool_calls_limit=2), UsageLimits(output_tokens_limit=1), UsageLimits(total_tokens_limit=70)):
        usage = RunUsage()
        try:
            with capture_run_messages() as messages:
                agent.run_sync('add', usage_limits=limits, usage=usage)
        except UsageLimitExceeded as error:
            traceback.print_exc()
        print(usage, len(messages))
"""

DEFERRED = """
    import asyncio, traceback
    from pydantic_ai import *
    from pydantic_ai.exceptions import *
    from speaker import *

    turns = [call('look', {'at': 'it'}, 'c1'), call('delete', {'path': 'x'}, 'c2'), call('delete', {'path': 'y'}, 'c3'),
             call('ask', {'whom': 'her'}, 'c4'), call('later', {}, 'c5')]
    agent = Agent(speaker(turns, text('done')), output_type=[str, DeferredToolRequests])

    @agent.tool_plain
    async def look(at: str) -> str:
        print('looking')
        return 'seen'

    @agent.tool_plain(requires_approval=True)
    async def delete(path: str) -> str:
        print('deleting', path)
        return 'gone'

    @agent.tool
    async def ask(ctx: RunContext[None], whom: str) -> str:
        if not ctx.tool_call_approved:
            raise ApprovalRequired()
        print('asking')
        return 'yes'

    @agent.tool_plain
    async def later() -> str:
        raise CallDeferred()

    def results():
        return DeferredToolResults(
            calls={'c5': 'came in'},
            approvals={'c2': True, 'c3': ToolDenied('never'), 'c4': ToolApproved(override_args={'whom': 'him'})},
        )

    first = agent.run_sync('go')
    print([call.tool_call_id for call in first.output.approvals], [call.tool_call_id for call in first.output.calls])
    second = agent.run_sync(message_history=first.all_messages(), deferred_tool_results=results())
    print(second.output, [part.content for message in second.new_messages() for part in message.parts if message.kind == 'request'])

    async def streamed():
        async with agent.run_stream('go') as response:
            print(await response.get_output() == first.output)
        try:
            history = response.all_messages()
            async with agent.run_stream(message_history=history, deferred_tool_results=results()) as response:
                print(await response.get_output())
        except UserError as error:
            print(error)

    asyncio.run(streamed())

    try:
        agent.run_sync(message_history=first.all_messages(), deferred_tool_results=DeferredToolResults())
    except Exception as error:
        print(type(error).__name__, str(error)[:40])
"""

SCRIPTS = {
    'structured outputs': STRUCTURED,
    'retries': RETRIES,
    'usage limits': LIMITS,
    'deferred tools and approvals': DEFERRED,
}


def test_outputs_of_every_mode_are_shown_and_each_try_has_an_outcome(program_same_as_plain: SameAsPlain) -> None:
    child = program_same_as_plain(STRUCTURED)
    assert outcomes(child) == [
        ('final_result', 'returned'),
        ('final_result_City', 'retry'),
        ('final_result_Country', 'returned'),
        ('answer', 'returned'),
        ('final_result', 'retry'),
        ('final_result', 'returned'),
        ('final_result', 'returned'),
        ('final_result', 'skipped'),
        ('final_result', 'returned'),
    ]
    bonn, germany = {'name': 'Bonn'}, {'code': 'de'}
    expected = [bonn, germany, bonn, germany, bonn, 'BERLIN', 'seen Bonn', 'no idea', [1, 2], {'a': 1}]
    assert [event.output for event in child.all(RunFinished)] == expected


def test_each_retry_is_shown_and_so_is_running_out_of_them(program_same_as_plain: SameAsPlain) -> None:
    child = program_same_as_plain(RETRIES)
    assert outcomes(child, 'r1') == [('guess', 'retry'), ('guess', 'retry'), ('gess', 'retry'), ('guess', 'returned')]
    assert outcomes(child, 'r2') == [('guess', 'retry'), ('guess', 'failed')]
    assert endings(child) == {'r1': 'finished', 'r2': 'failed', 'r3': 'failed'}
    assert {event.error.type.rpartition('.')[2] for event in child.all(RunFailed)} == {'UnexpectedModelBehavior'}


def test_a_usage_limit_fails_the_run_where_it_is_reached(program_same_as_plain: SameAsPlain) -> None:
    child = program_same_as_plain(LIMITS)
    assert set(endings(child).values()) == {'failed'}
    assert {event.error.type.rpartition('.')[2] for event in child.all(RunFailed)} == {'UsageLimitExceeded'}
    assert child.kinds('r1') == ['UserPromptNode', 'ModelRequestNode']
    assert outcomes(child, 'r2') == [('add', 'returned')] * 2


def test_deferred_calls_are_answered_by_the_next_run(program_same_as_plain: SameAsPlain) -> None:
    child = program_same_as_plain(DEFERRED)
    assert sorted(outcomes(child, 'r1')) == [
        ('ask', 'deferred'),
        ('delete', 'deferred'),
        ('delete', 'deferred'),
        ('later', 'deferred'),
        ('look', 'returned'),
    ]
    assert sorted(outcomes(child, 'r2')) == [
        ('ask', 'returned'),
        ('delete', 'denied'),
        ('delete', 'returned'),
        ('later', 'returned'),
    ]
    assert ('delete', 'deferred') in outcomes(child, 'r3')
    assert list(endings(child).values()).count('failed') == len(child.all(RunFailed)) >= 1
