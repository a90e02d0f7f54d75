"""Everything the package plays stays inside the robot's real workspace."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from bbia_sim_ros.motion.body import NEUTRAL
from bbia_sim_ros.motion.body import BodyGoal
from bbia_sim_ros.motion.body import GoalError
from bbia_sim_ros.motion.choreography import FAINTEST
from bbia_sim_ros.motion.choreography import Choreography
from bbia_sim_ros.motion.emotions import EMOTIONS
from bbia_sim_ros.motion.emotions import EmotionSet
from bbia_sim_ros.motion.go_to import plan_go_to
from bbia_sim_ros.motion.library import load_choreography
from bbia_sim_ros.motion.limits import MotionLimits
from bbia_sim_ros.motion.look_at import plan_look_at
from bbia_sim_ros.motion.moves import Motion
from bbia_sim_ros.motion.reach import BoxReach
from bbia_sim_ros.motion.reach import Reach
from bbia_sim_ros.motion.reach import WorkspaceReach
from bbia_sim_ros.motion.rest import RESTING
from bbia_sim_ros.motion.rest import go_to_sleep
from bbia_sim_ros.motion.rest import wake_up
from bbia_sim_ros.robot.kinematics import Kinematics
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.poses import pose_from_euler
from bbia_sim_ros.robot.workspace import Workspace

LIMITS = MotionLimits()


@pytest.fixture(scope='module')
def reach(kinematics: Kinematics) -> WorkspaceReach:
    """The robot's workspace."""
    return WorkspaceReach(Workspace(kinematics))


def clips_of(reach: Reach, values: FloatArray) -> tuple[str, ...]:
    """Return what a reach changes; what it does not say, it must not do."""
    nearest, clips = reach.clip(values)
    assert clips or np.abs(nearest - values).max() < 5e-3
    return clips


def postures(choreography: Choreography, amplitude: float) -> Iterator[FloatArray]:
    """Yield what is played, every 40 ms and at its apex."""
    yield choreography.posture(choreography.apex, amplitude)
    for t in np.arange(0.0, choreography.duration, 0.04).tolist():
        yield choreography.posture(t, amplitude)


@pytest.mark.parametrize('name', EMOTIONS)
def test_an_emotion_of_any_intensity_stays_inside(
    emotions: EmotionSet, reach: WorkspaceReach, name: str
) -> None:
    for amplitude in (FAINTEST, 0.6, 1.0):
        for values in postures(emotions.get(name).choreography, amplitude):
            assert clips_of(reach, values) == ()


@pytest.mark.parametrize('name', EMOTIONS)
def test_the_idle_motion_of_a_mood_stays_inside(
    emotions: EmotionSet, reach: WorkspaceReach, name: str
) -> None:
    for t in np.arange(0.0, 12.0, 0.25).tolist():
        values = NEUTRAL.values + emotions.get(name).mood.offset(t, 1.0)
        assert clips_of(reach, values) == ()


@pytest.mark.parametrize('name', ['groove', 'nod', 'robot_pop', 'shake_head', 'waltz'])
def test_a_move_stays_inside(config: Path, reach: WorkspaceReach, name: str) -> None:
    for values in postures(load_choreography(config / 'moves' / f'{name}.yaml'), 1.0):
        assert clips_of(reach, values) == ()


def test_going_to_sleep_and_waking_up_stay_inside(reach: WorkspaceReach) -> None:
    for move, start in ((go_to_sleep(LIMITS), NEUTRAL), (wake_up(LIMITS), RESTING)):
        move.begin(Motion(start.values, np.zeros(9)))
        for t in np.arange(0.0, 5.0, 0.05).tolist():
            values = move.sample(t)
            assert clips_of(reach, values) == (), (move.label, t)


def test_a_posture_beyond_the_bounds_is_brought_inside_and_explained(
    reach: WorkspaceReach,
) -> None:
    wanted = NEUTRAL.values.copy()
    wanted[4], wanted[6], wanted[8] = math.radians(60), 4.0, 0.3
    wanted[5] = 0.3
    values, clips = reach.clip(wanted)
    assert clips_of(reach, values) == ()
    assert math.degrees(values[4]) < 45.0
    assert values[6] == pytest.approx(math.pi)
    assert values[8] == 0.3
    text = '; '.join(clips)
    assert 'head pitch 60.0 deg -> ' in text
    assert 'right_antenna 229.2 deg -> 180.0 deg (joint range)' in text


def test_a_head_turned_past_half_a_turn_is_not_unwound(reach: WorkspaceReach) -> None:
    wanted = NEUTRAL.values.copy()
    wanted[8], wanted[5] = math.radians(150), math.radians(200)
    wanted[4] = math.radians(50)
    values, clips = reach.clip(wanted)
    assert clips
    assert math.degrees(values[5]) == pytest.approx(200, abs=25)


def test_goals_out_of_reach_are_refused_with_the_bound_and_the_nearest(
    reach: WorkspaceReach,
) -> None:
    with pytest.raises(GoalError, match=r'out of reach; the nearest is: head z 60.0 mm -> 17'):
        plan_go_to(
            BodyGoal(head_pose=pose_from_euler(z=0.06)),
            current=NEUTRAL.values,
            limits=LIMITS,
            reach=reach,
            duration=1.0,
        )
    with pytest.raises(GoalError, match=r'out of reach; the nearest is: .*head pitch -80'):
        plan_look_at((0.3, 0.0, 2.0), current=NEUTRAL.values, limits=LIMITS, reach=reach)


def test_the_box_without_a_robot_is_about_the_inside_of_the_real_workspace(
    reach: WorkspaceReach,
) -> None:
    rng = np.random.default_rng(3)
    half = np.array([0.008, 0.008, 0.008, 0.2, 0.2, 0.5, 3.0, 3.0, 0.0])
    samples = rng.uniform(-half, half, (200, 9))
    assert not any(clips_of(BoxReach(), values) for values in samples)
    assert sum(not clips_of(reach, values) for values in samples) > 195
