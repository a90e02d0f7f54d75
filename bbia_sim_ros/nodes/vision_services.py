"""What can be asked of the node `vision`: `vision/describe` and `vision/history`.

`vision/describe` tells what is in sight now. Nobody may be looking: then people and objects are
looked for until a picture that came after the question was looked at; where neither can be found,
any such picture will do. The image model is asked only for a caption, and the detectors rest then.
At most `MOST_QUESTIONS` are answered at a time. The time in which the models load does not count,
up to `MOST_LOADING_S`. All in the executor's thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from collections.abc import Mapping
from typing import Any
from typing import Final

from rclpy.node import Node
from std_msgs.msg import Header

from bbia_msgs.srv import DescribeScene
from bbia_msgs.srv import GetDetectionHistory
from bbia_sim_ros.models.errors import ModelError
from bbia_sim_ros.models.pool import ModelPool
from bbia_sim_ros.models.spec import ModelState
from bbia_sim_ros.nodes import vision_messages as messages
from bbia_sim_ros.nodes.clocks import ros_seconds
from bbia_sim_ros.nodes.messages import time_message
from bbia_sim_ros.nodes.polling import Poller
from bbia_sim_ros.nodes.vision_input import VisionInput
from bbia_sim_ros.nodes.vision_output import VisionOutput
from bbia_sim_ros.robot.names import CAMERA_OPTICAL_FRAME
from bbia_sim_ros.vision import detectors as names
from bbia_sim_ros.vision.detectors import Detector
from bbia_sim_ros.vision.errors import ImageError
from bbia_sim_ros.vision.frames import Frame
from bbia_sim_ros.vision.parameters import VisionParameters
from bbia_sim_ros.vision.sight import Seen
from bbia_sim_ros.vision.sight import Sight
from bbia_sim_ros.vision.summary import summary
from bbia_sim_ros.vision.wanted import FACES_TOPIC
from bbia_sim_ros.vision.wanted import OBJECTS_TOPIC

MOST_QUESTIONS: Final = 4
MOST_LOADING_S: Final = 60.0
"""How long a question waits for models to be loaded."""
_MAX_QUESTION: Final = 500
_KINDS: Final = {
    '': FACES_TOPIC,
    GetDetectionHistory.Request.KIND_FACES: FACES_TOPIC,
    GetDetectionHistory.Request.KIND_OBJECTS: OBJECTS_TOPIC,
}


class VisionServices:
    """See the module's docstring.

    Attributes
    ----------
    asked:
        Questions that are not answered yet.
    looking:
        Those of them that wait for what is in sight.

    """

    def __init__(
        self,
        node: Node,
        poller: Poller,
        *,
        values: Callable[[], VisionParameters],
        detectors: Mapping[str, Detector],
        pool: ModelPool,
        source: VisionInput,
        sight: Sight,
        output: VisionOutput,
    ) -> None:
        self.asked = 0
        self.looking = 0
        self._node = node
        self._poller = poller
        self._values = values
        self._detectors = detectors
        self._pool = pool
        self._source = source
        self._sight = sight
        self._output = output
        node.create_service(DescribeScene, 'vision/describe', self._describe)
        node.create_service(GetDetectionHistory, 'vision/history', self._history)

    async def _describe(self, request: Any, response: Any) -> Any:
        if self.asked >= MOST_QUESTIONS:
            response.message = f'{self.asked} questions wait already; ask again in a moment'
            return response
        if len(request.question) > _MAX_QUESTION:
            response.message = (
                f'the question has {len(request.question)} characters; at most {_MAX_QUESTION}'
            )
            return response
        self.asked += 1
        try:
            seen = await self._looked()
            if seen is None:
                response.message = self._blindness()
            else:
                self._tell(seen, response)
            if request.caption:
                response.caption, problem = await self._caption(request.question)
                response.success = response.success or bool(response.caption)
                response.message = '; '.join(filter(None, (response.message, problem)))
            return response
        finally:
            self.asked -= 1

    async def _looked(self) -> Seen | None:
        self.looking += 1
        try:
            return await self._look()
        finally:
            self.looking -= 1

    async def _look(self) -> Seen | None:
        """Return what is in sight in a picture taken from now on; None when nothing can be seen."""
        begun = ros_seconds(self._node)
        asked = ready = time.monotonic()
        usable = {name for name in (names.FACES, names.OBJECTS) if self._detectors[name].usable}
        newest = self._source.arrived
        # Somebody has to be seen a few times to count as there; one look may be under way already.
        enough = self._sight.looks + self._values().appear_sightings + 1

        def look() -> Seen | bool | None:
            nonlocal ready
            now = time.monotonic()
            if self._loading() and now - asked < MOST_LOADING_S:
                ready = now
            seen = self._sight.now
            faces = names.FACES not in usable or self._sight.looks >= enough
            things = names.OBJECTS not in usable or seen.things_s >= begun
            if faces and things and (usable or self._frame_after(newest) is not None):
                return seen
            late = now - ready > self._values().describe_timeout
            return False if late or self._poller.closing else None

        found = await self._poller.until(look)
        seen = self._sight.now.at(begun) if found is False else found
        return (
            seen if isinstance(seen, Seen) and max(seen.faces_s, seen.things_s) >= begun else None
        )

    def _loading(self) -> list[str]:
        """Return which of the models that a question needs are being loaded."""
        return [
            snapshot.name
            for snapshot in self._pool.snapshots()
            if snapshot.state is ModelState.LOADING
            and snapshot.name in (names.FACES, names.OBJECTS)
        ]

    def _blindness(self) -> str:
        """Return why nothing could be seen."""
        obstacles = [one.obstacle for one in self._detectors.values() if one.obstacle]
        if obstacles:
            return '; '.join(obstacles)
        if not any(self._detectors[name].usable for name in (names.FACES, names.OBJECTS)):
            return 'nothing is looked for: engine is none and there is no model of objects'
        if loading := self._loading():
            return f'still loading: {", ".join(loading)}; ask again in a moment'
        if self._source.silent_s >= self._values().frame_timeout:
            return f'no picture came for {self._source.silent_s:.0f} s: does the camera run?'
        return f'no picture could be looked at within {self._values().describe_timeout:g} s'

    def _tell(self, seen: Seen, response: Any) -> None:
        header = Header(
            stamp=time_message(max(0.0, seen.faces_s, seen.things_s)),
            frame_id=CAMERA_OPTICAL_FRAME,
        )
        people = seen.people or ()
        response.success = True
        response.people = messages.people_message(header, people)
        response.objects = messages.things_message(header, seen.things)
        response.summary = summary(people, seen.things, seen.things_view)
        if seen.people is None:
            response.message = self._source.problem

    async def _caption(self, question: str) -> tuple[str, str]:
        """Return what the image model answers about the newest picture, and why it does not."""
        detector = self._detectors[names.CAPTION]
        if not detector.usable:
            return '', detector.obstacle or f'no caption: {detector.reason}'
        frame = self._frame_after(0)
        if frame is None:
            return '', 'no caption: no picture came'
        try:
            request = self._pool.request(
                names.CAPTION,
                'caption',
                {
                    'image': frame.pixels(),
                    'question': question,
                    'max_tokens': self._values().caption_tokens,
                },
                deadline_s=self._values().caption_timeout,
            )
            await self._poller.until(lambda: request.done() or self._poller.closing or None)
            # Nothing happens to one that is done.
            request.cancel()
            return str(request.result(0.0)), ''
        except (ModelError, ImageError) as error:
            return '', f'no caption: {error}'

    def _frame_after(self, number: int) -> Frame | None:
        with self._source.newest.changed:
            return self._source.newest.after(number)

    def _history(self, request: Any, response: Any) -> Any:
        topic = _KINDS.get(request.kind)
        if topic is None:
            allowed = ', '.join(filter(None, _KINDS))
            response.message = f'the kind is {request.kind!r}; it is one of {allowed}'
            return response
        response.results = self._output.history(topic, request.max_results)
        response.success = True
        return response
