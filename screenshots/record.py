"""Records the sessions that the screenshots are made from: run it when the demo, an example or the event stream changes.

Steps the demo and the examples with their real child, as somebody at the keys would, and writes what happened to
`recordings/`, the folders of this machine taken out.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic_ai_debug.protocol.breakpoints import Breakpoint
from pydantic_ai_debug.protocol.commands import (
    AnswerByHand,
    Draft,
    Edit,
    Evaluate,
    Launch,
    Retry,
    Rewind,
    StepInto,
    StepOut,
    StepOver,
)
from pydantic_ai_debug.protocol.events import (
    AnsweredByHand,
    Drafted,
    Edited,
    Evaluated,
    Event,
    Stopped,
    ToolFinished,
)
from pydantic_ai_debug.recording import EventLog
from pydantic_ai_debug.session import LaunchPlan, Session

HERE = Path(__file__).parent
ROOT = HERE.parent
DEMO = ROOT / 'src/pydantic_ai_debug/demo/demo.py'
HOME = '/home/ada/agents'
DEADLINE = 60.0

EventT = TypeVar('EventT', bound=Event)


@dataclass
class Walk:
    """A session that is walked through: waits for what the child reports, in order."""

    session: Session
    seen: int = 0

    def wait(self, *kinds: type[EventT]) -> EventT | None:
        """The next event of one of the kinds; None where the session has ended before."""
        deadline = time.monotonic() + DEADLINE
        while time.monotonic() < deadline:
            ended = self.session.wait(0.02)
            while self.seen < len(self.session.log):
                event = self.session.log.record(self.seen).event
                self.seen += 1
                if isinstance(event, kinds):
                    return event
            if ended:
                return None
        raise TimeoutError(f'no {kinds} came')

    def stop(self) -> Stopped:
        stopped = self.wait(Stopped)
        assert stopped is not None, 'the session has ended'
        return stopped

    def step_to(self, kind: str) -> Stopped:
        """Step over what comes before a stop at a node of a kind."""
        while (stopped := self.stop()).kind != kind:
            self.session.send(StepOver(stopped.run))
        return stopped

    def step_to_the_end(self) -> None:
        while stopped := self.wait(Stopped):
            self.session.send(StepOver(stopped.run, stopped.call))


def step(walk: Walk) -> None:
    walk.step_to_the_end()


def mend(walk: Walk) -> None:
    """At the error, learn why, add what is missing, and run the tool once more."""
    while (stopped := walk.stop()).at != 'error':
        walk.session.send(StepOver(stopped.run))
    for number, source in enumerate(('from __main__ import EUROS_PER', 'EUROS_PER', "EUROS_PER['CHF'] = 1.05"), 1):
        walk.session.send(Evaluate(stopped.run, stopped.call, number, source))
        walk.wait(Evaluated)
    walk.session.send(Retry(stopped.run, stopped.call))
    walk.step_to_the_end()


def edit_the_response(walk: Walk) -> None:
    """See the wrong call before it runs, and have the right tool called."""
    stopped = walk.step_to('CallToolsNode')
    call_the_right_tool(walk, stopped.run)
    walk.session.send(StepInto(stopped.run))
    walk.step_to_the_end()


def call_the_right_tool(walk: Walk, run: str) -> None:
    walk.session.send(Draft(run))
    drafted = walk.wait(Drafted)
    assert drafted is not None
    response = next(item for item in drafted.items if 'cancel_order' in item.text)
    edited = response.text.replace('cancel_order', 'find_order')
    walk.session.send(Edit(run, None, response.name, edited))
    walk.wait(Edited)


def go_back(walk: Walk) -> None:
    """Run to the end, go back before the wrong call, and have the right tool called."""
    stopped = walk.step_to('End')
    walk.session.send(Rewind(stopped.run, 2))
    stopped = walk.step_to('CallToolsNode')
    call_the_right_tool(walk, stopped.run)
    walk.session.send(StepOver(stopped.run))
    walk.step_to_the_end()


def answer_by_hand(walk: Walk) -> None:
    """Stop at the breakpoint, and tell the model to try again."""
    stopped = walk.step_to('cancel_order')
    walk.session.send(AnswerByHand(stopped.run, stopped.call, 'retry', 'She only asks where it is.'))
    walk.wait(AnsweredByHand)
    walk.step_to_the_end()


def step_inside(walk: Walk) -> None:
    """Into a stream, then into the tools side by side, one let go, and into the sub-agent of another."""
    stopped = walk.step_to('ModelRequestNode')
    walk.session.send(StepInto(stopped.run))
    for _ in range(12):
        stopped = walk.stop()
        walk.session.send(StepOver(stopped.run))
    walk.session.send(StepOut(walk.stop().run))
    stopped = walk.step_to('CallToolsNode')
    walk.session.send(StepInto(stopped.run))
    waiting = {stopped.kind: stopped for stopped in (walk.stop() for _ in range(3))}
    weather, sights = waiting['get_weather'], waiting['research_sights']
    walk.session.send(StepOver(weather.run, weather.call))
    walk.wait(ToolFinished)
    walk.session.send(StepInto(sights.run, sights.call))
    while (stopped := walk.stop()).kind != 'opening_hours':
        walk.session.send(
            StepInto(stopped.run, stopped.call) if stopped.kind == 'CallToolsNode' else StepOver(stopped.run)
        )
    walk.session.terminate()
    walk.wait(Stopped)


@dataclass(frozen=True)
class Recording:
    target: Path
    walk: Callable[[Walk], None]
    stop_on_error: bool = False
    breakpoints: tuple[str, ...] = ()


RECORDINGS = {
    'demo': Recording(DEMO, step),
    'inside': Recording(DEMO, step_inside),
    'failing': Recording(ROOT / 'examples/failing.py', step),
    'mended': Recording(ROOT / 'examples/failing.py', mend, stop_on_error=True),
    'edited': Recording(ROOT / 'examples/wrong_tool.py', edit_the_response),
    'rewound': Recording(ROOT / 'examples/wrong_tool.py', go_back),
    'answered': Recording(
        ROOT / 'examples/wrong_tool.py', answer_by_hand, breakpoints=('tool:cancel_order', 'budget:cost > 0.5')
    ),
}


def main() -> None:
    for name in sys.argv[1:] or RECORDINGS:
        recording = RECORDINGS[name]
        target = recording.target
        launch = Launch(
            'script',
            str(target),
            None,
            (),
            0.0,
            stop_on_entry=True,
            interactive=True,
            stop_on_error=recording.stop_on_error,
            breakpoints=tuple(map(Breakpoint, recording.breakpoints)),
        )
        session = Session(LaunchPlan(sys.executable, launch, str(target)), EventLog.create(None))
        session.start()
        recording.walk(Walk(session))
        lines = b''.join(session.log.blocks()).decode()
        for folder in (target.parent, Path(sys.prefix), Path(sys.base_prefix), ROOT):
            lines = lines.replace(str(folder), HOME)
        (HERE / 'recordings' / f'{name}.jsonl').write_text(lines, encoding='utf-8')


if __name__ == '__main__':
    main()
