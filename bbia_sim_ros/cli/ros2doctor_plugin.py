"""`ros2 doctor` of a ROS installation runs the checks of `./bbia doctor` too.

Contract: ros2doctor finds the two classes by the entry points `ros2doctor.checks` and
`ros2doctor.report` (setup.py), makes them without arguments, and asks for `category`, which ties a
check to its report, then for `check` or `report`. The one module here that imports ros2doctor,
which is not among what `./bbia` installs.
"""

from ros2doctor.api import DoctorCheck  # type: ignore[import-not-found]
from ros2doctor.api import DoctorReport
from ros2doctor.api import Report
from ros2doctor.api import Result
from ros2doctor.api.format import doctor_error  # type: ignore[import-not-found]
from ros2doctor.api.format import doctor_warn

from bbia_sim_ros.cli.installed_checkup import installed_checkup
from bbia_sim_ros.cli.prerequisites import FAIL
from bbia_sim_ros.cli.prerequisites import WARN

CATEGORY = 'bbia_sim_ros'


class BbiaCheck(DoctorCheck):  # type: ignore[misc]
    """An error for each FAIL, a warning for each WARN; both are printed with their fix."""

    def category(self) -> str:
        """Return what the report is called, too."""
        return CATEGORY

    def check(self) -> Result:
        """Run the checks and count."""
        result = Result()
        for finding in installed_checkup():
            text = f'{finding.name}: {finding.text}; fix: {finding.fix}'
            if finding.level == FAIL:
                doctor_error(text)
                result.add_error()
            elif finding.level == WARN:
                doctor_warn(text)
                result.add_warning()
        return result


class BbiaReport(DoctorReport):  # type: ignore[misc]
    """A line for each check, and one for each fix."""

    def category(self) -> str:
        """Return what the check is called, too."""
        return CATEGORY

    def report(self) -> Report:
        """Run the checks and list what they found."""
        report = Report(CATEGORY.upper())
        for finding in installed_checkup():
            report.add_to_report(finding.name, f'{finding.level}, {finding.text}')
            if finding.fix:
                report.add_to_report(f'{finding.name} fix', finding.fix)
        return report
