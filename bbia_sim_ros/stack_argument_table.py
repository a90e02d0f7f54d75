"""The table of the launch arguments: what a person can choose. Standard library only.

The stack has two parts, for two computers: `robot` is the driver and its camera, `mind` is all the
rest; `full` is both on one.
"""

from __future__ import annotations

from dataclasses import dataclass

FULL = 'full'
ROBOT = 'robot'
MIND = 'mind'
HEADLESS_MAX_STEPS = 10_000
MAX_ROBOTS = 64


@dataclass(frozen=True, kw_only=True)
class Argument:
    """A launch argument; `choices` empty means any text, `default` '' means 'not given'.

    Where there are choices the default is one of them, as launch wants it.

    `parts` are those that it is for; `simulator_only` ones make no sense with `source:=hardware`.
    `for_several` are the values besides the default that several robots can have; None means any.
    """

    name: str
    default: str
    description: str
    choices: tuple[str, ...] = ()
    parts: tuple[str, ...] = (ROBOT, MIND)
    simulator_only: bool = False
    for_several: tuple[str, ...] | None = None

    @property
    def choices_text(self) -> str:
        """The choices as a person reads them."""
        return ', '.join(filter(None, self.choices))


_BOOLEAN = ('true', 'false')
_LEFT_OUT = ('none',)

