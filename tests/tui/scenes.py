"""Moments of a session that several tests look at, as the events that lead to them."""

from __future__ import annotations

from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.breakpoints import Breakpoint

CALLS = (
    ('c1', 'get_weather', {'city': 'Paris', 'day': '2026-11-27'}),
    ('c2', 'find_flights', {'origin': 'London', 'destination': 'Paris'}),
    ('c3', 'research_city', {'city': 'Paris'}),
)
RESPONSE = {
    'kind': 'response',
    'parts': [
        {'part_kind': 'tool-call', 'tool_call_id': call, 'tool_name': tool, 'args': args} for call, tool, args in CALLS
    ],
    'usage': {'input_tokens': 812, 'output_tokens': 143},
}
BREAKPOINTS = (
    Breakpoint('tool:find_flights if args["origin"] == "London"'),
    Breakpoint('trip_agent/CallToolsNode'),
    Breakpoint('tool:research_city', False),
    Breakpoint('budget:cost > 0.5'),
    Breakpoint('tool:get_weather log called with {args}'),
)
BEFORE_CALLS: tuple[ev.Event, ...] = (
    ev.Hello(1, '3.11.7', '2.68.0', 'trip.py', ()),
    ev.PhaseChanged('running'),
    ev.BreakpointsSet(BREAKPOINTS),
    ev.RunStarted('r1', None, None, 'trip_agent', 'gpt-5.2', 'Plan a weekend'),
    ev.NodeStarted('r1', 0, 'UserPromptNode'),
    ev.NodeFinished('r1', 0, 'UserPromptNode', 0.001, 'ModelRequestNode'),
    ev.NodeStarted('r1', 1, 'ModelRequestNode'),
    ev.Messages('r1', 1, [RESPONSE], False, 0),
    ev.NodeFinished('r1', 1, 'ModelRequestNode', 1.4, 'CallToolsNode'),
    ev.Stopped('r1', 2, 'boundary', 'CallToolsNode'),
)
"""Stopped at the boundary before three calls, one of which has a breakpoint."""
CALLS_SIDE_BY_SIDE: tuple[ev.Event, ...] = (
    *BEFORE_CALLS,
    ev.Resumed('r1', 2, 'boundary'),
    ev.NodeStarted('r1', 2, 'CallToolsNode'),
    *(ev.ToolStarted('r1', 2, call, tool, args) for call, tool, args in CALLS),
    ev.Edited('r1', 2, 'c1', 'args', {'city': 'Rome'}, {'city': 'Paris', 'day': '2026-11-27'}),
    ev.Stopped('r1', 2, 'tool', 'get_weather', 'c1', after=True, result='sunny'),
    ev.Stopped('r1', 2, 'tool', 'research_city', 'c3'),
    ev.Stopped('r1', 2, 'tool', 'find_flights', 'c2', spec=BREAKPOINTS[0].spec, problem="KeyError: 'origin'"),
)
"""Three calls wait side by side, one of them after it has returned; the newest stop is at a breakpoint."""
STREAM_HELD: tuple[ev.Event, ...] = (
    *CALLS_SIDE_BY_SIDE,
    ev.Resumed('r1', 2, 'tool', 'c3'),
    ev.RunStarted('r2', 'r1', 'c3', 'city_expert', 'haiku', 'Paris'),
    ev.NodeStarted('r2', 0, 'ModelRequestNode'),
    ev.Stopped('r2', 0, 'stream', 'ModelRequestNode', holds_stream=True),
)
"""A sub-agent below one of the calls holds its model's stream."""
