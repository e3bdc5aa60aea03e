"""A model that thinks before it answers. The script walks the graph itself and prints the response as it arrives."""

from __future__ import annotations

import asyncio

from pydantic_ai import Agent, PartDeltaEvent, PartStartEvent, TextPart, TextPartDelta, ThinkingPart, ThinkingPartDelta
from scripted_model import Say, ScriptedModel, Think

SCRIPT = [
    [
        Think(
            'Once an hour, so 24 times? Careful: between 11 and 1 the hands meet only once, at 12 sharp, '
            'so it is less than once an hour.\n\n'
            'The minute hand turns 360 degrees an hour, the hour hand 30. The minute hand gains 330 degrees an hour '
            'and must gain 360 to catch up, which takes 360 / 330 = 12/11 hours, or 65 minutes and 27 seconds.\n\n'
            'A day has 24 hours: 24 / (12/11) = 22. Check on half a day: 12 / (12/11) = 11, and midnight and noon '
            'are not counted twice. So 22.'
        ),
        Say(
            'They meet **22 times** a day.\n\n'
            '- The minute hand gains 330° an hour on the hour hand.\n'
            '- It needs 360° to catch up: 12/11 hours, about 65 min 27 s.\n'
            '- 24 hours hold 24 ÷ 12/11 = 22 of those.'
        ),
    ],
]

thinker = Agent(
    ScriptedModel('claude-opus-4-5', SCRIPT), name='thinker', instructions='Think first. Then answer briefly.'
)


def text_of(event: object) -> tuple[str, str]:
    """What an event brings: `thinking` or `answer`, and the new text."""
    if isinstance(event, PartStartEvent) and isinstance(event.part, (ThinkingPart, TextPart)):
        return ('thinking' if isinstance(event.part, ThinkingPart) else 'answer', event.part.content)
    if isinstance(event, PartDeltaEvent) and isinstance(event.delta, ThinkingPartDelta):
        return ('thinking', event.delta.content_delta or '')
    if isinstance(event, PartDeltaEvent) and isinstance(event.delta, TextPartDelta):
        return ('answer', event.delta.content_delta)
    return ('', '')


async def main() -> None:
    heading = ''
    async with thinker.iter('How many times a day do the two hands of a clock overlap?') as run:
        async for node in run:
            if not Agent.is_model_request_node(node):
                continue
            async with node.stream(run.ctx) as stream:
                async for event in stream:
                    kind, text = text_of(event)
                    if kind and kind != heading:
                        heading = kind
                        print(f'\n--- {heading} ---')
                    print(text, end='', flush=True)
    print()


if __name__ == '__main__':
    asyncio.run(main())
