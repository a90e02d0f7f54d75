"""What the node `hearing` says of what it understood: `speech/transcript`.

Any thread; the transcriber tells in its own.
"""

from __future__ import annotations

from rclpy.node import Node

from bbia_msgs.msg import Transcript
from bbia_msgs.msg import TranscriptSegment
from bbia_sim_ros.hearing.results import Segment
from bbia_sim_ros.hearing.transcriber import Text
from bbia_sim_ros.hearing.utterances import Utterance
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.nodes.messages import time_message


class HearingOutput:
    """See the module's docstring."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._transcripts = node.create_publisher(Transcript, 'speech/transcript', qos.STREAM)
        self.last_processing_s = 0.0
        self.last_engine = ''
        self.last_failure = ''

    def on_text(self, utterance: Utterance, text: Text) -> None:
        """Publish a text."""
        if text.final:
            self.last_processing_s, self.last_engine = text.processing_s, text.engine
            self.last_failure = ''
        self._transcripts.publish(_message(utterance, text))

    def on_failure(self, utterance: Utterance, message: str) -> None:
        """Tell that an utterance has no text."""
        self.last_failure = message
        self._node.get_logger().warning(
            f'utterance {utterance.number} of {utterance.duration_s:.1f} s has no text: {message}'
        )


def segment_message(segment: Segment) -> TranscriptSegment:
    """Return a piece of a text as a message."""
    return TranscriptSegment(
        text=segment.text,
        start=segment.start,
        end=segment.end,
        confidence=segment.confidence,
    )


def _message(utterance: Utterance, text: Text) -> Transcript:
    end = utterance.end
    end_s = utterance.start_s + utterance.duration_s if end is None else end.speech_end_s
    message = Transcript(
        text=text.transcription.text,
        language=text.transcription.language,
        final=text.final,
        confidence=text.transcription.confidence,
        audio_duration=utterance.duration_s,
        processing_time=text.processing_s,
        engine=text.engine,
        utterance=utterance.number,
        speech_start=time_message(max(0.0, utterance.speech_start_s)),
        segments=[segment_message(segment) for segment in text.transcription.segments],
    )
    message.header.stamp = time_message(max(0.0, end_s))
    message.header.frame_id = utterance.frame_id
    return message
