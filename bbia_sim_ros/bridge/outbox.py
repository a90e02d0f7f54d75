"""What waits to be sent to one client: bounded, replies first, newest topic data wins.

A client that reads slowly fills its own outbox only. Replies, status and control messages keep
their order and go first; they are never dropped: a client that lets too many of them wait is to be
closed (`put_reply` says so). Messages of topics wait in one short queue a subscription, of its
`queue_length`; the oldest goes when it is full, or when all queues together reach the limits, then
from the queue that holds most. Subscriptions take turns. A throttled subscription gives its newest
message at most once per `throttle_s`, so the last value of a burst always arrives.

Messages are shared among clients and written out only when they are taken. Pure: time is handed in.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass
from dataclasses import field
from typing import Generic
from typing import Protocol
from typing import TypeVar


class Sized(Protocol):
    """A message that knows how many bytes it holds."""

    @property
    def size_B(self) -> int: ...  # noqa: N802


M = TypeVar('M', bound=Sized)
K = TypeVar('K', bound=Hashable)


@dataclass
class TopicQueue(Generic[M]):
    """What waits for one subscription."""

    length: int
    throttle_s: float
    due: float = 0.0
    dropped: int = 0
    size_B: int = 0  # noqa: N815
    messages: deque[M] = field(default_factory=deque)


class Outbox(Generic[K, M]):
    """See the module's docstring; `K` names a subscription, `M` is a message of a topic."""

    def __init__(self, *, max_bytes: int, max_messages: int) -> None:
        self._max_bytes = max_bytes
        self._max_messages = max_messages
        self._replies: deque[bytes] = deque()
        self._reply_bytes = 0
        self._topics: dict[K, TopicQueue[M]] = {}
        self._turns: deque[K] = deque()
        self._topic_bytes = 0
        self._topic_messages = 0
        self.dropped = 0
        """Messages of topics that were left out since the start."""

    @property
    def waiting_bytes(self) -> int:
        """Bytes that wait."""
        return self._reply_bytes + self._topic_bytes

    @property
    def waiting_messages(self) -> int:
        """Messages that wait."""
        return len(self._replies) + self._topic_messages

    def put_reply(self, frame: bytes) -> bool:
        """Append a reply; false when there is no room, and then the client is to be closed."""
        if (
            len(self._replies) >= self._max_messages
            or self._reply_bytes + len(frame) > self._max_bytes
        ) and self._replies:
            return False
        self._replies.append(frame)
        self._reply_bytes += len(frame)
        return True

    def subscribe(self, key: K, *, queue_length: int, throttle_s: float) -> None:
        """Add a subscription, or change the options of one; at least one message is kept."""
        queue = self._topics.get(key)
        if queue is None:
            self._topics[key] = TopicQueue(max(1, queue_length), throttle_s)
            return
        queue.length, queue.throttle_s = max(1, queue_length), throttle_s
        while len(queue.messages) > queue.length:
            self._drop_oldest(queue)

    def unsubscribe(self, key: K) -> None:
        """Forget a subscription and what waits for it."""
        queue = self._topics.pop(key, None)
        if queue is None:
            return
        self._topic_bytes -= queue.size_B
        self._topic_messages -= len(queue.messages)
        if queue.messages:
            self._turns.remove(key)

    def put(self, key: K, message: M, now: float) -> bool:
        """Queue a message of a topic; return whether one was dropped for it that was due."""
        queue = self._topics[key]
        before = self.dropped
        if len(queue.messages) >= queue.length:
            self._drop_oldest(queue, counted=queue.due <= now)
        if not queue.messages and key not in self._turns:
            self._turns.append(key)
        queue.messages.append(message)
        queue.size_B += message.size_B
        self._topic_bytes += message.size_B
        self._topic_messages += 1
        self._make_room(queue)
        return self.dropped > before

    def leave_out(self, key: K) -> None:
        """Count a message of a subscription that cannot be sent."""
        self._count_drop(self._topics[key])

    def take_reply(self) -> bytes | None:
        """Return the next reply, None when there is none."""
        if not self._replies:
            return None
        frame = self._replies.popleft()
        self._reply_bytes -= len(frame)
        return frame

    def take(self, now: float) -> tuple[K, M] | None:
        """Return the message of a topic whose turn it is, None when none is due."""
        for _ in range(len(self._turns)):
            key = self._turns.popleft()
            queue = self._topics[key]
            if queue.due > now:
                self._turns.append(key)
                continue
            message = self._pop(queue)
            queue.due = now + queue.throttle_s
            if queue.messages:
                self._turns.append(key)
            return key, message
        return None

    def next_due(self) -> float | None:
        """Return when the next message of a topic may go, None when none waits."""
        return min((self._topics[key].due for key in self._turns), default=None)

    def drops_of(self, key: K) -> int:
        """Return how many messages of a subscription were left out."""
        return self._topics[key].dropped

    def _make_room(self, newest: TopicQueue[M]) -> None:
        """Drop the oldest of the fullest queues until the limits hold; the newest message stays."""
        while self._topic_messages > 1 and (
            self._topic_messages > self._max_messages or self._topic_bytes > self._max_bytes
        ):
            fullest = max(
                (self._topics[key] for key in self._turns),
                key=lambda queue: (
                    len(queue.messages) > 1 or queue is not newest,
                    queue.size_B,
                ),
            )
            self._drop_oldest(fullest)
            if not fullest.messages:
                self._turns = deque(key for key in self._turns if self._topics[key].messages)

    def _drop_oldest(self, queue: TopicQueue[M], *, counted: bool = True) -> None:
        self._pop(queue)
        if counted:
            self._count_drop(queue)

    def _count_drop(self, queue: TopicQueue[M]) -> None:
        queue.dropped += 1
        self.dropped += 1

    def _pop(self, queue: TopicQueue[M]) -> M:
        message = queue.messages.popleft()
        queue.size_B -= message.size_B
        self._topic_bytes -= message.size_B
        self._topic_messages -= 1
        return message
