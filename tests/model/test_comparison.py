"""Two ways a run went, aligned: what differs in any two runs is no difference."""

from __future__ import annotations

from pydantic_ai_debug.model.comparison import Call, Side, aligned, branch_sides, compare, message_key, run_side
from pydantic_ai_debug.model.selectors import RowKey
from pydantic_ai_debug.model.state import Tokens
from pydantic_ai_debug.protocol import events as ev

from .test_branches import BACK, BEFORE, ON, STEP_BY_STEP, folded


def message(text: str, **more: object) -> dict[str, object]:
    return {'kind': 'request', 'parts': [{'part_kind': 'user-prompt', 'content': text, **more}], **more}


def side(title: str, *texts: str, calls: tuple[Call, ...] = ()) -> Side:
    return Side(
        title, 'agent', 'finished', 1.0, {'requests': 1}, None, Tokens(), tuple(message(text) for text in texts), calls
    )


def test_times_and_identifiers_are_no_difference() -> None:
    assert message_key(message('a', timestamp='1', run_id='x')) == message_key(message('a', timestamp='2', run_id='y'))
    assert message_key(message('a')) != message_key(message('b'))


def test_what_stands_between_equal_items_takes_each_others_place() -> None:
    pairs = aligned(['a', 'b', 'c'], ['a', 'x', 'y', 'c'], str)
    assert [(pair.left, pair.right, pair.same) for pair in pairs] == [
        ('a', 'a', True),
        ('b', 'x', False),
        (None, 'y', False),
        ('c', 'c', True),
    ]


def test_very_long_sides_are_compared_place_by_place() -> None:
    left, right = [str(number) for number in range(3_000)], [str(number) for number in range(3_001)]
    pairs = aligned(left, right, str)
    assert len(pairs) == 3_001
    assert [pair.same for pair in pairs].count(False) == 1


def test_the_first_difference_is_said() -> None:
    call = Call('look', {'at': 1}, 'returned', 'seen')
    found = compare(side('one', 'a', 'b', calls=(call,)), side('other', 'a', 'c', calls=(call,)))
    assert found.first_difference == 1
    assert [pair.same for pair in found.calls] == [True]
    assert compare(side('one', 'a'), side('other', 'a')).first_difference is None


def test_a_branch_that_was_undone_stands_beside_the_one_that_counts() -> None:
    events = (*BEFORE, *BACK, *ON, ev.RunFinished('r1', 'done', {}, None))
    state = folded(*events)
    sides = branch_sides(state, RowKey('r1', 2), lambda place: events[place])
    assert sides is not None
    left, right = sides
    assert (left.title, left.status, right.title, right.status) == ('branch 1', 'undone', 'branch 2', 'finished')
    assert [call.args for call in left.calls] == [{'at': 1}, {'at': 2}]
    assert [(call.args, call.result) for call in right.calls] == [({'at': 1}, 'seen')]
    assert (left.output, right.output) == ('one', 'done')
    assert (left.cost, left.tokens) == (0.5, Tokens(10, 2))
    found = compare(left, right)
    assert [pair.same for pair in found.messages] == [False, False]
    assert branch_sides(folded(*BEFORE), RowKey('r1', 1), lambda place: events[place]) is None


def test_a_run_that_went_back_node_by_node_is_compared_with_what_it_had_done() -> None:
    events = (*STEP_BY_STEP, ev.NodeStarted('r1', 5, 'ModelRequestNode'))
    sides = branch_sides(folded(*events), RowKey('r1', 5), lambda place: events[place])
    assert sides is not None
    left, right = sides
    assert (left.title, left.output, right.title) == ('branch 1', 'one', 'branch 2')


def test_runs_of_two_sessions_are_compared_by_what_they_came_to() -> None:
    events = (*BEFORE, ev.RunFailed('r1', ev.ErrorInfo('ValueError', 'no', '')))
    state = folded(*events)
    failed = run_side('a.jsonl', state.runs['r1'], lambda place: events[place])
    assert (failed.title, failed.status, failed.output) == ('a.jsonl', 'failed', 'ValueError: no')
