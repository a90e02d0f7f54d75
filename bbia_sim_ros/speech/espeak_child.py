"""Speaks one sentence with the eSpeak NG library. Started by `espeak.py`, never by hand.

Contract
    Arguments: the library's file and its data folder. Standard input is one JSON object, `voice`,
    `words_per_minute`, `pitch` (0 .. 100) and `text`, or `{}` to list the voices. Standard output
    is a JSON line, then, for a sentence, the int16 samples. A process of its own because the
    library keeps global state and ends the whole process on some errors.

    The names and numbers are those of espeak-ng/speak_lib.h. Standard library only: the
    interpreter runs without site-packages, which halves its start.
"""

import ctypes
import json
import sys
from typing import Any

_AUDIO_OUTPUT_SYNCHRONOUS = 2
_RATE, _PITCH = 1, 3
_POS_CHARACTER = 1
_CHARS_UTF8, _END_PAUSE = 0x1, 0x1000
_WORD = 1


class _Event(ctypes.Structure):
    _fields_ = (
        ('type', ctypes.c_int),
        ('unique_identifier', ctypes.c_uint),
        ('text_position', ctypes.c_int),
        ('length', ctypes.c_int),
        ('audio_position', ctypes.c_int),
        ('sample', ctypes.c_int),
        ('user_data', ctypes.c_void_p),
        ('id', ctypes.c_char * 8),
    )


class _Voice(ctypes.Structure):
    _fields_ = (
        ('name', ctypes.c_char_p),
        ('languages', ctypes.c_void_p),
        ('identifier', ctypes.c_char_p),
        ('gender', ctypes.c_ubyte),
        ('age', ctypes.c_ubyte),
        ('variant', ctypes.c_ubyte),
        ('xx1', ctypes.c_ubyte),
        ('score', ctypes.c_int),
        ('spare', ctypes.c_void_p),
    )


_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


def _languages(address: int) -> list[tuple[int, str]]:
    """Return priority and tag of each: a byte, then a string that ends with NUL, until a 0 byte."""
    found = []
    while priority := ctypes.c_ubyte.from_address(address).value:
        tag = ctypes.string_at(address + 1)
        found.append((priority, tag.decode()))
        address += len(tag) + 2
    return found


def _list_voices(library: Any) -> list[list[Any]]:
    library.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(_Voice))
    voices, rows, index = library.espeak_ListVoices(None), [], 0
    while voices[index]:
        voice = voices[index].contents
        if voice.languages:
            rows.append([voice.identifier.decode(), _languages(voice.languages)])
        index += 1
    return rows


def _speak(library: Any, asked: dict[str, Any]) -> tuple[bytes, list[tuple[str, float]]]:
    pieces: list[bytes] = []
    words: list[tuple[str, float]] = []
    text: str = asked['text']

    def on_sound(samples: Any, count: int, events: Any) -> int:
        if count > 0:
            pieces.append(ctypes.string_at(samples, 2 * count))
        index = 0
        while events[index].type:
            event = events[index]
            if event.type == _WORD:
                start = event.text_position - 1
                words.append((text[start : start + event.length], event.audio_position / 1000.0))
            index += 1
        return 0

    callback = _CALLBACK(on_sound)
    library.espeak_SetSynthCallback(callback)
    if library.espeak_SetVoiceByName(asked['voice'].encode()) != 0:
        sys.exit(f'no voice {asked["voice"]!r}')
    library.espeak_SetParameter(_RATE, asked['words_per_minute'], 0)
    library.espeak_SetParameter(_PITCH, asked['pitch'], 0)
    data = text.encode() + b'\0'
    flags = _CHARS_UTF8 | _END_PAUSE
    library.espeak_Synth.argtypes = (
        *(ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint, ctypes.c_int, ctypes.c_uint),
        *(ctypes.c_uint, ctypes.c_void_p, ctypes.c_void_p),
    )
    if library.espeak_Synth(data, len(data), 0, _POS_CHARACTER, 0, flags, None, None) != 0:
        sys.exit('the library refused the text')
    library.espeak_Synchronize()
    return b''.join(pieces), words


def main() -> None:
    """Answer one request."""
    library = ctypes.CDLL(sys.argv[1])
    rate = library.espeak_Initialize(_AUDIO_OUTPUT_SYNCHRONOUS, 0, sys.argv[2].encode(), 0)
    if rate <= 0:
        sys.exit(f'the library cannot read its data in {sys.argv[2]}')
    asked = json.loads(sys.stdin.buffer.read())
    if not asked:
        answer: dict[str, Any] = {'voices': _list_voices(library)}
        sound = b''
    else:
        sound, words = _speak(library, asked)
        answer = {'rate': rate, 'words': words}
    sys.stdout.buffer.write(json.dumps(answer).encode() + b'\n' + sound)


if __name__ == '__main__':
    main()
