"""The real roslibjs, in Node.js, with the bridge: what a page does, seen from both sides."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from rclpy.action.client import ActionClient
from rclpy.action.server import ActionServer
from rclpy.action.server import CancelResponse
from rclpy.task import Future
from sensor_msgs.msg import JointState
from std_srvs.srv import SetBool

from bbia_msgs.action import PlayEmotion
from bbia_sim_ros.cli.errors import CommandError
from bbia_sim_ros.cli.layout import Layout
from bbia_sim_ros.cli.web import find_node
from support.bridge import Bridge
from support.bridge import running_bridge
from support.domains import reserved_domain
from support.ros import ROOT
from support.waiting import DEADLINE_S
from support.waiting import wait_until

ROSLIB = ROOT / 'web' / 'node_modules' / 'roslib' / 'dist' / 'RosLib.js'
CLIENT = Path(__file__).with_name('roslibjs_client.mjs')
_PERIOD_S = 0.05


def wait_until_known(bridge: Bridge, name: str, kind: str) -> None:
    """Wait until rosapi lists a name; `kind` is 'topics', 'services' or 'action_servers'."""
    with bridge.client() as client:
        wait_until(
            lambda: name in client.call(f'/rosapi/{kind}')['values'][kind],
            f'the bridge knows {name}',
        )


class Page:
    """Runs parts of the client against one bridge."""

    def __init__(self, node: Path, url: str) -> None:
        self._command = [str(node), str(CLIENT), ROSLIB.as_uri(), url]

    def run(self, part: str) -> list[Any]:
        """Run a part to its end and return what it saw."""
        done = subprocess.run(
            [*self._command, part],
            check=False,
            capture_output=True,
            text=True,
            timeout=DEADLINE_S,
        )
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    @contextmanager
    def running(self, part: str) -> Iterator[None]:
        """Run a part for the time of the block."""
        process = subprocess.Popen([*self._command, part])
        try:
            yield
            assert process.poll() is None, f'{part} ended early'
        finally:
            process.kill()
            process.wait()


@pytest.fixture(scope='module')
def node() -> Path:
    """The Node.js that built the dashboard."""
    if not ROSLIB.is_file():
        pytest.skip('roslibjs is not installed (web/node_modules): ./bbia setup installs it')
    try:
        return find_node(Layout(), os.environ).program
    except CommandError as error:
        pytest.skip(f'Node.js is not there: {error.what}')


@pytest.fixture(scope='module')
def bridge() -> Iterator[Bridge]:
    with reserved_domain(), running_bridge(web_port=-1) as made:
        yield made


@pytest.fixture
def page(node: Path, bridge: Bridge) -> Page:
    return Page(node, f'ws://127.0.0.1:{bridge.port}')


@pytest.fixture
def joints(bridge: Bridge) -> Iterator[None]:
    """Publish `/joints` all the time."""
    ros = bridge.probe.node
    publisher = ros.create_publisher(JointState, '/joints', 1)
    message = JointState(name=['a', 'b'], position=[0.25, -1.5])
    message.header.stamp.sec, message.header.stamp.nanosec = 12, 34
    message.header.frame_id = 'base_link'
    timer = ros.create_timer(_PERIOD_S, lambda: publisher.publish(message))
    wait_until_known(bridge, '/joints', 'topics')
    yield
    ros.destroy_timer(timer)
    ros.destroy_publisher(publisher)


@pytest.fixture
def set_bool(bridge: Bridge) -> Iterator[None]:
    def answer(request: Any, response: Any) -> Any:
        response.success, response.message = request.data, 'heard'
        return response

    service = bridge.probe.node.create_service(SetBool, '/set_bool', answer)
    wait_until_known(bridge, '/set_bool', 'services')
    yield
    bridge.probe.node.destroy_service(service)


@pytest.fixture
def feeling(bridge: Bridge) -> Iterator[None]:
    """The action `/feel`: one piece of feedback, then the end; 'endless' waits to be cancelled."""
    cancelled: Future[None] = Future()

    async def execute(handle: Any) -> PlayEmotion.Result:
        handle.publish_feedback(PlayEmotion.Feedback(progress=0.5))
        name, intensity = handle.request.name, handle.request.intensity
        if name != 'endless':
            handle.succeed()
            return PlayEmotion.Result(success=True, message=f'{name} {intensity}')
        await cancelled
        handle.canceled()
        return PlayEmotion.Result(message='cancelled')

    def accept(_: Any) -> CancelResponse:
        cancelled.set_result(None)
        return CancelResponse.ACCEPT

    server = ActionServer(bridge.probe.node, PlayEmotion, '/feel', execute, cancel_callback=accept)
    wait_until_known(bridge, '/feel', 'action_servers')
    yield
    server.destroy()


@pytest.mark.usefixtures('joints')
def test_a_page_lists_topics_with_their_types(page: Page) -> None:
    (found,) = page.run('topics')
    types = dict(zip(found['topics'], found['types'], strict=True))
    assert types['/joints'] == 'sensor_msgs/msg/JointState'


@pytest.mark.usefixtures('joints')
def test_a_page_gets_messages_in_every_compression_that_roslibjs_reads(page: Page) -> None:
    message = {
        'header': {'stamp': {'sec': 12, 'nanosec': 34}, 'frame_id': 'base_link'},
        'name': ['a', 'b'],
        'position': [0.25, -1.5],
    }
    assert page.run('subscribe') == [
        {'compression': compression, **message} for compression in ('none', 'cbor', 'png')
    ]


def test_what_a_page_publishes_comes(page: Page, bridge: Bridge) -> None:
    heard = bridge.probe.collect(JointState, '/from_page')
    with page.running('publish'):
        wait_until(lambda: heard, 'the page publishes')
    message = heard[0]
    assert (message.header.frame_id, message.name, list(message.position)) == ('page', ['a'], [0.5])
    assert message.header.stamp.sec > 0, 'the bridge stamps what has no stamp'


@pytest.mark.usefixtures('set_bool')
def test_a_page_calls_a_service_and_hears_why_a_call_fails(page: Page) -> None:
    answered, failed = page.run('call')
    assert answered == {'values': {'success': True, 'message': 'heard'}}
    assert 'there is no service /nowhere' in failed['error']


def test_a_page_offers_a_service(page: Page, bridge: Bridge) -> None:
    with page.running('serve'):
        answer = bridge.probe.call(SetBool, '/page/set_bool', SetBool.Request(data=True))
    assert (answer.success, answer.message) == (True, 'from the page')


@pytest.mark.usefixtures('feeling')
def test_a_page_sends_a_goal_and_gets_feedback_and_result(page: Page) -> None:
    assert page.run('goal') == [
        {'feedback': [{'progress': 0.5}], 'result': {'success': True, 'message': 'happy 0.5'}}
    ]


@pytest.mark.usefixtures('feeling')
def test_a_page_cancels_its_goal(page: Page) -> None:
    (seen,) = page.run('cancel')
    assert 'cancelled' in seen['error']


def test_a_page_performs_an_action(page: Page, bridge: Bridge) -> None:
    client = bridge.probe.make(lambda node: ActionClient(node, PlayEmotion, '/page/feel'))
    progress: list[float] = []
    with page.running('act'):
        wait_until(client.server_is_ready, 'the page offers the action')
        handle = _done(
            client.send_goal_async(
                PlayEmotion.Goal(name='happy'),
                feedback_callback=lambda message: progress.append(message.feedback.progress),
            ).result
        )
        result = _done(handle.get_result_async().result).result
    client.destroy()
    assert (result.success, result.message, progress) == (True, 'felt happy', [0.5])


def _done(result: Callable[[], Any]) -> Any:
    """Return a result when it is there."""
    return wait_until(result, 'an answer about the goal')
