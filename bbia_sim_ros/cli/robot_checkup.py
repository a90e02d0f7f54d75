"""The checks of `./bbia doctor --robot HOST`: the daemon of a real robot, its motors and senses.

Contract: only asks, changes nothing. Camera, microphone and speaker are those of this computer,
because nodes read them where they run: on a robot with a computer of its own, run the doctor there.
"""

from collections.abc import Iterator

from bbia_sim_ros.cli.daemon_status import DaemonStatus
from bbia_sim_ros.cli.daemon_status import NoStatus
from bbia_sim_ros.cli.daemon_status import RobotAddress
from bbia_sim_ros.cli.daemon_status import read_status
from bbia_sim_ros.cli.layout import Layout
from bbia_sim_ros.cli.media_checkup import check_camera
from bbia_sim_ros.cli.media_checkup import sound_checkup
from bbia_sim_ros.cli.packages import CORE_LOCK
from bbia_sim_ros.cli.packages import pins
from bbia_sim_ros.cli.prerequisites import FAIL
from bbia_sim_ros.cli.prerequisites import NOT_APPLICABLE
from bbia_sim_ros.cli.prerequisites import OK
from bbia_sim_ros.cli.prerequisites import WARN
from bbia_sim_ros.cli.prerequisites import Finding
from bbia_sim_ros.cli.probes import runtime_of

LOCAL_DAEMON = RobotAddress('127.0.0.1')
LOCAL_TIMEOUT_S = 1.0
PASSING = {'not_initialized', 'starting', 'stopping'}


def robot_checkup(layout: Layout, address: RobotAddress) -> Iterator[Finding]:
    """Yield what there is to say about the robot at `address`, in the order in which to read it."""
    try:
        status = read_status(address)
    except NoStatus as error:
        yield Finding(FAIL, 'daemon', error.why, error.fix)
    else:
        yield Finding(OK, 'daemon', f'at {address}, in front of a {status.robot} robot')
        yield check_version(status, tested=pins(layout.root / CORE_LOCK)['reachy-mini'])
        yield check_state(status, address)
        yield check_backend(status, address)
        yield check_motors(status, address)
        yield check_media(status, address)
    yield check_camera()
    yield from sound_checkup(runtime_of(layout))


def check_local_daemon(address: RobotAddress = LOCAL_DAEMON) -> Finding:
    """Whether the daemon of a robot runs on this computer, where that of a Lite does."""
    try:
        status = read_status(address, LOCAL_TIMEOUT_S)
    except NoStatus as error:
        return Finding(NOT_APPLICABLE, 'robot', f'{error.why}; the simulator needs none')
    text = f'daemon {status.version} of a {status.robot} robot at {address} is {status.state}'
    return Finding(OK, 'robot', f'{text}; more by: ./bbia doctor --robot {address}')


def check_version(status: DaemonStatus, *, tested: str) -> Finding:
    """The daemon is the one that the driver is tested with."""
    if status.version == tested:
        return Finding(OK, 'version', tested)
    text = f'{status.version or "not told"}; the driver is tested with {tested}'
    return Finding(WARN, 'version', text, f'pip install reachy-mini=={tested} where the daemon is')


def check_state(status: DaemonStatus, address: RobotAddress) -> Finding:
    """The daemon has started the robot."""
    if status.state == 'running':
        return Finding(OK, 'state', status.state)
    if status.state in PASSING:
        return Finding(WARN, 'state', status.state, 'wait some seconds and ask again')
    action = 'restart' if status.state == 'error' else 'start?wake_up=true'
    return Finding(FAIL, 'state', status.state, _post(address, f'daemon/{action}'))


def check_backend(status: DaemonStatus, address: RobotAddress) -> Finding:
    """The daemon reaches the motors."""
    if not status.error and status.ready is not False:
        return Finding(OK, 'backend', 'no error')
    text = status.error or 'the motors do not answer'
    fix = f"check the robot's power supply and cable, then {_post(address, 'daemon/restart')}"
    return Finding(FAIL, 'backend', text, fix)


def check_motors(status: DaemonStatus, address: RobotAddress) -> Finding:
    """The motors hold and move; otherwise commands are refused."""
    if status.motors == 'enabled':
        return Finding(OK, 'motors', 'on' if status.robot == 'real' else 'on, says the simulation')
    if not status.motors:
        return Finding(WARN, 'motors', 'not told', 'the robot has to be running, see state')
    text = {
        'disabled': 'off: nothing moves',
        'gravity_compensation': 'compliant: moved by hand only',
    }.get(status.motors, f'in mode {status.motors}')
    by_hand = _post(address, 'motors/set_mode/enabled')
    fix = f'the service set_motors with mode "on" while ./bbia up is running; or {by_hand}'
    return Finding(WARN, 'motors', text, fix)


def check_media(status: DaemonStatus, address: RobotAddress) -> Finding:
    """The daemon leaves camera, microphone and speaker to the nodes."""
    if not status.has_media:
        return Finding(OK, 'media', 'camera and sound are left to the nodes')
    fix = f'{_post(address, "media/release")}; or start it with --no-media'
    return Finding(WARN, 'media', 'the daemon holds camera, microphone and speaker', fix)


def _post(address: RobotAddress, path: str) -> str:
    return f"curl -X POST 'http://{address}/api/{path}'"
