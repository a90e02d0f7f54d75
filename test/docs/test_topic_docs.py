"""docs/topics.md is what the nodes have."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bbia_sim_ros import topic_docs
from bbia_sim_ros.stack_nodes import NODES
from bbia_sim_ros.topic_docs import Reference
from bbia_sim_ros.topic_docs import Row
from bbia_sim_ros.topic_docs import markdown

ROOT = Path(__file__).resolve().parents[2]
DEADLINE_S = 60


def test_the_written_reference_is_that_of_the_nodes() -> None:
    # A process of its own: it makes all nodes, and ROS without discovery stays so.
    result = subprocess.run(
        [sys.executable, '-m', 'bbia_sim_ros.topic_docs', '--check'],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_reference_that_differs_is_out_of_date_and_left_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written = tmp_path / 'docs' / 'topics.md'
    written.parent.mkdir()
    written.write_text('of yesterday', encoding='utf-8')
    nothing = Reference(topics={}, services={}, actions={})
    monkeypatch.setattr(topic_docs, 'introspect', lambda: nothing)
    monkeypatch.setattr(topic_docs.stack, 'share_directory', lambda: tmp_path)
    assert topic_docs.main(['--check']) == 1
    assert 'out of date: topics.md' in capsys.readouterr().out
    assert written.read_text(encoding='utf-8') == 'of yesterday'
    assert topic_docs.main([]) == 0
    assert topic_docs.main(['--check']) == 0


def test_a_row_names_type_quality_and_users_and_links_our_own_types() -> None:
    row = Row(name='cmd_body', kind='bbia_msgs/msg/BodyTarget', quality='sensor 64')
    row.add('subscribes', 'motion_node')
    text = markdown(
        Reference(topics={'cmd_body': row}, services={}, actions={}), ROOT / 'bbia_msgs'
    )
    link = '[bbia_msgs/BodyTarget](../bbia_msgs/msg/BodyTarget.msg)'
    assert f'| `cmd_body` | {link} | sensor 64 |  | `motion_node` |' in text
    assert f'| {link} | Where the body should be.' in text


def test_every_node_of_the_stack_is_in_the_reference() -> None:
    text = (ROOT / 'docs' / 'topics.md').read_text(encoding='utf-8')
    assert {entry.executable for entry in NODES if f'`{entry.executable}`' not in text} == set()
