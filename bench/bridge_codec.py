"""The bridge's codec against rclpy's deserialiser and against rosbridge_library, in one run.

Timed is what a bridge does for a message: from the serialised message to the value of `msg` in JSON
or CBOR, and from JSON to a message. The other ways, side by side with ours:

- rclpy: deserialise, walk the attributes, encode as ours; JSON only;
- rosbridge_library: deserialise, its own conversion and its own encoder. It is not among what this
  project installs; say where it is with `--rosbridge` or ROSBRIDGE_PATH, folders for Python's path
  joined by ':'. Without it, or for a message that it refuses, the row says so.

Printed is the processor time of the best of some rounds, us per message.

    ./bbia bench bridge_codec [--rosbridge FOLDER[:FOLDER]]
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import timeit
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / folder) for folder in ('', 'test')]

import numpy as np  # noqa: E402
import orjson  # noqa: E402
from geometry_msgs.msg import TransformStamped  # noqa: E402
from rclpy.serialization import deserialize_message  # noqa: E402
from rclpy.serialization import serialize_message  # noqa: E402
from sensor_msgs.msg import CompressedImage  # noqa: E402
from sensor_msgs.msg import Image  # noqa: E402
from sensor_msgs.msg import JointState  # noqa: E402
from tf2_msgs.msg import TFMessage  # noqa: E402

from bbia_sim_ros.bridge.checked import to_message  # noqa: E402
from bbia_sim_ros.bridge.decoders import Encoding  # noqa: E402
from bbia_sim_ros.bridge.decoders import encoder_for  # noqa: E402
from bbia_sim_ros.bridge.decoders import json_bytes  # noqa: E402
from bbia_sim_ros.bridge.interfaces import type_name  # noqa: E402
from bbia_sim_ros.bridge.values import from_message  # noqa: E402

ROUNDS = 5
ROUND_S = 0.1
Way = Callable[[], object]


def samples() -> dict[str, Any]:
    """Return the messages by their names in the output."""
    draw = np.random.default_rng(0)
    joints = [draw.standard_normal(30).tolist() for _ in range(3)]
    transforms = [TransformStamped(child_frame_id=f'link_{index}') for index in range(30)]
    for transform in transforms:
        translation = transform.transform.translation
        translation.x, translation.y, translation.z = draw.standard_normal(3).tolist()
    pixels = draw.integers(0, 256, 640 * 480 * 3, np.uint8).tobytes()
    return {
        'JointState, 30 joints': JointState(
            name=[f'joint_number_{index}' for index in range(30)],
            position=joints[0],
            velocity=joints[1],
            effort=joints[2],
        ),
        'CompressedImage, 30 kB': CompressedImage(format='jpeg', data=pixels[:30_000]),
        'Image, 640x480 RGB': Image(height=480, width=640, step=1920, data=pixels),
        'TFMessage, 30 transforms': TFMessage(transforms=transforms),
    }


def microseconds(way: Way) -> float:
    """Return the processor time of a call, us."""
    number = max(1, int(ROUND_S / max(timeit.timeit(way, number=1), 1e-6)))
    rounds = timeit.repeat(way, timer=time.process_time, number=number, repeat=ROUNDS)
    return 1e6 * min(rounds) / number


def rosbridge_ways(folders: str | None) -> Callable[[Any], dict[str, Way]] | None:
    """Return what makes rosbridge_library's ways for a message, None where it is not found."""
    sys.path += folders.split(os.pathsep) if folders else []
    try:
        from rosbridge_library.internal import cbor_conversion  # noqa: PLC0415
        from rosbridge_library.internal import message_conversion  # noqa: PLC0415
        from rosbridge_library.util import json as suite_json  # noqa: PLC0415
        from rosbridge_library.util.cbor import dumps  # noqa: PLC0415
    except ImportError:
        return None

    def ways(message: Any) -> dict[str, Way]:
        class_, raw = type(message), bytes(serialize_message(message))
        values = orjson.loads(encoder_for(type_name(class_), Encoding.JSON)(raw))

        def read() -> Any:
            return deserialize_message(raw, class_)

        return {
            'JSON': lambda: suite_json.dumps(message_conversion.extract_values(read())),
            'CBOR': lambda: dumps(cbor_conversion.extract_cbor_values(read())),
            'from JSON': lambda: message_conversion.populate_instance(values, class_()),
        }

    return ways


def our_ways(message: Any) -> dict[str, Way]:
    """Return the bridge's ways for a message."""
    class_, raw = type(message), bytes(serialize_message(message))
    to_json = encoder_for(type_name(class_), Encoding.JSON)
    to_cbor = encoder_for(type_name(class_), Encoding.CBOR)
    values = orjson.loads(to_json(raw))
    return {
        'JSON': lambda: to_json(raw),
        'CBOR': lambda: to_cbor(raw),
        'from JSON': lambda: to_message(class_, values),
    }


def rclpy_ways(message: Any) -> dict[str, Way]:
    """Return the way over the deserialiser of rclpy."""
    class_, raw = type(message), bytes(serialize_message(message))

    def walk() -> dict[str, Any]:
        return from_message(deserialize_message(raw, class_))

    return {'JSON': lambda: json_bytes(walk())}


def row(way: Way | None, ours: float) -> str:
    """Return the figure of another way and how many times as long as ours it takes."""
    if way is None:
        return 'left out'
    try:
        way()
    except Exception as error:  # noqa: BLE001, it may fail as it likes; the row says how
        return f'refuses it: {type(error).__name__}'
    took = microseconds(way)
    return f'{took:.1f} us ({took / ours:.1f}x)'


def main() -> None:
    """Print one line for each message and way."""
    parser = argparse.ArgumentParser(description='The codec of the bridge against others.')
    parser.add_argument('--rosbridge', default=os.environ.get('ROSBRIDGE_PATH'))
    rosbridge = rosbridge_ways(parser.parse_args().rosbridge)
    for name, message in samples().items():
        over_rclpy = rclpy_ways(message)
        over_rosbridge = rosbridge(message) if rosbridge else {}
        for what, way in our_ways(message).items():
            ours = microseconds(way)
            figures = [f'{ours:.1f} us']
            if what in over_rclpy:
                figures.append(f'rclpy {row(over_rclpy[what], ours)}')
            figures.append(f'rosbridge_library {row(over_rosbridge.get(what), ours)}')
            print(f'{name}, {what}: {", ".join(figures)}', flush=True)


if __name__ == '__main__':
    main()
