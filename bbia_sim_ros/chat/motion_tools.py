"""The arguments of the tools that turn the head and move the body: ranges and rules.

Contract
    Pure; any thread. Units are those of people and models: degrees, millimetres, seconds; points
    in metres. Yaw and body yaw positive to the left, pitch positive downwards, roll positive to the
    right ear (REP-103); antennas positive outwards from upright, both.

Sources
    Yaw, body yaw and antennas: ``robot/names``. The head's reach along each axis, the others
    neutral: ``robot/workspace``, rounded inwards; a test compares the two. Not every combination is
    reachable: motion refuses those, and says what is nearest.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from bbia_sim_ros.chat.tool_arguments import Argument
from bbia_sim_ros.chat.tool_arguments import ArgumentError
from bbia_sim_ros.chat.tool_arguments import Checked
from bbia_sim_ros.chat.tool_arguments import Choice
from bbia_sim_ros.chat.tool_arguments import Number
from bbia_sim_ros.chat.tool_arguments import NumberOrWord
from bbia_sim_ros.chat.tool_arguments import Text
from bbia_sim_ros.robot.names import JOINT_LIMITS_RAD
from bbia_sim_ros.robot.names import MAX_BODY_YAW_RAD

# Sideways (+ = left) and down (+ = down) part of each direction.
DIRECTIONS: Final[Mapping[str, tuple[int, int]]] = MappingProxyType(
    {
        'left': (1, 0),
        'right': (-1, 0),
        'up': (0, -1),
        'down': (0, 1),
        'ahead': (0, 0),
        'up_left': (1, -1),
        'up_right': (-1, -1),
        'down_left': (1, 1),
        'down_right': (-1, 1),
    }
)
NEAREST: Final = 'nearest'
HEAD_REACH: Final[Mapping[str, tuple[float, float]]] = MappingProxyType(
    {
        'x': (-46.0, 27.0),
        'y': (-47.0, 47.0),
        'z': (-37.0, 17.0),
        'roll': (-44.0, 44.0),
        'pitch': (-40.0, 35.0),
        'yaw': (-180.0, 180.0),
    }
)
"""Along one axis, the others neutral; mm and degrees."""
MAX_DURATION_S: Final = 30.0
MAX_DISTANCE_M: Final = 100.0
_BODY_YAW_DEG: Final = math.degrees(MAX_BODY_YAW_RAD)
_ANTENNA_DEG: Final = round(math.degrees(JOINT_LIMITS_RAD['left_antenna'][1]), 6)
_MAX_PERSON: Final = 2**31 - 1


def look_arguments() -> dict[str, Argument]:
    """Return the arguments of ``look``."""
    return {
        'direction': Choice(names=tuple(DIRECTIONS), description='counted from straight ahead'),
        'degrees': Number(
            low=0.0,
            high=HEAD_REACH['yaw'][1],
            description='how far in that direction',
        ),
        'x': _coordinate('m forward'),
        'y': _coordinate('m to the left'),
        'z': _coordinate('m up'),
        'frame': Text(
            description='frame of the point, base_link unless given',
            most=64,
            pattern=r'[A-Za-z][A-Za-z0-9_/]*',
        ),
        'person': NumberOrWord(
            low=0, high=_MAX_PERSON, word=NEAREST, description='number of a person in sight'
        ),
    }


def _coordinate(description: str) -> Number:
    return Number(low=-MAX_DISTANCE_M, high=MAX_DISTANCE_M, description=description)


def go_to_arguments() -> dict[str, Argument]:
    """Return the arguments of ``go_to``."""
    texts = {
        'roll': 'degrees to the right ear',
        'pitch': 'degrees down, negative is up',
        'yaw': 'degrees to the left',
        'x': 'mm forward',
        'y': 'mm to the left',
        'z': 'mm up',
    }
    head: dict[str, Argument] = {
        name: Number(low=HEAD_REACH[name][0], high=HEAD_REACH[name][1], description=text)
        for name, text in texts.items()
    }
    antennas: dict[str, Argument] = {
        f'{side}_antenna': Number(
            low=-_ANTENNA_DEG, high=_ANTENNA_DEG, description='degrees outwards from upright'
        )
        for side in ('left', 'right')
    }
    return {
        **head,
        **antennas,
        'body_yaw': Number(
            low=-_BODY_YAW_DEG, high=_BODY_YAW_DEG, description='degrees to the left'
        ),
        'duration': Number(low=0.1, high=MAX_DURATION_S, description='s'),
    }


def largest_turn_deg(direction: str) -> float:
    """Return how far ``direction`` of ``DIRECTIONS`` goes, degrees; of two axes, the shorter."""
    sideways, down = DIRECTIONS[direction]
    low, high = HEAD_REACH['pitch']
    limits = [HEAD_REACH['yaw'][1]] if sideways else []
    if down:
        limits.append(high if down > 0 else -low)
    return min(limits, default=0.0)


def check_look(given: Checked) -> None:
    """Raise `ArgumentError` unless the arguments mean one thing to look at, within reach."""
    point = [name for name in ('x', 'y', 'z') if name in given]
    kinds = [name for name in ('direction', 'person') if name in given] + (['x'] if point else [])
    if len(kinds) != 1:
        raise ArgumentError('look needs exactly one of: direction; x, y and z; person')
    if point and len(point) != 3:
        missing = [name for name in ('x', 'y', 'z') if name not in given]
        raise ArgumentError(f'a point to look at needs x, y and z; missing: {", ".join(missing)}')
    if 'frame' in given and not point:
        raise ArgumentError('frame belongs to a point: give x, y and z, or leave frame out')
    if 'degrees' not in given:
        return
    direction = given.get('direction')
    if direction is None:
        raise ArgumentError('degrees belongs to a direction: give direction, or leave degrees out')
    most = largest_turn_deg(direction)
    if given['degrees'] > most:
        raise ArgumentError(
            f'degrees is {given["degrees"]:g}; allowed is 0 .. {most:g} for {direction}'
        )


def check_go_to(given: Checked) -> None:
    """Raise `ArgumentError` when nothing is to move."""
    if not given.keys() - {'duration'}:
        parts = ', '.join(name for name in go_to_arguments() if name != 'duration')
        raise ArgumentError(f'go_to moves nothing; give at least one of {parts}')
