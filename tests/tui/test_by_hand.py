"""Editing, answering and retrying at a stop: keys ask the child, and what it answers is seen."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest
from hostile import PAYLOADS, RAW_CONTROL
from snapshots import assert_snapshot, screen_text
from stage import PlayedSession, played_app, settled, until
from textual.pilot import Pilot

from pydantic_ai_debug.model.json_tokens import json_problem, json_tokens
from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.commands import AnswerByHand, Command, Draft, Edit, Retry
from pydantic_ai_debug.protocol.values import Child, Value
from pydantic_ai_debug.tui.app import DebuggerApp
from pydantic_ai_debug.tui.external_editor import NO_EDITOR, EditorFailed, edited_text, editor_command
from pydantic_ai_debug.tui.present.word_diff import diff_spans
from pydantic_ai_debug.tui.screens.answer import AnswerScreen, _question
from pydantic_ai_debug.tui.screens.changes import ChangesScreen
from pydantic_ai_debug.tui.screens.edit import EditScreen
from pydantic_ai_debug.tui.screens.main import MainScreen
from pydantic_ai_debug.tui.widgets.text_view import TextView

SIZES = ((120, 36), (80, 24))
HELLO = ev.Hello(1, '3.11.7', '1.85.1', 'script.py', ())
RUN = ev.RunStarted('r1', None, None, 'helper', 'test', 'Hi')
AT_REQUEST = ev.Stopped('r1', 1, 'boundary', 'ModelRequestNode', edits=('prompt', 'settings'), answers=('response',))
AT_TOOL = ev.Stopped(
    'r1',
    2,
    'tool',
    'forecast',
    call='c1',
    args={'city': 'Paris', 'days': 3},
    edits=('args',),
    answers=('value', 'error', 'retry', 'denied', 'approved'),
)
PROMPT = ev.DraftItem('prompt', 'text', 'Plan a trip to Paris.\nThree days.')
SETTINGS = ev.DraftItem('settings', 'json', '{"temperature": 0.2, "stop": ["END", null], "seed": 7}')
DRAFTED = ev.Drafted('r1', 1, None, (PROMPT, SETTINGS))


def waiting_at(stop: ev.Stopped) -> PlayedSession:
    session = PlayedSession()
    session.report(
        HELLO,
        ev.PhaseChanged('running'),
        RUN,
        ev.NodeStarted('r1', 0, 'UserPromptNode'),
        ev.NodeFinished('r1', 0, 'UserPromptNode', 0.001, 'ModelRequestNode'),
    )
    if stop.call is not None:
        session.report(
            ev.NodeStarted('r1', 1, 'ModelRequestNode'),
            ev.NodeFinished('r1', 1, 'ModelRequestNode', 0.5, 'CallToolsNode'),
            ev.NodeStarted('r1', 2, 'CallToolsNode'),
            ev.ToolStarted('r1', 2, stop.call, stop.kind, stop.args),
        )
    session.report(stop)
    return session


async def at_editor(pilot: Pilot[int], session: PlayedSession, drafted: ev.Drafted = DRAFTED) -> EditScreen:
    """Press the key, let the child answer, and wait for the screen."""
    app = pilot.app
    await settled(pilot)
    await pilot.press('e')
    await until(pilot, lambda: session.sent[-1:] == [Draft(drafted.run, drafted.call)])
    session.report(drafted)
    await until(pilot, lambda: isinstance(app.screen, EditScreen))
    await settled(pilot)
    assert isinstance(app.screen, EditScreen)
    return app.screen


def sent_edits(session: PlayedSession) -> list[Command]:
    return [command for command in session.sent if isinstance(command, Edit)]


@pytest.mark.parametrize('size', SIZES)
async def test_the_edit_screen_as_it_is_drawn(size: tuple[int, int]) -> None:
    session = waiting_at(AT_REQUEST)
    app = played_app(session)
    async with app.run_test(size=size) as pilot:
        await at_editor(pilot, session)
        await pilot.press(*'Oh, ', 'tab')
        await settled(pilot)
        await pilot.press('end', 'backspace', 'down', 'ctrl+s')
        await until(pilot, lambda: 'Not applied.' in screen_text(app))
        await settled(pilot)
        assert_snapshot(app, f'edit-{size[0]}x{size[1]}')


async def test_an_edit_is_sent_in_its_form_and_the_screen_closes_once_it_is_taken() -> None:
    session = waiting_at(AT_REQUEST)
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        await at_editor(pilot, session)
        await pilot.press('ctrl+s')
        assert sent_edits(session) == [], 'nothing is changed'
        await pilot.press(*'Oh, ', 'ctrl+s')
        await until(pilot, lambda: sent_edits(session) == [Edit('r1', None, 'prompt', 'Oh, ' + PROMPT.text)])
        assert isinstance(app.screen, EditScreen), 'it waits for the answer'
        session.report(ev.Edited('r1', 1, None, 'prompt', PROMPT.text, 'Oh, ' + PROMPT.text))
        await until(pilot, lambda: isinstance(app.screen, MainScreen))
        await until(pilot, lambda: 'prompt is changed' in screen_text(app))


async def test_with_other_changes_open_the_screen_stays_and_marks_what_was_taken() -> None:
    session = waiting_at(AT_REQUEST)
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        await at_editor(pilot, session)
        await pilot.press('x', 'tab')
        await settled(pilot)
        await pilot.press('down', 'end', 'left', '5', 'ctrl+s')
        await until(pilot, lambda: len(sent_edits(session)) == 1)
        edit = session.sent[-1]
        assert isinstance(edit, Edit)
        assert json.loads(edit.text)['temperature'] == 0.25
        session.report(ev.Edited('r1', 1, None, 'settings', {}, {}))
        await until(pilot, lambda: 'settings✓' in screen_text(app))
        assert 'prompt*' in screen_text(app)
        assert 'Not applied yet: prompt' in screen_text(app)


async def test_broken_json_is_not_sent_and_its_place_is_shown() -> None:
    session = waiting_at(AT_REQUEST)
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await at_editor(pilot, session)
        await pilot.press('tab')
        await settled(pilot)
        await pilot.press('down', 'end', 'backspace', 'home', 'up', 'ctrl+s')
        await until(pilot, lambda: 'line 3, column 3' in screen_text(app))
        assert screen.area is not None
        assert screen.area.cursor_location == (2, 2)
        assert sent_edits(session) == []


async def test_a_refused_edit_keeps_the_text_and_goes_to_the_place() -> None:
    session = waiting_at(AT_REQUEST)
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await at_editor(pilot, session)
        await pilot.press('x', 'ctrl+s')
        await until(pilot, lambda: len(sent_edits(session)) == 1)
        session.report(ev.EditRefused('r1', 1, None, 'prompt', 'too [/b] long', 2, 4))
        await until(pilot, lambda: 'line 2, column 4: too [/b] long' in screen_text(app))
        assert screen.area is not None
        assert screen.area.cursor_location == (1, 3)
        await pilot.press('y', 'ctrl+s')
        await until(pilot, lambda: len(sent_edits(session)) == 2)


async def test_escape_asks_only_where_something_would_be_lost() -> None:
    session = waiting_at(AT_REQUEST)
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        await at_editor(pilot, session)
        await pilot.press('escape')
        await until(pilot, lambda: isinstance(app.screen, MainScreen))
        await at_editor(pilot, session)
        await pilot.press('x', 'escape')
        await until(pilot, lambda: 'esc again throws it away' in screen_text(app))
        await pilot.press('y', 'escape')
        assert isinstance(app.screen, EditScreen), 'after more typing it asks anew'
        await pilot.press('escape')
        await until(pilot, lambda: isinstance(app.screen, MainScreen))
        assert sent_edits(session) == []


async def test_a_stop_that_is_over_takes_no_edits_and_says_so() -> None:
    session = waiting_at(AT_REQUEST)
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        await at_editor(pilot, session)
        await pilot.press('x')
        session.report(ev.Resumed('r1', 1, 'boundary'))
        await until(pilot, lambda: 'The run has gone on' in screen_text(app))
        await pilot.press('ctrl+s')
        assert sent_edits(session) == []


async def test_a_draft_that_nobody_waits_for_opens_nothing() -> None:
    session = waiting_at(AT_REQUEST)
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        session.report(DRAFTED)
        await settled(pilot)
        assert isinstance(app.screen, MainScreen)
        await pilot.press('e')
        session.report(ev.Drafted('r1', 1, None, ()))
        await until(pilot, lambda: 'Nothing can be edited there any more' in screen_text(app))


async def test_where_nothing_can_be_edited_or_answered_the_keys_say_why() -> None:
    session = waiting_at(ev.Stopped('r1', 1, 'boundary', 'ModelRequestNode'))
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        for key, why in (('e', 'Nothing can be edited'), ('x', 'can be answered'), ('ctrl+r', 'Only what has failed')):
            await pilot.press(key)
            await until(pilot, lambda why=why: why in screen_text(app))
        assert session.sent == []


def test_json_is_shown_on_lines_and_with_what_cannot_be_seen_escaped() -> None:
    from pydantic_ai_debug.tui.drafts import item_draft

    text = json.dumps({'a': 'x\u2028y\u202ez', 'b': [1]}, ensure_ascii=False)
    draft = item_draft(ev.DraftItem('args', 'json', text))
    assert draft.text == '{\n  "a": "x\\u2028y\\u202ez",\n  "b": [\n    1\n  ]\n}'
    assert json.loads(draft.text) == json.loads(text)
    assert not draft.changed


async def test_a_text_that_is_too_long_for_the_screen_is_edited_in_the_editor(monkeypatch: pytest.MonkeyPatch) -> None:
    session = waiting_at(AT_REQUEST)
    app = played_app(session)
    item = ev.DraftItem('messages', 'json', json.dumps(['x' * 300_000], indent=1))
    use_editor(monkeypatch, app, lambda path: path.write_text('["short"]\n'))
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await at_editor(pilot, session, ev.Drafted('r1', 1, None, (item, PROMPT)))
        assert 'more than 256 KB' in screen_text(app)
        assert screen.area is None
        await pilot.press('ctrl+e')
        await until(pilot, lambda: screen.area is not None)
        await pilot.press('ctrl+s')
        await until(pilot, lambda: sent_edits(session) == [Edit('r1', None, 'messages', '["short"]')])


def use_editor(monkeypatch: pytest.MonkeyPatch, app: DebuggerApp, edit: Callable[[Path], object]) -> None:
    """Have the app's terminal lent to a function in the place of an editor."""

    def run(command: list[str], **_: object) -> object:
        edit(Path(command[-1]))
        return type('Done', (), {'returncode': 0})

    monkeypatch.setenv('VISUAL', 'an-editor --wait')
    monkeypatch.setattr('pydantic_ai_debug.tui.external_editor.subprocess.run', run)
    monkeypatch.setattr(app, 'suspend', nullcontext)


