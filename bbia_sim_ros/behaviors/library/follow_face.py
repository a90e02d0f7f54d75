"""The behavior follow_face."""

from __future__ import annotations

from pydantic import Field

from bbia_sim_ros.behaviors.pursuit import Pursuit


class FollowFace(Pursuit):
    """Keeps its eyes on a face, and looks for it when it is gone."""

    name = 'follow_face'

    class Parameters(Pursuit.Parameters):
        """Whom, and for how long."""

        person: str = Field(
            '',
            pattern=r'^[A-Za-z0-9_]{0,40}$',
            description='Id of a person of vision/people; empty: the nearest face.',
        )

    def target(self, parameters: Parameters) -> tuple[str, str]:
        """See `Pursuit`."""
        person = parameters.person
        return (f'face:{person}', f'the face of person {person}') if person else ('face', 'a face')
