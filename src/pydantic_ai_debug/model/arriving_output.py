"""The structured output of a run before the run ends: found in what its newest model request has answered so far."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic_ai_debug.protocol.events import Json, Request, Stream

from .details import Recall, json_list, json_object
from .parts import Part, PartsFold, message_parts
from .responses import node_response
from .selectors import leading_nodes
from .state import NodeState, RunState

_TEXT_MODES = frozenset({'native', 'prompted'})
"""Output modes in which structured output comes as text."""

_FENCE = re.compile(r'```\w*\s*(?=\{)')
_FENCE_END = re.compile(r'\n[ \t]*`|(?<=\})[ \t]*`+\s*$')
"""A line break is never inside a text of JSON."""


@dataclass(frozen=True)
class ArrivingOutput:
    """Structured output as it was sent so far."""

    run: str
    started_seq: int
    node: int
    """The model request that brings it."""
    tool: str
    """The output tool that is called; empty where it comes as text."""
    schema: Json
    """Its JSON schema; None where it is not known."""
    text: str
    """JSON, or its beginning."""
    whole: bool
    """Whether nothing more of it comes."""


@dataclass(frozen=True)
class _Expected:
    """What a request asks its answer to be."""

    schemas: Mapping[str, Json]
    """By output tool."""
    as_text: bool
    text_schema: Json


class OutputWatch:
    """Looks for the output of one run at a time; each look costs what has come since the one before."""

    def __init__(self, recall: Recall) -> None:
        self._recall = recall
        self._expected: tuple[object, _Expected | None] | None = None
        """By the run and the place of its request."""
        self._subject: object = None
        self._fold = PartsFold()
        self._streamed = 0
        self._parts: list[Part] | None = None
        """Of a response that came whole."""

    def look(self, run: RunState) -> ArrivingOutput | None:
        """The output that the run's newest request brings; None where it has brought none yet."""
        node = newest_request(run)
        expected = self._read_request(run, node.request) if node is not None and node.request is not None else None
        if node is None or expected is None:
            return None
        subject = (run.id, run.started_seq, node.index)
        if subject != self._subject:
            self._subject, self._fold, self._streamed, self._parts = subject, PartsFold(), 0, None
        found = _output(expected, self._read_parts(run, node))
        if found is None:
            return None
        tool, schema, text, whole = found
        return ArrivingOutput(run.id, run.started_seq, node.index, tool, schema, text, whole or _is_over(node))

    def _read_request(self, run: RunState, place: int) -> _Expected | None:
        """What the request at a place asks for; None where that is no structured output."""
        key = (run.id, run.started_seq, place)
        if self._expected is None or self._expected[0] != key:
            event = self._recall(place)
            self._expected = key, _expected(event) if isinstance(event, Request) else None
        return self._expected[1]

    def _read_parts(self, run: RunState, node: NodeState) -> list[Part]:
        if _is_over(node) and not self._streamed and self._parts is None:
            response = node_response(run, node, self._recall)
            self._parts = message_parts(response) if response is not None else None
        if self._parts is not None:
            return self._parts
        for event in map(self._recall, node.stream[self._streamed :]):
            if isinstance(event, Stream):
                self._fold.feed(event.data)
        self._streamed = len(node.stream)
        return self._fold.parts


def newest_request(run: RunState) -> NodeState | None:
    """The last model request of a run, waiting ones included."""
    return next((node for node in leading_nodes(run) if node.kind == 'ModelRequestNode'), None)


def _is_over(node: NodeState) -> bool:
    return node.duration is not None


def _expected(request: Request) -> _Expected | None:
    tools = [json_object(tool) for tool in json_list(request.output_tools)]
    schemas = {str(tool.get('name')): tool.get('parameters_json_schema') for tool in tools}
    as_text = request.output_mode in _TEXT_MODES
    return _Expected(schemas, as_text, request.output_schema) if schemas or as_text else None


def _output(expected: _Expected, parts: list[Part]) -> tuple[str, Json, str, bool] | None:
    """The tool, schema and text of the output among some parts, and whether it is whole."""
    for part in parts:
        if part.kind == 'call' and not part.native and part.tool in expected.schemas:
            return part.tool, expected.schemas[part.tool], part.args_text, part.finished
    if expected.as_text:
        text = _json_in(''.join(part.text for part in parts if part.kind == 'text'))
        if text:
            return '', expected.text_schema, text, False
    return None


def _json_in(text: str) -> str:
    """The JSON of an answer, which models like to put between Markdown's fences."""
    if text.lstrip().startswith('{'):
        return text
    fence = _FENCE.search(text)
    return _FENCE_END.split(text[fence.end() :], maxsplit=1)[0] if fence is not None else ''