async def test_the_editor_gets_the_text_and_what_it_leaves_is_applied(monkeypatch: pytest.MonkeyPatch) -> None:
    session = waiting_at(AT_REQUEST)
    app = played_app(session)
    seen: list[str] = []

    def edit(path: Path) -> None:
        seen.append(path.read_text())
        path.write_text('In the editor.\n')

    use_editor(monkeypatch, app, edit)
    async with app.run_test(size=(120, 36)) as pilot:
        await at_editor(pilot, session)
        await pilot.press('ctrl+e')
        await until(pilot, lambda: 'Changed in the editor' in screen_text(app))
        assert seen == [PROMPT.text]
        await pilot.press('ctrl+s')
        await until(pilot, lambda: sent_edits(session) == [Edit('r1', None, 'prompt', 'In the editor.')])


async def test_without_an_editor_the_screen_says_how_to_set_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv('VISUAL', raising=False)
    monkeypatch.delenv('EDITOR', raising=False)
    session = waiting_at(AT_REQUEST)
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        await at_editor(pilot, session)
        await pilot.press('ctrl+e')
        await until(pilot, lambda: NO_EDITOR in screen_text(app))


def test_the_edited_file_is_private_and_gone_afterwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('tempfile.tempdir', str(tmp_path))
    script = tmp_path / 'editor.sh'
    script.write_text(
        '#!/bin/sh\nls -ld "$(dirname "$1")" "$1" > "$0.seen"\ncp "$1" "$1~"\nprintf "new\\r\\ntext\\n" > "$1"\n'
    )
    script.chmod(0o700)
    assert edited_text([str(script)], 'old \ud800', '.txt') == 'new\r\ntext'
    folder, file = Path(f'{script}.seen').read_text().splitlines()
    assert folder.startswith('drwx------')
    assert file.startswith('-rw-------')
    assert sorted(path.name for path in tmp_path.iterdir()) == ['editor.sh', 'editor.sh.seen']


