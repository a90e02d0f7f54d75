"""Whether the head is inside the workspace where the legs hold it, and on the way to their stop.

Contract
    ``StopTest`` answers for legs (6,) in rad; poses (4, 4) are in the body frame, m. An answer
    depends on the arguments only: what is remembered of earlier poses saves time and is never
    taken for more than it proves. Not thread-safe: one caller.

Known clearances
    Clearance is the distance of fixed points from fixed planes, so a head that moves by t and whose
    rotation matrix changes by D loses at most |t| + |D| times the distance of the farthest point.
    While that leaves enough of the clearance measured last, none is measured.

Neighbourhoods
    ``KEPT`` is known to hold for all legs within w rad of some legs that were tested. Divide the
    rods' lines by the length of a rod and their moments also by the radius R of the head's balls:
    then their determinant is the stiffness, and a head that these legs hold moves by
    z = (|move|^2 + |R turn|^2)^(1/2) <= 6^(1/2) arm k per rad, k the norm of the inverse. Where w
    is so small that the lines change by at most 1/(8 k), k grows to 8/7 k at most (Weyl) and the
    determinant is left with (7/8)^6 of itself or more. Then z is bounded in all the neighbourhood,
    and with it what is lost of every margin. A step from where legs in it are to a stop in it needs
    no test but that of the joint ranges; the decision is the one that the tests would come to.
"""

from __future__ import annotations

import math
import operator
from typing import NamedTuple

import numpy as np

from bbia_sim_ros.robot.forward import MIN_Z_M
from bbia_sim_ros.robot.forward import AssemblyError
from bbia_sim_ros.robot.names import JOINT_LOWER_RAD
from bbia_sim_ros.robot.names import JOINT_UPPER_RAD
from bbia_sim_ros.robot.names import LEGS_SLICE
from bbia_sim_ros.robot.names import MAX_RELATIVE_YAW_RAD
from bbia_sim_ros.robot.names import NEUTRAL_HEAD_POSE
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.poses import yaw_of
from bbia_sim_ros.robot.workspace import KEPT
from bbia_sim_ros.robot.workspace import Margins
from bbia_sim_ros.robot.workspace import Workspace

_RANGES = tuple(
    zip(JOINT_LOWER_RAD[LEGS_SLICE].tolist(), JOINT_UPPER_RAD[LEGS_SLICE].tolist(), strict=True)
)
_HEAD_RADIUS_M = 0.1
_TEST_EVERY_M = 1.5e-3
_MOST_TESTS = 24
# So much clearance is as good as any: below it, it is measured.
_AMPLE_M = 5e-3
# In a neighbourhood the head turns by 0.08 rad at most and so moves by 3 mm. One that tilts by less
# than 53 degrees stays upright then, and its yaw changes by less than twice its turn.
_MOST_TURN_RAD = 0.08
_UPRIGHT = 0.6
_ABOVE_CRANKS_M = MIN_Z_M + 0.01
_YAW_PER_TURN = 2.0
_LINES_CHANGE = 0.125
_STIFFNESS_LEFT = (1.0 - _LINES_CHANGE) ** 6
# Legs that brake over a longer way would leave it at once.
_SLOW_WAY_RAD = 2e-3
_WORTHWHILE_RAD = 5e-4
# Share of the radius by which the next neighbourhood's middle is ahead of the legs.
_AHEAD = 0.8


class Held(NamedTuple):
    """A head pose inside, its stiffness, and the clearance in m that it has at least."""

    pose: FloatArray
    stiffness: float
    clearance: float


def within_ranges(legs: list[float], space: float = 0.0) -> bool:
    """Say whether six leg angles, rad, are within their ranges by ``space`` rad."""
    return all(
        low + space <= leg <= high - space for leg, (low, high) in zip(legs, _RANGES, strict=True)
    )


