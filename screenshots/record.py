"""Records the sessions that the screenshots are made from: run it when the demo or the event stream changes.

Steps the demo and a failing example with their real child, and writes what happened to `recordings/`, the folders of
this machine taken out.
"""

from __future__ import annotations

import sys
from pathlib import Path

from pydantic_ai_debug.protocol.commands import Launch, StepOver
from pydantic_ai_debug.protocol.events import Stopped
from pydantic_ai_debug.recording import EventLog
from pydantic_ai_debug.session import LaunchPlan, Session

HERE = Path(__file__).parent
ROOT = HERE.parent
TARGETS = {'demo': ROOT / 'src/pydantic_ai_debug/demo/demo.py', 'failing': ROOT / 'examples/failing.py'}
HOME = '/home/ada/agents'


def main() -> None:
    for name, target in TARGETS.items():
        launch = Launch('script', str(target), None, (), 0.0, stop_on_entry=True, interactive=True)
        session = Session(LaunchPlan(sys.executable, launch, str(target)), EventLog.create(None))
        session.start()
        step_to_the_end(session)
        lines = b''.join(session.log.blocks()).decode()
        for folder in (target.parent, Path(sys.prefix), Path(sys.base_prefix), ROOT):
            lines = lines.replace(str(folder), HOME)
        (HERE / 'recordings' / f'{name}.jsonl').write_text(lines, encoding='utf-8')


def step_to_the_end(session: Session) -> None:
    seen = 0
    while not session.wait(0.02):
        while seen < len(session.log):
            event = session.log.record(seen).event
            seen += 1
            if isinstance(event, Stopped):
                session.send(StepOver(event.run))


if __name__ == '__main__':
    main()
