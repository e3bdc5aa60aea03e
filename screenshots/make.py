"""`make screenshots`: the demo and the examples at their main moments, drawn from recordings.

Each scene is a recording up to a moment, with the keys that somebody pressed there.
"""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic_ai_debug.protocol.codec import encode_event
from pydantic_ai_debug.protocol.commands import Command, Draft, Evaluate
from pydantic_ai_debug.protocol.events import (
    Drafted,
    Evaluated,
    Event,
    NodeStarted,
    RunFailed,
    RunFinished,
    Stopped,
    Stream,
)
from pydantic_ai_debug.recording import EventLog
from pydantic_ai_debug.tui.app import DebuggerApp

HERE = Path(__file__).parent

DEADLINE = 20.0


@dataclass(frozen=True)
class Scene:
    name: str
    recording: str
    until: Callable[[Event], bool]
    """The last event of the scene."""
    hits: int = 1
    """How often `until` has to hold."""
    keys: tuple[str, ...] = ()
    size: tuple[int, int] = (120, 36)
    theme: str | None = None
    paused: bool = True
    """Whether it looks like a live session that waits; a scene in which something runs is a recording's, where clocks
    stand still."""


def stopped_before(kind: str) -> Callable[[Event], bool]:
    return lambda event: isinstance(event, Stopped) and event.kind == kind


def is_text_delta(event: Event) -> bool:
    return isinstance(event, Stream) and "'text'" in str(event.data)


def is_inner_request(event: Event) -> bool:
    return isinstance(event, NodeStarted) and (event.run, event.node) == ('r2', 3)


def is_error_stop(event: Event) -> bool:
    return isinstance(event, Stopped) and event.at == 'error'


def is_finished(event: Event) -> bool:
    return isinstance(event, RunFinished)


def never(event: Event) -> bool:
    return False


OPEN_ITINERARY = ('down', 'down', 'right', *('down',) * 5, 'right', 'down', 'right', *('down',) * 4, 'right')
"""In the result's tree: the train, the days, and both of them."""


def typed(text: str) -> tuple[str, ...]:
    return tuple('space' if letter == ' ' else letter for letter in text)


CALL_ANOTHER_TOOL = (
    'e',
    *('down',) * 7,
    'end',
    'left',
    'left',
    *('backspace',) * len('cancel_order'),
    *typed('find_order'),
)
"""In the response: the name of the tool that it calls."""

ADD_A_RATE = (
    '!',
    *typed('from __main__ import EUROS_PER'),
    'enter',
    *typed('EUROS_PER'),
    'enter',
    *typed("EUROS_PER['CHF'] = 1.05"),
    'enter',
)

WORDS_OF_THE_TOOL = ('down', 'down', 'down', 'down', 'down', 'right', 'down', 'down', 'right')
"""In the request: the tools, and what the second one says of itself."""

SCENES = (
    Scene('stopped', 'demo', stopped_before('ModelRequestNode'), keys=('5',)),
    Scene('streaming', 'demo', is_text_delta, hits=6, paused=False),
    Scene('tools', 'demo', is_inner_request, paused=False),
    Scene('tool-result', 'demo', stopped_before('ModelRequestNode'), hits=2, keys=('up',) * 11),
    Scene('result', 'demo', never, keys=('4', 'z', *OPEN_ITINERARY)),
    Scene('failure', 'failing', lambda event: isinstance(event, RunFailed), keys=('4', 'z')),
    Scene('request', 'demo', stopped_before('ModelRequestNode'), hits=2, keys=('5', 'z')),
    Scene('wide', 'demo', stopped_before('ModelRequestNode'), hits=2, size=(200, 50)),
    Scene('light', 'demo', stopped_before('CallToolsNode'), hits=2, theme='textual-light'),
    Scene('narrow', 'demo', stopped_before('CallToolsNode'), hits=2, size=(80, 24)),
    Scene('guide-request', 'edited', stopped_before('ModelRequestNode'), keys=('5', 'z', *WORDS_OF_THE_TOOL)),
    Scene('guide-response', 'edited', stopped_before('CallToolsNode')),
    Scene('guide-edit', 'edited', stopped_before('CallToolsNode'), keys=CALL_ANOTHER_TOOL),
    Scene('guide-edited', 'edited', stopped_before('find_order')),
    Scene('guide-finished', 'edited', is_finished),
    Scene('guide-changes', 'edited', is_finished, keys=(*('up',) * 4, 'E')),
    Scene('guide-breakpoint', 'answered', stopped_before('cancel_order')),
    Scene('guide-breakpoints', 'answered', stopped_before('cancel_order'), keys=('B',)),
    Scene(
        'guide-answer',
        'answered',
        stopped_before('cancel_order'),
        keys=('x', 'tab', 'tab', *typed('She only asks where it is.')),
    ),
    Scene('guide-error', 'mended', is_error_stop),
    Scene('guide-evaluate', 'mended', is_error_stop, keys=ADD_A_RATE),
    Scene('guide-rewind', 'rewound', stopped_before('CallToolsNode'), hits=2),
    Scene('guide-branch', 'rewound', is_finished, keys=('home', *('down',) * 4, 'right')),
    Scene('guide-compare', 'rewound', is_finished, keys=('d',)),
    Scene('side-by-side', 'inside', stopped_before('research_sights')),
    Scene('guide-sub-agent', 'inside', stopped_before('opening_hours'), hits=2),
)


