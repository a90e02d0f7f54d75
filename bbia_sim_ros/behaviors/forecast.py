"""What a weather service answers, made into sentences: JSON in the form of Open-Meteo.

Contract
    Pure functions. `parse_weather` takes what is there and of the right type and leaves out the
    rest; it raises `BehaviorError` when nothing is left. Weather codes are those of WMO table 4677
    as far as Open-Meteo uses them (its documentation, "WMO Weather interpretation codes").

Form
    ``current`` (or ``current_weather`` of older versions) with ``temperature_2m``,
    ``weather_code``, ``wind_speed_10m``; ``daily`` with lists of ``temperature_2m_max``,
    ``temperature_2m_min``, ``weather_code``, ``precipitation_probability_max``; units in
    ``current_units`` and ``daily_units``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from typing import Final

from bbia_sim_ros.behaviors.errors import BehaviorError
from bbia_sim_ros.behaviors.texts import Text

MAX_DAYS: Final = 16
_MOST: Final = 1e6

Json = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Sky:
    """Codes of a kind of weather, what it is called, and what the robot feels about it."""

    codes: tuple[int, ...]
    words: Text
    emotion: str


@dataclass(frozen=True, kw_only=True)
class Weather:
    """Now or a day; None is not known. Temperatures in ``degrees``, wind in ``wind_unit``."""

    degrees: Text
    sky: Sky | None = None
    temperature: float | None = None
    low: float | None = None
    high: float | None = None
    wind: float | None = None
    wind_unit: str = ''
    rain_percent: float | None = None

    @property
    def is_known(self) -> bool:
        """Whether there is anything to tell."""
        known = (self.sky, self.temperature, self.low, self.high, self.wind, self.rain_percent)
        return any(value is not None for value in known)


@dataclass(frozen=True, kw_only=True)
class Report:
    """The weather now, and that of the days from today on."""

    now: Weather
    days: tuple[Weather, ...]


SKIES: Final = (
    Sky(codes=(0,), words=Text(en='a clear sky', fr='un ciel dégagé'), emotion='happy'),
    Sky(codes=(1, 2), words=Text(en='some clouds', fr='quelques nuages'), emotion='happy'),
    Sky(codes=(3,), words=Text(en='an overcast sky', fr='un ciel couvert'), emotion='neutral'),
    Sky(codes=(45, 48), words=Text(en='fog', fr='du brouillard'), emotion='curious'),
    Sky(codes=(51, 53, 55, 56, 57), words=Text(en='drizzle', fr='de la bruine'), emotion='sad'),
    Sky(codes=(61, 63, 80, 81), words=Text(en='rain', fr='de la pluie'), emotion='sad'),
    Sky(codes=(65, 82), words=Text(en='heavy rain', fr='une forte pluie'), emotion='surprised'),
    Sky(
        codes=(66, 67),
        words=Text(en='freezing rain', fr='de la pluie verglaçante'),
        emotion='fearful',
    ),
    Sky(codes=(71, 73, 75, 77, 85, 86), words=Text(en='snow', fr='de la neige'), emotion='excited'),
    Sky(codes=(95, 96, 99), words=Text(en='thunderstorms', fr='des orages'), emotion='fearful'),
)
_BY_CODE: Final = MappingProxyType({code: sky for sky in SKIES for code in sky.codes})
_DEGREES: Final = Text(en='degrees', fr='degrés')
_FAHRENHEIT: Final = Text(en='degrees Fahrenheit', fr='degrés Fahrenheit')
_WIND_UNITS: Final = MappingProxyType(
    {
        'km/h': Text(en='kilometres per hour', fr='kilomètres à l’heure'),
        'm/s': Text(en='metres per second', fr='mètres par seconde'),
        'mp/h': Text(en='miles per hour', fr='miles à l’heure'),
        'kn': Text(en='knots', fr='nœuds'),
    }
)

_NOW: Final = Text(en='Now', fr='En ce moment')
_SKY: Final = Text(en='there is {sky}', fr='il y a {sky}')
_TEMPERATURE: Final = Text(en='it has {value} {degrees}', fr='il fait {value} {degrees}')
_WIND: Final = Text(en='the wind blows at {value} {unit}', fr='le vent souffle à {value} {unit}')
_DAYS: Final = (Text(en='Today', fr="Aujourd'hui"), Text(en='Tomorrow', fr='Demain'))
_LATER: Final = Text(en='In {number} days', fr='Dans {number} jours')
_EXPECTED: Final = Text(en='expect {sky}', fr='attends-toi à {sky}')
_RANGE: Final = Text(en='from {low} to {high} {degrees}', fr='entre {low} et {high} {degrees}')
_HIGH: Final = Text(en='up to {high} {degrees}', fr="jusqu'à {high} {degrees}")
_LOW: Final = Text(en='down to {low} {degrees}', fr='pas moins de {low} {degrees}')
_RAIN: Final = Text(
    en='a chance of rain of {value} percent', fr='un risque de pluie de {value} pour cent'
)


def parse_weather(page: bytes) -> Report:
    """Return what an answer tells; raises `BehaviorError` with what it should be."""
    try:
        answer = json.loads(page)
    except (ValueError, RecursionError) as error:
        raise BehaviorError(
            f'the weather service gave no JSON ({error}); check the address'
        ) from error
    root = _mapping(answer)
    report = Report(now=_now(root), days=_days(root))
    if report.now.is_known or any(day.is_known for day in report.days):
        return report
    if isinstance(root.get('reason'), str):
        raise BehaviorError(f'the weather service answered: {root["reason"][:200]}')
    raise BehaviorError(
        'the weather service told no weather; its address has to ask for some, such as with'
        ' ?latitude=48.9&longitude=2.4&current=temperature_2m,weather_code,wind_speed_10m'
        '&daily=weather_code,temperature_2m_max,temperature_2m_min'
    )


def sentence_now(weather: Weather, language: str) -> str:
    """Return the present weather in a sentence, '' if nothing is known."""
    parts = []
    if weather.sky is not None:
        parts.append(_SKY.spoken(language, sky=weather.sky.words.spoken(language)))
    degrees = weather.degrees.spoken(language)
    if weather.temperature is not None:
        value = _number(weather.temperature, language)
        parts.append(_TEMPERATURE.spoken(language, value=value, degrees=degrees))
    if weather.wind is not None:
        known = _WIND_UNITS.get(weather.wind_unit)
        unit = weather.wind_unit if known is None else known.spoken(language)
        value = _number(weather.wind, language)
        parts.append(_WIND.spoken(language, value=value, unit=unit))
    return _sentence(_NOW.spoken(language), parts)


def sentence_of_day(weather: Weather, number: int, language: str) -> str:
    """Return the weather of a day, today is 0, in a sentence; '' if nothing is known."""
    parts = []
    if weather.sky is not None:
        parts.append(_EXPECTED.spoken(language, sky=weather.sky.words.spoken(language)))
    texts = {(True, True): _RANGE, (False, True): _HIGH, (True, False): _LOW}
    text = texts.get((weather.low is not None, weather.high is not None))
    if text is not None:
        low, high = _number(weather.low, language), _number(weather.high, language)
        degrees = weather.degrees.spoken(language)
        parts.append(text.spoken(language, low=low, high=high, degrees=degrees))
    if weather.rain_percent is not None:
        value = _number(weather.rain_percent, language)
        parts.append(_RAIN.spoken(language, value=value))
    when = _DAYS[number] if number < len(_DAYS) else _LATER
    return _sentence(when.spoken(language, number=number), parts)


def _now(root: Json) -> Weather:
    now, units = _mapping(root.get('current')), _mapping(root.get('current_units'))
    names = ('temperature_2m', 'weather_code', 'wind_speed_10m')
    if not now:
        now, units = (
            _mapping(root.get('current_weather')),
            _mapping(root.get('current_weather_units')),
        )
        names = ('temperature', 'weathercode', 'windspeed')
    temperature, code, wind = names
    unit = units.get(wind, 'km/h')
    return Weather(
        degrees=_degrees(units.get(temperature)),
        sky=_sky(now.get(code)),
        temperature=_finite(now.get(temperature)),
        wind=_finite(now.get(wind)),
        wind_unit=unit[:20] if isinstance(unit, str) else '',
    )


def _days(root: Json) -> tuple[Weather, ...]:
    daily, units = _mapping(root.get('daily')), _mapping(root.get('daily_units'))
    degrees = _degrees(units.get('temperature_2m_max', units.get('temperature_2m_min')))
    codes = _list(daily.get('weather_code', daily.get('weathercode')))
    lows = _list(daily.get('temperature_2m_min'))
    highs = _list(daily.get('temperature_2m_max'))
    rains = _list(daily.get('precipitation_probability_max'))
    return tuple(
        Weather(
            degrees=degrees,
            sky=_sky(_at(codes, number)),
            low=_finite(_at(lows, number)),
            high=_finite(_at(highs, number)),
            rain_percent=_finite(_at(rains, number)),
        )
        for number in range(min(MAX_DAYS, max(map(len, (codes, lows, highs, rains)))))
    )


def _mapping(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else ()


def _at(values: Sequence[Any], number: int) -> Any:
    return values[number] if number < len(values) else None


def _finite(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and math.isfinite(value) and abs(value) < _MOST else None


def _sky(value: Any) -> Sky | None:
    code = _finite(value)
    return None if code is None else _BY_CODE.get(int(code))


def _degrees(unit: Any) -> Text:
    return _FAHRENHEIT if unit == '°F' else _DEGREES


def _number(value: float | None, language: str) -> str:
    """Return a rounded number as it is said."""
    rounded = round(value or 0.0)
    minus = {'fr': 'moins'}.get(language[:2], 'minus')
    return f'{minus} {-rounded}' if rounded < 0 else str(rounded)


def _sentence(begin: str, parts: Sequence[str]) -> str:
    return f'{begin}: {", ".join(parts)}.' if parts else ''
