"""What was compiled works: messages, services and actions of bbia_msgs go over DDS, silently."""

from collections.abc import Iterator
from typing import Any

import pytest
import rclpy
from rclpy.action import ActionClient
from rclpy.action import ActionServer
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node

from bbia_msgs.action import GoTo
from bbia_msgs.msg import Person
from bbia_msgs.msg import PersonArray
from bbia_msgs.srv import StepSimulation

DEADLINE_S = 20.0


class Talk:
    """One node that talks to itself, spun until something is done."""

    def __init__(self) -> None:
        self._context = Context()
        rclpy.init(context=self._context)
        self.node = Node('talk', context=self._context)
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self.node)

    def wait(self, future: Any) -> Any:
        """Spin until a future is done and return its result."""
        self._executor.spin_until_future_complete(future, DEADLINE_S)
        assert future.done(), f'nothing came within {DEADLINE_S} s'
        return future.result()

    def close(self) -> None:
        self._executor.shutdown()
        self.node.destroy_node()
        self._context.try_shutdown()


@pytest.fixture
def talk(ros_domain: int) -> Iterator[Talk]:
    made = Talk()
    yield made
    made.close()


def test_message_with_nested_types_arrives_as_sent(
    talk: Talk, capfd: pytest.CaptureFixture[str]
) -> None:
    arrived = talk.node.executor.create_future()
    talk.node.create_subscription(PersonArray, 'people', arrived.set_result, 1)
    publisher = talk.node.create_publisher(PersonArray, 'people', 1)
    person = Person(id='1', distance=1.5)
    person.box.center.position.x = 320.5
    sent = PersonArray(people=[person])
    talk.node.create_timer(0.05, lambda: publisher.publish(sent))

    assert talk.wait(arrived) == sent
    assert capfd.readouterr().err == ''


def test_service_answers(talk: Talk, capfd: pytest.CaptureFixture[str]) -> None:
    def answer(
        request: StepSimulation.Request, response: StepSimulation.Response
    ) -> StepSimulation.Response:
        response.total_steps = 2 * request.steps
        return response

    talk.node.create_service(StepSimulation, 'step', answer)
    client = talk.node.create_client(StepSimulation, 'step')
    assert client.wait_for_service(DEADLINE_S)

    assert talk.wait(client.call_async(StepSimulation.Request(steps=21))).total_steps == 42
    assert capfd.readouterr().err == ''


def test_action_gives_feedback_and_result(talk: Talk, capfd: pytest.CaptureFixture[str]) -> None:
    def execute(handle: Any) -> GoTo.Result:
        handle.publish_feedback(GoTo.Feedback(progress=0.5))
        handle.succeed()
        return GoTo.Result(success=True, clipped=[handle.request.interpolation])

    server = ActionServer(talk.node, GoTo, 'go_to', execute)
    client = ActionClient(talk.node, GoTo, 'go_to')
    assert client.wait_for_server(DEADLINE_S)
    feedback = talk.node.executor.create_future()

    goal = GoTo.Goal(interpolation=GoTo.Goal.INTERPOLATION_CARTOON)
    handle = talk.wait(client.send_goal_async(goal, feedback_callback=feedback.set_result))
    result = talk.wait(handle.get_result_async()).result

    assert result.clipped == ['cartoon']
    assert talk.wait(feedback).feedback.progress == 0.5
    client.destroy()
    server.destroy()
    assert capfd.readouterr().err == ''
