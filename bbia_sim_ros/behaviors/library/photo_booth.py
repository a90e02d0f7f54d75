"""The behavior photo_booth."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Final

from pydantic import Field

from bbia_sim_ros.behaviors.behavior import Behavior
from bbia_sim_ros.behaviors.behavior import BehaviorParameters
from bbia_sim_ros.behaviors.errors import BehaviorError
from bbia_sim_ros.behaviors.looking import AT_EASE
from bbia_sim_ros.behaviors.looking import ATTENTIVE
from bbia_sim_ros.behaviors.looking import SURPRISE
from bbia_sim_ros.behaviors.looking import in_sight
from bbia_sim_ros.behaviors.looking import sign
from bbia_sim_ros.behaviors.robot import Part
from bbia_sim_ros.behaviors.robot import Robot
from bbia_sim_ros.behaviors.speaking import say
from bbia_sim_ros.behaviors.texts import Text

FOLDER: Final = 'photo_booth'
MAX_NAMES: Final = 1000
_JPEG: Final = b'\xff\xd8\xff'
_COUNT_S: Final = 1.0
_SHOT_S: Final = 30.0
_READY: Final = Text(en='Look at me and smile!', fr='Regarde-moi et souris !')
_AGAIN: Final = Text(en='One more!', fr='Encore une !')
_DONE: Final = Text(
    en='Done! It is in the folder photo booth, named {when}.',
    fr='Et voilà ! Elle est dans le dossier photo booth, nommée {when}.',
)
_ALL_DONE: Final = Text(
    en='Done! Your {count} pictures are in the folder photo booth.',
    fr='Et voilà ! Tes {count} photos sont dans le dossier photo booth.',
)


class PhotoBooth(Behavior):
    """Counts down, takes a picture, keeps it in a file and tells where."""

    name = 'photo_booth'
    requires = frozenset({Part.CAMERA, Part.SPEECH})

    class Parameters(BehaviorParameters):
        """How many, and how long to get ready."""

        countdown: int = Field(3, ge=0, le=10, description='From where to count down, once a s.')
        pictures: int = Field(1, ge=1, le=10, description='How many pictures to take.')

    def limit(self, parameters: Parameters) -> float:
        """See `Behavior.limit`."""
        return 20.0 + parameters.pictures * (_SHOT_S + 3.0 * parameters.countdown)

    async def run(self, robot: Robot, parameters: Parameters) -> str:
        """Find a place for the pictures before anybody has to smile."""
        folder = made_folder(robot.pictures / FOLDER)
        await self._face_somebody(robot)
        taken: list[Path] = []
        for number in range(parameters.pictures):
            robot.stage(f'picture {number + 1}', number / parameters.pictures)
            await say(robot, _AGAIN if number else _READY)
            await self._count_down(robot, parameters.countdown)
            picture = await robot.photograph()
            taken.append(keep(folder, picture, robot.now()))
            await sign(robot, AT_EASE)
        if len(taken) == 1:
            await say(robot, _DONE, when=taken[0].stem.replace('_', ' '))
        else:
            await say(robot, _ALL_DONE, count=len(taken))
        return f'took {", ".join(map(str, taken))}'

    async def _face_somebody(self, robot: Robot) -> None:
        if robot.has(Part.MOTION):
            robot.stage('looking for somebody')
            people = (await in_sight(robot)).people
            if people:
                await robot.look_at(people[0].position)

    async def _count_down(self, robot: Robot, start: int) -> None:
        await sign(robot, ATTENTIVE)
        for count in range(start, 0, -1):
            begun = robot.elapsed()
            robot.stage(str(count))
            await robot.say(str(count))
            await robot.wait(max(0.0, _COUNT_S - (robot.elapsed() - begun)))
        await sign(robot, SURPRISE)


def made_folder(folder: Path) -> Path:
    """Return a folder that is there; one that is made is for its owner alone."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise BehaviorError(
            f'the folder {folder} cannot be made ({error.strerror}); make room for it, or give'
            ' another folder by pictures_folder'
        ) from error
    return folder


def keep(folder: Path, picture: bytes, now: datetime) -> Path:
    """Write a picture into a file named by date and time, for its owner alone; return its path.

    No file is ever replaced. Raises `BehaviorError` for what is no JPEG file or cannot be written;
    then nothing is left behind.
    """
    if not picture.startswith(_JPEG):
        raise BehaviorError(f'the camera gave {len(picture)} bytes that are no JPEG picture')
    path, handle = _new_file(folder, f'{now:%Y-%m-%d_%H-%M-%S}')
    try:
        with os.fdopen(handle, 'wb') as file:
            file.write(picture)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        path.unlink()
        raise _unwritten(path, error) from error
    return path


def _new_file(folder: Path, stem: str) -> tuple[Path, int]:
    """Return the path and the descriptor of a new file; ``-2`` and so on where there is one."""
    for number in range(1, MAX_NAMES + 1):
        path = folder / (f'{stem}.jpg' if number == 1 else f'{stem}-{number}.jpg')
        try:
            return path, os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            continue
        except OSError as error:
            raise _unwritten(path, error) from error
    raise BehaviorError(f'{folder} has {MAX_NAMES} pictures of {stem}; empty it')


def _unwritten(path: Path, error: OSError) -> BehaviorError:
    return BehaviorError(
        f'the picture {path} cannot be written ({error.strerror}); free space, or give a folder'
        ' that can be written to by pictures_folder'
    )
