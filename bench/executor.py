"""EventsExecutor against SingleThreadedExecutor: CPU for the same work, in one run.

The work is that of a robot driver's executor: a 100 Hz subscription to `body_target`, a 100 Hz
publication of `joint_states` and a 1 Hz timer. Each executor runs in a process of its own, in turn;
printed are medians of the CPU time used, in per cent of a core, and their ratio.

    ./bbia bench executor
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import threading
import time

import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.experimental import EventsExecutor
from rclpy.node import Node
from sensor_msgs.msg import JointState

from bbia_msgs.msg import BodyTarget
from bbia_sim_ros.robot.names import ACTUATED_JOINTS

ROUNDS = 5
SECONDS = 4.0
RATE_HZ = 100.0
EXECUTORS = {'EventsExecutor': EventsExecutor, 'SingleThreadedExecutor': SingleThreadedExecutor}


def work(name: str) -> float:
    """Do the work for `SECONDS` and return the CPU seconds used meanwhile."""
    rclpy.init()
    node = Node('bench')
    states = node.create_publisher(JointState, 'joint_states', 10)
    message = JointState(name=list(ACTUATED_JOINTS), position=[0.0] * len(ACTUATED_JOINTS))
    node.create_subscription(BodyTarget, 'body_target', lambda _: None, 1)
    node.create_timer(1.0 / RATE_HZ, lambda: states.publish(message))
    node.create_timer(1.0, lambda: None)
    executor = EXECUTORS[name]()
    executor.add_node(node)
    stop = executor.create_future() if name == 'EventsExecutor' else rclpy.Future()
    begun = time.process_time()
    timer = threading.Timer(SECONDS, lambda: (stop.set_result(None), executor.wake()))
    timer.start()
    while not stop.done():
        executor.spin_until_future_complete(stop, 0.2)
    used = time.process_time() - begun
    node.destroy_node()
    rclpy.try_shutdown()
    return used


def measure(name: str) -> float:
    """Return the CPU use, per cent of a core, of one process with this executor under load."""
    sender = subprocess.Popen([sys.executable, __file__, 'send'])
    try:
        done = subprocess.run(
            [sys.executable, __file__, name], check=True, capture_output=True, text=True
        )
    finally:
        sender.kill()
        sender.wait()
    return 100.0 * float(done.stdout) / SECONDS


def send() -> None:
    """Publish `body_target` at 100 Hz until killed."""
    rclpy.init()
    node = Node('sender')
    targets = node.create_publisher(BodyTarget, 'body_target', 1)
    node.create_timer(1.0 / RATE_HZ, lambda: targets.publish(BodyTarget()))
    rclpy.spin(node)


def main() -> None:
    """Compare both executors and print one line per figure."""
    os.environ.setdefault('ROS_DOMAIN_ID', '97')
    samples: dict[str, list[float]] = {name: [] for name in EXECUTORS}
    for _ in range(ROUNDS):
        for name in EXECUTORS:
            samples[name].append(measure(name))
    medians = {name: statistics.median(values) for name, values in samples.items()}
    for name, value in medians.items():
        print(f'{name}: {value:.1f} % of a core (median of {ROUNDS})')
    events, single = medians.values()
    print(f'ratio EventsExecutor / SingleThreadedExecutor: {events / single:.2f}')


if __name__ == '__main__':
    if sys.argv[1:] == ['send']:
        send()
    elif sys.argv[1:]:
        print(work(sys.argv[1]))
    else:
        main()
