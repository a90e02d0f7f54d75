"""A robot for behaviors without ROS: scripted senses, and a record of all that was asked of it.

`FakeRobot` implements `behaviors/port.Robots`; a course gets the real `Handle` on top of it, so
what is refused, revoked and counted there is so here. Its orders take the time that ``takes`` says,
on the clock of the loop: with `support/virtual_time` they cost nothing. Scripts::

    FakeRobot(tmp_path, hears=['yes', None, Heard(text='non', language='fr')])
    FakeRobot(tmp_path, hears=lambda question: '4' if '2 + 2' in question else None)
    FakeRobot(tmp_path, sees=lambda time: Scene(people=(ANNA,)) if time > 5 else Scene())

Afterwards: ``robot.said``, ``robot.stages``, ``robot.names``, ``robot.orders_of('go_to')``.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from datetime import UTC
from datetime import datetime
from pathlib import Path
from typing import Any

from bbia_sim_ros.behaviors.errors import OrderRefused
from bbia_sim_ros.behaviors.handle import Circumstances
from bbia_sim_ros.behaviors.handle import Handle
from bbia_sim_ros.behaviors.robot import Beats
from bbia_sim_ros.behaviors.robot import Heard
from bbia_sim_ros.behaviors.robot import Part
from bbia_sim_ros.behaviors.robot import Robot
from bbia_sim_ros.behaviors.robot import Scene
from bbia_sim_ros.behaviors.robot import SeenPerson
from support.fake_port import FakePort
from support.fake_port import Order
from support.fake_port import loop_time

ANNA = SeenPerson(id='1', position=(0.8, 0.1, 0.2), distance=0.83)
BERT = SeenPerson(id='2', position=(1.2, -0.4, 0.2), distance=1.28)
STARTED = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
BEATS = Beats(
    tempo=120.0,
    times=tuple(0.5 + 0.5 * number for number in range(20)),
    strengths=(1.0, 0.6) * 10,
    duration=10.5,
)
# The beginning and the end of a JPEG file; what is between is nobody's business here.
PICTURE = b'\xff\xd8\xff\xe0 a picture \xff\xd9'
MAX_ORDERS = 20_000
TAKES_S: Mapping[str, float] = {
    'go_to': 0.5,
    'look_at': 0.5,
    'emotion': 2.0,
    'move': 3.0,
    'listen': 1.0,
    'chat': 1.0,
    'see': 0.2,
    'scene': 0.1,
    'photograph': 0.3,
    'analyse': 0.5,
    'fetch': 0.2,
    'call': 1.0,
}

Hearing = str | Heard | None


class FakeRobot:
    """See the module's docstring.

    Parameters
    ----------
    folder:
        Where storage and pictures are.
    parts:
        What is there.
    hears:
        What is heard when somebody listens: in turn, then nothing; or of what was said last.
    sees:
        What is in sight: always, in turn (the last stays), or of the time, s.
    voices:
        Times at which a voice is heard, s.
    follows:
        State, target and error of a following target, of the time, s.
    beats, pages, answers, picture:
        What `music` and `analyse`, `fetch`, `chat` and `photograph` give; a page that is an error
        is raised, one that is not there refused.
    speaks:
        Languages that can be spoken; None: all.
    rhythm_loaded:
        Whether what finds rhythms is loaded.
    takes:
        Seconds of orders by name, where they are not to be those of `TAKES_S`.
    refuse_at:
        Number, from 0, of the order that is refused.
    quiet, asleep:
        What `Robots` tells; either may be changed at any time.

    """

    def __init__(
        self,
        folder: Path,
        *,
        parts: Iterable[Part] = tuple(Part),
        hears: Sequence[Hearing] | Callable[[str], Hearing] = (),
        sees: Scene | Sequence[Scene] | Callable[[float], Scene] = Scene(),  # noqa: B008 - frozen
        voices: Iterable[float] = (),
        follows: Callable[[float], tuple[str, str, float]] | None = None,
        beats: Beats = BEATS,
        pages: Mapping[str, bytes | Exception] | None = None,
        answers: Callable[[str], str] = lambda text: f'You said: {text}',
        picture: bytes = PICTURE,
        language: str = 'en',
        speaks: Iterable[str] | None = None,
        rhythm_loaded: bool = True,
        seed: int = 1,
        started: datetime = STARTED,
        takes: Mapping[str, float] | None = None,
        refuse_at: int | None = None,
        quiet: float = 1e9,
        asleep: bool = False,
    ) -> None:
        self.parts = set(parts)
        self.beats = beats
        self.pages = dict(pages or {})
        self.answers = answers
        self.picture = picture
        self.language = language
        self.rhythm_loaded = rhythm_loaded
        self.speaks = None if speaks is None else set(speaks)
        self.seed = seed
        self.started = started
        self.takes = {**TAKES_S, **(takes or {})}
        self.refuse_at = refuse_at
        self.quiet_s = quiet
        self.is_asleep = asleep
        self.voices = sorted(voices)
        self.follows = follows
        self.storage = folder / 'storage'
        self.pictures = folder / 'pictures'
        self.orders: list[Order] = []
        self.stages: list[tuple[str, float]] = []
        self.ports: list[FakePort] = []
        self._hears = hears
        self._heard = 0
        self._sees = sees
        self._seen = 0
        self._lock = threading.Lock()

    # -- the record ---------------------------------------------------------------------------

    @property
    def names(self) -> list[str]:
        """The names of all orders in turn."""
        return [order.name for order in self.orders]

    def orders_of(self, name: str) -> list[Order]:
        """Return the orders of a name in turn."""
        return [order for order in self.orders if order.name == name]

    @property
    def said(self) -> list[str]:
        """What was spoken, in turn."""
        return [order.arguments['text'] for order in self.orders_of('say')]

    @property
    def unfinished(self) -> list[Order]:
        """What goes on: the robot is still when there is nothing."""
        return [order for order in self.orders if not order.outcome]

    # -- behaviors/port.Robots ----------------------------------------------------------------

    def obstacle(self, part: Part) -> str:
        """See `Robots`."""
        return '' if part in self.parts else f'there is no {part}; start it'

    def engage(self, name: str, priority: int) -> FakePort:
        """See `Robots`."""
        del name, priority
        port = FakePort(self)
        self.ports.append(port)
        return port

    def quiet(self) -> float:
        """See `Robots`."""
        return self.quiet_s

    def asleep(self) -> bool:
        """See `Robots`."""
        return self.is_asleep

    # -- for a course without a director ------------------------------------------------------

    def handle(self) -> Handle:
        """Return what a course is given; in the running loop."""
        port = self.engage('', 0)

        async def perform(robot: Robot, name: str, parameters: dict[str, object]) -> None:
            del robot
            await port.last('call', {'name': name, 'parameters': parameters})

        return Handle(
            port,
            Circumstances(
                language=self.language,
                storage=self.storage,
                pictures=self.pictures,
                chance=random.Random(self.seed),
            ),
            has=lambda part: part in self.parts,
            on_stage=lambda text, progress: self.stages.append((text, progress)),
            on_flood=lambda _: None,
            perform=perform,
        )

    # -- for its ports ------------------------------------------------------------------------

    def begin(self, name: str, arguments: dict[str, Any]) -> Order:
        """Note an order, or refuse it."""
        order = Order(name=name, arguments=arguments, began=loop_time())
        with self._lock:
            number = len(self.orders)
            self.orders.append(order)
        assert number < MAX_ORDERS, f'the course has no end: {number} orders'
        if number == self.refuse_at:
            order.outcome, order.ended = 'refused', order.began
            raise OrderRefused(f'{name} is refused by the test')
        return order

    def heard(self) -> Heard | None:
        """Return what is heard next."""
        if callable(self._hears):
            hearing = self._hears(self.said[-1] if self.said else '')
        else:
            known = self._heard < len(self._hears)
            hearing = self._hears[self._heard] if known else None
            self._heard += 1
        return Heard(text=hearing, language=self.language) if isinstance(hearing, str) else hearing

    def scene(self) -> Scene:
        """Return what is in sight now."""
        if callable(self._sees):
            return self._sees(loop_time())
        if isinstance(self._sees, Scene):
            return self._sees
        scene = self._sees[min(self._seen, len(self._sees) - 1)]
        self._seen += 1
        return scene
