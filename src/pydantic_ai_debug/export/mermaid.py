"""What a session did as a Mermaid sequence diagram: who asked whom, in which order, and what came of it.

Each agent has a box with its model and its tools; the agents that its tools started have boxes of their own. Every
character that could mean something to Mermaid is written by its number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pydantic_ai_debug.model.calls import call_arguments, short_json
from pydantic_ai_debug.model.details import json_object
from pydantic_ai_debug.model.literal import literal
from pydantic_ai_debug.model.parts import message_parts
from pydantic_ai_debug.model.state import NodeState, RunState, ToolState
from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.events import Json

from .errors import ExportError
from .transcript import Transcript
from .wording import call_facts, failure, node_facts, run_facts, title

_END = re.compile(r'\bend\b', re.IGNORECASE)
"""A word that ends a block, wherever it stands."""
_LONGEST = 60
"""Characters of a text in the diagram."""
_PLAIN = frozenset(' ._-,()[]{}=/\'":?!*')


def mermaid(transcript: Transcript) -> Iterator[str]:
    """A diagram of the runs.

    Raises:
        ExportError: where there is no run.
    """
    if not transcript.roots:
        raise ExportError('there is no agent run to draw')
    yield 'sequenceDiagram\n'
    diagram = _Diagram(transcript)
    lines = [line for run in transcript.roots for line in diagram.run(run, 'script', 1)]
    yield f'    participant script as {_text(title(transcript))}\n'
    for agent in diagram.agents.values():
        yield f'    box transparent {_text(agent.name)}\n'
        yield f'    participant {agent.id} as {_text(agent.name)}\n'
        yield f'    participant {agent.id}m as {_text(agent.model or "model")}\n'
        for tool, name in agent.tools.items():
            yield f'    participant {name} as {_text(tool)}\n'
        yield '    end\n'
    yield from (f'{line}\n' for line in lines)


class _Agent:
    """One box: an agent, as it is run from one place."""

    def __init__(self, number: int, run: RunState) -> None:
        self.id = f'a{number}'
        self.name = run.agent or 'agent'
        self.model = run.model
        self.tools: dict[str, str] = {}

    def tool(self, name: str) -> str:
        return self.tools.setdefault(name, f'{self.id}t{len(self.tools) + 1}')


class _Diagram:
    def __init__(self, transcript: Transcript) -> None:
        self.agents: dict[tuple[str, str, str], _Agent] = {}
        self._transcript = transcript

    def run(self, run: RunState, caller: str, depth: int) -> Iterator[str]:
        key = (caller, run.agent, run.model)
        agent = self.agents.setdefault(key, _Agent(len(self.agents) + 1, run))
        indent = '    ' * depth
        yield f'{indent}{caller}->>{agent.id}: {_text(_plain(run.prompt))}'
        for node in self._transcript.nodes(run):
            if node.kind == 'ModelRequestNode':
                yield from self._request(run, node, agent, indent)
            yield from self._calls(run, node.tools, agent, depth)
        for child in self._transcript.stray_runs(run):
            yield from self.run(child, agent.id, depth + 1)
        end = self._transcript.end(run)
        match end:
            case ev.RunFinished():
                facts = run_facts(self._transcript, run)
                yield f'{indent}{agent.id}-->>{caller}: {_text(_plain(end.output), facts)}'
            case ev.RunFailed():
                yield f'{indent}{agent.id}--x{caller}: {_text(failure(end.error))}'
            case None:
                yield f'{indent}Note over {agent.id}: the recording ends here'

    def _request(self, run: RunState, node: NodeState, agent: _Agent, indent: str) -> Iterator[str]:
        response = self._transcript.response(run, node)
        if response is None and node.status != 'failed':
            return
        yield f'{indent}{agent.id}->>{agent.id}m: {_text("request")}'
        if response is None:
            yield f'{indent}{agent.id}m--x{agent.id}: {_text("failed")}'
            return
        said = ', '.join(_words(response)) or 'nothing'
        yield f'{indent}{agent.id}m-->>{agent.id}: {_text(said, node_facts(node))}'

    def _calls(self, run: RunState, tools: Sequence[ToolState], agent: _Agent, depth: int) -> Iterator[str]:
        """Calls that overlap stand side by side."""
        side_by_side = len(tools) > 1
        indent = '    ' * depth
        for number, tool in enumerate(tools):
            if side_by_side:
                yield f'{indent}{"and" if number else "par"} {_text(tool.tool)}'
            yield from self._call(run, tool, agent, depth + side_by_side)
        if side_by_side:
            yield f'{indent}end'

    def _call(self, run: RunState, tool: ToolState, agent: _Agent, depth: int) -> Iterator[str]:
        indent = '    ' * depth
        name = agent.tool(tool.tool)
        yield f'{indent}{agent.id}->>{name}: {_text(call_arguments(tool.args) or "()")}'
        for child in self._transcript.runs_inside(run, tool):
            yield from self.run(child, name, depth + 1)
        if tool.finished_seq is None:
            return
        arrow = '--x' if tool.outcome == 'failed' else '-->>'
        result = _plain(self._transcript.result(tool))
        yield f'{indent}{name}{arrow}{agent.id}: {_text(result, call_facts(tool))}'


def _words(response: Json) -> Iterator[str]:
    """What is in a response, a word or two for each part."""
    for part in message_parts(response):
        match part.kind:
            case 'call':
                yield f'call {part.tool}'
            case 'text':
                yield _plain(part.text)
            case 'thinking':
                yield 'thinking'
            case 'return':
                yield f'return {part.tool}'
            case 'other':
                yield part.wire_kind


def _plain(value: Json) -> str:
    """A text as it is, anything else as JSON on one line."""
    content = json_object(value).get('content', value)
    return content.strip() if isinstance(content, str) else short_json(content)


def _text(text: str, facts: str = '') -> str:
    """Text for any place of a diagram, on one line and cut, with facts behind it that are not; never empty."""
    line = literal(' '.join(text.split()))
    if len(line) > _LONGEST:
        line = f'{line[: _LONGEST - 1]}…'
    if facts:
        line = f'{line} ({facts})'.lstrip()
    return _END.sub(lambda word: f'#{ord(word[0][0])};{word[0][1:]}', ''.join(map(_escaped, line))) or '-'


def _escaped(character: str) -> str:
    is_plain = character.isalnum() or character in _PLAIN or character in '…·'
    return character if is_plain else f'#{ord(character)};'