@pytest.mark.parametrize(
    ('command', 'why'), [('false', 'ended with exit code 1'), ('/no/such/editor', '/no/such/editor: ')]
)
def test_an_editor_that_fails_changes_nothing(
    command: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr('tempfile.tempdir', str(tmp_path))
    with pytest.raises(EditorFailed, match=why):
        edited_text([command], 'text', '.txt')
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ('environ', 'command'),
    [
        ({'VISUAL': 'code --wait', 'EDITOR': 'vi'}, ['code', '--wait']),
        ({'VISUAL': '', 'EDITOR': "'/my editor'"}, ['/my editor']),
    ],
)
def test_the_editor_is_the_one_that_is_set(environ: dict[str, str], command: list[str]) -> None:
    assert editor_command(environ) == command


# Answers


async def at_answer(pilot: Pilot[int]) -> AnswerScreen:
    await settled(pilot)
    await pilot.press('x')
    await until(pilot, lambda: isinstance(pilot.app.screen, AnswerScreen))
    await settled(pilot)
    assert isinstance(pilot.app.screen, AnswerScreen)
    return pilot.app.screen


@pytest.mark.parametrize('size', SIZES)
async def test_the_answer_screen_as_it_is_drawn(size: tuple[int, int]) -> None:
    app = played_app(waiting_at(AT_TOOL))
    async with app.run_test(size=size) as pilot:
        await at_answer(pilot)
        await pilot.press(*'{"sunny": tru', 'enter')
        await until(pilot, lambda: 'This is no JSON' in screen_text(app))
        await settled(pilot)
        assert_snapshot(app, f'answer-{size[0]}x{size[1]}')


