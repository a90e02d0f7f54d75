"""The checks of DDS: domain, loopback, two processes that meet, room for pictures, multicast.

Contract: programs of this computer meet over loopback, unicast; the network is used only with the
range SUBNET (docs/security.md), and multicast matters only then. What is sent stays on this
computer. The longest check takes MEET_S, and only when it fails.
"""

import fcntl
import random
import secrets
import socket
import struct
import subprocess
import time
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace
from pathlib import Path

from bbia_sim_ros.cli.prerequisites import FAIL
from bbia_sim_ros.cli.prerequisites import NOT_APPLICABLE
from bbia_sim_ros.cli.prerequisites import OK
from bbia_sim_ros.cli.prerequisites import WARN
from bbia_sim_ros.cli.prerequisites import Finding
from bbia_sim_ros.cli.probes import Runtime
from bbia_sim_ros.cli.probes import run_probe

DOMAIN = 'ROS_DOMAIN_ID'
RANGE = 'ROS_AUTOMATIC_DISCOVERY_RANGE'
NAMED_PEERS = ('ROS_STATIC_PEERS', 'ROS_DISCOVERY_SERVER')
DOMAIN_MAX = 232  # its last UDP port is below 65536 (DDSI-RTPS: 7400 + 250 x domain)
DOMAIN_SAFE_MAX = 101  # above it Linux gives the same ports to anybody (ip_local_port_range)
DISCOVERY_GROUP = '239.255.0.1'  # of DDSI-RTPS
BUFFER_LIMIT = Path('/proc/sys/net/core/rmem_max')
BUFFER_B = 4 * 2**20  # what config/fastdds.xml asks for
UNUSED_PORT = 7402  # of domain 0: among its ports, and DDSI-RTPS gives it to nobody
ECHO_S = 1.0
MEET_S = 8.0
DDS_PROBE = """
import sys, time
import rclpy
from std_msgs.msg import String
rclpy.init()
node = rclpy.create_node('bbia_doctor_' + sys.argv[1])
heard = []
publisher = node.create_publisher(String, 'bbia_doctor', 1)
if sys.argv[1] == 'listener':
    node.create_subscription(String, 'bbia_doctor', heard.append, 1)
deadline = time.monotonic() + float(sys.argv[2])
while not heard and time.monotonic() < deadline:
    publisher.publish(String(data='hello')) if sys.argv[1] == 'talker' else None
    rclpy.spin_once(node, timeout_sec=0.05)
sys.exit(0 if heard else 'no message arrived')
"""

SIOCGIFFLAGS = 0x8913  # linux/sockios.h
SIOCGIFADDR = 0x8915
IFF_UP = 0x1  # linux/if.h
IFF_LOOPBACK = 0x8
IFF_MULTICAST = 0x1000


@dataclass(frozen=True)
class Interface:
    """A network interface with its (first) IPv4 address and the flags of linux/if.h."""

    name: str
    address: str
    flags: int


def interfaces_up() -> list[Interface]:
    """Ask the kernel for the interfaces that are up and have an IPv4 address."""
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        for _, name in socket.if_nameindex():
            request = struct.pack('256s', name.encode())
            try:
                flags = fcntl.ioctl(asking, SIOCGIFFLAGS, request)[16:18]
                address = fcntl.ioctl(asking, SIOCGIFADDR, request)[20:24]
            except OSError:  # it has no address, or has gone meanwhile
                continue
            interface = Interface(name, socket.inet_ntoa(address), struct.unpack('H', flags)[0])
            if interface.flags & IFF_UP:
                found.append(interface)
    return found


def check_domain(variables: Mapping[str, str]) -> Finding:
    """The ROS domain is a number that ROS takes, and its ports are nobody else's."""
    given = variables.get(DOMAIN) or '0'
    domain = _domain(variables)
    if domain is None:
        text = f'{DOMAIN}={given} is not a number from 0 to {DOMAIN_MAX}: nothing starts'
        return Finding(FAIL, 'domain', text, f'export {DOMAIN}=0')
    if domain <= DOMAIN_SAFE_MAX:
        return Finding(OK, 'domain', str(domain))
    text = f'{domain}: its ports are also those that Linux gives to any program'
    return Finding(WARN, 'domain', text, f'export {DOMAIN}= a number from 0 to {DOMAIN_SAFE_MAX}')


def _domain(variables: Mapping[str, str]) -> int | None:
    given = variables.get(DOMAIN) or '0'
    is_number = given.isascii() and given.isdigit() and len(given) <= len(str(DOMAIN_MAX))
    return int(given) if is_number and int(given) <= DOMAIN_MAX else None


