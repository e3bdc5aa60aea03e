"""`make bench`: what the debugger costs, as ratios of medians measured in turn in one run.

Absolute times are printed to be read beside each other only; machines and their other work differ.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

import deltas
import first_frame
import growth
import keys
import memory
import opening
import rounds
import start_up
import stops
from table import table

SECTIONS: dict[str, ModuleType] = {
    'rounds': rounds,
    'deltas': deltas,
    'growth': growth,
    'stops': stops,
    'start_up': start_up,
    'keys': keys,
    'memory': memory,
    'opening': opening,
    'first_frame': first_frame,
}
"""Each measures with `measure(rounds)` and makes rows of that with `report`."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--rounds', type=int, default=7, help='how often everything is measured')
    parser.add_argument('--only', action='append', choices=SECTIONS, help='one section; repeatable')
    options = parser.parse_args()
    # Both slow a start down: one by compiling every module anew, the other by unbuffered writes.
    for name in ('PYTHONDONTWRITEBYTECODE', 'PYTHONUNBUFFERED'):
        os.environ.pop(name, None)
    print(f'{machine()}; {options.rounds} rounds\n', flush=True)
    rows = []
    for name in options.only or SECTIONS:
        started = time.monotonic()
        section = SECTIONS[name]
        rows += section.report(section.measure(options.rounds))
        print(f'{name}: {time.monotonic() - started:.0f} s', file=sys.stderr)
    print(table(rows))


def machine() -> str:
    """What the numbers were measured on."""
    python = f'{platform.python_implementation()} {platform.python_version()}'
    versions = ', '.join(f'{name} {version(name)}' for name in ('pydantic-ai-slim', 'textual'))
    return f'{_cpu()}, {os.cpu_count()} cores, {platform.system()}, {python}, {versions}'


def _cpu() -> str:
    try:
        lines = Path('/proc/cpuinfo').read_text(encoding='utf-8').splitlines()
    except OSError:
        lines = []
    names = [line.partition(':')[2].strip() for line in lines if line.startswith('model name')]
    return names[0] if names else platform.processor() or platform.machine()


if __name__ == '__main__':
    main()
