"""What waits for a client: replies first, newest topic data wins, bounded, fair."""

from collections import Counter
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from bbia_sim_ros.bridge.outbox import Outbox


@dataclass(frozen=True)
class Message:
    """A message with a number and a size."""

    number: int
    size_B: int = 10  # noqa: N815


def outbox(max_bytes: int = 1000, max_messages: int = 100, **lengths: int) -> Outbox[str, Message]:
    made: Outbox[str, Message] = Outbox(max_bytes=max_bytes, max_messages=max_messages)
    for key, length in lengths.items():
        made.subscribe(key, queue_length=length, throttle_s=0.0)
    return made


def taken(box: Outbox[str, Message], now: float = 0.0) -> list[tuple[str, int]]:
    found = []
    while (item := box.take(now)) is not None:
        found.append((item[0], item[1].number))
    return found


def test_replies_keep_their_order() -> None:
    box = outbox()
    assert box.put_reply(b'1')
    assert box.put_reply(b'2')
    assert [box.take_reply(), box.take_reply(), box.take_reply()] == [b'1', b'2', None]


def test_a_client_that_lets_replies_wait_is_reported_not_robbed() -> None:
    box = outbox(max_bytes=10)
    assert box.put_reply(b'x' * 30)
    assert not box.put_reply(b'y')
    assert box.take_reply() == b'x' * 30
    assert box.take_reply() is None


def test_what_cannot_be_sent_is_counted() -> None:
    box = outbox(a=2)
    box.leave_out('a')
    assert (box.drops_of('a'), box.dropped, box.waiting_messages) == (1, 1, 0)


def test_topics_never_take_the_room_of_replies() -> None:
    box = outbox(max_bytes=100, a=50)
    for number in range(50):
        box.put('a', Message(number), 0.0)
    assert box.put_reply(b'z' * 90)


def test_the_newest_messages_win() -> None:
    box = outbox(a=2)
    drops = [box.put('a', Message(number), 0.0) for number in range(5)]
    assert drops == [False, False, True, True, True]
    assert taken(box) == [('a', 3), ('a', 4)]
    assert box.drops_of('a') == box.dropped == 3


def test_a_queue_length_of_zero_keeps_the_newest() -> None:
    box = outbox(a=0)
    box.put('a', Message(1), 0.0)
    box.put('a', Message(2), 0.0)
    assert taken(box) == [('a', 2)]


def test_subscriptions_take_turns() -> None:
    box = outbox(a=10, b=10)
    for number in range(3):
        box.put('a', Message(number), 0.0)
    box.put('b', Message(7), 0.0)
    assert taken(box) == [('a', 0), ('b', 7), ('a', 1), ('a', 2)]


def test_over_the_limit_the_fullest_queue_loses_its_oldest() -> None:
    box = outbox(max_bytes=100, big=100, small=100)
    box.put('small', Message(0, 5), 0.0)
    for number in range(12):
        box.put('big', Message(number, 10), 0.0)
    assert box.waiting_bytes <= 100
    assert box.drops_of('small') == 0
    assert taken(box) == [('small', 0), *(('big', number) for number in range(3, 12))]


def test_one_message_larger_than_the_limit_still_goes() -> None:
    box = outbox(max_bytes=10, a=1, b=1)
    box.put('a', Message(1, 5000), 0.0)
    assert taken(box) == [('a', 1)]
    box.put('b', Message(1, 5), 0.0)
    box.put('a', Message(2, 5000), 0.0)
    assert taken(box) == [('a', 2)]


def test_a_throttled_subscription_gives_the_last_value_of_a_burst() -> None:
    box = outbox()
    box.subscribe('a', queue_length=1, throttle_s=1.0)
    assert not box.put('a', Message(0), 0.0)
    assert taken(box, 0.0) == [('a', 0)]
    assert not any(box.put('a', Message(number), 0.1) for number in range(1, 5))
    assert taken(box, 0.5) == []
    assert box.next_due() == 1.0
    assert taken(box, 1.0) == [('a', 4)]
    assert box.dropped == 0
    assert box.next_due() is None


def test_a_throttled_subscription_holds_nobody_up() -> None:
    box = outbox(b=1)
    box.subscribe('a', queue_length=1, throttle_s=1.0)
    box.put('a', Message(0), 0.0)
    box.take(0.0)
    box.put('a', Message(1), 0.0)
    box.put('b', Message(2), 0.0)
    assert taken(box, 0.1) == [('b', 2)]


def test_unsubscribing_forgets_what_waits() -> None:
    box = outbox(a=5, b=5)
    box.put('a', Message(0), 0.0)
    box.put('b', Message(1), 0.0)
    box.unsubscribe('a')
    box.unsubscribe('a')
    assert taken(box) == [('b', 1)]
    assert (box.waiting_bytes, box.waiting_messages) == (0, 0)


def test_a_shorter_queue_drops_the_oldest_at_once() -> None:
    box = outbox(a=5)
    for number in range(5):
        box.put('a', Message(number), 0.0)
    box.subscribe('a', queue_length=2, throttle_s=0.0)
    assert taken(box) == [('a', 3), ('a', 4)]


STEPS = st.lists(
    st.tuples(st.sampled_from(['put', 'take', 'reply', 'pop', 'off']), st.sampled_from('abc'))
    | st.tuples(st.just('size'), st.integers(1, 60)),
    max_size=80,
)


@given(STEPS, st.integers(1, 6), st.integers(20, 100), st.integers(2, 8))
def test_bounds_hold_and_nothing_is_lost_uncounted(
    steps: list[tuple[str, object]], length: int, max_bytes: int, max_messages: int
) -> None:
    box = outbox(max_bytes, max_messages, a=length, b=length, c=length)
    put: Counter[str] = Counter()
    size, number, now = 10, 0, 0.0
    got = forgotten = 0
    for step, key in steps:
        number, now = number + 1, now + 0.1
        if step == 'size':
            size = int(str(key))
        elif step == 'put':
            box.put(str(key), Message(number, size), now)
            put['topic'] += 1
        elif step == 'reply':
            box.put_reply(b'r')
        elif step == 'pop':
            box.take_reply()
        elif step == 'take':
            got += box.take(now) is not None
        else:
            before = box.waiting_messages
            box.unsubscribe(str(key))
            forgotten += before - box.waiting_messages
            box.subscribe(str(key), queue_length=length, throttle_s=0.0)
        assert box.waiting_messages <= 2 * max_messages
        assert box.waiting_bytes <= 2 * max(max_bytes, 60)
    got += len(taken(box, now))
    assert put['topic'] == got + box.dropped + forgotten
    while box.take_reply() is not None:
        pass
    assert (box.waiting_bytes, box.waiting_messages, box.next_due()) == (0, 0, None)
