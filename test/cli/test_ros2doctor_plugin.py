"""The doctor's checks inside `ros2 doctor`, and what they add in a ROS installation.

ros2doctor is not among the packages that `./bbia` installs, so a stand-in with the interface of
ros2doctor 0.36 is imported here: `ros2doctor.api` has DoctorCheck and DoctorReport (base classes
without behavior), Result (counters `error` and `warning`, `add_error`, `add_warning`) and Report
(`name`, `items` of pairs, `add_to_report`); `ros2doctor.api.format` has doctor_error and
doctor_warn, which print. As ros2doctor does, the plug-in is loaded by its entry points.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import bbia_sim_ros
from bbia_sim_ros.cli.installed_checkup import MODULES
from bbia_sim_ros.cli.installed_checkup import check_modules
from bbia_sim_ros.cli.layout import Layout
from bbia_sim_ros.cli.packages import CORE_LOCK
from bbia_sim_ros.cli.packages import pins
from bbia_sim_ros.cli.prerequisites import FAIL
from bbia_sim_ros.cli.prerequisites import OK

API = """
class DoctorCheck:
    pass

class DoctorReport:
    pass

class Result:
    def __init__(self):
        self.error = self.warning = 0

    def add_error(self):
        self.error += 1

    def add_warning(self):
        self.warning += 1

class Report:
    def __init__(self, name):
        self.name, self.items = name, []

    def add_to_report(self, item_name, item_info):
        self.items.append((item_name, item_info))
"""
FORMAT = """
import sys

def doctor_warn(message):
    print('warning', message, file=sys.stderr)

def doctor_error(message):
    print('error', message, file=sys.stderr)
"""
DOCTOR = """
import json
from importlib.metadata import entry_points
(found,) = entry_points(group='ros2doctor.checks')
check = found.load()()
(found,) = entry_points(group='ros2doctor.report')
report = found.load()()
result = check.check()
written = report.report()
print(json.dumps({
    'categories': [check.category(), report.category()],
    'errors': result.error, 'warnings': result.warning,
    'name': written.name, 'items': written.items,
}))
"""
TIMEOUT_S = 100


def doctor(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the plug-in in a Python that finds the stand-in."""
    api = folder / 'ros2doctor' / 'api'
    api.mkdir(parents=True)
    (folder / 'ros2doctor' / '__init__.py').touch()
    (api / '__init__.py').write_text(API, encoding='utf-8')
    (api / 'format.py').write_text(FORMAT, encoding='utf-8')
    path = os.pathsep.join([str(folder), os.environ['PYTHONPATH']])
    return subprocess.run(
        [sys.executable, '-c', DOCTOR],
        cwd=folder,
        env={**os.environ, **variables, 'PYTHONPATH': path},
        check=False,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
    )


def test_the_checks_are_counted_printed_and_reported_with_their_fix(tmp_path: Path) -> None:
    (tmp_path / 'file').touch()
    ran = doctor(tmp_path, BBIA_CACHE_DIR=str(tmp_path / 'file' / 'cache'), ROS_DOMAIN_ID='150')
    assert ran.returncode == 0, ran.stderr
    said = json.loads(ran.stdout)
    assert said['categories'] == ['bbia_sim_ros', 'bbia_sim_ros']
    assert said['name'] == 'BBIA_SIM_ROS'
    errors = [line for line in ran.stderr.splitlines() if line.startswith('error ')]
    warnings = [line for line in ran.stderr.splitlines() if line.startswith('warning ')]
    assert (said['errors'], said['warnings']) == (len(errors), len(warnings))
    assert any(line.startswith('error cache: ') and 'fix: set BBIA' in line for line in errors)
    assert any(line.startswith('warning domain: 150') for line in warnings)
    items = dict(said['items'])
    assert items['packages'].startswith('OK, ')
    assert items['cache'].startswith('FAIL, ')
    assert items['cache fix'].startswith('set BBIA_CACHE_DIR')
    assert items['dds'] == 'OK, a message went from one process to another'
    assert items['multicast'].startswith('N/A, ')
    assert 'dds fix' not in items


def test_a_workspace_that_was_not_sourced_is_said(tmp_path: Path) -> None:
    package = Path(bbia_sim_ros.__file__).parent
    without = shutil.ignore_patterns('__pycache__')
    shutil.copytree(package, tmp_path / package.name, ignore=without)
    ran = doctor(tmp_path, AMENT_PREFIX_PATH='')
    assert ran.returncode == 0, ran.stderr
    items = dict(json.loads(ran.stdout)['items'])
    assert list(items) == ['packages', 'package', 'package fix']
    assert items['package'].startswith('FAIL, share/bbia_sim_ros is in none of the prefixes')
    assert items['package fix'].startswith('source the setup file')


def test_missing_packages_are_named_with_the_command_that_installs_them() -> None:
    assert check_modules(MODULES).level == OK
    finding = check_modules({**MODULES, 'no_such_module': 'no-such==1.0', 'nor_this': 'nor-this'})
    assert finding.level == FAIL
    assert finding.text == 'missing: no_such_module, nor_this'
    assert finding.fix == 'pip install no-such==1.0 nor-this'


def test_the_packages_are_among_the_pinned_ones() -> None:
    pinned = pins(Layout().root / CORE_LOCK)
    for requirement in MODULES.values():
        name, _, version = requirement.partition('==')
        assert pinned[name] == (version or pinned[name])
