"""The whole stack for a long time under load: does it grow, lose anything, or lose its rhythm?

`./bbia up` runs with the scene of moving faces and engines that need no large model. A real browser
shows the dashboard; a client reads many topics, one moves the head, one calls services, shows
emotions and speaks, one subscribes to pictures and reads nothing. Once a minute a line of progress
goes to stderr; at the end the figures are printed: slopes of the anonymous memory after the
warm-up, with their 95 % interval; threads and files then and at the end; processes and nodes that
were lost; the jitter of the joint states' stamps in the first and the last quarter; what was
dropped. The samples are written to the folder `--output`, as `memory.csv` and `memory.png`, with
the stack's log.

The warm-up is a quarter of the time, if nothing else is asked for. The monitor keeps the samples of
1000 seconds, so its memory grows for at least 17 minutes.

    ./bbia bench soak [--minutes 30] [--warm-up MINUTES] [--output soak]
"""

from __future__ import annotations

import argparse
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / folder) for folder in ('', 'test')]

from _soak_figures import Sample  # noqa: E402
from _soak_figures import by_process  # noqa: E402
from _soak_figures import jitter_ms  # noqa: E402
from _soak_figures import sample  # noqa: E402
from _soak_figures import slope  # noqa: E402
from _soak_figures import write  # noqa: E402
from _soak_load import STALLED  # noqa: E402
from _soak_load import Load  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402
from sensor_msgs.msg import JointState  # noqa: E402

from bbia_msgs.msg import BridgeClients  # noqa: E402
from bbia_msgs.srv import SetPaths  # noqa: E402
from bbia_sim_ros.examples.panels import paths  # noqa: E402
from bbia_sim_ros.nodes import qos  # noqa: E402
from bbia_sim_ros.nodes.messages import seconds  # noqa: E402
from support.dashboard import CHROMIUM_ARGUMENTS  # noqa: E402
from support.domains import reserved_domain  # noqa: E402
from support.ros import Probe  # noqa: E402
from support.ros import probe  # noqa: E402
from support.waiting import wait_until  # noqa: E402
from support.whole_stack import running_stack  # noqa: E402

ARGUMENTS = ('scene:=people', 'audio:=none', 'speech_output:=none', 'chat:=commands')
NODES = {'robot', 'motion', 'state', 'vision', 'speech', 'chat', 'behavior', 'bridge', 'monitor'}
SAMPLE_EVERY_S = 5.0
ROUND_S = 24.0
WARM_UP_SHARE = 0.25
_READY_S = 120.0
_END_S = 30.0
_LISTENING = re.compile(r'rosbridge on ws://\S+?:(\d+), dashboard on (http://\S+)')


class Observer:
    """What is heard over DDS."""

    def __init__(self, made: Probe) -> None:
        self.stamps_s: list[float] = []
        self.dropped: dict[tuple[int, bool], int] = {}
        made.node.create_subscription(JointState, 'joint_states', self._on_joints, 100)
        made.node.create_subscription(
            BridgeClients, 'bridge/clients', self._on_clients, qos.LATCHED
        )

    def _on_joints(self, message: JointState) -> None:
        self.stamps_s.append(seconds(message.header.stamp) or 0.0)

    def _on_clients(self, message: BridgeClients) -> None:
        for client in message.clients:
            stalled = set(client.subscriptions) == set(STALLED)
            self.dropped[client.id, stalled] = client.dropped


def addresses(log: Path) -> list[tuple[str, str]]:
    """Return the ports of the bridge and the addresses of the dashboard, newest last."""
    return _LISTENING.findall(log.read_text(encoding='utf-8'))


def watch(
    root: int, minutes: float, *, observer: Observer, page: Any, load: Load, log: Path
) -> list[Sample]:
    """Take samples until the time is over; tell once a minute how it goes."""
    samples: list[Sample] = []
    begun = time.monotonic()
    told = 0
    while (now := time.monotonic() - begun) < 60.0 * minutes:
        samples += sample(root, now)
        if now >= 60.0 * told:
            told += 1
            newest = [one for one in samples if one.time_s == samples[-1].time_s]
            connected = page.locator('.connection[data-state=connected]').count() > 0
            if not connected and len(addresses(log)) > 1:
                # Started again the bridge has other ports here.
                load.counts['dashboard opened again'] += 1
                page.goto(addresses(log)[-1][1])
            print(
                f'{now / 60.0:5.1f} min: {len(newest)} processes,'
                f' {sum(one.uss_mb for one in newest):.0f} MB,'
                f' {len(observer.stamps_s)} joint states, dashboard'
                f' {"connected" if connected else "NOT connected"}, {dict(load.counts)}',
                file=sys.stderr,
                flush=True,
            )
        page.wait_for_timeout(1000.0 * SAMPLE_EVERY_S)
    return samples


