"""The demo and the examples, each run to its expected end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from subprocess import CompletedProcess
from typing import Any

import pytest
from pydantic_ai import ModelRetry

RunScript = Callable[..., CompletedProcess[str]]
LoadScript = Callable[[str], dict[str, Any]]

TWO_REQUESTS = ['UserPromptNode', *['ModelRequestNode', 'CallToolsNode'] * 2, 'End']
THREE_REQUESTS = ['UserPromptNode', *['ModelRequestNode', 'CallToolsNode'] * 3, 'End']
ONE_REQUEST = ['UserPromptNode', 'ModelRequestNode', 'CallToolsNode', 'End']


def test_the_demo_plans_a_trip(run_script: RunScript) -> None:
    done = run_script('demo')
    assert done.returncode == 0, done.stderr
    assert done.stderr == 'WARNING trip: National Tile Museum is closed for restoration\n'
    assert done.stdout == (
        'Planning two days in Lisbon\n'
        "  get_weather(city='Lisbon', days=2)\n"
        "  search_trains(origin='Porto', destination='Lisbon', day='2026-05-16', passengers=2)\n"
        "  research_sights(city='Lisbon', interests=['tiles', 'viewpoints', 'custard tarts'])\n"
        "  opening_hours(place='National Tile Museum')\n"
        "  opening_hours(place='São Vicente de Fora')\n"
        '\n'
        'Lisbon, tile by tile\n'
        'Intercidades, 09:30 to 12:50\n'
        '\n'
        'Saturday: Alfama in the sun\n'
        '  14:00  São Vicente de Fora: Fables, told in tiles\n'
        '  16:30  Castelo de São Jorge: Mind the peacocks\n'
        '  18:30  A tasca in Alfama: Grilled sardines\n'
        '  20:30  Senhora do Monte: Sunset over the river\n'
        '\n'
        'Sunday: Belém under an umbrella\n'
        '  10:00  Jerónimos Monastery: The cloister is dry\n'
        '  12:00  Pastéis de Belém: Warm, with cinnamon\n'
        '\n'
        '240 euros. Mind: Rain from noon on Sunday; The tile museum is closed.\n'
    )


def test_the_weather_agent_asks_both_tools(run_script: RunScript) -> None:
    done = run_script('weather')
    assert (done.returncode, done.stderr) == (0, '')
    assert done.stdout == (
        'asking get_weather ...\n'
        'asking forecast ...\n'
        'Sunny at first, showers by Sunday.\n'
        'Pack sunglasses, a coat, an umbrella\n'
    )


def test_the_editor_has_a_claim_checked(run_script: RunScript) -> None:
    done = run_script('delegation')
    assert (done.returncode, done.stderr) == (0, '')
    first, *rest = done.stdout.splitlines()
    assert first == 'The Great Wall of China is visible from the Moon with the naked eye. -> false'
    assert rest[0].startswith('**Cut it.**')


def test_the_thinker_thinks_before_it_answers(run_script: RunScript) -> None:
    done = run_script('thinking')
    assert (done.returncode, done.stderr) == (0, '')
    before, thinking, answer = done.stdout.split('\n--- ')
    assert before == ''
    assert thinking.startswith('thinking ---\nOnce an hour, so 24 times?')
    assert answer.startswith('answer ---\nThey meet **22 times** a day.')


def test_a_tool_that_raises_ends_the_script_with_its_traceback(run_script: RunScript) -> None:
    done = run_script('failing')
    assert (done.returncode, done.stdout) == (1, 'Writing the invoice for order A-1041\n')
    assert done.stderr.endswith("KeyError: 'CHF'\n")
    for function in ('total_of_order', 'sum_in_euros', 'in_euros'):
        assert f', in {function}\n' in done.stderr


def test_output_that_never_validates_ends_the_script(run_script: RunScript) -> None:
    done = run_script('failing', 'output')
    assert (done.returncode, done.stdout) == (1, 'Writing the invoice for order A-1041\n')
    assert 'UnexpectedModelBehavior: Exceeded maximum' in done.stderr.splitlines()[-1]


def test_the_support_agent_cancels_an_order_that_was_asked_after(run_script: RunScript) -> None:
    done = run_script('wrong_tool')
    assert (done.returncode, done.stderr) == (0, '')
    assert done.stdout == (
        'Customer: I do not want to wait any longer without a word from you. Where is my order A-1041?\n'
        'Support: Sorry for the silence! Your espresso machine is cancelled, and you get 249 euros back.\n'
        'Refunds: 249 euros\n'
    )


async def test_the_support_agent_finds_the_order_when_it_is_told_to_try_again(load_script: LoadScript) -> None:
    namespace = load_script('wrong_tool')

    class RefusedOnce(dict[str, Any]):
        def __getitem__(self, order: str) -> Any:
            if not asked:
                asked.append(order)
                raise ModelRetry('She only asks where it is.')
            return super().__getitem__(order)

    asked: list[str] = []
    shop = namespace['Shop'](RefusedOnce({'A-1041': namespace['Order']('espresso machine', 249, 'on its way')}))
    done = await namespace['support'].run('Where is it?', deps=shop)
    assert done.output == 'Sorry for the silence! Your espresso machine is on its way.'
    assert shop.refunds == []


@pytest.mark.parametrize(
    ('script', 'agent', 'walk'),
    [
        ('demo', 'planner', TWO_REQUESTS),
        ('demo', 'guide', TWO_REQUESTS),
        ('weather', 'weather_agent', THREE_REQUESTS),
        ('delegation', 'editor', TWO_REQUESTS),
        ('delegation', 'fact_checker', TWO_REQUESTS),
        ('thinking', 'thinker', ONE_REQUEST),
        ('wrong_tool', 'support', TWO_REQUESTS),
    ],
)
async def test_an_agent_walks_its_graph_also_when_nobody_streams(
    load_script: LoadScript, script: str, agent: str, walk: list[str]
) -> None:
    namespace = load_script(script)
    deps: object = None
    if script == 'demo':
        deps = namespace['TravelDesk'](['Inês'], date(2026, 5, 16), budget_eur=300, rail_api_key='')
    elif script == 'weather':
        deps = namespace['WeatherStation']('')
    elif script == 'wrong_tool':
        deps = namespace['Shop']({'A-1041': namespace['Order']('espresso machine', 249, 'on its way')})
    async with namespace[agent].iter('go', deps=deps) as run:
        assert [type(node).__name__ async for node in run] == walk


async def test_the_demo_leaves_its_mark_on_the_deps(load_script: LoadScript) -> None:
    namespace = load_script('demo')
    desk = namespace['TravelDesk'](['Inês'], date(2026, 5, 16), budget_eur=300, rail_api_key='')
    planned = await namespace['planner'].run('go', deps=desk)
    assert planned.output.total_eur() == 240
    assert desk.lookups == {'weather': 1, 'trains': 1, 'opening hours': 2}
    assert [forecast.sky for forecast in desk.forecasts['Lisbon']] == ['sunny', 'rain from noon']
    assert len(desk.shortlist) == 5
