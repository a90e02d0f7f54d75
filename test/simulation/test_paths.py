"""Paths of bodies: what is refused, and where a body is at which time."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from bbia_sim_ros.robot.poses import pose_from_euler
from bbia_sim_ros.simulation.errors import PathError
from bbia_sim_ros.simulation.paths import MAX_POSES
from bbia_sim_ros.simulation.paths import Motion
from bbia_sim_ros.simulation.paths import Paths
from bbia_sim_ros.simulation.paths import between
from bbia_sim_ros.simulation.paths import placement

BASE = pose_from_euler(x=1.0, z=0.7, yaw=math.pi / 2)


def paths(
    times_s: tuple[float, ...], *poses: Any, loop: bool = False, bodies: tuple[str, ...] = ('a',)
) -> Paths:
    """Return paths of one body unless told otherwise."""
    shaped = np.array(poses, dtype=float).reshape(len(times_s), len(bodies), 4, 4)
    return Paths(bodies=bodies, times_s=times_s, poses=shaped, loop=loop)


def at(x: float = 0.0, **other: float) -> Any:
    return pose_from_euler(x=x, **other)


def follow(wanted: Paths, *, start: Any = None, start_time_s: float = 0.0) -> Motion:
    begin = np.array([placement(np.eye(4) if start is None else start)] * len(wanted.bodies))
    return Motion(wanted, base=np.eye(4), start=begin, start_time_s=start_time_s)


def test_positions_go_straight_at_constant_speed() -> None:
    motion = follow(paths((0.0, 2.0, 3.0), at(1.0), at(2.0, y=4.0), at(2.0, y=4.0)))
    np.testing.assert_allclose(motion.at(0.5)[0, :3], (1.25, 1.0, 0.0))
    np.testing.assert_allclose(motion.at(1.5)[0, :3], (1.75, 3.0, 0.0))
    np.testing.assert_allclose(motion.at(2.5)[0, :3], (2.0, 4.0, 0.0))


def test_orientations_turn_at_constant_rate_about_one_axis() -> None:
    motion = follow(paths((0.0, 1.0), at(), at(yaw=2.0)))
    for share in (0.0, 0.25, 0.5, 0.9, 1.0):
        np.testing.assert_allclose(motion.at(share)[0], placement(at(yaw=2.0 * share)), atol=1e-12)


def test_the_shorter_way_is_taken_across_half_a_turn() -> None:
    motion = follow(paths((0.0, 1.0), at(yaw=math.radians(170)), at(yaw=math.radians(-170))))
    middle = motion.at(0.5)[0, 3:]
    assert abs(middle @ placement(at(yaw=math.pi))[3:]) == pytest.approx(1.0)


def test_orientations_that_hardly_differ_stay_of_unit_length() -> None:
    first, second = placement(at(yaw=0.3)), placement(at(yaw=0.3 + 1e-9))
    middle = between(first[None], second[None], 0.5)
    assert np.linalg.norm(middle[0, 3:]) == pytest.approx(1.0, abs=1e-15)


def test_poses_are_those_of_base_link_wherever_the_robot_stands() -> None:
    wanted = paths((0.0,), at(0.5, y=0.1))
    motion = Motion(wanted, base=BASE, start=np.zeros((1, 7)), start_time_s=0.0)
    np.testing.assert_allclose(motion.at(0.0)[0], placement(BASE @ at(0.5, y=0.1)), atol=1e-12)


def test_a_body_goes_to_its_first_point_from_where_it_was() -> None:
    motion = follow(paths((2.0, 3.0), at(2.0), at(3.0)), start=at(1.0))
    np.testing.assert_allclose([motion.at(t)[0, 0] for t in (0.0, 1.0, 2.5)], (1.0, 1.5, 2.5))


def test_a_path_begins_when_it_was_given_and_the_body_stays_at_its_end() -> None:
    motion = follow(paths((0.0, 1.0), at(0.0), at(1.0)), start_time_s=100.0)
    np.testing.assert_allclose(
        [motion.at(t)[0, 0] for t in (99.0, 100.25, 500.0)], (0.0, 0.25, 1.0)
    )


def test_a_loop_begins_again_at_its_first_point_without_the_way_there() -> None:
    motion = follow(paths((1.0, 3.0), at(10.0), at(12.0), loop=True))
    np.testing.assert_allclose(
        [motion.at(t)[0, 0] for t in (0.5, 2.0, 3.0, 3.5, 4.9, 1004.0)],
        (5.0, 11.0, 12.0, 10.5, 11.9, 11.0),
    )


def test_several_bodies_keep_their_own_paths() -> None:
    wanted = paths((0.0, 1.0), at(0.0), at(5.0), at(1.0), at(7.0), bodies=('a', 'b'))
    np.testing.assert_allclose(follow(wanted).at(0.5)[:, 0], (0.5, 6.0))


@pytest.mark.parametrize(
    ('times_s', 'said'),
    [
        ((0.0, math.nan), 'time from the start is not a finite number'),
        ((-1.0, 1.0), 'point 0 is at -1 s'),
        ((1.0, 1.0), 'point 1 is at 1 s, after one at 1 s; .* must increase'),
        ((2.0, 1.0), 'must increase'),
    ],
)
def test_times_that_do_not_increase_are_refused(times_s: tuple[float, ...], said: str) -> None:
    with pytest.raises(PathError, match=said):
        paths(times_s, at(), at())


@pytest.mark.parametrize('bad', [math.nan, math.inf])
def test_numbers_that_are_not_finite_are_refused(bad: float) -> None:
    with pytest.raises(PathError, match='NaN or infinite'):
        paths((0.0, 1.0), at(), at(bad))


def test_a_place_out_of_the_world_is_refused_with_body_point_and_axis() -> None:
    with pytest.raises(PathError, match='a, point 1: y is 101 m; allowed are -100 to 100 m'):
        paths((0.0, 1.0), at(), at(y=101.0))


def test_a_loop_of_one_point_is_refused() -> None:
    with pytest.raises(PathError, match='two points or more'):
        paths((0.0,), at(), loop=True)


def test_a_body_named_twice_is_refused() -> None:
    with pytest.raises(PathError, match='a named more than once'):
        paths((0.0,), at(), at(), bodies=('a', 'a'))


def test_bodies_without_points_are_refused_and_neither_is_allowed() -> None:
    with pytest.raises(PathError, match='1 bodies and 0 points'):
        Paths(bodies=('a',), times_s=(), poses=np.empty((0, 1, 4, 4)))
    assert Paths(bodies=(), times_s=(), poses=np.empty((0, 0, 4, 4))).bodies == ()


def test_more_poses_than_allowed_are_refused() -> None:
    times_s = tuple(float(number) for number in range(MAX_POSES + 1))
    with pytest.raises(PathError, match=f'at most {MAX_POSES} poses'):
        Paths(bodies=('a',), times_s=times_s, poses=np.empty((len(times_s), 1, 4, 4)))


def test_the_number_of_bodies_is_looked_at_before_their_names() -> None:
    names = ('a',) * (MAX_POSES + 1)
    with pytest.raises(PathError, match=f'at most {MAX_POSES} poses'):
        Paths(bodies=names, times_s=(0.0,), poses=np.empty((1, len(names), 4, 4)))


def test_poses_of_another_number_than_the_points_are_refused() -> None:
    with pytest.raises(PathError, match=r'shape \(2, 1, 4, 4\), not \(3, 1, 4, 4\)'):
        Paths(bodies=('a',), times_s=(0.0, 1.0), poses=np.zeros((3, 1, 4, 4)))
