"""Telling the weather that a service knows."""

from __future__ import annotations

from typing import Final

from pydantic import Field

from bbia_sim_ros.behaviors.behavior import Behavior
from bbia_sim_ros.behaviors.behavior import BehaviorParameters
from bbia_sim_ros.behaviors.forecast import MAX_DAYS
from bbia_sim_ros.behaviors.forecast import parse_weather
from bbia_sim_ros.behaviors.forecast import sentence_now
from bbia_sim_ros.behaviors.forecast import sentence_of_day
from bbia_sim_ros.behaviors.robot import Part
from bbia_sim_ros.behaviors.robot import Robot

MAX_ANSWER_B: Final = 500_000
_INTENSITY: Final = 0.6


class WeatherReport(Behavior):
    """Tells the weather of a service such as Open-Meteo; the address is yours to give."""

    name = 'weather_report'
    requires = frozenset({Part.SPEECH, Part.NETWORK})
    time_limit = 300.0

    class Parameters(BehaviorParameters):
        """Where to ask, and how far ahead."""

        address: str = Field(
            min_length=1,
            max_length=2000,
            description='Address that answers with JSON as Open-Meteo does: current and daily'
            ' values of weather_code, temperature_2m (_max, _min), wind_speed_10m.',
        )
        days: int = Field(
            2, ge=0, le=MAX_DAYS, description='For how many days to tell the forecast, today first.'
        )

    async def run(self, robot: Robot, parameters: Parameters) -> str:
        """Ask, and tell what is known."""
        robot.stage('asking for the weather')
        report = parse_weather(await robot.fetch(parameters.address, max_bytes=MAX_ANSWER_B))
        told = []
        days = report.days[: parameters.days]
        sentences = [
            sentence_now(report.now, robot.language),
            *(sentence_of_day(day, number, robot.language) for number, day in enumerate(days)),
        ]
        robot.stage('telling the weather')
        for sentence in filter(None, sentences):
            await robot.say(sentence)
            told.append(sentence)
        sky = report.now.sky or next((day.sky for day in report.days if day.sky), None)
        if sky is not None and robot.has(Part.MOTION):
            await robot.emotion(sky.emotion, _INTENSITY)
        return ' '.join(told) or 'nothing is known of these days'
