"""The fold from events to state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from typing_extensions import assert_never

from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.events import Json, Record

from .branches import Branch, leads, spans_to
from .changes import with_changes
from .planned_calls import asked_calls
from .state import NodeState, RunState, RunStatus, SessionState, SessionStatus, Stop, Tokens, ToolState, node_position
from .times import with_waits
from .vector import Vector


def reduce(state: SessionState, record: Record) -> SessionState:
    """The state after one more event. Events of runs that are not known change nothing but the count."""
    state = with_changes(state, count=record.seq + 1, time=max(state.time, record.time))
    event = record.event
    match event:
        case ev.Hello():
            return with_changes(
                state,
                target=event.target,
                argv=event.argv,
                python=event.python,
                pydantic_ai=event.pydantic_ai,
                pid=event.pid,
            )
        case ev.PhaseChanged():
            return with_changes(state, status='importing' if event.phase == 'importing' else _status(state))
        case ev.Output() | ev.Logged():
            return with_changes(state, output=state.output.appended(record.seq))
        case ev.RunStarted():
            return _start_run(state, event, record)
        case ev.NodeStarted():
            return _in_node(state, event.run, event.node, lambda node: _started(node, event, record.time))
        case ev.NodeFinished():
            return _in_run(state, event.run, lambda run: _finish_node(run, event))
        case ev.Stream():
            return _in_node(state, event.run, event.node, lambda node: _streamed(node, event, record))
        case ev.ToolStarted():
            return _in_node(state, event.run, event.node, lambda node: _start_tool(node, event, record))
        case ev.ToolFinished():
            return _in_node(state, event.run, event.node, lambda node: _finish_tool(node, event, record))
        case ev.RequestPlanned():
            return _in_node(state, event.run, event.node, lambda node: with_changes(node, request=record.seq))
        case ev.Request():
            return _in_run(state, event.run, lambda run: _requested(run, event, record.seq))
        case ev.RequestFailed():
            # Whether that ends anything is told by the events after it.
            return _in_node(
                state, event.run, event.node, lambda node: with_changes(node, failures=(*node.failures, record.seq))
            )
        case ev.Messages():
            return _in_run(state, event.run, lambda run: _add_messages(run, event, record.seq))
        case ev.State():
            return _in_run(state, event.run, lambda run: _add_state(run, event, record.seq))
        case ev.RunFinished():
            return _in_run(state, event.run, lambda run: _finish_run(run, event, record))
        case ev.RunFailed():
            return _in_run(state, event.run, lambda run: _fail_run(run, event, record))
        case ev.Stopped():
            return _in_run(state, event.run, lambda run: _stop(run, event, record))
        case ev.Resumed():
            return _in_run(state, event.run, lambda run: _resume(run, event))
        case ev.BreakpointsSet():
            return with_changes(state, breakpoints=event.breakpoints)
        case ev.ToolsSerialized():
            return with_changes(state, tools_serialized=event.on)
        case ev.Edited():
            state = _in_node(state, event.run, event.node, lambda node: _edited(node, event, record.seq))
            return with_changes(state, replies=state.replies.appended(record.seq))
        case ev.AnsweredByHand():
            state = _in_node(state, event.run, event.node, lambda node: _by_hand(node, event.call, record.seq))
            return with_changes(state, replies=state.replies.appended(record.seq))
        case ev.Reused():
            return _in_node(state, event.run, event.node, lambda node: _reused(node, event))
        case ev.ReplaySwitched():
            return with_changes(state, replays=event.on)
        case ev.Diverged():
            return _in_node(state, event.run, event.node, lambda node: with_changes(node, diverged=record.seq))
        case ev.Rewound():
            state = _in_run(state, event.run, lambda run: _rewound(run, event, record.seq))
            return with_changes(state, replies=state.replies.appended(record.seq))
        case ev.Drafted() | ev.EditRefused() | ev.RewindRefused() | ev.Evaluated() | ev.Completed():
            return with_changes(state, replies=state.replies.appended(record.seq))
        case ev.Hint():
            return with_changes(state, hints=state.hints.appended(record.seq))
        case ev.ValueOpened():
            return with_changes(state, opened=state.opened.appended(record.seq))
        case ev.AgentsOffered():
            return with_changes(state, offered=event.agents, offer_message=event.message)
        case ev.Fault():
            return with_changes(state, faults=state.faults.appended(record.seq))
        case ev.LaunchFailed():
            return with_changes(state, launch_error=event.message)
        case ev.ScriptFailed():
            return with_changes(state, script_error=record.seq)
        case ev.Exited():
            return _exit(state, event.code)
        case ev.Unknown():
            return state
        case _:
            assert_never(event)


def with_kind(state: SessionState, run_id: str, index: int, kind: str) -> SessionState:
    """The state in which it is known of what kind the node is that runs next: of a run's first one, nothing before it says so."""
    run = state.runs.get(run_id)
    position = None if run is None else node_position(run, index)
    if run is not None and position is not None and run.nodes[position].kind:
        return state
    return _in_node(state, run_id, index, lambda node: with_changes(node, kind=kind))