class StopTest:
    """See the module's docstring."""

    def __init__(self, workspace: Workspace) -> None:
        """Know no neighbourhood yet."""
        self._workspace = workspace
        self._kinematics = workspace.kinematics
        self._contact = workspace.contact
        geometry = workspace.kinematics.geometry
        self._lengths = geometry.arm_length_m, geometry.rod_length_m, geometry.ball_radius_m
        self._measure(NEUTRAL_HEAD_POSE)
        self._middle = [0.0] * 6
        self._radius = 0.0

    def held(self, legs: FloatArray, guess: FloatArray, margins: Margins) -> Held | None:
        """Return what ``legs`` (6,) hold if inside by ``margins``; ``guess`` as for forward."""
        try:
            pose, stiffness = self._kinematics.body_frame_pose(legs, guess)
        except AssemblyError:
            return None
        clearance = self._clearance(pose)
        inside = self._workspace.contains(
            pose, legs.tolist(), margins, clearance=clearance, stiffness=stiffness
        )
        return Held(pose, stiffness, clearance) if inside else None

    def stops_inside(
        self, here: Held, legs: list[float], rest: list[float], margins: Margins
    ) -> bool:
        """Say whether the way from ``legs``, which hold ``here``, to ``rest`` is inside."""
        if _distance(legs, rest) <= _SLOW_WAY_RAD:
            self._middle, self._radius = legs, self.radius_around(here, legs)
            if self._is_in_neighbourhood(legs, rest):
                return True
        end = self.held(np.array(rest), here.pose, margins)
        return end is not None and self._is_way_clear(legs, here, rest, end, margins)

    def is_known(self, legs: list[float], rest: list[float], guess: FloatArray) -> bool:
        """Say whether the way from ``legs`` to ``rest`` is inside by ``KEPT``, as far as is known.

        False is no answer. Slow legs that leave a neighbourhood get the next one tested, as far
        ahead as it still holds them; ``guess`` as for forward.
        """
        if self._is_in_neighbourhood(legs, rest):
            return True
        way = _distance(legs, rest)
        if self._radius < _WORTHWHILE_RAD or not 0.0 < way <= _SLOW_WAY_RAD:
            return False
        ahead = _AHEAD * self._radius / way
        middle = [leg + ahead * (stop - leg) for leg, stop in zip(legs, rest, strict=True)]
        found = self.held(np.array(middle), guess, KEPT)
        self._middle = middle
        self._radius = 0.0 if found is None else self.radius_around(found, middle)
        return self._is_in_neighbourhood(legs, rest)

    def _is_in_neighbourhood(self, legs: list[float], rest: list[float]) -> bool:
        return (
            _distance(self._middle, legs) <= self._radius
            and _distance(self._middle, rest) <= self._radius
            and within_ranges(legs, KEPT.joint_rad)
            and within_ranges(rest, KEPT.joint_rad)
        )

    def radius_around(self, here: Held, legs: list[float]) -> float:
        """Return the radius w in rad of the neighbourhood of ``legs``, which hold ``here``.

        0 where there is none. The joint ranges are not looked at.
        """
        pose = here.pose
        if not (pose[2, 2] > _UPRIGHT and pose[2, 3] > _ABOVE_CRANKS_M):
            return 0.0
        if _STIFFNESS_LEFT * here.stiffness < KEPT.stiffness:
            return 0.0
        arm, rod, ball = self._lengths
        slack = self._kinematics.slackness(pose, np.array(legs))
        move = math.sqrt(6.0) * arm * slack / (1.0 - _LINES_CHANGE)
        turn = move / ball
        # The directions of the rods, seen from the head, change as their ends and the head move.
        lines_change = math.sqrt(12.0) * (math.sqrt(2.0) * move / rod + turn + arm / rod)
        yaw_left = MAX_RELATIVE_YAW_RAD - KEPT.yaw_rad - abs(yaw_of(pose))
        # Twice: the way between the two ends counts as well.
        clearance_change = 2.0 * (move + self._lever(pose) * turn)
        return max(
            0.0,
            min(
                _LINES_CHANGE / (slack * lines_change),
                _MOST_TURN_RAD / turn,
                yaw_left / (_YAW_PER_TURN * turn),
                (here.clearance - KEPT.clearance_m) / clearance_change,
            ),
        )

    def _lever(self, pose: FloatArray) -> float:
        """Return the distance in m of the body's rim from the head's origin at most."""
        return self._contact.reach_m + math.hypot(*pose[:3, 3].tolist())

    # -- clearance ----------------------------------------------------------------------------

    def _measure(self, pose: FloatArray) -> float:
        clearance = self._contact.clearance(pose)
        self._known = (*_parts(pose), self._lever(pose), clearance)
        return clearance

    def _clearance(self, pose: FloatArray) -> float:
        """Return a clearance that ``pose`` has at least; if less than ample, the measured one."""
        known_rotation, known_place, lever, clearance = self._known
        rotation, place = _parts(pose)
        lost = math.dist(place, known_place) + lever * math.dist(rotation, known_rotation)
        least = clearance - lost
        return least if least >= _AMPLE_M else self._measure(pose)

    def _is_way_clear(
        self, start: list[float], first: Held, stop: list[float], last: Held, margins: Margins
    ) -> bool:
        """Say whether the head keeps clear of the body between two legs that are inside.

        No point of the head moves farther than ``path``, so large clearances at both ends settle
        it; else it is tested in steps, on the parabola through the poses at both ends and in the
        middle.
        """
        (turn_a, place_a), (turn_b, place_b) = _parts(first.pose), _parts(last.pose)
        path = math.dist(place_a, place_b) + _HEAD_RADIUS_M * math.dist(turn_a, turn_b)
        needed = 1.2 * path + 2.0 * margins.clearance_m
        if first.clearance + last.clearance > needed:
            return True
        if self._measure(first.pose) + self._measure(last.pose) > needed:
            return True
        halfway = 0.5 * (np.array(start) + np.array(stop))
        middle = self.held(halfway, first.pose, margins)
        if middle is None:
            return False
        count = min(max(math.ceil(path / _TEST_EVERY_M), 2), _MOST_TESTS)
        shares = (np.arange(1, count) / count)[:, None, None]
        poses = (
            (2.0 * shares - 1.0) * (shares - 1.0) * first.pose
            + 4.0 * shares * (1.0 - shares) * middle.pose
            + shares * (2.0 * shares - 1.0) * last.pose
        )
        return bool(self._contact.clearance_batch(poses).min() >= margins.clearance_m)


def _distance(one: list[float], other: list[float]) -> float:
    """Return the largest difference of two sets of angles, rad."""
    distance: float = max(map(abs, map(operator.sub, one, other)))
    return distance


def _parts(pose: FloatArray) -> tuple[tuple[float, ...], tuple[float, float, float]]:
    """Return the nine numbers of a pose's rotation and the three of its place."""
    (a, b, c, x), (d, e, f, y), (g, h, i, z), _ = pose.tolist()
    return (a, b, c, d, e, f, g, h, i), (x, y, z)
