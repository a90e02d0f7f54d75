"""A process with a pool, to be killed by a test: prints the ids of the processes below it.

python toy_owner.py MODEL [METHOD]    METHOD is under way when the ids are printed
"""

from __future__ import annotations

import json
import sys
import threading

from bbia_sim_ros.models.limits import PoolLimits
from bbia_sim_ros.models.pool import ModelPool
from support.toy_pool import ask
from support.toy_pool import toy


def main() -> None:
    pool = ModelPool(owner='owner', limits=PoolLimits())
    pool.add(toy())
    family = [ask(pool, 'toy', 'pid'), ask(pool, 'toy', 'start_child')]
    trace = sys.argv[1]
    method = 'touch_then_be_deaf' if trace else 'pid'
    arguments = {'path': trace} if trace else {}
    pool.request('toy', method, arguments, deadline_s=600.0)
    print(json.dumps(family), flush=True)
    threading.Event().wait()


if __name__ == '__main__':
    main()
