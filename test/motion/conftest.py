"""Fixtures of the motion tests: limits, emotions, kinematics, and a mixer that steps."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bbia_sim_ros.motion.body import NEUTRAL
from bbia_sim_ros.motion.emotions import EmotionSet
from bbia_sim_ros.motion.limits import MotionLimits
from bbia_sim_ros.motion.mixer import MotionMixer
from bbia_sim_ros.motion.reach import BoxReach
from bbia_sim_ros.robot.geometry import load_geometry
from bbia_sim_ros.robot.kinematics import Kinematics
from bbia_sim_ros.simulation.assets import find_source
from support.stage import Stage

CONFIG = Path(__file__).resolve().parents[2] / 'config'


@pytest.fixture(scope='session')
def limits() -> MotionLimits:
    """The default limits."""
    return MotionLimits()


@pytest.fixture(scope='session')
def emotions() -> EmotionSet:
    """The emotions of the package."""
    return EmotionSet.load([CONFIG / 'emotions.yaml'])


@pytest.fixture(scope='session')
def kinematics() -> Kinematics:
    """The kinematics of the official robot."""
    return Kinematics(load_geometry(find_source().kinematics_data))


@pytest.fixture(scope='session')
def config() -> Path:
    """The package's configuration folder."""
    return CONFIG


@pytest.fixture
def new_mixer(limits: MotionLimits, emotions: EmotionSet) -> Callable[[], MotionMixer]:
    """Return a maker of mixers that have not been started."""
    mood = emotions.get('neutral').mood
    return lambda: MotionMixer(limits=limits, reach=BoxReach(), mood=mood)


@pytest.fixture
def new_stage(new_mixer: Callable[[], MotionMixer]) -> Callable[[], Stage]:
    """Return a maker of stages whose safe start is over and whose idle motion is off."""

    def make() -> Stage:
        stage = Stage(new_mixer())
        stage.mixer.layers.idle_enabled = False
        stage.mixer.begin(NEUTRAL)
        stage.run(0.6)
        assert stage.mixer.active is None
        return stage

    return make


@pytest.fixture
def stage(new_stage: Callable[[], Stage]) -> Stage:
    """One stage."""
    return new_stage()