@pytest.mark.parametrize(
    ('stop', 'keys', 'kind', 'text'),
    [
        (AT_TOOL, (*'sunny', 'enter'), 'value', '"sunny"'),
        (AT_TOOL, (*'[1, 2]', 'ctrl+s'), 'value', '[1, 2]'),
        (AT_TOOL, (*'{"a', 'enter', 'enter'), 'value', '"{\\"a"'),
        (AT_TOOL, ('tab', *'no net', 'enter'), 'error', 'no net'),
        (AT_TOOL, ('tab', 'tab', *'again', 'ctrl+j', *'now', 'enter'), 'retry', 'again\nnow'),
        (AT_TOOL, ('shift+tab', 'shift+tab', 'enter'), 'denied', ''),
        (AT_TOOL, ('shift+tab', 'enter'), 'approved', ''),
        (AT_REQUEST, (*'42 is it', 'enter'), 'response', '"42 is it"'),
        (AT_REQUEST, (*'[{"part_kind": "text"}]', 'enter'), 'response', '[{"part_kind": "text"}]'),
    ],
)
async def test_an_answer_is_sent_as_it_was_meant(stop: ev.Stopped, keys: tuple[str, ...], kind: str, text: str) -> None:
    session = waiting_at(stop)
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        await at_answer(pilot)
        await pilot.press(*keys)
        await until(pilot, lambda: session.sent == [AnswerByHand('r1', stop.call, kind, text)])  # type: ignore[arg-type]


