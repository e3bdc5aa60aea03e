"""What a run did after it went back, and what it left."""

from __future__ import annotations

import pytest

from pydantic_ai_debug.model.branches import Branch, branch_number, leads, predecessor, spans_to
from pydantic_ai_debug.model.effects import effects
from pydantic_ai_debug.model.outline import Outline, rows_around
from pydantic_ai_debug.model.reduce import reduce
from pydantic_ai_debug.model.run_index import RunIndex
from pydantic_ai_debug.model.selectors import RowKey, earlier_nodes, leading_nodes, newest_row, total_cost
from pydantic_ai_debug.model.state import SessionState
from pydantic_ai_debug.model.undone import node_groups
from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.events import Event, Record

ONCE = (Branch(8, 1, 0),)
"""Back before node 1, at node 7."""
TO_THE_LEFT_END = (*ONCE, Branch(10, 7, 0))
"""Then to where the first branch was left."""
TWICE_THE_SAME = (*ONCE, Branch(12, 8, 0))


@pytest.mark.parametrize(
    ('branches', 'index', 'led'),
    [
        ((), 3, [3, 2, 1, 0]),
        (ONCE, 8, [8, 0]),
        (ONCE, 9, [9, 8, 0]),
        (ONCE, 7, [7, 6, 5, 4, 3, 2, 1, 0]),
        (TO_THE_LEFT_END, 10, [10, 6, 5, 4, 3, 2, 1, 0]),
        (TWICE_THE_SAME, 13, [13, 12, 0]),
        ((Branch(5, 0, 0),), 6, [6, 5]),
        # A damaged recording may say anything.
        ((Branch(3, 3, 0), Branch(4, 9, 0)), 5, [5, 4]),
    ],
)
def test_the_nodes_that_lead_to_one(branches: tuple[Branch, ...], index: int, led: list[int]) -> None:
    spans = spans_to(branches, index)
    assert [each for each in range(20, -1, -1) if leads(spans, each)] == led
    assert predecessor(branches, index) == (led[1] if len(led) > 1 else None)


def test_branches_count_from_what_was_run_first() -> None:
    assert [branch_number(TO_THE_LEFT_END, index) for index in (0, 7, 8, 9, 10, 11)] == [0, 0, 1, 1, 2, 2]


def response(text: str) -> dict[str, object]:
    parts = [{'part_kind': 'text', 'content': text}]
    return {'kind': 'response', 'parts': parts, 'usage': {'input_tokens': 10, 'output_tokens': 2}}


def request(text: str) -> dict[str, object]:
    return {'kind': 'request', 'parts': [{'part_kind': 'user-prompt', 'content': text}]}


