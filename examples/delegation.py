"""A delegation: the editor has a tool that runs a second agent, the fact checker, which has a tool of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable
from typing import Literal

from pydantic import BaseModel
from pydantic_ai import Agent, AgentStreamEvent, RunContext
from scripted_model import Call, Say, ScriptedModel, Think, pause

EDITOR_SCRIPT = [
    [
        Think('A famous sentence. Famous is not the same as true.'),
        Say('I pass this on to our fact checker.'),
        Call('check_fact', claim='The Great Wall of China is visible from the Moon with the naked eye.'),
    ],
    [
        Say(
            '**Cut it.** The Great Wall is thousands of kilometres long, but hardly wider than a road, and too narrow '
            'to be seen from the Moon. Suggested instead:\n\n'
            '> From the Moon, not a single building can be made out with the naked eye.'
        )
    ],
]
CHECKER_SCRIPT = [
    [Think('Length does not help, width decides.'), Call('look_up', topic='Great Wall of China')],
    [Call('final_result', verdict='false', reason='The wall is some 6 m wide; the Moon is 384,400 km away.')],
]


class Finding(BaseModel):
    verdict: Literal['true', 'false', 'unclear']
    reason: str


fact_checker = Agent(
    ScriptedModel('gpt-5-mini', CHECKER_SCRIPT),
    output_type=Finding,
    instructions='Check one claim. Look it up before you judge.',
)
editor = Agent(
    ScriptedModel('gpt-5.2', EDITOR_SCRIPT),
    instructions='You edit a magazine on science. Have every claim checked.',
)


@fact_checker.tool_plain
async def look_up(topic: str) -> str:
    """Look a topic up in the encyclopedia."""
    await pause(0.5)
    return f'{topic}: fortifications of stone, brick and rammed earth; the walkway is about 5 to 6 m wide.'


@editor.tool
async def check_fact(ctx: RunContext[object], claim: str) -> Finding:
    """Have a claim checked."""
    checked = await fact_checker.run(claim, usage=ctx.usage, event_stream_handler=follow)
    print(f'{claim} -> {checked.output.verdict}')
    return checked.output


async def follow(ctx: RunContext[object], events: AsyncIterable[AgentStreamEvent]) -> None:
    """Take the response as a stream, so that it can be watched while it is written."""
    async for _ in events:
        pass


async def main() -> None:
    draft = 'Shall we print: "The Great Wall is the only building visible from the Moon"?'
    edited = await editor.run(draft, event_stream_handler=follow)
    print(edited.output)


if __name__ == '__main__':
    asyncio.run(main())
