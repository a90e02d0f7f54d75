"""The people of a long run: clients of the bridge that each do one thing until told to end.

Each runs in a thread of its own and connects again when its connection is lost, which is counted;
so are the messages that it got and the answers that said no. An exception that is none of a
connection ends the run (`Load.close` raises it).
"""

from __future__ import annotations

import math
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from support.bridge import RawClient

STALLED = ('/camera/image_raw/compressed', '/joint_states', '/head_pose')
"""What the client subscribes to that reads nothing."""
_AGAIN_S = 1.0
_SLICE_S = 0.2
_STREAM_HZ = 20.0
_STREAM_S = 10.0
_STALL_S = 30.0
_CALL_EVERY_S = 1.0
_EMOTION_EVERY = 10
_SAY_EVERY = 20
_EMOTIONS = ('happy', 'sad', 'surprised', 'curious')
_WATCHED = ('/joint_states', '/head_pose', '/robot_status', '/vision/people', '/metrics')
_CALLS = ('/rosapi/topics', '/rosapi/nodes', '/vision/describe', '/behavior/list')
_AMPLITUDE_RAD = 0.3


class Load:
    """See the module's docstring."""

    def __init__(self, port: Callable[[], int]) -> None:
        self._port = port
        self._end = threading.Event()
        self.counts: Counter[str] = Counter()
        roles = (self._watch, self._stream, self._call, self._stall)
        self._pool = ThreadPoolExecutor(len(roles))
        self._running: list[Future[None]] = [self._pool.submit(self._act, one) for one in roles]

    def close(self) -> None:
        """End all; raises what ended one of them before."""
        self._end.set()
        self._pool.shutdown()
        for one in self._running:
            one.result()

    def _act(self, role: Callable[[RawClient], None]) -> None:
        # A stalled client keeps one frame; all others read whatever comes.
        most = 1 if role == self._stall else None
        while not self._end.is_set():
            try:
                with connect(
                    f'ws://127.0.0.1:{self._port()}',
                    compression=None,
                    max_size=None,
                    proxy=None,
                    max_queue=most,
                ) as socket:
                    role(RawClient(socket))
            except (ConnectionClosed, OSError):
                self.counts[f'connections lost: {role.__name__.strip("_")}'] += 1
                self._end.wait(_AGAIN_S)

    def _watch(self, client: RawClient) -> None:
        """Subscribe to much and read it."""
        for topic in _WATCHED:
            client.send(op='subscribe', topic=topic)
        while not self._end.is_set():
            with suppress(TimeoutError):
                client.receive(_SLICE_S)
                self.counts['messages watched'] += 1

    def _stream(self, client: RawClient) -> None:
        """Move the head by `cmd_body`, ten seconds of every twenty."""
        client.send(op='advertise', topic='/cmd_body', type='bbia_msgs/BodyTarget')
        begun = time.monotonic()
        while not self._end.wait(1.0 / _STREAM_HZ):
            now = time.monotonic() - begun
            if now % (2.0 * _STREAM_S) > _STREAM_S:
                continue
            angle = _AMPLITUDE_RAD * math.sin(now)
            turn = {'x': 0.0, 'y': 0.0, 'z': math.sin(angle / 2.0), 'w': math.cos(angle / 2.0)}
            message = {
                'header': {'frame_id': 'head_neutral', 'stamp': 'now'},
                'has_head': True,
                'head': {'orientation': turn},
                'has_antennas': True,
                'left_antenna': angle,
                'right_antenna': -angle,
            }
            client.send(op='publish', topic='/cmd_body', msg=message)
            self.counts['targets streamed'] += 1

    def _call(self, client: RawClient) -> None:
        """Call a service every second, now and then show an emotion or speak."""
        number = 0
        while not self._end.wait(_CALL_EVERY_S):
            number += 1
            answer = client.call(_CALLS[number % len(_CALLS)])
            self.counts['calls'] += 1
            self.counts['calls refused'] += not answer['result']
            if number % _EMOTION_EVERY == 0:
                name = _EMOTIONS[number // _EMOTION_EVERY % len(_EMOTIONS)]
                self._goal(client, 'play_emotion', 'PlayEmotion', name=name, intensity=1.0)
            if number % _SAY_EVERY == 0:
                self._goal(client, 'say', 'Say', text=f'This is sentence number {number}.')

    def _goal(self, client: RawClient, action: str, kind: str, **goal: object) -> None:
        answer = client.ask(
            op='send_action_goal',
            id=action,
            action=f'/{action}',
            action_type=f'bbia_msgs/action/{kind}',
            args=goal,
        )
        done = answer['result'] and answer['values']['success']
        self.counts[f'{action}: {"done" if done else "not done"}'] += 1

    def _stall(self, client: RawClient) -> None:
        """Subscribe to pictures and states, and read nothing."""
        for topic in STALLED:
            client.send(op='subscribe', topic=topic)
        self.counts['stalled connections'] += 1
        self._end.wait(_STALL_S)