BEFORE: tuple[Event, ...] = (
    ev.Hello(1, '3.11', '2.0', 'script.py', ()),
    ev.RunStarted('r1', None, None, 'agent', 'test', 'Hi'),
    ev.State('r1', 0, usage={}, run_step=0),
    ev.Stopped('r1', 0, 'boundary', 'UserPromptNode'),
    ev.Resumed('r1', 0, 'boundary'),
    ev.NodeStarted('r1', 0, 'UserPromptNode'),
    ev.NodeFinished('r1', 0, 'UserPromptNode', 0.1, 'ModelRequestNode'),
    ev.NodeStarted('r1', 1, 'ModelRequestNode'),
    ev.Messages('r1', 1, [request('Hi'), response('one')], False, 0),
    ev.State('r1', 1, usage={'requests': 1}, run_step=1),
    ev.State('r1', 1, cost=0.5),
    ev.NodeFinished('r1', 1, 'ModelRequestNode', 1.0, 'CallToolsNode'),
    ev.NodeStarted('r1', 2, 'CallToolsNode'),
    ev.ToolStarted('r1', 2, 'c1', 'look', {'at': 1}),
    ev.RunStarted('r2', 'r1', 'c1', 'inner', 'test', 'Look'),
    ev.NodeStarted('r2', 0, 'UserPromptNode'),
    ev.NodeFinished('r2', 0, 'UserPromptNode', 0.1, 'End'),
    ev.RunFinished('r2', 'seen', {}, None),
    ev.ToolFinished('r1', 2, 'c1', 'look', {'at': 1}, 'returned', 'seen', 0.2),
    ev.ToolStarted('r1', 2, 'c2', 'look', {'at': 2}),
    ev.ToolFinished('r1', 2, 'c2', 'look', {'at': 2}, 'failed', 'no', 0.2),
    ev.NodeFinished('r1', 2, 'CallToolsNode', 0.3, 'ModelRequestNode'),
    ev.Stopped('r1', 3, 'boundary', 'ModelRequestNode', spec='ModelRequestNode'),
)
BACK: tuple[Event, ...] = (
    ev.Resumed('r1', 3, 'boundary'),
    ev.Rewound('r1', 4, 1, {}, 0.0, ('deps.client (Client)',)),
    ev.State('r1', 4, cost=0.0),
    ev.Messages('r1', 4, [], True, 0),
    ev.State('r1', 4, usage={}, run_step=0),
    ev.Stopped('r1', 4, 'boundary', 'ModelRequestNode'),
)
ON: tuple[Event, ...] = (
    ev.Resumed('r1', 4, 'boundary'),
    ev.NodeStarted('r1', 4, 'ModelRequestNode'),
    ev.Messages('r1', 4, [request('Ho'), response('two')], False, 0),
    ev.State('r1', 4, usage={'requests': 1}, run_step=1),
    ev.NodeFinished('r1', 4, 'ModelRequestNode', 1.0, 'CallToolsNode'),
    ev.NodeStarted('r1', 5, 'CallToolsNode'),
    ev.ToolStarted('r1', 5, 'c9', 'look', {'at': 1}),
    ev.Reused('r1', 5, 'c9', 'branch'),
    ev.ToolFinished('r1', 5, 'c9', 'look', {'at': 1}, 'returned', 'seen', 0.0),
    ev.NodeFinished('r1', 5, 'CallToolsNode', 0.3, 'End'),
)


def folded(*events: Event) -> SessionState:
    state = SessionState()
    for seq, event in enumerate(events):
        state = reduce(state, Record(seq, float(seq), event))
    return state


def test_what_was_undone_stays_and_what_counts_is_put_back() -> None:
    state = folded(*BEFORE, *BACK)
    run = state.runs['r1']
    assert run.undone == {1, 2, 3}
    assert [(node.index, node.kind, node.status) for node in run.nodes] == [
        (0, 'UserPromptNode', 'done'),
        (1, 'ModelRequestNode', 'done'),
        (2, 'CallToolsNode', 'done'),
        (3, 'ModelRequestNode', 'waiting'),
        (4, 'ModelRequestNode', 'stopped'),
    ]
    assert run.usage == {}
    assert (run.cost, run.undone_cost) == (0.0, 0.5)
    assert total_cost(state) == 0.5
    assert (run.spent.input, run.spent.output) == (10, 2)
    assert run.nodes[3].broke
    assert newest_row(state) == RowKey('r1', 4)


def test_each_node_shows_what_was_known_at_it_on_its_branch() -> None:
    events = (*BEFORE, *BACK, *ON)
    run = folded(*events).runs['r1']
    index = RunIndex(lambda place: events[place])
    index.update(run)

    def texts(node: int) -> list[str]:
        found = index.history(run.nodes[node])
        return [str(index.message(place)) for place in found.messages]

    assert [len(texts(node)) for node in range(6)] == [0, 2, 2, 2, 2, 2]
    assert ["'Hi'" in texts(node)[0] for node in (1, 3, 4)] == [True, True, False]
    assert index.history(run.nodes[4]).unchanged == 0
    assert index.snapshot(run.nodes[3])[1].usage == {'requests': 1}
    assert index.snapshot(run.nodes[4])[1].usage == {'requests': 1}
    assert index.snapshot(run.nodes[4])[0] is not None
    assert [node.index for node in earlier_nodes(run, 4)] == [0]
    assert [node.index for node in leading_nodes(run)][-3:] == [5, 4, 0]