def _start_run(state: SessionState, event: ev.RunStarted, record: Record) -> SessionState:
    if event.run in state.runs:
        # Only a damaged recording says so. A run that started itself, or its caller, would be a tree without an end.
        return state
    run = RunState(
        id=event.run,
        parent=event.parent,
        parent_call=event.parent_call,
        agent=event.agent,
        model=event.model,
        prompt=event.prompt,
        status='running',
        started=record.time,
        started_seq=record.seq,
    )
    parent = state.runs.get(event.parent) if event.parent is not None else None
    state = _with_run(state, run)
    if parent is None:
        state = with_changes(state, roots=state.roots.appended(event.run))
    else:
        state = _with_run(state, with_changes(parent, children=parent.children.appended(event.run)))
    return with_changes(state, latest_run=event.run, status=_status(state), offered=None, offer_message='')


def _in_run(state: SessionState, run_id: str, change: Callable[[RunState], RunState]) -> SessionState:
    run = state.runs.get(run_id)
    if run is None:
        return state
    changed = change(run)
    if changed.status == run.status and changed.stops is run.stops:
        return with_changes(state, runs=state.runs.with_item(run_id, changed), latest_run=run_id)
    state = _with_run(state, changed)
    return with_changes(state, latest_run=run_id, status=_status(state))


def _with_run(state: SessionState, run: RunState) -> SessionState:
    """The state with a run that is new or has changed, counted by its status."""
    before = state.runs.get(run.id)

    def count(status: RunStatus) -> int:
        return (run.status == status) - (before is not None and before.status == status)

    state = with_changes(
        state,
        runs=state.runs.with_item(run.id, run),
        running=state.running + count('running'),
        paused=state.paused + count('paused'),
    )
    more = len(run.stops) - (0 if before is None else len(before.stops))
    return state if more == 0 else with_waits(state, run.id, more)


def _status(state: SessionState) -> SessionStatus:
    """One word for a live session, from its runs: any run that waits makes it `paused`."""
    if not state.runs:
        return 'waiting'
    if state.paused:
        return 'paused'
    if state.running:
        return 'running'
    return 'failed' if state.runs[state.roots[-1]].status == 'failed' else 'finished'


def _in_node(state: SessionState, run_id: str, index: int, change: Callable[[NodeState], NodeState]) -> SessionState:
    return _in_run(state, run_id, lambda run: _replace_node(run, index, change))


def _replace_node(run: RunState, index: int, change: Callable[[NodeState], NodeState]) -> RunState:
    """Change the node at `index`, which is made if it is the next one; the last nodes are looked at first."""
    position = node_position(run, index)
    if position is None:
        node = change(NodeState(index=index, kind='', status='waiting'))
        return with_changes(run, nodes=run.nodes.appended(node), highest=max(run.highest, index))
    return with_changes(run, nodes=run.nodes.replaced(position, change(run.nodes[position])))


