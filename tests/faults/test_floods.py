"""More than anybody reads: nothing is lost, and the parent holds little of it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from pydantic_ai_debug.protocol.events import Messages, RunFinished, Stream, ToolFinished
from tests.debuggee.conftest import StartChild

MEASURED = """
import resource, sys
from pydantic_ai_debug.cli import main
code = main(sys.argv[2:])
try:
    # What `getrusage` tells on Linux includes the process that this one was forked from.
    with open('/proc/self/status') as status:
        peak = next(int(line.split()[1]) * 1024 for line in status if line.startswith('VmHWM'))
except FileNotFoundError:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with open(sys.argv[1], 'w') as file:
    file.write(str(peak))
sys.exit(code)
"""
"""Runs the command line and writes down the most memory it used, in bytes."""

PRINTS = """
import sys
block = ('y' * 99 + '\\n') * 1000
for _ in range(1000):
    sys.stdout.write(block)
"""


def test_a_hundred_megabytes_of_prints_pass_through(tmp_path: Path, environment: Mapping[str, str]) -> None:
    script, memory = tmp_path / 'script.py', tmp_path / 'memory'
    script.write_text(PRINTS)
    command = [sys.executable, '-c', MEASURED, str(memory), '--headless', '--no-record', str(script)]
    size = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=dict(environment)) as debugger:
        assert debugger.stdout is not None
        for line in debugger.stdout:
            event = json.loads(line)
            if event['event'] == 'output' and event['stream'] == 'stdout':
                size += len(event['text'])
    assert debugger.returncode == 0
    assert size == 100_000_000
    assert int(memory.read_text()) < 80_000_000


def test_a_message_of_ten_megabytes_is_kept_whole(start_child: StartChild) -> None:
    child = start_child(
        """
        from pydantic_ai import Agent
        from pydantic_ai.messages import ModelResponse, TextPart, ToolCallPart
        from pydantic_ai.models.function import FunctionModel

        def answer(messages, info):
            if any(message.kind == 'response' for message in messages):
                return ModelResponse(parts=[TextPart('m' * 10_000_000)])
            return ModelResponse(parts=[ToolCallPart('large', {}, tool_call_id='c1')])

        agent = Agent(FunctionModel(answer))

        @agent.tool_plain
        def large() -> str:
            return 't' * 10_000_000

        print(len(agent.run_sync('x').output))
        """
    )
    child.finish()
    assert child.stdout == '10000000\n'
    (tool,) = child.all(ToolFinished)
    assert tool.result == 't' * 10_000_000
    (run,) = child.all(RunFinished)
    assert run.output == 'm' * 10_000_000
    assert sum(len(str(event.added)) for event in child.all(Messages)) > 20_000_000


def test_deltas_as_fast_as_they_come_are_all_there(start_child: StartChild) -> None:
    child = start_child(
        """
        import asyncio
        from pydantic_ai import Agent
        from pydantic_ai.models.function import FunctionModel

        async def words(messages, info):
            for number in range(10_000):
                yield f'{number:05} '

        async def main():
            async with Agent(FunctionModel(stream_function=words)).run_stream('x') as result:
                async for _ in result.stream_text(delta=True, debounce_by=None):
                    pass

        asyncio.run(main())
        """
    )
    child.finish()
    text, count = '', 0
    for event in child.all(Stream):
        assert isinstance(event.data, dict)
        if event.data['event_kind'] == 'part_start':
            text += event.data['part']['content']
            count += 1
        elif event.data['event_kind'] == 'part_delta':
            text += event.data['delta']['content_delta']
            count += len(event.lengths)
            assert sum(event.lengths) == len(event.data['delta']['content_delta'])
            assert len(event.times) == len(event.lengths)
    assert text == ''.join(f'{number:05} ' for number in range(10_000))
    assert count == 10_000
