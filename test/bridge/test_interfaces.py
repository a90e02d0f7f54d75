"""Types are found by their names, and wrong names are told what is wrong."""

from __future__ import annotations

import sys

import pytest
from action_msgs.msg import GoalStatusArray
from geometry_msgs.msg import PoseStamped
from sensor_msgs.msg import JointState
from std_srvs.srv import SetBool

from bbia_msgs.action import GoTo
from bbia_sim_ros.bridge.interfaces import UnknownInterface
from bbia_sim_ros.bridge.interfaces import action_class
from bbia_sim_ros.bridge.interfaces import full_name
from bbia_sim_ros.bridge.interfaces import interfaces
from bbia_sim_ros.bridge.interfaces import message_class
from bbia_sim_ros.bridge.interfaces import packages
from bbia_sim_ros.bridge.interfaces import service_class
from bbia_sim_ros.bridge.interfaces import type_name


@pytest.mark.parametrize('name', ['sensor_msgs/JointState', 'sensor_msgs/msg/JointState'])
def test_a_message_is_found_by_both_names(name: str) -> None:
    assert message_class(name) is JointState


def test_services_and_actions_are_found_by_both_names() -> None:
    assert service_class('std_srvs/SetBool') is SetBool
    assert service_class('std_srvs/srv/SetBool') is SetBool
    assert action_class('bbia_msgs/GoTo') is GoTo
    assert action_class('bbia_msgs/action/GoTo') is GoTo


@pytest.mark.parametrize(
    ('name', 'expected'),
    [
        ('std_srvs/srv/SetBool_Request', SetBool.Request),
        ('std_srvs/srv/SetBool_Event', SetBool.Event),
        ('bbia_msgs/action/GoTo_Goal', GoTo.Goal),
        ('bbia_msgs/action/GoTo_FeedbackMessage', GoTo.Impl.FeedbackMessage),
        ('bbia_msgs/action/GoTo_SendGoal_Request', GoTo.Impl.SendGoalService.Request),
        ('bbia_msgs/action/GoTo_GetResult_Response', GoTo.Impl.GetResultService.Response),
    ],
)
def test_parts_of_services_and_actions_are_messages_with_their_own_names(
    name: str, expected: type
) -> None:
    assert message_class(name) is expected
    assert type_name(expected) == name


def test_every_listed_type_is_there_under_its_own_name() -> None:
    found = {'msg': message_class, 'srv': service_class, 'action': action_class}
    for kind, find in found.items():
        listed = interfaces(kind)
        assert listed == tuple(sorted(listed))
        assert [type_name(find(name)) for name in listed] == list(listed)
    assert type_name(PoseStamped) in interfaces('msg')
    assert type_name(GoalStatusArray) in interfaces('msg')
    assert 'bbia_msgs' in packages()


def test_a_name_gets_its_kind() -> None:
    assert full_name('std_msgs/Header', 'msg') == 'std_msgs/msg/Header'
    assert full_name('std_srvs/srv/Empty', 'srv') == 'std_srvs/srv/Empty'


@pytest.mark.parametrize(
    ('name', 'reason'),
    [
        ('', 'a name looks like pkg/Type'),
        ('JointState', 'a name looks like pkg/Type'),
        ('sensor_msgs/msg/JointState/', 'a name looks like pkg/Type'),
        ('sensor_msgs/idl/JointState', 'a name looks like pkg/Type'),
        ('../msg/JointState', 'a name looks like pkg/Type'),
        ('sensor_msgs/msg/__name__', 'a name looks like pkg/Type'),
        ('a' * 300 + '/Type', 'a name looks like pkg/Type'),
        ('os/Path', "no package 'os'"),
        ('sensor_msg/JointState', 'close: sensor_msgs'),
        ('sensor_msgs/JointStat', 'close: JointState'),
        ('sensor_msgs/Nothing', "package 'sensor_msgs' has no msg 'Nothing'"),
        ('std_srvs/srv/SetBool', 'SetBool_Request'),
        ('std_srvs/srv/SetBool_Goal', 'SetBool_Request'),
        ('bbia_msgs/action/GoTo_Request', 'GoTo_Goal'),
    ],
)
def test_an_unknown_message_says_which_part_is_unknown(name: str, reason: str) -> None:
    with pytest.raises(UnknownInterface) as raised:
        message_class(name)
    assert reason in str(raised.value)
    assert len(str(raised.value)) < 600


def test_a_service_is_no_action_and_no_message_is_a_service() -> None:
    with pytest.raises(UnknownInterface, match="that is a 'srv', a 'action' is needed"):
        action_class('std_srvs/srv/SetBool')
    with pytest.raises(UnknownInterface, match="no srv 'JointState'"):
        service_class('sensor_msgs/JointState')


def test_a_made_up_name_imports_nothing() -> None:
    before = set(sys.modules)
    for name in ('this/Antigravity', 'antigravity/Module', 'idlelib/msg/Help'):
        with pytest.raises(UnknownInterface):
            message_class(name)
    assert set(sys.modules) == before