async def test_an_answer_that_is_refused_can_be_mended_and_closes_once_taken() -> None:
    session = waiting_at(AT_TOOL)
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await at_answer(pilot)
        await pilot.press('enter')
        assert session.sent == []
        await pilot.press(*'7', 'enter')
        session.report(ev.EditRefused('r1', 2, 'c1', 'answer', '[x] is no Weather'))
        await until(pilot, lambda: 'Not taken. [x] is no Weather' in screen_text(app))
        assert screen.field.text == '7'
        await pilot.press('8', 'enter')
        await until(pilot, lambda: session.sent[-1:] == [AnswerByHand('r1', 'c1', 'value', '78')])
        session.report(ev.AnsweredByHand('r1', 2, 'c1', 'value', 78), ev.Resumed('r1', 2, 'tool', 'c1'))
        await until(pilot, lambda: isinstance(app.screen, MainScreen))
        await until(pilot, lambda: 'Answered by hand: value' in screen_text(app))


# Retries


async def test_a_failed_call_is_run_once_more() -> None:
    error = ev.ErrorInfo('KeyError', '17', 'Traceback')
    session = waiting_at(replace(AT_TOOL, at='error', error=error, retries=True))
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        assert 'ctrl+r retry' in screen_text(app).splitlines()[-1]
        await pilot.press('ctrl+r')
        assert session.sent == [Retry('r1', 'c1')]


async def test_a_retry_is_offered_only_where_one_can_be() -> None:
    app = played_app(waiting_at(AT_TOOL))
    async with app.run_test(size=(160, 40)) as pilot:
        await settled(pilot)
        assert 'retry' not in screen_text(app).splitlines()[-1]
        assert 'x answer' in screen_text(app).splitlines()[-1]


@pytest.mark.parametrize('size', SIZES)
async def test_a_run_that_waits_at_an_error_as_it_is_drawn(size: tuple[int, int]) -> None:
    orders = Value('mapping', 'dict', '2 items', 2, opens=True)
    frames = (
        ev.Frame('/home/ada/trip.py', 31, '<module>', 'main()', True),
        ev.Frame('/venv/pydantic_ai/run.py', 9, 'run', 'await tool()', False),
        ev.Frame('/home/ada/trip.py', 22, 'find_order', 'return orders[number]', True, (Child('orders', orders),)),
    )
    error = ev.ErrorInfo('KeyError', '17', 'Traceback (most recent call last):\n  ...\nKeyError: 17', frames)
    app = played_app(waiting_at(replace(AT_TOOL, at='error', error=error, retries=True)))
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        await pilot.press('4', 'down')
        await settled(pilot)
        assert 'ctrl+r retry · e edit first · x answer by hand · n c let it fail' in screen_text(app)
        assert_snapshot(app, f'error-stop-{size[0]}x{size[1]}')


# What was changed


def changed_session() -> PlayedSession:
    session = waiting_at(AT_TOOL)
    session.report(
        ev.Edited('r1', 2, 'c1', 'args', {'city': 'Paris', 'days': 3}, {'city': 'Lyon', 'days': 3}),
        ev.AnsweredByHand('r1', 2, 'c1', 'value', {'sunny': True}),
    )
    return session


@pytest.mark.parametrize('size', SIZES)
async def test_changes_by_hand_as_they_are_drawn(size: tuple[int, int]) -> None:
    app = played_app(changed_session())
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        await pilot.press('E')
        await until(pilot, lambda: isinstance(app.screen, ChangesScreen))
        await settled(pilot)
        shown = screen_text(app)
        assert '"city": "ParisLyon"' in shown
        assert '"sunny": true' in shown
        assert_snapshot(app, f'changes-{size[0]}x{size[1]}')


async def test_a_row_that_was_not_changed_says_so() -> None:
    app = played_app(waiting_at(AT_TOOL))
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await pilot.press('E')
        await until(pilot, lambda: 'Nothing was edited or answered by hand here' in screen_text(app))


async def test_hostile_text_is_drawn_literally_and_stays_as_it_was() -> None:
    session = waiting_at(AT_REQUEST)
    app = played_app(session)
    items = [
        *(ev.DraftItem(payload[:80], 'text', payload) for payload in PAYLOADS.values()),
        ev.DraftItem(
            'args',
            'json',
            json.dumps({text: text for text in PAYLOADS.values() if len(text) < 1_000}, ensure_ascii=False),
        ),
    ]
    async with app.run_test(size=(100, 30)) as pilot:
        screen = await at_editor(pilot, session, ev.Drafted('r1', 1, None, tuple(items)))
        for item in items:
            screen._say(item.text)
            await pilot.pause()
            await pilot.pause()
            assert screen.area is not None
            assert not RAW_CONTROL.search(screen_text(app).replace('\n', ''))
            await pilot.press('tab')
        assert screen.drafts.unsaved == []


