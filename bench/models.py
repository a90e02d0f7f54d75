"""Memory of a model before, while and after it is loaded, on a lease and without. One line each.

    ./bbia bench models

The model is a random Qwen2 of 531 MB, made on the spot, and loaded by the chat's own code: as the
file has it (float32, mapped from the file) and converted to bfloat16, once by a pool and once in
the measuring process, which then does `del` and `gc.collect()`. Memory is USS, of the process with
everything below it; "loaded" is after an answer of `TOKENS` tokens. What is returned is the share
of the growth. Each case has a process of its own.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / folder) for folder in ('', 'test')]

from bbia_sim_ros.models.limits import PoolLimits  # noqa: E402
from bbia_sim_ros.models.memory import tree_uss_b  # noqa: E402
from bbia_sim_ros.models.pool import ModelPool  # noqa: E402
from bbia_sim_ros.models.spec import ModelSpec  # noqa: E402
from support.tiny_chat_model import build_big  # noqa: E402

DTYPES = ('float32', 'bfloat16')
TOKENS = 16
DEADLINE_S = 120.0
QUESTION: dict[str, Any] = {
    'messages': [{'role': 'user', 'content': 'Look left and be happy.'}],
    'max_tokens': TOKENS,
    'temperature': 0.0,
    'top_p': 1.0,
}


def uss_mb() -> float:
    """Return the memory of this process and everything below it."""
    return tree_uss_b(os.getpid()) / 1e6


def report(name: str, before: float, loaded: float, after: float, load_s: float) -> None:
    """Print the figures of one case."""
    print(f'{name}, before: {before:.0f} MB')
    print(f'{name}, loaded: {loaded:.0f} MB')
    print(f'{name}, after: {after:.0f} MB')
    print(f'{name}, returned: {100.0 * (loaded - after) / (loaded - before):.1f} %')
    print(f'{name}, time to load: {load_s:.2f} s', flush=True)


def measure_leased(folder: str, dtype: str) -> None:
    """Load and unload with a pool."""
    pool = ModelPool(owner='bench', limits=PoolLimits())
    factory = 'bbia_sim_ros.chat.transformers_model:ChatModel'
    options = {'model': folder, 'dtype': dtype}
    pool.add(ModelSpec(name='chat', engine='transformers', factory=factory, options=options))
    before, begun = uss_mb(), time.monotonic()
    pool.load('chat').result()
    load_s = time.monotonic() - begun
    pool.request('chat', 'generate', QUESTION, deadline_s=DEADLINE_S).result()
    loaded, begun = uss_mb(), time.monotonic()
    pool.unload('chat').result()
    unload_s = time.monotonic() - begun
    name = f'on a lease, {dtype}'
    report(name, before, loaded, uss_mb(), load_s)
    print(f'{name}, time to unload: {unload_s:.3f} s')
    print(f'{name}, process that asks, idle: {uss_mb():.0f} MB')
    pool.close()


def measure_in_process(folder: str, dtype: str) -> None:
    """Load, delete and collect in this process."""
    before, begun = uss_mb(), time.monotonic()
    from bbia_sim_ros.chat.transformers_model import ChatModel  # noqa: PLC0415
    from bbia_sim_ros.models.context import Context  # noqa: PLC0415

    model = ChatModel(lambda share, stage: None, model=folder, dtype=dtype)
    load_s = time.monotonic() - begun
    for _ in model.generate(Context(DEADLINE_S), **QUESTION):
        pass
    loaded, begun = uss_mb(), time.monotonic()
    del model
    gc.collect()
    unload_s = time.monotonic() - begun
    name = f'in the process, {dtype}'
    report(name, before, loaded, uss_mb(), load_s)
    print(f'{name}, time for del and gc.collect: {unload_s:.3f} s', flush=True)


def main() -> None:
    """Measure all cases by turns."""
    context = multiprocessing.get_context('spawn')
    with tempfile.TemporaryDirectory() as folder:
        build_big(Path(folder))
        for dtype in DTYPES:
            for measure in (measure_leased, measure_in_process):
                process = context.Process(target=measure, args=(folder, dtype))
                process.start()
                process.join()


if __name__ == '__main__':
    main()
