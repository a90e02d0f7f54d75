"""Names of processes, and how restarts are counted."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bbia_sim_ros.monitor.names import Identity
from bbia_sim_ros.monitor.names import Names

FIRST, SECOND, THIRD = (Identity(pid, 1.0) for pid in (10, 20, 30))


def named(names: Names) -> dict[str, Identity | None]:
    return {place.name: place.holder for place in names.places}


def restarts(names: Names) -> dict[str, int]:
    return {place.name: place.restarts for place in names.places}


def test_a_process_that_comes_again_is_a_restart() -> None:
    names = Names(keeps=True)
    names.update({FIRST: 'chat'}, 0.0)
    names.update({FIRST: 'chat'}, 1.0)
    assert restarts(names) == {'chat': 0}
    names.update({}, 2.0)
    assert named(names) == {'chat': None}
    names.update({SECOND: 'chat'}, 3.0)
    assert named(names) == {'chat': SECOND}
    names.update({THIRD: 'chat'}, 4.0)
    assert restarts(names) == {'chat': 2}


def test_the_same_id_at_another_time_is_another_process() -> None:
    names = Names(keeps=True)
    names.update({FIRST: 'chat'}, 0.0)
    names.update({Identity(FIRST.pid, 2.0): 'chat'}, 1.0)
    assert restarts(names) == {'chat': 1}


def test_a_second_process_of_a_name_is_numbered_and_not_kept() -> None:
    names = Names(keeps=True)
    names.update({FIRST: 'chat', SECOND: 'chat'}, 0.0)
    assert named(names) == {'chat': FIRST, 'chat 2': SECOND}
    names.update({FIRST: 'chat'}, 1.0)
    assert named(names) == {'chat': FIRST}


def test_names_of_children_are_given_back() -> None:
    names = Names(keeps=False)
    names.update({FIRST: 'chat/worker', SECOND: 'chat/worker'}, 0.0)
    names.update({SECOND: 'chat/worker'}, 1.0)
    assert named(names) == {'chat/worker 2': SECOND}
    names.update({SECOND: 'chat/worker', THIRD: 'chat/worker'}, 2.0)
    assert named(names) == {'chat/worker 2': SECOND, 'chat/worker': THIRD}
    assert restarts(names) == {'chat/worker 2': 0, 'chat/worker': 0}


def test_what_is_gone_can_be_forgotten() -> None:
    names = Names(keeps=True)
    names.update({FIRST: 'chat', SECOND: 'robot'}, 0.0)
    names.update({SECOND: 'robot'}, 5.0)
    names.forget(before_s=5.0)
    assert 'chat' in named(names)
    names.forget(before_s=5.1)
    assert named(names) == {'robot': SECOND}


@given(st.lists(st.dictionaries(st.integers(1, 9), st.sampled_from(['a', 'b']), max_size=6)))
def test_every_process_has_one_name_for_as_long_as_it_lives(rounds: list[dict[int, str]]) -> None:
    names = Names(keeps=True)
    before: dict[Identity | None, str] = {}
    bases: dict[int, str] = {}
    for now, drawn in enumerate(rounds):
        present = {Identity(pid, 0.0): bases.setdefault(pid, base) for pid, base in drawn.items()}
        names.update(present, float(now))
        holders = {place.holder: place.name for place in names.places if place.holder is not None}
        assert holders.keys() == present.keys()
        for holder, name in holders.items():
            assert before.get(holder, name) == name
            assert name.split()[0] == present[holder]
        before = {holder: name for holder, name in holders.items()}
