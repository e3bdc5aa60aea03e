"""What the two models of the demo say: one plan of two days in Lisbon. Prices and times are made up."""

from __future__ import annotations

from scripted_model import Call, Say, Think, Turn

PROMPT = (
    'Plan two days in Lisbon for the two of us, 16 and 17 May, by train from Porto. '
    'We love tiles, viewpoints and custard tarts, and we stay with friends.'
)

PLANNER_SCRIPT: list[Turn] = [
    [
        Think(
            'Two people, one night, no hotel needed. Viewpoints want a clear sky, so the weather decides the order of '
            'the days. I also need a train and somebody who knows the city. None of the three depends on another: I '
            'can ask for all of them at once.'
        ),
        Say("I'll look up the **weather** and the **trains**, and ask our *Lisbon guide* what is worth seeing."),
        Call('get_weather', city='Lisbon', days=2),
        Call('search_trains', origin='Porto', destination='Lisbon', day='2026-05-16', passengers=2),
        Call('research_sights', city='Lisbon', interests=['tiles', 'viewpoints', 'custard tarts']),
    ],
    [
        Think(
            'Saturday is sunny: Alfama and the viewpoint. Rain on Sunday: Belém, mostly indoors. The Intercidades is '
            '40 minutes slower and 42 euros cheaper. 108 + 16 + 30 + 44 + 36 + 6 = 240 euros, within 300.'
        ),
        Call(
            'final_result',
            title='Lisbon, tile by tile',
            train={'name': 'Intercidades', 'departs': '09:30', 'arrives': '12:50', 'return_eur': 108},
            days=[
                {
                    'day': '2026-05-16',
                    'theme': 'Alfama in the sun',
                    'stops': [
                        {'at': '14:00', 'place': 'São Vicente de Fora', 'note': 'Fables, told in tiles', 'eur': 16},
                        {'at': '16:30', 'place': 'Castelo de São Jorge', 'note': 'Mind the peacocks', 'eur': 30},
                        {'at': '18:30', 'place': 'A tasca in Alfama', 'note': 'Grilled sardines', 'eur': 44},
                        {'at': '20:30', 'place': 'Senhora do Monte', 'note': 'Sunset over the river'},
                    ],
                },
                {
                    'day': '2026-05-17',
                    'theme': 'Belém under an umbrella',
                    'stops': [
                        {'at': '10:00', 'place': 'Jerónimos Monastery', 'note': 'The cloister is dry', 'eur': 36},
                        {'at': '12:00', 'place': 'Pastéis de Belém', 'note': 'Warm, with cinnamon', 'eur': 6},
                    ],
                },
            ],
            warnings=['Rain from noon on Sunday', 'The tile museum is closed'],
        ),
    ],
]

GUIDE_SCRIPT: list[Turn] = [
    [
        Think('Tiles: the tile museum, or the cloisters of São Vicente. Are they open?'),
        Call('opening_hours', place='National Tile Museum'),
        Call('opening_hours', place='São Vicente de Fora'),
    ],
    [
        Call(
            'final_result',
            sights=[
                {'name': 'São Vicente de Fora', 'why': '38 fables of La Fontaine in tiles', 'price_eur': 8},
                {'name': 'Senhora do Monte', 'why': 'the highest viewpoint', 'indoors': False},
                {'name': 'Castelo de São Jorge', 'why': 'views and peacocks', 'price_eur': 15, 'indoors': False},
                {'name': 'Jerónimos Monastery', 'why': 'a cloister carved like lace', 'price_eur': 18},
                {'name': 'Pastéis de Belém', 'why': 'custard tarts since 1837', 'price_eur': 1.5},
            ],
            avoid=['National Tile Museum: closed for restoration'],
        ),
    ],
]
