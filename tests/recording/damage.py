"""Recordings as crashes, disks and other programs leave them: cut, and with bytes turned over. Seeded."""

from __future__ import annotations

import random
from pathlib import Path

RECORDINGS = Path(__file__).parents[1] / 'recordings'
SOUND = [RECORDINGS / 'trip.jsonl', RECORDINGS / 'paused.jsonl', RECORDINGS / 'formats' / '1.jsonl']


def cut(seed: int) -> bytes:
    """A recording that ends anywhere."""
    chance = random.Random(seed)
    data = chance.choice(SOUND).read_bytes()
    return data[: chance.randrange(len(data))]


def flipped(seed: int) -> bytes:
    """A recording with some bytes turned into others, half of the time into such as JSON is made of."""
    chance = random.Random(seed)
    data = bytearray(chance.choice(SOUND).read_bytes())
    first = 0 if chance.random() < 0.2 else data.index(b'\n')
    for _ in range(chance.choice([1, 3, 20, 300])):
        letters = b'0123456789-.eE"\\{}[]:,nulltrue\n' if chance.random() < 0.5 else bytes(range(256))
        data[chance.randrange(first, len(data))] = chance.choice(letters)
    return bytes(data)


def rewritten(seed: int) -> bytes:
    """A recording whose lines are sound, and say what no session ever did: values of other lines, or nonsense."""
    chance = random.Random(seed)
    lines = chance.choice(SOUND).read_bytes().splitlines(keepends=True)
    words = [b'null', b'""', b'-1', b'0', b'1e9', b'99999999999999999999', b'[]', b'{}', b'"run-1"', b'"r1"', b'true']
    for _ in range(chance.choice([1, 5, 50])):
        number = chance.randrange(1, len(lines))
        fields = lines[number].split(b',')
        field = chance.randrange(1, len(fields))
        name, colon, _ = fields[field].partition(b':')
        if colon and not fields[field].endswith((b'}', b']', b'\n')):
            fields[field] = name + colon + chance.choice(words)
        lines[number] = b','.join(fields)
    return b''.join(lines)