def check_loopback(interfaces: Sequence[Interface]) -> Finding:
    """The interface on which the processes of this computer meet is up."""
    for interface in interfaces:
        if interface.flags & IFF_LOOPBACK:
            return Finding(OK, 'loopback', f'{interface.name} ({interface.address}) is up')
    text = 'no loopback interface is up: no two processes find each other'
    return Finding(FAIL, 'loopback', text, 'sudo ip link set lo up')


def check_dds(runtime: Runtime) -> Finding:
    """Two processes on this machine find each other and exchange a message."""
    variables = {**runtime.variables, DOMAIN: str(random.randint(1, DOMAIN_SAFE_MAX - 1))}
    if not runtime.python.exists():
        return Finding(FAIL, 'dds', 'not installed', runtime.set_up)
    talker = subprocess.Popen(
        [str(runtime.python), '-c', DDS_PROBE, 'talker', str(2 * MEET_S)],
        env=variables,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        there = replace(runtime, variables=variables)
        error = run_probe(there, DDS_PROBE, 'listener', str(MEET_S)).error
    finally:
        talker.kill()
        talker.wait()
    if not error:
        return Finding(OK, 'dds', 'a message went from one process to another')
    if variables.get(RANGE) == 'OFF':
        fix = f'unset {RANGE}: with OFF no two processes meet'
    else:
        fix = (
            'let UDP through on loopback (sudo iptables -I INPUT -i lo -j ACCEPT); unset'
            ' FASTDDS_DEFAULT_PROFILES_FILE if it is a profile of your own'
        )
    return Finding(FAIL, 'dds', error, fix)


def check_buffers(limit: Path = BUFFER_LIMIT) -> Finding:
    """A socket may hold some raw pictures; JPEG, which the stack itself uses, is smaller."""
    try:
        allowed_b = int(limit.read_text(encoding='ascii'))
    except FileNotFoundError:
        return Finding(NOT_APPLICABLE, 'buffers', f'this system has no {limit}')
    text = f'a socket may hold {allowed_b / 2**20:.1f} MiB'
    if allowed_b >= BUFFER_B:
        return Finding(OK, 'buffers', text)
    text += ': raw pictures (camera/image_raw) get lost; compressed ones do not'
    return Finding(WARN, 'buffers', text, f'sudo sysctl -w net.core.rmem_max={BUFFER_B}')


def check_multicast(variables: Mapping[str, str], interfaces: Sequence[Interface]) -> Finding:
    """Where other computers are to be found by multicast, it leaves and is let in again here."""
    if variables.get(RANGE) != 'SUBNET':
        text = f'used with {RANGE}=SUBNET alone; on this computer DDS does without'
        return Finding(NOT_APPLICABLE, 'multicast', text)
    for name in NAMED_PEERS:
        if variables.get(name):
            return Finding(NOT_APPLICABLE, 'multicast', f'{name} names the other computers')
    port = UNUSED_PORT + 250 * (_domain(variables) or 0)
    asked = [interface for interface in interfaces if not interface.flags & IFF_LOOPBACK]
    if not asked:
        text = 'no network interface with an IPv4 address is up'
        return Finding(WARN, 'multicast', text, 'connect to the network of the other computer')
    problems = {interface.name: multicast_problem(interface, port) for interface in asked}
    working = [name for name, problem in problems.items() if not problem]
    if working:
        text = f'passes on {", ".join(working)}; what the network does shows at the other end only'
        return Finding(OK, 'multicast', text)
    text = '; '.join(f'{name}: {problem}' for name, problem in problems.items())
    fix = (
        f'sudo ip link set {asked[0].name} multicast on; open UDP {port - 2} to {port + 73} in the'
        ' firewall; or name the other computer in ROS_STATIC_PEERS'
    )
    return Finding(WARN, 'multicast', text, fix)


def multicast_problem(interface: Interface, port: int) -> str:
    """Return why a datagram to the group of DDS does not come back from `interface`; '' if it does.

    It has a time to live of 0: the kernel hands it to this computer alone.
    """
    if not interface.flags & IFF_MULTICAST:
        return 'multicast is switched off'
    token = secrets.token_bytes(16)
    address = socket.inet_aton(interface.address)
    membership = socket.inet_aton(DISCOVERY_GROUP) + address
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
    ):
        try:
            receiver.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            receiver.bind((DISCOVERY_GROUP, port))
            receiver.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
            sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, address)
            sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 0)
            sender.sendto(token, (DISCOVERY_GROUP, port))
            return '' if _arrives(receiver, token) else 'nothing comes back, a firewall drops it'
        except OSError as error:
            return error.strerror or str(error)


def _arrives(receiver: socket.socket, token: bytes) -> bool:
    deadline = time.monotonic() + ECHO_S
    while (left_s := deadline - time.monotonic()) > 0:
        receiver.settimeout(left_s)
        try:
            if receiver.recv(len(token)) == token:
                return True
        except TimeoutError:
            return False
    return False
