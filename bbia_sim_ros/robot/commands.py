"""Commands to the safety gate and their checks: what is refused, and in which words.

Contract
    Pure functions of their arguments. A check returns the reasons for refusal, an empty tuple
    means "good"; nothing here raises on bad input.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bbia_sim_ros.robot.limits import GateLimits
from bbia_sim_ros.robot.names import ACTUATED_JOINTS
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.poses import PoseError
from bbia_sim_ros.robot.poses import checked_pose


@dataclass(frozen=True, eq=False, kw_only=True)
class BodyCommand:
    """What the body should do; what is None stays as it was commanded last.

    Attributes
    ----------
    head_pose:
        (4, 4), m, in ``head_neutral``.
    antennas:
        (right, left), rad, sign of the MJCF.
    body_yaw:
        rad, + = left.
    stamp:
        When the command was made, s, on the clock of the gate's ``now``; None: just now.

    """

    head_pose: Any = None
    antennas: Sequence[float] | None = None
    body_yaw: float | None = None
    stamp: float | None = None


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Answer to a command: refused with reasons, or accepted, possibly with parts clipped."""

    accepted: bool
    reasons: tuple[str, ...] = ()
    clipped: tuple[str, ...] = ()


def refused(*reasons: str) -> Verdict:
    """Return the verdict that a command is refused for these reasons."""
    return Verdict(accepted=False, reasons=reasons)


def finite(value: Any) -> float | None:
    """Return ``value`` as a finite float, or None."""
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def stamp_reasons(stamp: Any, now: float, limits: GateLimits) -> tuple[str, ...]:
    """Return why a command stamped ``stamp`` s is refused at ``now`` s."""
    if stamp is None:
        return ()
    time = finite(stamp)
    if time is None:
        return (f'the stamp {stamp!r} is not a finite number of seconds',)
    age = now - time
    if age > limits.max_command_age:
        return (
            f'the command is {age:.3f} s old, at most {limits.max_command_age} s is allowed '
            '(max_command_age)',
        )
    if age < -limits.max_stamp_lead:
        return (
            f'the command is stamped {-age:.3f} s in the future, at most '
            f'{limits.max_stamp_lead} s is allowed; synchronise the clocks',
        )
    return ()


def body_reasons(command: BodyCommand) -> tuple[tuple[str, ...], FloatArray | None]:
    """Return why the numbers of a body command are refused, and its head pose made rigid."""
    reasons = []
    pose = None
    if command.head_pose is None and command.antennas is None and command.body_yaw is None:
        reasons.append('the command is empty: give a head pose, antennas or a body yaw')
    if command.head_pose is not None:
        try:
            pose = checked_pose(command.head_pose)
        except PoseError as error:
            reasons.append(str(error))
    if command.body_yaw is not None and finite(command.body_yaw) is None:
        reasons.append(f'body yaw {command.body_yaw!r} is not a finite number of radians')
    if command.antennas is not None:
        try:
            angles = [finite(angle) for angle in command.antennas]
        except TypeError:
            angles = []
        if len(angles) != 2 or None in angles:
            reasons.append(
                f'antennas {command.antennas!r} are not two finite numbers of radians (right, left)'
            )
    return tuple(reasons), pose


def joint_reasons(names: Sequence[str], positions: Sequence[float]) -> tuple[str, ...]:
    """Return why a joint command is refused."""
    reasons = []
    if not len(names):
        reasons.append('the command is empty: give at least one joint')
    if len(names) != len(positions):
        reasons.append(f'{len(names)} joint names but {len(positions)} positions')
    unknown = [str(name) for name in names if name not in ACTUATED_JOINTS]
    if unknown:
        reasons.append(
            f'unknown joint {", ".join(unknown[:3])}; the joints are {", ".join(ACTUATED_JOINTS)}'
        )
    repeated = sorted({str(name) for name in names if list(names).count(name) > 1})
    if repeated:
        reasons.append(f'joint {", ".join(repeated[:3])} is given more than once')
    for name, position in zip(names, positions, strict=False):
        if finite(position) is None:
            reasons.append(f'position of {name} is {position!r}, not a finite number of radians')
            break
    return tuple(reasons)
