"""Checking a joint trajectory before it is accepted: assembly of the head, reach, speed.

Contract
    ``plan_trajectory`` is pure and may run on any thread; it takes up to 0.2 s for a long
    trajectory of the legs, so keep it out of the control loop.
"""

from __future__ import annotations

import numpy as np

from bbia_sim_ros.motion.body import COORDINATES
from bbia_sim_ros.motion.body import GoalError
from bbia_sim_ros.motion.limits import MotionLimits
from bbia_sim_ros.motion.reach import Reach
from bbia_sim_ros.motion.reach import reachable
from bbia_sim_ros.motion.trajectory import Trajectory
from bbia_sim_ros.motion.trajectory import TrajectoryError
from bbia_sim_ros.motion.trajectory_move import HeadKinematics
from bbia_sim_ros.motion.trajectory_move import Tolerances
from bbia_sim_ros.motion.trajectory_move import TrajectoryMove
from bbia_sim_ros.robot.names import FloatArray

_CHECK_RATE_HZ = 50.0
_MAX_CHECKS = 500


def plan_trajectory(
    trajectory: Trajectory,
    *,
    current: FloatArray,
    kinematics: HeadKinematics,
    reach: Reach,
    limits: MotionLimits,
    tolerances: Tolerances | None = None,
    delay: float = 0.0,
    priority: int | None = None,
) -> TrajectoryMove:
    """Return the move along ``trajectory`` from about ``current`` (9,), or raise TrajectoryError.

    The curve is looked at 50 times a second (at most 500 times): every pose must assemble, be in
    reach and be approached no faster than the limits allow.
    """
    move = TrajectoryMove(
        trajectory,
        kinematics=kinematics,
        tolerances=tolerances or Tolerances(),
        limits=limits,
        delay=delay,
        priority=priority,
    )
    try:
        end = move.lay_out(current)
    except TrajectoryError:
        raise
    except ValueError as error:
        raise TrajectoryError(f'the present pose has no leg angles ({error})') from error
    count = int(np.clip(end * _CHECK_RATE_HZ, 2, _MAX_CHECKS))
    previous: FloatArray | None = None
    for t in np.linspace(0.0, end, count + 1).tolist():
        try:
            values = move.posture_at(t)
            reachable(values, reach)
        except GoalError as error:
            raise TrajectoryError(f'at {t:.2f} s: {error}') from error
        except ValueError as error:
            raise TrajectoryError(f'at {t:.2f} s the head cannot be assembled: {error}') from error
        if previous is not None and end > 0.0:
            _check_speed(t, (values - previous) * (count / end), limits)
        previous = values
    return move


def _check_speed(t: float, velocity: FloatArray, limits: MotionLimits) -> None:
    excess = np.abs(velocity) / limits.velocity
    worst = int(np.argmax(excess))
    if excess[worst] > 1.0:
        raise TrajectoryError(
            f'too fast at {t:.2f} s: {COORDINATES[worst]} at {abs(velocity[worst]):.3f} per s, '
            f'limit {limits.velocity[worst]:g}; give the points more time'
        )