def test_what_ran_and_is_left_behind_is_listed_once() -> None:
    run = folded(*BEFORE).runs['r1']
    assert [(effect.tool.call, effect.reusable) for effect in effects(run, 1)] == [('c1', True), ('c2', False)]
    assert effects(run, 3) == ()
    later = folded(*BEFORE, *BACK, *ON).runs['r1']
    # The call of the second branch did not run, so there is nothing of it to reuse.
    assert [effect.tool.call for effect in effects(later, 4)] == ['c1', 'c2']
    assert later.nodes[5].tools[0].reused == 'branch'
    # Once the call that it answered stays, it answers no other.
    assert [effect.tool.call for effect in effects(later, 6)] == ['c2']


def test_undone_nodes_stand_below_a_row_that_is_folded_at_first() -> None:
    outline = Outline()
    outline.update(folded(*BEFORE))
    assert RowKey('r2', 0) in [row.key for row in outline.rows]
    outline.update(folded(*BEFORE, *BACK))
    branch = RowKey('r1', branch=1)
    assert [(row.key, row.depth) for row in outline.rows] == [
        (RowKey(), 0),
        (RowKey('r1'), 1),
        (RowKey('r1', 0), 2),
        (branch, 2),
        (RowKey('r1', 4), 2),
    ]
    outline.toggle(branch, folded=False)
    assert [(row.key, row.depth, row.last) for row in outline.rows[3:]] == [
        (branch, 2, False),
        (RowKey('r1', 1), 3, False),
        (RowKey('r1', 2), 3, False),
        (RowKey('r1', 2, 'c1'), 4, False),
        (RowKey('r2'), 5, True),
        (RowKey('r2', 0), 6, False),
        (RowKey('r2', 1), 6, True),
        (RowKey('r1', 2, 'c2'), 4, True),
        (RowKey('r1', 3), 3, True),
        (RowKey('r1', 4), 2, True),
    ]
    outline.update(folded(*BEFORE, *BACK, *ON))
    assert [row.key for row in outline.rows[-4:]] == [
        RowKey('r1', 4), RowKey('r1', 5), RowKey('r1', 5, 'c9'), RowKey('r1', 6),
    ]  # fmt: skip


def test_what_is_folded_away_stands_below_rows_that_are_not() -> None:
    state = folded(*BEFORE, *BACK)
    branch, call = RowKey('r1', branch=1), RowKey('r1', 2, 'c1')
    above = [branch, RowKey('r1'), RowKey()]
    assert list(rows_around(state, call)) == [call, RowKey('r1', 2), *above]
    assert [key for key in rows_around(state, RowKey('r2', 0)) if key in above] == above
    assert call in rows_around(state, RowKey('r2'))
    assert list(rows_around(state, RowKey('r1', 4)))[1:] == [RowKey('r1', 4), RowKey('r1'), RowKey()]
    outline = Outline()
    outline.update(state)
    shown = [row.key for row in outline.rows]
    assert next(key for key in rows_around(state, RowKey('r2', 0)) if key in shown) == branch


STEP_BY_STEP: tuple[Event, ...] = (
    *BEFORE,
    ev.Rewound('r1', 4, 2, {}),
    ev.Stopped('r1', 4, 'boundary', 'CallToolsNode'),
    ev.Rewound('r1', 5, 1, {}),
    ev.Stopped('r1', 5, 'boundary', 'ModelRequestNode'),
)
"""Back node by node: nothing is done on the branch that begins with node 4."""


