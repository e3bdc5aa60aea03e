"""`make bench`: what the debugger costs, as ratios of medians measured in turn in one run.

Absolute times are printed to be read beside each other only; machines and their other work differ.
"""

from __future__ import annotations

import argparse
import os
import platform

import start_up


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--rounds', type=int, default=7)
    rounds: int = parser.parse_args().rounds
    print(f'{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {rounds} rounds\n')
    print(start_up.report(start_up.measure(rounds)))


if __name__ == '__main__':
    main()
