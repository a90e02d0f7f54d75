"""Reading the news of a feed that a person has chosen."""

from __future__ import annotations

import html
import io
import re
from dataclasses import dataclass
from typing import Any
from typing import Final

import feedparser
from pydantic import Field

from bbia_sim_ros.behaviors.behavior import Behavior
from bbia_sim_ros.behaviors.behavior import BehaviorParameters
from bbia_sim_ros.behaviors.behavior import WhenPreempted
from bbia_sim_ros.behaviors.errors import BehaviorError
from bbia_sim_ros.behaviors.robot import Part
from bbia_sim_ros.behaviors.robot import Robot
from bbia_sim_ros.behaviors.speaking import say
from bbia_sim_ros.behaviors.speaking import say_in
from bbia_sim_ros.behaviors.texts import Text
from bbia_sim_ros.chat.text import clean

MAX_FEED_B: Final = 500_000
# The parser of broken feeds takes the square of the tags that are open; so many take some 0.3 s.
MAX_TAGS: Final = 30_000
MAX_TITLE: Final = 200
MAX_SUMMARY: Final = 500
_BETWEEN_S: Final = 0.6
# As in RFC 5646: a language, perhaps with a script or a region.
_LANGUAGE: Final = re.compile(r'[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}')
_TAG: Final = re.compile(r'<[^<>]{0,2000}>')

_FROM: Final = Text(en='News from {source}.', fr='Les nouvelles de {source}.')
_NEWS: Final = Text(en='Here is the news.', fr='Voici les nouvelles.')
_NONE: Final = Text(en='There is no news.', fr="Il n'y a pas de nouvelles.")
_END: Final = Text(en='That was the news.', fr="C'étaient les nouvelles.")


class NewsReader(Behavior):
    """Reads the headlines of an RSS or Atom feed aloud; the address is yours to give."""

    name = 'news_reader'
    requires = frozenset({Part.SPEECH, Part.NETWORK})
    when_preempted = WhenPreempted.RESUME
    time_limit = 1800.0

    class Parameters(BehaviorParameters):
        """Which feed, and how much of it."""

        address: str = Field(
            min_length=1,
            max_length=2000,
            description='Address of an RSS or Atom feed (http, https).',
        )
        count: int = Field(5, ge=1, le=30, description='How many headlines at most.')
        summaries: bool = Field(False, description='Read the text below each headline too.')

    def __init__(self) -> None:
        """Know no news yet."""
        self._news: News | None = None
        self._read = 0

    async def run(self, robot: Robot, parameters: Parameters) -> str:
        """Fetch the feed once, and read what has not been read."""
        if self._news is None:
            robot.stage('fetching the feed')
            page = await robot.fetch(parameters.address, max_bytes=MAX_FEED_B)
            self._news = parse_feed(page)
            source = self._news.source
            await say(robot, _FROM if source else _NEWS, source=source)
        items = self._news.items[: parameters.count]
        while self._read < len(items):
            item = items[self._read]
            robot.stage(item.title, self._read / len(items))
            await say_in(robot, self._news.language, item.title)
            if parameters.summaries and item.summary:
                await say_in(robot, self._news.language, item.summary)
            self._read += 1
            await robot.wait(_BETWEEN_S)
        await say(robot, _END if items else _NONE)
        trouble = f' of a broken feed ({self._news.problem})' if self._news.problem else ''
        return f'read {len(items)} headlines{trouble}'


@dataclass(frozen=True, kw_only=True)
class Item:
    """One piece of news: plain texts, ``summary`` may be empty."""

    title: str
    summary: str


@dataclass(frozen=True, kw_only=True)
class News:
    """What a feed tells: its name and language code or '', and its news.

    ``problem`` says what is wrong with it.
    """

    source: str
    items: tuple[Item, ...]
    language: str = ''
    problem: str = ''


def parse_feed(page: bytes) -> News:
    """Return what is in an RSS or Atom feed; raises `BehaviorError` when it is none."""
    tags = page.count(b'<')
    if tags > MAX_TAGS:
        raise BehaviorError(f'the feed has {tags} tags; at most {MAX_TAGS} are read: take another')
    # They may grow beyond all bounds, and no feed needs them. UTF-16 and -32 are full of zeros.
    if b'<!ENTITY' in page.replace(b'\0', b''):
        raise BehaviorError('the feed declares entities of its own; it is not read: take another')
    feed = feedparser.parse(io.BytesIO(page))
    problem = ' '.join(str(feed.get('bozo_exception', '')).split())[:MAX_TITLE]
    if not feed.get('version') and not feed.entries:
        why = f' ({problem})' if problem else ''
        raise BehaviorError(f'what the address gives is no RSS or Atom feed{why}; check it')
    items = (
        Item(title=_plain(entry, 'title', MAX_TITLE), summary=_plain(entry, 'summary', MAX_SUMMARY))
        for entry in feed.entries
    )
    return News(
        source=_plain(feed.feed, 'title', MAX_TITLE),
        items=tuple(item for item in items if item.title),
        language=_language(feed.feed.get('language')),
        problem=problem,
    )


def _language(told: object) -> str:
    return told if isinstance(told, str) and _LANGUAGE.fullmatch(told) else ''


def _plain(entry: Any, key: str, longest: int) -> str:
    """Return a text without tags, at most so long."""
    value = entry.get(key, '')
    bounded = value[: 20 * longest] if isinstance(value, str) else ''
    text = ' '.join(clean(html.unescape(_TAG.sub(' ', bounded)))[0].split())
    return (
        text if len(text) <= longest else f'{text[:longest].rpartition(" ")[0] or text[:longest]}…'
    )
