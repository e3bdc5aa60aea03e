"""Tools that an MCP server runs, over its stdin and stdout."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import pytest

from pydantic_ai_debug.protocol.events import Request, ToolFinished

from .conftest import SameAsPlain, endings

pytestmark = pytest.mark.skipif(not find_spec('mcp'), reason='the extra `mcp` of pydantic-ai is not here')

SERVER = """
try:
    from mcp.server import MCPServer
except ImportError:  # before version 2 of mcp
    from mcp.server.fastmcp import FastMCP as MCPServer

server = MCPServer('sums', log_level='CRITICAL')


@server.tool()
def add(a: int, b: int) -> int:
    return a + b


@server.tool()
def divide(a: int, b: int) -> float:
    return a / b


server.run()
"""

SCRIPT = """
    import asyncio
    import sys
    from pathlib import Path
    from adder import *
    from pydantic_ai import UnexpectedModelBehavior, mcp

    server = str(Path(__file__).with_name('server.py'))
    if hasattr(mcp, 'MCPToolset'):
        from fastmcp.client.transports import StdioTransport
        toolset = mcp.MCPToolset(StdioTransport(sys.executable, [server]))
    else:
        toolset = mcp.MCPServerStdio(sys.executable, [server], timeout=30)

    def divide_once(messages, info):
        if asked_before(messages):
            return ModelResponse(parts=[TextPart(str(messages[-1].parts[0].content))])
        return divide(messages, info)

    def divide(messages, info):
        return ModelResponse(parts=[ToolCallPart('divide', {'a': 1, 'b': 0}, tool_call_id=f'c{len(messages)}')])

    async def main():
        agent = Agent(model, toolsets=[toolset])
        async with agent:
            print((await agent.run('add')).output)
            async with agent.run_stream('add') as response:
                async for text in response.stream_text():
                    print(text)
            print([type(part).__name__ for message in response.all_messages() for part in message.parts])
            print((await agent.run('divide', model=FunctionModel(divide_once))).output)
            try:
                await agent.run('divide', model=FunctionModel(divide))
            except UnexpectedModelBehavior as error:
                print(error)

    asyncio.run(main())
"""


def test_tools_of_a_server_are_called_and_fail_as_they_do_without_a_debugger(
    same_as_plain: SameAsPlain, tmp_path: Path
) -> None:
    (tmp_path / 'server.py').write_text(SERVER)
    child = same_as_plain(SCRIPT)
    assert child.session.returncode == 0
    assert [(tool.run, tool.tool, tool.outcome) for tool in child.all(ToolFinished)] == [
        ('r1', 'add', 'returned'),
        ('r2', 'add', 'returned'),
        ('r3', 'divide', 'retry'),
        ('r4', 'divide', 'retry'),
        ('r4', 'divide', 'failed'),
    ]
    assert [tool.result for tool in child.all(ToolFinished)[:2]] == [3, 3]
    assert 'Error executing tool divide' in json.dumps(child.all(ToolFinished)[2].result)
    assert {tool['name'] for tool in child.all(Request)[0].tools} == {'add', 'divide'}
    assert endings(child) == {'r1': 'finished', 'r2': 'finished', 'r3': 'finished', 'r4': 'failed'}