async def test_hostile_changes_are_drawn_literally() -> None:
    session = waiting_at(AT_TOOL)
    for payload in PAYLOADS.values():
        session.report(
            ev.Edited('r1', 2, 'c1', payload, payload[:300], payload[300::-1]),
            ev.AnsweredByHand('r1', 2, 'c1', 'value', payload[:300]),
        )
    app = played_app(session)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press('E')
        await until(pilot, lambda: isinstance(app.screen, ChangesScreen))
        view = app.screen.query_one(TextView)
        for y in range(0, view.virtual_size.height, view.size.height):
            view.scroll_to(y=y, animate=False)
            await pilot.pause()
            assert not RAW_CONTROL.search(screen_text(app).replace('\n', ''))


@pytest.mark.parametrize('payload', PAYLOADS.values(), ids=PAYLOADS)
def test_a_hostile_call_is_asked_about_literally(payload: str) -> None:
    asked = _question(replace(AT_TOOL, kind=payload, args={payload: payload}))
    assert not RAW_CONTROL.search(asked)


# Pure


@pytest.mark.parametrize(
    ('before', 'after', 'spans'),
    [
        ('a', 'a', [('no difference', 'dim')]),
        ('one two three', 'one 2 three', [('one ', 'text'), ('two', 'removed'), ('2', 'added'), (' three', 'text')]),
        ('', 'new', [('new', 'added')]),
        ('old', '', [('old', 'removed')]),
        ('same\nold\n', 'same\nnew\n', [('same\n', 'dim'), ('old', 'removed'), ('new', 'added'), ('\n', 'text')]),
    ],
)
def test_texts_are_compared_word_by_word(before: str, after: str, spans: list[tuple[str, str]]) -> None:
    assert [(span.text, span.style) for span in diff_spans(before, after)] == spans


def test_of_a_long_text_only_what_is_around_the_changes_is_shown() -> None:
    before = [f'line {number}\n' for number in range(1000)]
    after = [*before[:500], 'other\n', *before[501:]]
    shown = ''.join(span.text for span in diff_spans(''.join(before), ''.join(after)))
    assert '… 497 lines as they were' in shown
    assert 'line 500' in shown
    assert 'line 490\n' not in shown


@pytest.mark.parametrize('size', [100_000, 3_000_000])
def test_texts_that_are_too_long_to_be_compared_are_shown_as_they_are_now(size: int) -> None:
    spans = list(diff_spans('a b ' * (size // 4), 'b c ' * (size // 4)))
    assert sum(len(span.text) for span in spans) < 200_000


@pytest.mark.parametrize(
    ('text', 'tokens'),
    [
        ('{"a": [1, -2.5e3, true]}', ['json-key:"a"', 'json-literal:1', 'json-literal:-2.5e3', 'json-literal:true']),
        ('  "x \\" y" , nullable', ['json-string:"x \\" y"']),
        ('"open', ['json-string:"open']),
        ('x' * 50_000, []),
    ],
)
def test_a_line_of_json_has_its_colours(text: str, tokens: list[str]) -> None:
    assert [f'{style}:{text[start:end]}' for start, end, style in json_tokens(text)] == tokens


@pytest.mark.parametrize(
    ('text', 'place'),
    [('{"a": 1}', None), ('{"a": }', (1, 7)), ('[1,\n2', (2, 2)), ('[' * 100_000, (1, 1)), ('9' * 5_000, (1, 1))],
)
def test_the_place_is_known_where_a_text_stops_being_json(text: str, place: tuple[int, int] | None) -> None:
    problem = json_problem(text)
    assert ((problem.line, problem.column) if problem else None) == place


def test_calls_that_wait_at_the_end_of_a_run_are_what_is_answered_there() -> None:
    stop = ev.Stopped('r1', 3, 'boundary', 'End', edits=('answers',), answers=('approved', 'denied', 'value'))
    assert _question(stop) == 'For the calls that wait for an approval or a result'
