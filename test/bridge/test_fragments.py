"""Long messages in parts, out and in."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbia_sim_ros.bridge.fragments import MAX_FRAGMENTS
from bbia_sim_ros.bridge.fragments import MAX_UNFINISHED
from bbia_sim_ros.bridge.fragments import TIMEOUT_S
from bbia_sim_ros.bridge.fragments import Defragmenter
from bbia_sim_ros.bridge.fragments import TooManyFragments
from bbia_sim_ros.bridge.fragments import fragments
from bbia_sim_ros.bridge.operations import Fragment
from bbia_sim_ros.bridge.protocol import ProtocolError


def part(num: int, total: int, data: str = 'ab', id: str = 'm') -> Fragment:
    return Fragment(id=id, data=data, num=num, total=total)


@given(text=st.text(min_size=1), size=st.integers(1, 20), order=st.randoms())
def test_what_is_cut_comes_together_again_in_any_order(text: str, size: int, order: object) -> None:
    frames = [json.loads(frame) for frame in fragments(json.dumps(text).encode(), size, 'm')]
    if frames[0] == text:
        assert len(json.dumps(text)) <= size
        return
    assert all(len(frame['data']) <= size for frame in frames)
    order.shuffle(frames)
    defragmenter = Defragmenter(10_000)
    whole = [
        defragmenter.add(Fragment(**{k: frame[k] for k in ('id', 'data', 'num', 'total')}), 0.0)
        for frame in frames
    ]
    assert whole[:-1] == [None] * (len(frames) - 1)
    assert json.loads(whole[-1]) == text


def test_a_message_is_not_cut_in_crumbs() -> None:
    text = b'x' * (3 * MAX_FRAGMENTS)
    assert len(fragments(text, 3, 'm')) == MAX_FRAGMENTS
    with pytest.raises(TooManyFragments, match='a fragment_size of at least 4 is needed'):
        fragments(text + b'x', 3, 'm')
    assert len(fragments(text + b'x', 4, 'm')) <= MAX_FRAGMENTS


def test_a_part_that_comes_twice_counts_once() -> None:
    defragmenter = Defragmenter(5)
    assert defragmenter.add(part(0, 2), 0.0) is None
    assert defragmenter.add(part(0, 2, 'cd'), 0.0) is None
    assert defragmenter.add(part(1, 2), 0.0) == 'cdab'


@pytest.mark.parametrize(
    ('bad', 'why'),
    [
        (part(2, 2), 'not below the total'),
        (part(1, 3), 'the total was 2'),
        (part(1, 2, 'x' * 20), 'longer than 10'),
        (Fragment(data='', num=0, total=1), "'id' is missing"),
    ],
)
def test_a_wrong_part_is_refused(bad: Fragment, why: str) -> None:
    defragmenter = Defragmenter(10)
    defragmenter.add(part(0, 2), 0.0)
    with pytest.raises(ProtocolError, match=why):
        defragmenter.add(bad, 0.0)


def test_unfinished_messages_are_bounded_and_forgotten_in_time() -> None:
    defragmenter = Defragmenter(10)
    for number in range(MAX_UNFINISHED):
        defragmenter.add(part(0, 2, id=str(number)), 0.0)
    with pytest.raises(ProtocolError, match='unfinished'):
        defragmenter.add(part(0, 2, id='more'), TIMEOUT_S)
    assert defragmenter.add(part(0, 2, id='more'), TIMEOUT_S + 1.0) is None
    assert defragmenter.add(part(1, 2, id='0'), TIMEOUT_S + 1.0) is None
