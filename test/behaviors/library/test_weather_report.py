"""The weather report: sentences from a service's JSON, with whatever is missing left out."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbia_sim_ros.behaviors.errors import BehaviorError
from bbia_sim_ros.behaviors.errors import MissingPart
from bbia_sim_ros.behaviors.forecast import SKIES
from bbia_sim_ros.behaviors.forecast import parse_weather
from bbia_sim_ros.behaviors.forecast import sentence_now
from bbia_sim_ros.behaviors.forecast import sentence_of_day
from bbia_sim_ros.behaviors.library.weather_report import WeatherReport
from bbia_sim_ros.behaviors.robot import Part
from support.courses import cancel_at_every_step
from support.courses import refuse_at_every_step
from support.courses import run_course
from support.fake_robot import FakeRobot

ADDRESS = 'https://weather.example/v1/forecast?latitude=48.9'
ANSWER: dict[str, Any] = {
    'latitude': 48.9,
    'current_units': {'temperature_2m': '°C', 'wind_speed_10m': 'km/h'},
    'current': {'temperature_2m': 17.6, 'weather_code': 2, 'wind_speed_10m': 9.2},
    'daily_units': {'temperature_2m_max': '°C'},
    'daily': {
        'time': ['2026-03-01', '2026-03-02', '2026-03-03'],
        'weather_code': [61, 0, 71],
        'temperature_2m_max': [19.4, 22.5, -0.6],
        'temperature_2m_min': [8.8, 7.1, -11.2],
        'precipitation_probability_max': [80, 0, None],
    },
}
EMOTIONS = (*('neutral', 'happy', 'sad', 'angry', 'curious', 'excited', 'surprised'), 'fearful')


def asking(tmp_path: Path, answer: object, **options: Any) -> FakeRobot:
    page = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return FakeRobot(tmp_path, pages={ADDRESS: page}, **options)


def test_now_and_the_days_are_told(tmp_path: Path) -> None:
    robot = asking(tmp_path, ANSWER)
    course = run_course(WeatherReport(), {'address': ADDRESS, 'days': 3}, robot)
    assert robot.said == [
        'Now: there is some clouds, it has 18 degrees, the wind blows at 9 kilometres per hour.',
        'Today: expect rain, from 9 to 19 degrees, a chance of rain of 80 percent.',
        'Tomorrow: expect a clear sky, from 7 to 22 degrees, a chance of rain of 0 percent.',
        'In 2 days: expect snow, from minus 11 to minus 1 degrees.',
    ]
    assert course.sentence == ' '.join(robot.said)
    assert [order.arguments['name'] for order in robot.orders_of('emotion')] == ['happy']


def test_it_is_told_in_french(tmp_path: Path) -> None:
    robot = asking(tmp_path, ANSWER, language='fr')
    run_course(WeatherReport(), {'address': ADDRESS, 'days': 1}, robot)
    assert robot.said == [
        'En ce moment: il y a quelques nuages, il fait 18 degrés,'
        ' le vent souffle à 9 kilomètres à l’heure.',
        "Aujourd'hui: attends-toi à de la pluie, entre 9 et 19 degrés,"
        ' un risque de pluie de 80 pour cent.',
    ]


def test_an_older_services_answer_is_understood(tmp_path: Path) -> None:
    answer = {'current_weather': {'temperature': -3, 'windspeed': 4, 'weathercode': 45}}
    robot = asking(tmp_path, answer)
    run_course(WeatherReport(), {'address': ADDRESS}, robot)
    assert robot.said == [
        'Now: there is fog, it has minus 3 degrees, the wind blows at 4 kilometres per hour.'
    ]


def test_other_units_are_told_as_what_they_are(tmp_path: Path) -> None:
    answer = {
        'current': {'temperature_2m': 70.2, 'wind_speed_10m': 12.0},
        'current_units': {'temperature_2m': '°F', 'wind_speed_10m': 'mp/h'},
    }
    robot = asking(tmp_path, answer)
    run_course(WeatherReport(), {'address': ADDRESS}, robot)
    assert robot.said == ['Now: it has 70 degrees Fahrenheit, the wind blows at 12 miles per hour.']


@pytest.mark.parametrize(
    ('changed', 'told'),
    [
        ({'current': None}, None),
        ({'current': {'temperature_2m': 'warm', 'weather_code': 2}}, 'Now: there is some clouds.'),
        ({'current': {'weather_code': 12345, 'temperature_2m': 3}}, 'Now: it has 3 degrees.'),
        ({'current': {'weather_code': True, 'temperature_2m': 3}}, 'Now: it has 3 degrees.'),
        ({'current': {'temperature_2m': 1e300, 'weather_code': 0}}, 'Now: there is a clear sky.'),
        ({'current': {'temperature_2m': float('nan')}}, None),
        ({'current': [], 'current_units': 'none'}, None),
    ],
)
def test_what_is_missing_or_wrong_is_left_out(
    tmp_path: Path, changed: dict[str, Any], told: str | None
) -> None:
    robot = asking(tmp_path, {**ANSWER, **changed})
    run_course(WeatherReport(), {'address': ADDRESS, 'days': 1}, robot)
    now = [said for said in robot.said if said.startswith('Now')]
    assert now == ([] if told is None else [told])
    assert robot.said[-1].startswith('Today: expect rain')


@pytest.mark.parametrize(
    ('page', 'complaint'),
    [
        (b'', 'no JSON'),
        (b'<html>', 'no JSON'),
        (b'\xff\xfe\xff', 'no JSON'),
        (b'[' * 100_000, 'no JSON'),
        (b'[]', 'told no weather; its address has to ask'),
        (b'{}', 'told no weather'),
        (b'{"current": {}, "daily": {"temperature_2m_max": [null, "hot"]}}', 'told no weather'),
        (b'{"error": true, "reason": "Latitude must be given"}', 'Latitude must be given'),
    ],
)
def test_an_answer_without_weather_is_refused(tmp_path: Path, page: bytes, complaint: str) -> None:
    with pytest.raises(BehaviorError, match=complaint):
        run_course(WeatherReport(), {'address': ADDRESS}, asking(tmp_path, page))


def test_without_motion_it_only_speaks(tmp_path: Path) -> None:
    robot = asking(tmp_path, ANSWER, parts={Part.SPEECH, Part.NETWORK})
    run_course(WeatherReport(), {'address': ADDRESS}, robot)
    assert set(robot.names) == {'fetch', 'say'}


def test_without_a_network_it_is_refused(tmp_path: Path) -> None:
    robot = asking(tmp_path, ANSWER, parts=set(Part) - {Part.NETWORK})
    with pytest.raises(MissingPart, match='network'):
        run_course(WeatherReport(), {'address': ADDRESS}, robot)


def test_every_weather_has_its_code_once_and_an_emotion_of_the_robot() -> None:
    codes = [code for sky in SKIES for code in sky.codes]
    assert len(codes) == len(set(codes)) == 28
    assert {sky.emotion for sky in SKIES} <= set(EMOTIONS)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)
KEYS = [*ANSWER['current'], *ANSWER['daily'], 'weathercode', 'windspeed', 'temperature']
PARTS = st.dictionaries(st.sampled_from(KEYS), VALUES)
NAMES = ['current', 'daily', 'current_units', 'daily_units', 'current_weather', 'reason']


@given(st.dictionaries(st.sampled_from(NAMES), PARTS | VALUES))
def test_no_answer_is_too_odd(answer: dict[str, Any]) -> None:
    try:
        report = parse_weather(json.dumps(answer).encode())
    except BehaviorError:
        return
    sentences = [sentence_now(report.now, 'fr')]
    sentences += [sentence_of_day(day, number, 'en') for number, day in enumerate(report.days)]
    assert any(sentences)


def test_it_can_be_cancelled_at_every_step(tmp_path: Path) -> None:
    cancel_at_every_step(WeatherReport, {'address': ADDRESS}, partial(asking, tmp_path, ANSWER))


def test_it_survives_or_reports_every_refusal(tmp_path: Path) -> None:
    refuse_at_every_step(WeatherReport, {'address': ADDRESS}, partial(asking, tmp_path, ANSWER))