ARGUMENTS: tuple[Argument, ...] = (
    Argument(
        name='part',
        default=FULL,
        choices=(FULL, ROBOT, MIND),
        description=(
            "What to start: everything, the driver and its camera (for the robot's own computer),"
            ' or everything else (for a workstation).'
        ),
    ),
    Argument(
        name='source',
        default='simulation',
        choices=('simulation', 'hardware'),
        parts=(ROBOT,),
        description='The robot: simulated by MuJoCo, or a real one (its daemon, see host).',
    ),
    Argument(
        name='host',
        default='',
        parts=(ROBOT,),
        description=(
            "Where the real robot's daemon is: HOST or HOST:PORT, such as reachy-mini.local,"
            ' 192.168.1.20:8000 or [fd00::20]; empty: as in the parameters file, localhost:8000.'
        ),
    ),
    Argument(
        name='camera',
        default='',
        parts=(ROBOT,),
        for_several=(),
        description=(
            'Pictures from a device (/dev/video0), a video file, a folder of pictures or a URL;'
            " empty: the simulator's own camera, and none with source:=hardware."
        ),
    ),
    Argument(
        name='namespace',
        default='',
        description='Namespace of every topic, service, action and node, such as left_robot.',
    ),
    Argument(
        name='robots',
        default='1',
        parts=(ROBOT,),
        simulator_only=True,
        description=(
            f'How many robots are simulated, 1 .. {MAX_ROBOTS}. Several are called robot_1,'
            ' robot_2, ... and have namespaces of these names below namespace; each has driver,'
            ' motion and state publisher, and all share bridge and monitor. Nothing hears, speaks,'
            ' chats, sees or behaves then: there is one microphone and one loudspeaker.'
        ),
    ),
    Argument(
        name='params_file',
        default='',
        description='YAML file with parameters; empty takes config/bbia.yaml of the package.',
    ),
    Argument(
        name='scene',
        default='',
        parts=(ROBOT,),
        simulator_only=True,
        description=(
            'Scene of the simulator: empty, table, people (photographs of faces on panels), or the'
            ' path of your own MJCF file.'
        ),
    ),
    Argument(
        name='speed',
        default='',
        parts=(ROBOT,),
        simulator_only=True,
        description='Simulated seconds per second; 1 is real time, 0 as fast as possible.',
    ),
    Argument(
        name='max_steps',
        default='',
        parts=(ROBOT,),
        simulator_only=True,
        description='Physics steps after which the simulator stops and frees the model; 0 never.',
    ),
    Argument(
        name='lock_step',
        default='false',
        choices=_BOOLEAN,
        parts=(ROBOT,),
        simulator_only=True,
        for_several=(),
        description='Advance the simulation only by the service simulator/step (reproducible).',
    ),
    Argument(
        name='headless',
        default='false',
        choices=_BOOLEAN,
        parts=(ROBOT,),
        simulator_only=True,
        description=(
            'Only the simulator, as fast as possible, for'
            f' {HEADLESS_MAX_STEPS} physics steps unless max_steps says otherwise.'
        ),
    ),
    Argument(
        name='use_sim_time',
        default='false',
        choices=_BOOLEAN,
        simulator_only=True,
        for_several=(),
        description='The simulator publishes /clock and every other node takes its time from it.',
    ),
    Argument(
        name='state_publisher',
        default='auto',
        choices=('auto', 'state_node', 'robot_state_publisher'),
        parts=(MIND,),
        for_several=('state_node',),
        description=(
            'Who publishes /tf and robot_description; auto takes robot_state_publisher where it'
            ' is installed and state_node elsewhere.'
        ),
    ),
    Argument(
        name='control',
        default='motion',
        choices=('motion', 'ros2_control'),
        for_several=(),
        description=(
            'Who moves the robot: the motion node with all its actions, or the controllers of a'
            ' ros2_control installation by the topic joint_commands.'
        ),
    ),
    Argument(
        name='audio',
        default='',
        parts=(MIND,),
        for_several=_LEFT_OUT,
        description=(
            'What the robot hears: an input device (its index or part of its name), a WAV or FLAC'
            ' file, a folder of them, or none; empty: the default device.'
        ),
    ),
    Argument(
        name='hearing',
        default='',
        choices=('', 'auto', 'faster_whisper', 'whisper', 'pocketsphinx', 'none'),
        parts=(MIND,),
        for_several=_LEFT_OUT,
        description='What makes text of speech. Without this auto: the best that can here.',
    ),
    Argument(
        name='speech',
        default='',
        choices=('', 'auto', 'flite', 'espeak_ng', 'piper', 'none'),
        parts=(MIND,),
        for_several=_LEFT_OUT,
        description='What speaks. Without this auto: what matches the language best.',
    ),
    Argument(
        name='speech_output',
        default='',
        parts=(MIND,),
        for_several=(),
        description=(
            'Where the robot speaks: a WAV file, device, none (still in real time), or auto;'
            ' without this auto: on the default device when there is one.'
        ),
    ),
    Argument(
        name='chat',
        default='',
        choices=('', 'auto', 'transformers', 'openai', 'commands', 'none'),
        parts=(MIND,),
        for_several=_LEFT_OUT,
        description=(
            'Who answers in conversations: commands of the robot (no model), transformers, openai,'
            ' auto (commands, else the best that can), or none. Without this auto.'
        ),
    ),
    Argument(
        name='chat_model',
        default='',
        parts=(MIND,),
        for_several=(),
        description=(
            'Model of transformers: a folder or a name on the Hugging Face hub; with chat_url the'
            ' model that the server is asked for. Empty: as in the parameters file.'
        ),
    ),
    Argument(
        name='chat_url',
        default='',
        parts=(MIND,),
        for_several=(),
        description=(
            'Base URL of an OpenAI-compatible server, such as http://localhost:11434/v1; its key'
            ' is taken from the environment variable OPENAI_API_KEY.'
        ),
    ),
    Argument(
        name='vision',
        default='',
        choices=('', 'auto', 'mediapipe', 'opencv', 'none'),
        parts=(MIND,),
        for_several=_LEFT_OUT,
        description=(
            'What finds faces in the pictures of the head camera. Without this auto: the first of'
            ' these that can here; none: nothing is looked for.'
        ),
    ),
    Argument(
        name='objects',
        default='',
        parts=(MIND,),
        for_several=(),
        description='ONNX file of a YOLO detector whose objects are looked for; empty: none.',
    ),
    Argument(
        name='behaviors',
        default='true',
        choices=_BOOLEAN,
        parts=(MIND,),
        for_several=('false',),
        description='Run the behaviors: what the robot does by itself, and when asked to.',
    ),
    Argument(
        name='bridge',
        default='true',
        choices=_BOOLEAN,
        parts=(MIND,),
        description='Run the rosbridge server and the dashboard.',
    ),
    Argument(
        name='bridge_port',
        default='',
        parts=(MIND,),
        description='Port of the rosbridge server; 0 takes any free one. Without this 9090.',
    ),
    Argument(
        name='web_port',
        default='',
        parts=(MIND,),
        description='Port of the dashboard; 0 takes any free one, -1 none. Without this 8080.',
    ),
    Argument(
        name='log_level',
        default='info',
        choices=('debug', 'info', 'warn', 'error', 'fatal'),
        description='Least severity of the log messages that are shown.',
    ),
)
