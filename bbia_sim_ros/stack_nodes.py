"""The nodes that can be run: one row each. Only the standard library is imported."""

from __future__ import annotations

from dataclasses import dataclass

from bbia_sim_ros.stack_arguments import ArgumentError


@dataclass(frozen=True, kw_only=True)
class NodeEntry:
    """A node that can be run: its executable, its default node name, and where its code is.

    One that is `repeatable` can be several times in a process, each in a namespace of its own.
    """

    executable: str
    name: str
    target: str
    parameters: str
    repeatable: bool = False


NODES: tuple[NodeEntry, ...] = (
    NodeEntry(
        executable='simulator_node',
        name='robot',
        target='bbia_sim_ros.nodes.simulator_node:SimulatorNode',
        parameters='bbia_sim_ros.simulation.parameters:SimulatorParameters',
        repeatable=True,
    ),
    NodeEntry(
        executable='hardware_node',
        name='robot',
        target='bbia_sim_ros.nodes.hardware_node:HardwareNode',
        parameters='bbia_sim_ros.hardware.parameters:HardwareParameters',
    ),
    NodeEntry(
        executable='camera_node',
        name='camera',
        target='bbia_sim_ros.nodes.camera_node:CameraNode',
        parameters='bbia_sim_ros.camera.parameters:CameraParameters',
    ),
    NodeEntry(
        executable='microphone_node',
        name='microphone',
        target='bbia_sim_ros.nodes.microphone_node:MicrophoneNode',
        parameters='bbia_sim_ros.audio.parameters:MicrophoneParameters',
    ),
    NodeEntry(
        executable='motion_node',
        name='motion',
        target='bbia_sim_ros.nodes.motion_node:MotionNode',
        parameters='bbia_sim_ros.motion.parameters:MotionParameters',
        repeatable=True,
    ),
    NodeEntry(
        executable='bridge_node',
        name='bridge',
        target='bbia_sim_ros.nodes.bridge_node:BridgeNode',
        parameters='bbia_sim_ros.bridge.parameters:BridgeParameters',
    ),
    NodeEntry(
        executable='state_node',
        name='state',
        target='bbia_sim_ros.nodes.state_node:StateNode',
        parameters='bbia_sim_ros.robot.parameters:StateParameters',
        repeatable=True,
    ),
    NodeEntry(
        executable='behavior_node',
        name='behavior',
        target='bbia_sim_ros.nodes.behavior_node:BehaviorNode',
        parameters='bbia_sim_ros.behaviors.parameters:BehaviorNodeParameters',
    ),
    NodeEntry(
        executable='vision_node',
        name='vision',
        target='bbia_sim_ros.nodes.vision_node:VisionNode',
        parameters='bbia_sim_ros.vision.parameters:VisionParameters',
    ),
    NodeEntry(
        executable='chat_node',
        name='chat',
        target='bbia_sim_ros.nodes.chat_node:ChatNode',
        parameters='bbia_sim_ros.chat.parameters:ChatParameters',
    ),
    NodeEntry(
        executable='speech_node',
        name='speech',
        target='bbia_sim_ros.nodes.speech_node:SpeechNode',
        parameters='bbia_sim_ros.speech.parameters:SpeechParameters',
    ),
    NodeEntry(
        executable='hearing_node',
        name='hearing',
        target='bbia_sim_ros.nodes.hearing_node:HearingNode',
        parameters='bbia_sim_ros.hearing.parameters:HearingParameters',
    ),
    NodeEntry(
        executable='monitor_node',
        name='monitor',
        target='bbia_sim_ros.nodes.monitor_node:MonitorNode',
        parameters='bbia_sim_ros.monitor.parameters:MonitorParameters',
    ),
)


def node_entry(executable: str) -> NodeEntry:
    """Return the table's row of an executable; raises `ArgumentError` naming the known ones."""
    for entry in NODES:
        if entry.executable == executable:
            return entry
    known = ', '.join(entry.executable for entry in NODES)
    raise ArgumentError(f'no node {executable!r}; known are {known}')