def test_a_branch_that_nothing_was_done_on_is_none() -> None:
    run = folded(*STEP_BY_STEP).runs['r1']
    assert [(group.branch, [node.index for node in group.nodes]) for group in node_groups(run)] == [
        (None, [0]),
        (1, [1, 2, 3]),
        (None, [5]),
    ]
    assert branch_number(run.branches, 5) == 1
    outline = Outline()
    outline.update(folded(*STEP_BY_STEP))
    assert [row.key for row in outline.rows] == [
        RowKey(), RowKey('r1'), RowKey('r1', 0), RowKey('r1', branch=1), RowKey('r1', 5),
    ]  # fmt: skip
    outline.toggle(RowKey('r1', branch=1), folded=False)
    assert [row.key.node for row in outline.rows if row.depth == 3] == [1, 2, 3]
    assert [row.key for row in outline.rows if row.last and row.depth == 3] == [RowKey('r1', 3)]


@pytest.mark.parametrize(
    'done',
    [
        ev.Edited('r1', 4, None, 'prompt', 'Hi', 'Ho'),
        ev.AnsweredByHand('r1', 4, None, 'response', 'so'),
        ev.NodeStarted('r1', 4, 'CallToolsNode'),
    ],
)
def test_a_branch_that_anything_was_done_on_stays(done: Event) -> None:
    run = folded(*STEP_BY_STEP[:-2], done, *STEP_BY_STEP[-2:]).runs['r1']
    assert [group.branch for group in node_groups(run)] == [None, 1, 2, None]
    assert branch_number(run.branches, 5) == 2


def test_a_run_that_fails_after_it_went_back_keeps_what_was_undone() -> None:
    failed = ev.RunFailed('r1', ev.ErrorInfo('E', 'no', ''))
    run = folded(*BEFORE, *BACK, failed).runs['r1']
    assert [(node.index, node.status) for node in run.nodes][-2:] == [(3, 'waiting'), (4, 'failed')]


def test_a_node_that_was_left_while_it_ran_is_said_to_be() -> None:
    run = folded(*BEFORE[:14], ev.Rewound('r1', 3, 1, {})).runs['r1']
    assert [(node.index, node.status) for node in run.nodes][-2:] == [(2, 'left'), (3, 'waiting')]
    assert run.nodes[2].tools[0].status == 'left'


@pytest.mark.parametrize('step', [1, 2, 3, 5])
def test_the_rows_are_the_same_however_often_they_were_brought_up_to_date(step: int) -> None:
    events = (
        *BEFORE,
        *BACK,
        *ON,
        ev.Rewound('r1', 7, 3, {}),
        ev.Stopped('r1', 7, 'boundary', 'ModelRequestNode'),
        ev.Rewound('r1', 8, 2, {}),
        ev.Stopped('r1', 8, 'boundary', 'CallToolsNode'),
        ev.NodeStarted('r1', 8, 'CallToolsNode'),
    )
    kept, state = Outline(), SessionState()
    for seq, event in enumerate(events):
        state = reduce(state, Record(seq, float(seq), event))
        if seq % step == 0:
            kept.update(state)
            fresh = Outline()
            fresh.update(state)
            assert [(row.key, row.depth) for row in kept.rows] == [(row.key, row.depth) for row in fresh.rows]


def test_a_call_that_is_made_again_holds_the_runs_that_it_started_itself() -> None:
    again: tuple[Event, ...] = (
        ev.Rewound('r1', 4, 2, {}),
        ev.NodeStarted('r1', 4, 'CallToolsNode'),
        ev.ToolStarted('r1', 4, 'c1', 'look', {'at': 1}),
        ev.RunStarted('r3', 'r1', 'c1', 'inner', 'test', 'Look'),
    )
    outline = Outline()
    outline.update(folded(*BEFORE, *again))
    outline.toggle(RowKey('r1', branch=2), folded=False)
    rows = [(row.key, row.parent.key if row.parent is not None else None) for row in outline.rows]
    assert [parent for key, parent in rows if key in (RowKey('r2'), RowKey('r3'))] == [
        RowKey('r1', 2, 'c1'),
        RowKey('r1', 4, 'c1'),
    ]
