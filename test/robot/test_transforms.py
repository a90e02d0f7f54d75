"""Transforms from a URDF, on small descriptions written here."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bbia_sim_ros.robot.transforms import DescriptionError
from bbia_sim_ros.robot.transforms import TransformTree

ARM = """
<robot name="arm">
  <link name="base"/><link name="upper"/><link name="hand"/>
  <joint name="shoulder" type="{kind}">
    <origin xyz="0 0 {height}" rpy="0 0 1.5707963267948966"/>
    <parent link="base"/><child link="upper"/><axis xyz="{axis}"/>
  </joint>
  <joint name="wrist" type="fixed">
    <origin xyz="0.3 0 0"/><parent link="upper"/><child link="hand"/><axis xyz="0 0 0"/>
  </joint>
</robot>
"""


def arm(kind: str = 'revolute', axis: str = '0 1 0', height: str = '0.5') -> str:
    return ARM.format(kind=kind, axis=axis, height=height)


def test_a_hinge_turns_about_its_axis_after_its_origin() -> None:
    tree = TransformTree(arm())
    assert tree.joint_names == ('shoulder',)
    assert tree.translations.tolist() == [[0.0, 0.0, 0.5]]
    (quaternion,) = tree.moving({'shoulder': 0.5})
    # Origin: quarter turn about z. Then half a radian about the turned y axis.
    z, y = (0.0, 0.0, math.sin(math.pi / 4), math.cos(math.pi / 4)), math.sin(0.25)
    expected = (-z[2] * y, z[3] * y, z[2] * math.cos(0.25), z[3] * math.cos(0.25))
    assert np.allclose(quaternion, expected, atol=1e-12)


def test_fixed_joints_are_given_apart_and_may_have_no_axis() -> None:
    (wrist,) = TransformTree(arm()).fixed
    assert (wrist.parent, wrist.child) == ('upper', 'hand')
    assert wrist.translation == (0.3, 0.0, 0.0)
    assert wrist.quaternion == (0.0, 0.0, 0.0, 1.0)


@pytest.mark.parametrize(
    ('text', 'reason'),
    [
        ('<robot', 'not XML'),
        (arm(kind='prismatic'), "joint 'shoulder' is of type 'prismatic'"),
        (arm(axis='0 0 0'), "joint 'shoulder' has an axis of length 0"),
        (arm(axis='0 1'), 'not three finite numbers'),
        (arm(height='nan'), 'not three finite numbers'),
        (arm(height='high'), 'not numbers'),
        (arm().replace('<link name="base"/>', ''), 'exactly one root link'),
        (arm().replace('<parent link="base"/>', ''), "joint 'shoulder' has no parent link"),
    ],
)
def test_a_description_that_cannot_be_used_is_refused_with_its_place(
    text: str, reason: str
) -> None:
    with pytest.raises(DescriptionError, match=reason):
        TransformTree(text)


def test_a_joint_without_a_position_is_named() -> None:
    with pytest.raises(KeyError, match='shoulder'):
        TransformTree(arm()).moving({'elbow': 0.0})
