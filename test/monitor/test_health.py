"""How the parts of a stack add up."""

from __future__ import annotations

import pytest

from bbia_sim_ros.monitor.health import ERROR
from bbia_sim_ros.monitor.health import MOST_PARTS
from bbia_sim_ros.monitor.health import MOST_VALUES
from bbia_sim_ros.monitor.health import NAMED
from bbia_sim_ros.monitor.health import OK
from bbia_sim_ros.monitor.health import STALE
from bbia_sim_ros.monitor.health import WARN
from bbia_sim_ros.monitor.health import Health
from bbia_sim_ros.monitor.health import Part
from bbia_sim_ros.monitor.health import Sum
from bbia_sim_ros.monitor.health import summed


def told(health: Health, now: float = 1.0) -> dict[str, int]:
    return {part.name: part.level for part in health.parts(timeout_s=5.0, now=now)}


def sum_of(
    *parts: Part,
    lost_nodes: tuple[str, ...] = (),
    lost_processes: tuple[str, ...] = (),
    stopped: tuple[str, ...] = (),
) -> Sum:
    return summed(
        parts,
        lost_nodes=lost_nodes,
        lost_processes=lost_processes,
        stopped_processes=stopped,
    )


def part(name: str, level: int) -> Part:
    return Part(name=name, level=level, message='', values={}, heard_s=0.0)


@pytest.mark.parametrize(
    ('namespace', 'own', 'kept'),
    [
        ('/', 'monitor: stack', {'robot: link', 'laser', '/chat: engine'}),
        ('/left', 'left/monitor: stack', {'left/robot: link', '/left/chat: engine'}),
    ],
)
def test_parts_of_other_robots_and_the_own_sum_are_left_out(
    namespace: str, own: str, kept: set[str]
) -> None:
    health = Health(namespace=namespace, own=own)
    others = {'right/robot: link', 'left/arm/robot: link', 'leftover/robot: link'}
    for name in {*kept, *others, own}:
        health.put(name, OK, '', (), 0.0)
    assert told(health).keys() == kept


def test_a_part_of_which_nothing_is_heard_is_stale_until_it_speaks_again() -> None:
    health = Health(namespace='/', own='')
    health.put('robot: link', OK, 'fine', [('rate', '1.5')], 10.0)
    assert told(health, now=15.0) == {'robot: link': OK}
    (stale,) = health.parts(timeout_s=5.0, now=17.0)
    assert (stale.level, stale.message, stale.values) == (
        STALE,
        'nothing was heard for 7 s',
        {},
    )
    health.put('robot: link', WARN, 'late', (), 18.0)
    assert told(health, now=18.0) == {'robot: link': WARN}
    health.forget(before_s=18.5)
    assert told(health) == {}


def test_numbers_are_kept_and_other_values_are_not() -> None:
    health = Health(namespace='/', own='')
    values = [('a', '1'), ('b', '-2.5'), ('c', '12 MB'), ('d', 'nan'), ('e', 'inf'), ('f', '')]
    health.put('robot: link', OK, '', values, 0.0)
    health.put('robot: many', OK, '', ((str(n), '1') for n in range(MOST_VALUES + 9)), 0.0)
    link, many = health.parts(timeout_s=5.0, now=0.0)
    assert link.values == {'a': 1.0, 'b': -2.5}
    assert len(many.values) == MOST_VALUES


def test_what_is_too_much_or_of_no_level_is_left_out() -> None:
    health = Health(namespace='/', own='')
    health.put('robot: odd', 17, '', (), 0.0)
    for number in range(MOST_PARTS + 3):
        health.put(f'robot: {number}', OK, '', (), 0.0)
    assert len(told(health)) == MOST_PARTS
    assert health.dropped == 3


def test_a_stack_without_faults_is_ok() -> None:
    assert sum_of(part('robot: link', OK)) == Sum(level=OK, message='all 1 parts are OK', faults=())


def test_the_worst_is_named_first() -> None:
    whole = sum_of(part('a: x', OK), part('b: x', WARN), part('c: x', ERROR))
    assert whole.level == ERROR
    assert whole.message == 'c: x (ERROR); b: x (WARN)'


def test_what_is_gone_or_stopped_is_an_error() -> None:
    whole = sum_of(lost_nodes=('robot',), lost_processes=('chat',), stopped=('vision',))
    assert whole.level == ERROR
    assert whole.faults == (
        'the process chat is gone',
        'the process vision is stopped',
        'the node robot is gone',
    )


def test_the_parts_of_a_node_that_is_gone_are_not_named_as_well() -> None:
    whole = sum_of(part('robot: link', STALE), part('robot2: link', STALE), lost_nodes=('robot',))
    assert whole.faults == ('the node robot is gone', 'robot2: link (STALE)')
    assert whole.level == ERROR


def test_a_message_does_not_grow_with_the_number_of_faults() -> None:
    whole = sum_of(*(part(f'n{number}: x', WARN) for number in range(NAMED + 5)))
    assert whole.message.endswith('; and 5 more')
    assert whole.message.count('WARN') == NAMED
    assert len(whole.faults) == NAMED + 5
