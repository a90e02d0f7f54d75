"""What all moves have in common: they start where and how the body moves, and end at rest."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from bbia_sim_ros.motion.body import NEUTRAL
from bbia_sim_ros.motion.body import BodyGoal
from bbia_sim_ros.motion.emotions import EmotionSet
from bbia_sim_ros.motion.emotions import plan_emotion
from bbia_sim_ros.motion.go_to import plan_go_to
from bbia_sim_ros.motion.library import MoveLibrary
from bbia_sim_ros.motion.limits import MotionLimits
from bbia_sim_ros.motion.look_at import plan_look_at
from bbia_sim_ros.motion.moves import Motion
from bbia_sim_ros.motion.moves import Move
from bbia_sim_ros.motion.moves import MoveState
from bbia_sim_ros.motion.moves import unmeasured
from bbia_sim_ros.motion.profiles import TIME_LAWS
from bbia_sim_ros.motion.reach import BoxReach
from bbia_sim_ros.motion.recorded import Recording
from bbia_sim_ros.motion.recorded import RecordingMove
from bbia_sim_ros.motion.rest import go_to_sleep
from bbia_sim_ros.motion.rest import safe_start
from bbia_sim_ros.motion.rest import wake_up
from bbia_sim_ros.motion.streams import GazeStream
from bbia_sim_ros.motion.streams import TeleoperationStream
from bbia_sim_ros.motion.trajectory import TrajectoryPoint
from bbia_sim_ros.motion.trajectory import checked_trajectory
from bbia_sim_ros.motion.trajectory_plan import plan_trajectory
from bbia_sim_ros.robot.kinematics import Kinematics
from bbia_sim_ros.robot.poses import pose_from_euler

LIMITS = MotionLimits()
REACH = BoxReach()
HERE = NEUTRAL.values
H_S = 1e-5

Maker = Callable[[], Move]


def broken_off() -> Recording:
    """Return a recording that starts and ends in full motion."""
    times = np.arange(60) / 50.0
    values = np.tile(HERE, (60, 1))
    values[:, 5] = np.sin(2.0 * times + 0.5)
    return Recording('broken off', '', times, values)


def teleoperation() -> Move:
    """Return a stream with one message."""
    stream = TeleoperationStream(limits=LIMITS, reach=REACH)
    stream.push(BodyGoal(head_pose=pose_from_euler(yaw=0.4), antennas=(1.0, 0.5)), 0.0)
    return stream


def gaze() -> Move:
    """Return a gaze at a point."""
    stream = GazeStream(limits=LIMITS, reach=REACH)
    stream.push((1.0, 0.5, 0.2), 0.0)
    return stream


@pytest.fixture(scope='module')
def makers(emotions: EmotionSet, config: Path, kinematics: Kinematics) -> dict[str, Maker]:
    """One maker of each kind of move."""
    goal = BodyGoal(head_pose=pose_from_euler(yaw=0.4, z=0.01), antennas=(0.9, -0.4), body_yaw=0.2)
    points = (
        TrajectoryPoint(0.5, (0.2, 0.8)),
        TrajectoryPoint(1.2, (0.1, -0.3)),
    )
    trajectory = checked_trajectory(('yaw_body', 'right_antenna'), points)
    makers: dict[str, Maker] = {
        f'go_to {law}': lambda law=law: plan_go_to(  # type: ignore[misc]
            goal, current=HERE, limits=LIMITS, reach=REACH, duration=1.0, interpolation=law
        )
        for law in TIME_LAWS
    }
    library = MoveLibrary([config / 'moves'])
    return makers | {
        'look_at': lambda: plan_look_at((1.0, 0.5, 0.2), current=HERE, limits=LIMITS, reach=REACH),
        'emotion': lambda: plan_emotion(emotions.get('happy'), intensity=1.0, limits=LIMITS),
        'dance': lambda: library.plan('groove', limits=LIMITS),
        'recording': lambda: RecordingMove(broken_off(), limits=LIMITS),
        'trajectory': lambda: plan_trajectory(
            trajectory, current=HERE, kinematics=kinematics, reach=REACH, limits=LIMITS
        ),
        'wake_up': lambda: wake_up(LIMITS),
        'go_to_sleep': lambda: go_to_sleep(LIMITS),
        'safe_start': lambda: safe_start(HERE, LIMITS),
        'teleoperation': teleoperation,
        'gaze': gaze,
    }


MOTIONS = st.builds(
    lambda position, velocity: Motion(
        HERE + np.array(position) * ([0.01] * 3 + [0.3] * 6), np.array(velocity) * LIMITS.velocity
    ),
    st.lists(st.floats(-1.0, 1.0), min_size=9, max_size=9),
    st.lists(st.floats(-1.0, 1.0), min_size=9, max_size=9),
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_move_starts_at_the_position_and_velocity_of_the_body(
    makers: dict[str, Maker], data: st.DataObject
) -> None:
    move = makers[data.draw(st.sampled_from(sorted(makers)))]()
    start = data.draw(MOTIONS)
    move.begin(start)
    first, second, third = (move.sample(t)[move.owned] for t in (0.0, H_S, 2.0 * H_S))
    assert np.abs(first - start.position[move.owned]).max() < 1e-6
    assert np.abs((second - first) / H_S - start.velocity[move.owned]).max() < 0.02
    assert np.abs((third - second) / H_S - start.velocity[move.owned]).max() < 0.02


ENDLESS = ('teleoperation', 'gaze')


def test_a_move_is_done_in_time_and_at_rest(makers: dict[str, Maker]) -> None:
    for name, make in makers.items():
        if name in ENDLESS:
            continue
        move = make()
        move.begin(Motion(HERE, np.zeros(9)))
        times = np.arange(0.0, 15.0, 0.01).tolist()
        progress = 0.0
        for t in times:
            before = move.sample(t)
            assert progress <= move.progress(t) <= 1.0, name
            progress = move.progress(t)
            ending = move.judge(t, unmeasured)
            if ending is not None:
                break
        assert ending is not None, name
        assert ending.state is MoveState.DONE, name
        assert progress == pytest.approx(1.0), name
        assert np.abs(move.sample(t + 0.01) - before).max() < 1e-3, name


def test_a_priority_out_of_range_is_refused() -> None:
    with pytest.raises(ValueError, match='priority is 256; allowed is 0'):
        wake_up(LIMITS, priority=256)


def test_an_end_is_final() -> None:
    move = wake_up(LIMITS)
    move.end(MoveState.ABORTED, 'first')
    move.end(MoveState.DONE, 'second')
    assert (move.state, move.reason) == (MoveState.ABORTED, 'first')
