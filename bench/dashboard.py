"""How soon the dashboard is there: a real Chromium opens it, each time with an empty cache.

A simulated robot runs with its bridge; the page draws it in 3D with whatever the machine has, in a
virtual machine the processor. Times are those of the browser's own clock since the navigation.

    ./bbia bench dashboard
"""

from __future__ import annotations

import gzip
import shutil
import statistics
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / folder) for folder in ('', 'test')]

from playwright.sync_api import Browser  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402

from support.dashboard import CHROMIUM_ARGUMENTS  # noqa: E402
from support.dashboard import running_dashboard_robot  # noqa: E402
from support.domains import reserved_domain  # noqa: E402
from support.ros import ROOT  # noqa: E402

OPENINGS = 9
_DEADLINE_MS = 30_000
_FIRST_PAINT = """
() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime
"""


def open_once(browser: Browser, address: str) -> tuple[float, float]:
    """Return first contentful paint and connection to the robot, ms since the navigation."""
    context = browser.new_context(viewport={'width': 1440, 'height': 900}, locale='en')
    page = context.new_page()
    page.goto(address)
    page.get_by_text('Connected', exact=True).first.wait_for(timeout=_DEADLINE_MS)
    connected = page.evaluate('performance.now()')
    page.wait_for_function(_FIRST_PAINT)
    paint = page.evaluate(_FIRST_PAINT)
    context.close()
    return paint, connected


def main() -> int:
    """Print the figures; 1 when there is no browser."""
    program = shutil.which('chromium')
    if program is None:
        print('chromium is not installed: apt install chromium', file=sys.stderr)
        return 1
    scripts = list((ROOT / 'web' / 'dist' / 'assets').glob('*.js'))
    with reserved_domain(), running_dashboard_robot() as robot, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(CHROMIUM_ARGUMENTS))
        times = [open_once(browser, robot.address) for _ in range(OPENINGS)]
        browser.close()
    paints, connections = ([one[place] for one in times] for place in (0, 1))
    size_kb = sum(len(gzip.compress(script.read_bytes())) for script in scripts) / 1000
    print(f'script, gzip, kB                     {size_kb:8.0f}')
    print(f'first contentful paint, median, ms   {statistics.median(paints):8.0f}')
    print(f'first contentful paint, most, ms     {max(paints):8.0f}')
    print(f'connected to the robot, median, ms   {statistics.median(connections):8.0f}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
