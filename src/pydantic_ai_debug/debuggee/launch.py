# Run by the script's interpreter before all else of ours. Its syntax stays that of old Pythons, so that an
# interpreter that is too old is told so in a sentence instead of a syntax error.
"""Entry of a child that runs the target itself: `python launch.py FD`, where FD is the inherited socket to the parent."""

import os
import sys


def _load_package():
    """Make `pydantic_ai_debug` importable from where this file lies, without touching `sys.path`."""
    import importlib.util

    if 'pydantic_ai_debug' not in sys.modules:
        folder = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        spec = importlib.util.spec_from_file_location(
            'pydantic_ai_debug', os.path.join(folder, '__init__.py'), submodule_search_locations=[folder]
        )
        assert spec is not None
        assert spec.loader is not None
        package = importlib.util.module_from_spec(spec)
        sys.modules['pydantic_ai_debug'] = package
        spec.loader.exec_module(package)


def _refuse_old_python():
    if sys.version_info < (3, 10):
        version = '.'.join(map(str, sys.version_info[:2]))
        sys.stderr.write(
            'agent-debug: %s is Python %s; pydantic-ai needs 3.10 or newer: choose another interpreter with --python\n'
            % (sys.executable, version)
        )
        sys.stderr.flush()
        os._exit(2)


def watch():
    """Make ready to watch the program that Python is about to run itself."""
    _refuse_old_python()
    fd = int(os.environ.pop('AGENT_DEBUG_CHANNEL'))
    try:
        _load_package()
        from pydantic_ai_debug.debuggee import bootstrap

        bootstrap.watch(fd)
    except BaseException as error:  # noqa: BLE001 - Python would go on, and run the program unwatched
        code = error.code if isinstance(error, SystemExit) else None
        if isinstance(code, str):
            sys.stderr.write(code + '\n')
        elif not isinstance(code, int):
            import traceback

            traceback.print_exc()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 1)


def _main():
    _refuse_old_python()
    fd = int(sys.argv[1])
    # Python puts this file's folder first on the path; the script's own comes there instead.
    if not getattr(sys.flags, 'safe_path', False):
        del sys.path[0]
    _load_package()
    from pydantic_ai_debug.debuggee import bootstrap

    return bootstrap.prepare(fd)


if __name__ == '__main__':
    _main()()
