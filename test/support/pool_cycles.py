"""Loads and unloads a toy model again and again; tells what that left in this process.

A process of its own: what else runs in that of the tests would be measured too. Fails unless open
files, threads and children are as before; prints the growth in bytes and the loads as JSON.

    python -m support.pool_cycles 100
"""

from __future__ import annotations

import gc
import json
import os
import sys
import threading

from bbia_sim_ros.models.limits import PoolLimits
from bbia_sim_ros.models.memory import tree_uss_b
from bbia_sim_ros.models.pool import ModelPool
from support.toy_pool import ANSWER_S
from support.toy_pool import ask
from support.toy_pool import children
from support.toy_pool import loaded
from support.toy_pool import state_of
from support.toy_pool import toy
from support.waiting import wait_until

WARM_UP = 10


def _standing() -> tuple[int, int, int]:
    """Return how many open files, threads and children this process has."""
    return len(os.listdir('/proc/self/fd')), threading.active_count(), len(children())


def main() -> None:
    """Warm up, measure, cycle as often as asked for, measure again."""
    pool = ModelPool(owner='cycles', limits=PoolLimits())
    pool.add(toy('a'))

    def cycle(count: int) -> int:
        for _ in range(count):
            assert ask(pool, 'a', 'echo', value=b'x' * 100_000)
            pool.unload('a').result(ANSWER_S)
        wait_until(lambda: not loaded(pool), 'the last to go')
        gc.collect()
        return tree_uss_b(os.getpid())

    memory_b = cycle(WARM_UP)
    before = _standing()
    growth_b = cycle(int(sys.argv[1])) - memory_b
    wait_until(lambda: _standing() == before, 'threads, descriptors and processes as before')
    print(json.dumps({'growth_b': growth_b, 'loads': state_of(pool, 'a').loads - WARM_UP}))
    pool.close()


if __name__ == '__main__':
    main()
