"""Short commands that a recogniser without a large model listens for beside free text, in English.

Each is one that the chat understands without a model (`chat/commands`).
"""

from __future__ import annotations

from typing import Final

_DIRECTIONS: Final = ('left', 'right', 'up', 'down', 'ahead', 'forward')
_FEELINGS: Final = (
    *('happy', 'sad', 'angry', 'surprised', 'calm', 'curious', 'proud', 'afraid', 'excited'),
    *('confused', 'neutral'),
)
SENTENCES: Final = (
    *(f'look {direction}' for direction in _DIRECTIONS),
    *(f'be {feeling}' for feeling in _FEELINGS),
    *('look at me', 'look straight ahead', 'look to the left', 'look to the right'),
    *('look a little to the left', 'look a little to the right', 'look up and left'),
    *('look at the ceiling', 'look at the floor', 'look happy', 'follow my face'),
    *('turn your head left', 'turn your head right', 'tilt your head left', 'tilt your head right'),
    *('turn your body left', 'turn your body right', 'raise your head', 'lower your head'),
    *('nod', 'nod your head', 'shake your head', 'say yes', 'say no', 'say hello'),
    *('raise your antennas', 'lower your antennas', 'dance', 'dance for me', 'do a dance'),
    *('what do you see', 'what can you see', 'who do you see', 'come back to the center'),
    *('stop', 'stop it', 'stop now', 'stop moving', 'stop talking', 'stop following me'),
    *('freeze', 'be quiet', 'go to sleep', 'go to sleep now', 'wake up'),
    *('tell me a story', 'take a picture', 'look around', 'hide', 'quiz me'),
    *('play rock paper scissors', 'play guess the number'),
)