def show_processes(samples: list[Sample], warm_up_minutes: float) -> None:
    """Print growth, threads and files of every process that was there from warm-up to the end."""
    begin_s, end_s = 60.0 * warm_up_minutes, samples[-1].time_s
    warm = [one for one in samples if one.time_s >= begin_s]
    for (name, pid), own in by_process(warm).items():
        first, last = own[0], own[-1]
        if first.time_s > begin_s + 2.0 * SAMPLE_EVERY_S or last.time_s < end_s:
            print(f'{name} ({pid}): only from {first.time_s:.0f} to {last.time_s:.0f} s')
            continue
        fit = slope(own)
        growth = f'{fit.mb_per_h:+8.2f} +- {fit.uncertainty:.2f} MB/h' if fit else 'too short'
        print(
            f'{name:<40} {last.uss_mb:7.1f} MB ({last.anonymous_mb:.1f} anonymous)  {growth}'
            f'  threads {first.threads} -> {last.threads}  files {first.files} -> {last.files}'
        )


def show_rest(samples: list[Sample], observer: Observer, load: Load, lost: list[str]) -> None:
    """Print what was lost, the rhythm and what the clients counted."""
    pids: dict[str, set[int]] = {}
    for one in samples:
        if not one.name.startswith('child of'):
            pids.setdefault(one.name, set()).add(one.pid)
    restarted = {name: len(found) - 1 for name, found in pids.items() if len(found) > 1}
    print(f'processes started again: {restarted or "none"}')
    print(f'nodes that were lost: {", ".join(lost) or "none"}')
    quarter = len(observer.stamps_s) // 4
    for name, part in (
        ('first', observer.stamps_s[:quarter]),
        ('last', observer.stamps_s[-quarter:]),
    ):
        p99, most = jitter_ms(part)
        print(f'joint states, {name} quarter: jitter p99 {p99:.2f} ms, most {most:.1f} ms')
    taken_s = observer.stamps_s[-1] - observer.stamps_s[0]
    print(f'joint states, rate: {(len(observer.stamps_s) - 1) / taken_s:.2f} Hz')
    for is_stalled, name in ((True, 'the client that does not read'), (False, 'all others')):
        dropped = sum(
            count for (_, stalled), count in observer.dropped.items() if stalled is is_stalled
        )
        print(f'messages left out for {name}: {dropped}')
    for what, count in sorted(load.counts.items()):
        print(f'{what}: {count}')


def run(minutes: float, warm_up_minutes: float, folder: Path, program: str) -> None:
    """Run the stack under load and print the figures."""
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / 'stack.log'
    with ExitStack() as cleanup:
        cleanup.enter_context(reserved_domain())
        made = cleanup.enter_context(probe())
        file = cleanup.enter_context(log.open('w', encoding='utf-8'))
        stack = cleanup.enter_context(running_stack(file, *ARGUMENTS))
        observer = Observer(made)
        wait_until(lambda: addresses(log), 'the bridge', _READY_S)
        there = made.node.get_node_names
        wait_until(lambda: NODES.issubset(there()) and observer.stamps_s, 'all nodes', _READY_S)
        made.call(SetPaths, 'simulator/set_paths', paths(ROUND_S))
        playwright = cleanup.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=program, args=list(CHROMIUM_ARGUMENTS))
        cleanup.callback(browser.close)
        page = browser.new_page(viewport={'width': 1440, 'height': 900})
        complaints: list[str] = []
        page.on('pageerror', lambda error: complaints.append(str(error)))
        page.goto(addresses(log)[-1][1])
        page.locator('.connection[data-state=connected]').wait_for()
        load = Load(lambda: int(addresses(log)[-1][0]))
        cleanup.callback(load.close)
        observer.stamps_s.clear()
        samples = watch(stack.pid, minutes, observer=observer, page=page, load=load, log=log)
        load.close()
        lost = sorted(NODES - set(there()))
        show_processes(samples, warm_up_minutes)
        show_rest(samples, observer, load, lost)
        print(f'errors of the page: {complaints or "none"}')
        stack.send_signal(signal.SIGINT)
        try:
            print(f'exit code after Ctrl-C: {stack.wait(_END_S)}')
        except subprocess.TimeoutExpired:
            print(f'the stack did not end within {_END_S:.0f} s of Ctrl-C')
        print(f'tracebacks in the log: {log.read_text().count("Traceback (most recent")}')
        write(folder, samples)


def main() -> int:
    """Read the arguments and run; 1 when there is no browser."""
    parser = argparse.ArgumentParser(description=(__doc__ or '').partition('\n')[0])
    parser.add_argument('--minutes', type=float, default=30.0)
    parser.add_argument('--warm-up', type=float, metavar='MINUTES')
    parser.add_argument('--output', type=Path, default=Path('soak'))
    options = parser.parse_args()
    warm_up_minutes = options.warm_up
    if warm_up_minutes is None:
        warm_up_minutes = WARM_UP_SHARE * options.minutes
    if not 0.0 <= warm_up_minutes < options.minutes:
        parser.error(f'--warm-up {warm_up_minutes:g}: allowed is 0 to less than --minutes')
    program = shutil.which('chromium')
    if program is None:
        print('chromium is not installed: apt install chromium', file=sys.stderr)
        return 1
    run(options.minutes, warm_up_minutes, options.output, program)
    return 0


if __name__ == '__main__':
    sys.exit(main())