def _started(node: NodeState, event: ev.NodeStarted, time: float) -> NodeState:
    return with_changes(node, kind=event.kind, status='running', started=time, fields=event.fields)


def _finish_node(run: RunState, event: ev.NodeFinished) -> RunState:
    def finish(node: NodeState) -> NodeState:
        return with_changes(
            node,
            kind=event.kind,
            status='failed' if event.next is None else 'done',
            duration=event.duration,
            messages=len(run.messages),
            states=len(run.states),
            planned=(),
        )

    run = _replace_node(run, event.node, finish)
    if event.next is None:
        return run
    next_kind = event.next
    planned = run.asked if next_kind == 'CallToolsNode' else ()
    return _replace_node(run, event.node + 1, lambda node: with_changes(node, kind=next_kind, planned=planned))


def _streamed(node: NodeState, event: ev.Stream, record: Record) -> NodeState:
    first = event.times[0] if event.times else record.time
    last = event.times[-1] if event.times else record.time
    return with_changes(
        node,
        stream=node.stream.appended(record.seq),
        first_token=first if node.first_token is None else node.first_token,
        last_token=last,
    )


def _start_tool(node: NodeState, event: ev.ToolStarted, record: Record) -> NodeState:
    tool = ToolState(
        call=event.call,
        tool=event.tool,
        kind=event.kind,
        args=event.args,
        status='running',
        started=record.time,
        started_seq=record.seq,
    )
    planned = tuple(other for other in node.planned if other.call != event.call)
    return with_changes(node, tools=(*node.tools, tool), planned=planned)


def _finish_tool(node: NodeState, event: ev.ToolFinished, record: Record) -> NodeState:
    def finish(tool: ToolState) -> ToolState:
        return with_changes(
            tool,
            status='done' if event.outcome in ('returned', 'deferred', 'skipped') else 'failed',
            outcome=event.outcome,
            duration=event.duration,
            finished_seq=record.seq,
        )

    if not any(tool.call == event.call and tool.finished_seq is None for tool in node.tools):
        started = ev.ToolStarted(event.run, event.node, event.call, event.tool, event.args)
        node = _start_tool(node, started, record)
    tools = [finish(tool) if tool.call == event.call and tool.finished_seq is None else tool for tool in node.tools]
    return with_changes(node, tools=tuple(tools))


def _requested(run: RunState, event: ev.Request, seq: int) -> RunState:
    run = with_changes(run, requests=run.requests.appended(seq), model=event.model or run.model)
    return _replace_node(run, event.node, lambda node: with_changes(node, request=seq))


def _add_messages(run: RunState, event: ev.Messages, seq: int) -> RunState:
    asked = asked_calls(event.added, seq)
    run = with_changes(run, messages=run.messages.appended(seq), asked=run.asked if asked is None else asked)
    response_tokens = _response_tokens(event.added)

    def add(node: NodeState) -> NodeState:
        answered = node.kind == 'ModelRequestNode' and node.status == 'running'
        tokens = response_tokens if answered and response_tokens else node.tokens
        return with_changes(node, messages=len(run.messages), tokens=tokens)

    if response_tokens is not None and event.node > 0 and not event.replaced:
        # A history that the run was given is there before its first node.
        spent = Tokens(run.spent.input + response_tokens.input, run.spent.output + response_tokens.output)
        run = with_changes(run, spent=spent)
    return _replace_node(run, event.node, add)


def _response_tokens(added: Json) -> Tokens | None:
    """Tokens of the newest response among serialised messages."""
    if not isinstance(added, list):
        return None
    for message in reversed(cast('list[Json]', added)):
        if isinstance(message, dict):
            fields = cast('Mapping[str, Json]', message)
            usage = fields.get('usage')
            if fields.get('kind') == 'response' and isinstance(usage, dict):
                return tokens_of(cast('Mapping[str, Json]', usage))
    return None


