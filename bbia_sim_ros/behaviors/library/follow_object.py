"""The behavior follow_object."""

from __future__ import annotations

from typing import Final

from pydantic import Field

from bbia_sim_ros.behaviors.pursuit import Pursuit

# As in vision/colors.py and vision/tags.py, which are not imported: they load OpenCV.
_COLORS: Final = frozenset({'red', 'orange', 'yellow', 'green', 'blue', 'purple'})
_COLOR: Final = 'color_{}'
_TAG: Final = 'tag_{}'


class FollowObject(Pursuit):
    """Keeps its eyes on an object: one of a colour, a printed tag, or a class of the detector."""

    name = 'follow_object'

    class Parameters(Pursuit.Parameters):
        """What, and for how long."""

        what: str = Field(
            'red',
            pattern=r'^\w[\w \-]{0,59}$',
            description='A colour (red, orange, yellow, green, blue, purple), the number of a'
            ' printed tag, or a class as on vision/objects, such as cup.',
        )

    def target(self, parameters: Parameters) -> tuple[str, str]:
        """See `Pursuit`."""
        what = parameters.what
        if what in _COLORS:
            return f'object:{_COLOR.format(what)}', f'something {what}'
        if what.isascii() and what.isdigit():
            return f'object:{_TAG.format(int(what))}', f'tag {int(what)}'
        return f'object:{what}', what
