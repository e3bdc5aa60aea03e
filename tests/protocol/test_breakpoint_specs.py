"""What a breakpoint cannot be is said where it goes wrong."""

from __future__ import annotations

import pytest

from pydantic_ai_debug.protocol.breakpoints import BreakpointSpec, SpecError, parse_spec

WRONG = {
    '': ('▸', 'where to stop is missing'),
    'foo': ('▸foo', 'no place to stop'),
    'modelRequestNode': ('▸modelRequestNode', 'no place to stop'),
    'result:x': ('▸result:x', 'no kind of breakpoint'),
    'tool:': ('tool:▸', 'something is missing'),
    'tool:x:afterr': ('tool:x:▸afterr', '`:before` or `:after`'),
    'tool:a b': ('tool:a ▸b', 'after `tool:a` may come'),
    'research/tool:search  x3 x3': ('research/tool:search  ▸x3 x3', 'after `tool:search` may come'),
    'error x': ('error ▸x', 'after `error` may come'),
    'End once x2': ('End ▸once x2', 'in this order'),
    'text:(': ('text:▸(', 'no regular expression'),
    'budget:requests >': ('budget:▸requests >', 'no Python expression'),
    'budget:tokens > 9': ('budget:▸tokens > 9', 'nothing that is counted'),
    'budget: max(cost, price) > 9': ('budget: max(cost, ▸price) > 9', 'nothing that is counted'),
    'repeat:1': ('repeat:▸1', '2 or more'),
    'tool:x if': ('tool:x if▸', 'is missing'),
    'tool:x if (': ('tool:x if ▸(', 'never closed'),
    'tool:x x0': ('tool:x x▸0', 'counted from 1'),
    'tool:x log': ('tool:x log▸', 'missing after `log`'),
}


@pytest.mark.parametrize('spec', WRONG)
def test_a_wrong_breakpoint_is_refused_with_the_place_marked(spec: str) -> None:
    marked, problem = WRONG[spec]
    with pytest.raises(SpecError) as refused:
        parse_spec(spec)
    assert str(refused.value).endswith(f'; here: {marked}')
    assert problem in refused.value.problem


@pytest.mark.parametrize('expression', ['max(cost, 1) > requests', 'any(n > 9 for n in (requests, tool_calls))'])
def test_a_budget_may_use_pythons_own_functions_and_names_that_it_makes(expression: str) -> None:
    assert parse_spec(f'budget:{expression}') == BreakpointSpec('budget', expression)