def _usage(usage: Json) -> Mapping[str, Json] | None:
    return cast('Mapping[str, Json]', usage) if isinstance(usage, dict) else None


def tokens_of(usage: Mapping[str, Json]) -> Tokens:
    """Tokens in a usage object of pydantic-ai."""

    def count(name: str) -> int:
        value = usage.get(name)
        return value if isinstance(value, int) else 0

    return Tokens(count('input_tokens'), count('output_tokens'))


def _add_state(run: RunState, event: ev.State, seq: int) -> RunState:
    usage = _usage(event.usage) or run.usage
    cost = run.cost if event.cost is None else event.cost
    run = with_changes(run, states=run.states.appended(seq), usage=usage, cost=cost)
    return _replace_node(run, event.node, lambda node: with_changes(node, states=len(run.states)))


def _finish_run(run: RunState, event: ev.RunFinished, record: Record) -> RunState:
    nodes = Vector(
        with_changes(node, status='done') if node.kind == 'End' and node.index not in run.undone else node
        for node in run.nodes
    )
    usage = _usage(event.usage) or run.usage
    return with_changes(
        run, status='finished', nodes=nodes, usage=usage, cost=event.cost, end=record.seq, ended=record.time, stops=()
    )


_AT_WORK = frozenset({'running', 'stopped'})


def _failed_nodes(run: RunState) -> Vector[NodeState]:
    """The nodes of a run that came to no end: what ran or waited failed, what was to come is not coming."""
    return Vector(
        with_changes(node, status='failed', tools=_failed_tools(node)) if node.status in _AT_WORK else node
        for node in run.nodes
        if node.status != 'waiting' or node.index in run.undone
    )


def _failed_tools(node: NodeState) -> tuple[ToolState, ...]:
    return tuple(with_changes(tool, status='failed') if tool.status in _AT_WORK else tool for tool in node.tools)


def _fail_run(run: RunState, event: ev.RunFailed, record: Record) -> RunState:
    return with_changes(
        run,
        status='failed',
        nodes=_failed_nodes(run),
        end=record.seq,
        ended=record.time,
        cancelled=event.cancelled,
        stops=(),
    )


def _edited(node: NodeState, event: ev.Edited, seq: int) -> NodeState:
    if event.call is None:
        return with_changes(node, edits=(*node.edits, seq))

    def edit(tool: ToolState) -> ToolState:
        args = event.after if event.item == 'args' else tool.args
        return with_changes(tool, args=args, edits=(*tool.edits, seq))

    return _in_tool(node, event.call, edit)


def _by_hand(node: NodeState, call: str | None, seq: int) -> NodeState:
    if call is None:
        return with_changes(node, by_hand=seq)
    return _in_tool(node, call, lambda tool: with_changes(tool, by_hand=seq))


def _reused(node: NodeState, event: ev.Reused) -> NodeState:
    if event.call is None:
        return with_changes(node, reused=event.source)
    return _in_tool(node, event.call, lambda tool: with_changes(tool, reused=event.source))


def _rewound(run: RunState, event: ev.Rewound, seq: int) -> RunState:
    """A new branch, which begins with the kind of node that the run was put back before."""
    branches = (*_branches_left(run), Branch(event.node, event.to, seq))
    before, spans = run.undone, spans_to(branches, event.node)
    usage, lost = _usage(event.usage) or {}, (run.cost or 0.0) - (event.cost or 0.0)
    run = with_changes(
        run,
        branches=branches,
        undone=frozenset(node.index for node in run.nodes if not leads(spans, node.index)),
        undone_cost=run.undone_cost + lost,
        usage=usage,
        cost=event.cost,
    )
    run = with_changes(
        run, nodes=Vector(_left(node, run) if node.index in run.undone - before else node for node in run.nodes)
    )
    to = node_position(run, event.to)
    kind = run.nodes[to].kind if to is not None else ''
    planned = _asked_again(run, event.to) if kind == 'CallToolsNode' else ()
    return _replace_node(run, event.node, lambda node: with_changes(node, kind=kind, planned=planned))