class StoppedSession:
    """Stands in for a session whose script does nothing more, but for answering what it
    was asked in the recording too."""

    def __init__(self, log: EventLog, rest: tuple[Event, ...]) -> None:
        self.log = log
        self._rest = rest
        self.on_change: Callable[[], None] | None = None
        self.running = True
        self.unanswered = 0.0

    def elapsed(self) -> float:
        return self.log.record(len(self.log) - 1).time

    def send(self, command: Command) -> None:
        match command:
            case Draft():
                self._say(next(event for event in self._rest if isinstance(event, Drafted)))
            case Evaluate():
                said = next(
                    event for event in self._rest if isinstance(event, Evaluated) and event.source == command.source
                )
                self._say(replace(said, number=command.number))
            case _:
                pass

    def _say(self, event: Event) -> None:
        self.log.append([encode_event(event, self.elapsed())])
        if self.on_change is not None:
            self.on_change()

    def probe(self) -> None: ...

    def terminate(self) -> None: ...


def cut(scene: Scene) -> tuple[EventLog, tuple[Event, ...]]:
    """The recording up to the scene's moment, and what comes after it."""
    whole = EventLog.open(HERE / 'recordings' / f'{scene.recording}.jsonl')
    hits = 0
    for record in whole.records():
        hits += scene.until(record.event)
        if hits == scene.hits:
            break
    rest = tuple(later.event for later in whole.records(record.seq + 1))
    if not scene.paused:
        with tempfile.NamedTemporaryFile(suffix='.jsonl') as file:
            file.write(b''.join(whole.raw(seq).rstrip(b'\n') + b'\n' for seq in range(record.seq + 1)))
            file.flush()
            return EventLog.open(Path(file.name)), rest
    log = EventLog.create(None)
    log.append(encode_event(earlier.event, earlier.time) for earlier in whole.records(0, record.seq + 1))
    return log, rest


async def draw(scene: Scene) -> str:
    log, rest = cut(scene)
    session = StoppedSession(log, rest) if scene.paused else None
    app = DebuggerApp(log, session)  # type: ignore[arg-type]
    if scene.theme is not None:
        app.theme = scene.theme
    async with app.run_test(size=scene.size) as pilot:
        await settled(app, log, pilot.pause)
        for key in scene.keys:
            await pilot.press(key)
            await pilot.pause()
        await settled(app, log, pilot.pause)
        return still(app)


def still(app: DebuggerApp) -> str:
    """What the screen shows: the same screen gives the same drawing.

    A viewer's own monospaced font is good enough; none is fetched from anywhere.
    """
    drawing = re.sub(r'terminal-\d+-', 'terminal-', app.export_screenshot(title='agent-debug'))
    return re.sub(r'@font-face \{.*?\}\s*', '', drawing, flags=re.DOTALL)


async def settled(app: DebuggerApp, log: EventLog, pause: Callable[[], object]) -> None:
    """Wait until every event is drawn and two looks at the screen are the same."""
    deadline = time.monotonic() + DEADLINE
    before = ''
    while time.monotonic() < deadline:
        await pause()  # type: ignore[misc]
        await asyncio.sleep(0.1)
        now = still(app)
        if app.main is not None and app.main.situation.state.count == len(log) and now == before:
            return
        before = now
    raise TimeoutError('the screen did not come to rest')


def main() -> None:
    for scene in SCENES:
        if sys.argv[1:] and scene.name not in sys.argv[1:]:
            continue
        (HERE / f'{scene.name}.svg').write_text(asyncio.run(draw(scene)), encoding='utf-8')


if __name__ == '__main__':
    main()
