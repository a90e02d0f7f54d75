"""The books of one client, and its limits."""

import pytest

from bbia_sim_ros.bridge.decoders import Encoding
from bbia_sim_ros.bridge.operations import StatusLevel
from bbia_sim_ros.bridge.operations import Subscribe
from bbia_sim_ros.bridge.parameters import BridgeParameters
from bbia_sim_ros.bridge.session import LimitReached
from bbia_sim_ros.bridge.session import Options
from bbia_sim_ros.bridge.session import RateLimit
from bbia_sim_ros.bridge.session import Session
from bbia_sim_ros.parameters import ParameterError

LIMITS = BridgeParameters()


def session() -> Session:
    return Session(1, '127.0.0.1:5', authenticated=True, now=0.0)


def test_several_subscriptions_are_one_delivery_that_satisfies_all() -> None:
    one = session()
    one.subscribe(
        Subscribe(topic='t', id='a', throttle_rate=500, queue_length=1, fragment_size=900), LIMITS
    )
    interest = one.subscribe(
        Subscribe(topic='t', id='b', throttle_rate=100, queue_length=5, compression=Encoding.CBOR),
        LIMITS,
    )
    assert interest.options() == Options(0.1, 5, 900, Encoding.CBOR)
    one.unsubscribe('t', 'b')
    assert interest.options() == Options(0.5, 1, 900, Encoding.JSON)


def test_the_last_unsubscription_ends_the_interest() -> None:
    one = session()
    one.subscribe(Subscribe(topic='t', id='a'), LIMITS)
    one.subscribe(Subscribe(topic='t', id='b'), LIMITS)
    assert one.unsubscribe('t', 'a').requests
    assert not one.unsubscribe('t', 'b').requests
    assert not one.interests


def test_without_an_id_all_subscriptions_end() -> None:
    one = session()
    one.subscribe(Subscribe(topic='t', id='a'), LIMITS)
    one.subscribe(Subscribe(topic='t'), LIMITS)
    assert not one.unsubscribe('t', None).requests


@pytest.mark.parametrize(('topic', 'id'), [('t', 'b'), ('u', None)])
def test_what_was_not_subscribed_to_cannot_be_ended(topic: str, id: str | None) -> None:
    one = session()
    one.subscribe(Subscribe(topic='t', id='a'), LIMITS)
    with pytest.raises(LookupError, match=topic):
        one.unsubscribe(topic, id)


def test_the_number_of_topics_is_limited() -> None:
    limits = BridgeParameters(max_subscriptions=2)
    one = session()
    one.subscribe(Subscribe(topic='a'), limits)
    one.subscribe(Subscribe(topic='b'), limits)
    one.subscribe(Subscribe(topic='b', id='again'), limits)
    with pytest.raises(LimitReached, match='max_subscriptions allows 2'):
        one.subscribe(Subscribe(topic='c'), limits)


def test_the_subscriptions_of_one_topic_are_limited() -> None:
    one = session()
    for number in range(100):
        one.subscribe(Subscribe(topic='a', id=number), LIMITS)
    with pytest.raises(LimitReached, match='100 subscriptions'):
        one.subscribe(Subscribe(topic='a', id='more'), LIMITS)


def test_pending_calls_are_limited() -> None:
    limits = BridgeParameters(max_pending_calls=3)
    one = session()
    one.begin_call(limits, 2, 0.0)
    with pytest.raises(LimitReached, match='max_pending_calls allows 3'):
        one.begin_call(limits, 3, 0.0)


def test_calls_a_second_are_limited() -> None:
    limits = BridgeParameters(max_calls_per_second=5.0)
    one = session()
    for _ in range(5):
        one.begin_call(limits, 0, 0.0)
    with pytest.raises(LimitReached, match='max_calls_per_second allows 5'):
        one.begin_call(limits, 0, 0.0)
    one.begin_call(limits, 0, 0.2)


def test_a_rate_below_one_still_allows_one_now_and_then() -> None:
    limit = RateLimit()
    assert limit.allows(0.5, 0.0)
    assert not limit.allows(0.5, 1.0)
    assert limit.allows(0.5, 2.0)


@pytest.mark.parametrize(
    ('level', 'wanted'),
    [
        ('info', 'info warning error'),
        ('warning', 'warning error'),
        ('error', 'error'),
        ('none', ''),
    ],
)
def test_a_client_gets_status_messages_of_its_level_and_above(level: str, wanted: str) -> None:
    one = session()
    one.level = StatusLevel(level)
    levels = (StatusLevel.INFO, StatusLevel.WARNING, StatusLevel.ERROR)
    assert ' '.join(each for each in levels if one.wants(each)) == wanted


def test_only_who_takes_nothing_and_sends_nothing_is_idle() -> None:
    one = session()
    assert not one.is_idle(300.0, 300.0)
    assert one.is_idle(301.0, 300.0)
    assert not one.is_idle(301.0, 0.0)
    one.last_sent_at = 200.0
    assert not one.is_idle(301.0, 300.0)
    one.subscribe(Subscribe(topic='t'), LIMITS)
    assert not one.is_idle(10_000.0, 300.0)


@pytest.mark.parametrize(
    ('values', 'why'),
    [
        ({'port': 8080}, 'must differ'),
        ({'certificate': 'c.pem'}, 'belong together'),
        ({'private_key': 'k.pem'}, 'belong together'),
    ],
)
def test_parameters_that_contradict_each_other_are_refused(
    values: dict[str, object], why: str
) -> None:
    with pytest.raises(ParameterError, match=why):
        BridgeParameters(**values)