def _branches_left(run: RunState) -> tuple[Branch, ...]:
    """The branches so far. Whoever goes back node by node passes through one for each, on which nothing is done."""
    if not run.branches:
        return ()
    *others, newest = run.branches
    waiting = run.nodes[-1]
    unused = waiting.index == newest.first and waiting.started is None and not waiting.edits and waiting.by_hand is None
    return (*others, with_changes(newest, unused=unused))


def _left(node: NodeState, run: RunState) -> NodeState:
    """A node that the run went back from; what was known when it did stays what is known at it."""
    if node.duration is not None:
        return node
    tools = tuple(with_changes(tool, status='left') if tool.outcome is None else tool for tool in node.tools)
    status = 'left' if node.status == 'running' or tools else 'waiting'
    return with_changes(node, status=status, tools=tools, messages=len(run.messages), states=len(run.states))


def _asked_again(run: RunState, index: int) -> tuple[ToolState, ...]:
    """The calls that a node is there for, as ones that have not begun."""
    position = node_position(run, index)
    node = run.nodes[position] if position is not None else NodeState(index, '', 'waiting')
    return tuple(
        ToolState(tool.call, tool.tool, tool.kind, tool.args, 'waiting', tool.started, tool.started_seq)
        for tool in (*node.tools, *node.planned)
    )


def _in_tool(node: NodeState, call: str, change: Callable[[ToolState], ToolState]) -> NodeState:
    return with_changes(node, tools=tuple(change(tool) if tool.call == call else tool for tool in node.tools))


def _stop(run: RunState, event: ev.Stopped, record: Record) -> RunState:
    stop = Stop(
        at=event.at,
        node=event.node,
        kind=event.kind,
        call=event.call,
        spec=event.spec,
        since=record.time,
        seq=record.seq,
        after=event.after,
        holds_stream=event.holds_stream,
        edits=event.edits,
        answers=event.answers,
        retries=event.retries,
    )
    run = with_changes(run, stops=(*run.stops, stop), status='paused')
    if event.spec is not None:
        run = _replace_node(run, event.node, lambda node: with_changes(node, broke=True))
    if event.at in ('tool', 'error') and event.call is not None:
        return _replace_node(run, event.node, lambda node: _hold_tool(node, event.call, held=True))
    if event.at != 'boundary':
        return run
    return _replace_node(run, event.node, lambda node: with_changes(node, kind=event.kind, status='stopped'))


def _hold_tool(node: NodeState, call: str | None, *, held: bool) -> NodeState:
    """A call that waits, or no longer; one that is over stays what it is."""

    def hold(tool: ToolState) -> ToolState:
        return tool if tool.outcome is not None else with_changes(tool, status='stopped' if held else 'running')

    return _in_tool(node, call, hold) if call is not None else node


def _resume(run: RunState, event: ev.Resumed) -> RunState:
    stops = tuple(stop for stop in run.stops if (stop.at, stop.call) != (event.at, event.call))
    run = with_changes(run, stops=stops, status='paused' if stops else 'running')
    if event.at in ('tool', 'error') and event.call is not None:
        return _replace_node(run, event.node, lambda node: _hold_tool(node, event.call, held=False))
    if event.at != 'boundary':
        return run
    return _replace_node(
        run, event.node, lambda node: with_changes(node, status='waiting') if node.status == 'stopped' else node
    )


def _exit(state: SessionState, code: int) -> SessionState:
    """Runs that were open when the process ended did not finish."""
    open_runs = [run for run in state.runs.values() if run.status in ('running', 'paused')]
    for run in open_runs:
        failed = with_changes(run, status='failed', stops=(), ended=state.time, nodes=_failed_nodes(run))
        state = _with_run(state, failed)
    return with_changes(state, exit_code=code, offered=None, status='failed' if code != 0 else 'finished')
