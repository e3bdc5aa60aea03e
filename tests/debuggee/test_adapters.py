"""Agents behind HTTP: clients get the same bytes, and each request's run is seen and held on its own."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from pydantic_ai_debug.protocol.commands import Continue, StepOver
from pydantic_ai_debug.protocol.events import (
    Output,
    Resumed,
    RunFinished,
    RunStarted,
    Stopped,
    ToolFinished,
)

from .conftest import Child, SameAsPlain, StartChild, endings
from .test_ways_in import WHOLE_WALK

pytestmark = pytest.mark.skipif(
    not (find_spec('uvicorn') and find_spec('ag_ui')), reason='the extras `ag-ui` and `web` of pydantic-ai are not here'
)

SERVING = r"""
import asyncio
import json
import re
from contextlib import asynccontextmanager

import uvicorn
from pydantic_ai.ui.ag_ui import AGUIAdapter
from pydantic_ai.ui.vercel_ai import VercelAIAdapter
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Mount, Route

IDS_AND_TIMES = re.compile(
    rb'[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}|(?<="timestamp":)[^,}]+|(?<=date: )[^\r]+'
)


@asynccontextmanager
async def served(routes):
    'The port at which a server answers.'
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), port=0, log_level='warning'))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await serving


async def asked(port, path, body):
    'The two ends of a connection on which a request was sent.'
    reader, writer = await asyncio.open_connection('127.0.0.1', port)
    content = json.dumps(body).encode()
    head = f'POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\nconnection: close\r\n'
    writer.write(f'{head}content-length: {len(content)}\r\n\r\n'.encode() + content)
    return reader, writer


async def answer_to(port, path, body):
    'Every byte that came back but for ids and times.'
    reader, writer = await asked(port, path, body)
    received = await reader.read()
    writer.close()
    await writer.wait_closed()
    return IDS_AND_TIMES.sub(b'...', received)


def ag_ui_body(text):
    message = {'id': 'm1', 'role': 'user', 'content': text}
    ids = {'threadId': 't', 'runId': 'r'}
    return {**ids, 'state': {}, 'messages': [message], 'tools': [], 'context': [], 'forwardedProps': {}}


def vercel_body(text):
    message = {'id': 'm1', 'role': 'user', 'parts': [{'type': 'text', 'text': text}]}
    return {'trigger': 'submit-message', 'id': 'chat', 'messages': [message]}


def routes_to(agent):
    async def ag_ui(request):
        return await AGUIAdapter.dispatch_request(request, agent=agent)

    async def vercel(request):
        return await VercelAIAdapter.dispatch_request(request, agent=agent)

    async def words(request):
        prompt = (await request.json())['prompt']

        async def server_sent_events():
            async with agent.run_stream(prompt) as response:
                async for word in response.stream_text(delta=True, debounce_by=None):
                    yield f'data: {word}\n\n'

        return StreamingResponse(server_sent_events(), media_type='text/event-stream')

    return [
        Route('/ag-ui', ag_ui, methods=['POST']),
        Route('/vercel', vercel, methods=['POST']),
        Route('/words', words, methods=['POST']),
    ]


BODIES = {'/ag-ui': ag_ui_body('x'), '/vercel': vercel_body('x'), '/words': {'prompt': 'x'}}
"""
"""A module that scripts import: a server, a client that sees every byte, and what to ask of each adapter."""


@pytest.fixture(autouse=True)
def _serving(tmp_path: Path) -> None:
    (tmp_path / 'serving.py').write_text(SERVING)


ADAPTERS = """
    from adder import *
    from serving import *
    agent = Agent(model, name='silent')
    agent.tool_plain(name='add')(lambda a, b: a + b)

    routes = [*routes_to(agent), Mount('/web', agent.to_web())]
    bodies = {**BODIES, '/web/api/chat': vercel_body('x')}
    try:
        from pydantic_ai.ag_ui import handle_ag_ui_request
    except ImportError:
        pass  # version 2 has the adapter alone
    else:
        async def handled(request):
            return await handle_ag_ui_request(agent, request)

        routes.append(Route('/handled', handled, methods=['POST']))
        bodies['/handled'] = ag_ui_body('x')

    async def main():
        async with served(routes) as port:
            for path, body in bodies.items():
                print(path, await answer_to(port, path, body))
            for answer in await asyncio.gather(*(answer_to(port, *item) for item in bodies.items())):
                print(answer)

    asyncio.run(main())
