"""The heap gives back what is free (`heap.py`)."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Final

import pytest

# A block of 24 MB makes glibc keep later ones in the heap; small blocks above them hold it there.
_PROBE: Final = """
import ctypes, sys
import psutil
from bbia_sim_ros.heap import keep_heap_small
if sys.argv[1] == 'kept small':
    assert keep_heap_small()
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.malloc.argtypes = [ctypes.c_size_t]
libc.free.argtypes = [ctypes.c_void_p]
libc.memset.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t]
MB = 1 << 20

def block(size):
    address = libc.malloc(size)
    libc.memset(address, 1, size)
    return address

libc.free(block(24 * MB))
before = psutil.Process().memory_full_info().uss
blocks, small = [], []
for _ in range(40):
    blocks.append(block(MB))
    small.append(block(2000))
for address in blocks:
    libc.free(address)
print((psutil.Process().memory_full_info().uss - before) // MB)
"""


@pytest.mark.parametrize(('how', 'least', 'most'), [('as it is', 30, 60), ('kept small', -60, 3)])
def test_free_memory_below_a_small_block_goes_back(how: str, least: int, most: int) -> None:
    command = [sys.executable, '-c', _PROBE, how]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    kept_MB = int(done.stdout)  # noqa: N806
    assert least <= kept_MB <= most


# Tuples are shortened to the length they turn out to have; so Python keeps one more of each.
_CYCLES: Final = """
import gc, json, sys, weakref
from bbia_sim_ros.heap import Sweeper

class Ring:
    def __init__(self):
        self.itself = self

sweeper = Sweeper(every_s=float(sys.argv[1]))
loaded = gc.get_freeze_count()
before = sys.getallocatedblocks()
for _ in range(1500):
    tuple(number for number in range(14))
kept = sys.getallocatedblocks() - before
ring = weakref.ref(Ring())
sweeper.turn()
left = sys.getallocatedblocks() - before
print(json.dumps([loaded, kept, left, ring() is None]))
"""


@pytest.mark.parametrize('every_s', [0.0, 60.0])
def test_garbage_goes_when_it_is_time(every_s: float) -> None:
    command = [sys.executable, '-c', _CYCLES, str(every_s)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    loaded, kept, left, is_ring_gone = json.loads(done.stdout)
    assert loaded > 1000
    assert kept > 1400
    assert is_ring_gone is (every_s == 0.0)
    assert (left < 100) is (every_s == 0.0)
