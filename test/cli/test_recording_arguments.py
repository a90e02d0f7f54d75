"""What `./bbia record` and `./bbia replay` take, refused before anything is set up."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bbia_sim_ros.bridge.parameters import BridgeParameters
from bbia_sim_ros.cli.main import main
from bbia_sim_ros.cli.recording_arguments import record_parser
from bbia_sim_ros.cli.recording_arguments import replay_parser


def test_a_recording_is_bounded_when_nothing_is_said() -> None:
    options = record_parser().parse_args([])
    assert (options.max_size, options.max_duration, options.keep) == (1000.0, 3600.0, 0)
    assert (options.topics, options.exclude, options.output) == ([], [], '')
    assert '(default 1000)' in record_parser().format_help()


def test_a_replay_commands_nothing_when_nothing_is_said() -> None:
    options = replay_parser().parse_args(['run.mcap', '--topics', 'tf', 'vision/*'])
    assert (options.file, options.topics) == ('run.mcap', ['tf', 'vision/*'])
    assert [options.commands, options.clock, options.loop, options.lock_step] == [False] * 4
    assert (options.rate, options.dashboard_port) == (1.0, None)


def test_the_dashboard_of_a_replay_has_its_usual_port_or_a_given_one() -> None:
    parse = replay_parser().parse_args
    assert parse(['run.mcap', '--dashboard']).dashboard_port == BridgeParameters().web_port
    assert parse(['--dashboard-port', '0', 'run.mcap']).dashboard_port == 0


@pytest.mark.parametrize(
    ('arguments', 'said'),
    [
        (['record', '--max-size', '0.5'], "'0.5' is not a number of MB, at least 1"),
        (['record', '--max-size', 'inf'], "'inf' is not a number of MB"),
        (['record', '--max-duration', 'nan'], "'nan' is not a number of seconds"),
        (['record', '--keep', '0'], "'0' is not a number of files, 1 to 1000"),
        (['record', '--max', '3'], 'unrecognized arguments: --max 3'),
        (['record', 'joint_states'], 'unrecognized arguments: joint_states'),
        (['replay'], 'the following arguments are required: FILE'),
        (['replay', 'run.mcap', '--rate', '0'], "'0' is not a number of times"),
        (['replay', 'run.mcap', '--rate', '1e9'], '1e9 is more than 1000 times'),
        (['replay', 'run.mcap', '--dashboard-port', '65536'], "'65536' is not a port, 0 to 65535"),
        (['replay', 'run.mcap', '--dashboard-port', '-1'], "'-1' is not a port"),
        (['replay', 'run.mcap', '--dashboard', '--lock-step'], 'not allowed with argument'),
    ],
)
def test_what_makes_no_sense_is_named_with_what_is_allowed(
    capsys: pytest.CaptureFixture[str], arguments: Sequence[str], said: str
) -> None:
    assert main(arguments) == 2
    assert said in capsys.readouterr().err