"""


def test_clients_of_every_adapter_get_the_same_bytes_one_by_one_and_all_at_once(same_as_plain: SameAsPlain) -> None:
    child = same_as_plain(ADAPTERS)
    assert child.session.returncode == 0
    runs = {started.run: (started.agent, started.parent) for started in child.all(RunStarted)}
    assert len(runs) == child.stdout.count('HTTP/1.1 200 OK') >= 8
    assert set(runs.values()) == {('silent', None)}
    for run in runs:
        assert child.kinds(run) in (WHOLE_WALK, [*WHOLE_WALK[:-1], 'SetFinalResult'])
        assert [tool.result for tool in child.all(ToolFinished) if tool.run == run] == [3]
        assert [finished.output for finished in child.all(RunFinished) if finished.run == run] == ['three it is']


LEAVING = """
    from adder import *
    from serving import *
    closed = asyncio.Event()

    async def endless(messages, info):
        yield 'first '
        try:
            await asyncio.Event().wait()
        except BaseException as error:
            print('the model sees', type(error).__name__)
            raise
        finally:
            closed.set()

    talker = Agent(FunctionModel(stream_function=endless), name='talker')

    async def main():
        async with served(routes_to(talker)) as port:
            for path, body in BODIES.items():
                closed.clear()
                reader, writer = await asked(port, path, body)
                await reader.readuntil(b'first ')
                writer.close()
                await closed.wait()
                print(path, 'is left')

    asyncio.run(main())
"""


def test_a_client_that_leaves_calls_its_run_off(same_as_plain: SameAsPlain) -> None:
    child = same_as_plain(LEAVING)
    assert child.stdout.count('is left') == 3
    assert endings(child) == {'r1': 'called off', 'r2': 'called off', 'r3': 'called off'}


HELD = """
    import sys
    from adder import *
    from serving import *
    agent = Agent(model, name='silent')
    agent.tool_plain(name='add')(lambda a, b: a + b)

    async def alive(request):
        return PlainTextResponse('alive')

    async def answered(port, path):
        answer = await answer_to(port, path, BODIES[path])
        print(path, 'is answered', flush=True)
        return answer

    async def main():
        async with served([*routes_to(agent), Route('/alive', alive, methods=['POST'])]) as port:
            first = asyncio.create_task(answered(port, '/vercel'))
            second = asyncio.create_task(answered(port, '/ag-ui'))
            await asyncio.to_thread(sys.stdin.readline)
            print(await answer_to(port, '/alive', {}), flush=True)
            await asyncio.gather(first, second)

    asyncio.run(main())
"""


def test_a_request_whose_run_waits_holds_up_neither_others_nor_the_loop(start_child: StartChild) -> None:
    child = start_child(HELD, stop_on_entry=True)
    held, other = child.wait_for(Stopped), child.wait_for(Stopped)
    child.session.write_stdin('\n')
    child.wait_for(Output, lambda output: 'alive' in output.text)
    step_to_the_end(child, other.run)
    child.wait_for(Output, lambda output: 'is answered' in output.text)
    assert held.run not in {event.run for event in child.all(Resumed)}
    child.send(Continue())
    child.finish()
    assert child.stdout.count('is answered') == 2
    assert {finished.run for finished in child.all(RunFinished)} == {held.run, other.run}


def step_to_the_end(child: Child, run: str) -> None:
    """Step over each node of a run that waits; no other run may stop meanwhile."""
    kind = ''
    while kind != 'End':
        child.send(StepOver(run))
        stopped = child.wait_for(Stopped)
        assert stopped.run == run
        kind = stopped.kind
    child.send(StepOver(run))
