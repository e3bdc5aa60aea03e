# Python imports this before the program, where the parent put its folder on PYTHONPATH: the program is then run by
# Python itself, with nothing of ours beneath it. Its syntax stays that of old Pythons, which are told that they are
# too old.
"""Entry of a child that watches a program: puts the environment back, makes ready, and hands on to the program."""

import os
import sys


def _hide():
    """Leave path and modules as they are without a debugger."""
    folder = os.path.dirname(__file__)
    while folder in sys.path:
        sys.path.remove(folder)
    sys.path_importer_cache.pop(folder, None)
    del sys.modules['sitecustomize']


def _restore_environment():
    others = os.environ.pop('PYTHONPATH').split(os.pathsep)[1:]
    if others:
        os.environ['PYTHONPATH'] = os.pathsep.join(others)


def _watch():
    path = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'launch.py')
    launcher = {'__name__': 'launch', '__file__': path}
    with open(path) as file:
        exec(compile(file.read(), path, 'exec'), launcher)
    launcher['watch']()  # pyright: ignore[reportCallIssue]


# Further interpreters of the same process come by here too.
if 'AGENT_DEBUG_CHANNEL' in os.environ:
    _restore_environment()
    _watch()
_hide()

# The environment's own. `site` takes it well where there is none.
import sitecustomize  # noqa: E402, F401  # pyright: ignore[reportMissingImports, reportUnusedImport]
