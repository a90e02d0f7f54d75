"""The news reader: RSS and Atom, tags and lengths, broken and hostile feeds."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from bbia_sim_ros.behaviors.errors import BehaviorError
from bbia_sim_ros.behaviors.errors import MissingPart
from bbia_sim_ros.behaviors.library.news_reader import MAX_FEED_B
from bbia_sim_ros.behaviors.library.news_reader import NewsReader
from bbia_sim_ros.behaviors.library.news_reader import parse_feed
from bbia_sim_ros.behaviors.robot import Part
from support.courses import cancel_at_every_step
from support.courses import play
from support.courses import refuse_at_every_step
from support.courses import run_course
from support.fake_robot import FakeRobot

ADDRESS = 'https://news.example/feed'
RSS = b"""<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0"><channel><title>The Pond Herald</title><link>https://news.example</link>
<item><title>Frogs &amp; toads agree</title>
  <description><![CDATA[<p>They share <b>one</b> lily pad.</p><script>alert(1)</script>]]>
  </description></item>
<item><title>&lt;b&gt;Heron&lt;/b&gt; seen</title><description>Keep low.</description></item>
<item><title></title><description>Nothing to head this.</description></item>
<item><title>Rain at noon</title></item>
</channel></rss>"""
ATOM = """<?xml version="1.0" encoding="iso-8859-1"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>La Mare</title><id>urn:a</id>
<updated>2026-01-01T00:00:00Z</updated>
<entry><id>urn:1</id><title type="html">L'&#233;t&#233; arrive</title>
  <updated>2026-01-01T00:00:00Z</updated><summary>Enfin du soleil à l'étang.</summary></entry>
<entry><id>urn:2</id><title>Les canards sont rentrés</title>
  <updated>2026-01-01T00:00:00Z</updated></entry>
</feed>""".encode('iso-8859-1')


FRENCH = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0"><channel><title>La Mare</title><language>LANGUAGE</language>
<item><title>Les canards sont rentrés</title></item><item><title>Il pleut</title></item>
</channel></rss>""".encode()


def fetching(tmp_path: Path, page: bytes, language: str = 'en') -> FakeRobot:
    return FakeRobot(tmp_path, pages={ADDRESS: page}, language=language)


def test_the_headlines_of_an_rss_feed_are_read(tmp_path: Path) -> None:
    robot = fetching(tmp_path, RSS)
    course = run_course(NewsReader(), {'address': ADDRESS}, robot)
    assert robot.said == [
        'News from The Pond Herald.',
        'Frogs & toads agree',
        'Heron seen',
        'Rain at noon',
        'That was the news.',
    ]
    assert course.sentence == 'read 3 headlines'
    assert [order.arguments for order in robot.orders_of('fetch')] == [
        {'address': ADDRESS, 'max_bytes': MAX_FEED_B}
    ]


def test_summaries_are_read_without_tags_and_scripts(tmp_path: Path) -> None:
    robot = fetching(tmp_path, RSS)
    run_course(NewsReader(), {'address': ADDRESS, 'summaries': True, 'count': 2}, robot)
    assert robot.said[1:-1] == [
        'Frogs & toads agree',
        'They share one lily pad.',
        'Heron seen',
        'Keep low.',
    ]


def test_an_atom_feed_is_read_in_its_encoding(tmp_path: Path) -> None:
    robot = fetching(tmp_path, ATOM, 'fr')
    run_course(NewsReader(), {'address': ADDRESS, 'summaries': True}, robot)
    assert robot.said == [
        'Les nouvelles de La Mare.',
        "L'été arrive",
        "Enfin du soleil à l'étang.",
        'Les canards sont rentrés',
        "C'étaient les nouvelles.",
    ]


@pytest.mark.parametrize(
    ('told', 'language'),
    [('fr', 'fr'), ('fr-CA', 'fr-CA'), ('', 'en'), ('in the language of ducks', 'en')],
)
def test_the_headlines_are_read_in_the_language_of_the_feed(
    tmp_path: Path, told: str, language: str
) -> None:
    robot = fetching(tmp_path, FRENCH.replace(b'LANGUAGE', told.encode()))
    run_course(NewsReader(), {'address': ADDRESS}, robot)
    languages = [order.arguments['language'] for order in robot.orders_of('say')]
    assert languages == ['en', language, language, 'en']


def test_the_language_of_an_atom_feed_is_known() -> None:
    assert parse_feed(ATOM.replace(b'<feed ', b'<feed xml:lang="fr" ')).language == 'fr'


def test_headlines_whose_language_nobody_speaks_are_read_all_the_same(tmp_path: Path) -> None:
    page = FRENCH.replace(b'LANGUAGE', b'fr')
    robot = FakeRobot(tmp_path, pages={ADDRESS: page}, speaks={'en'})
    run_course(NewsReader(), {'address': ADDRESS}, robot)
    heard = [order for order in robot.orders_of('say') if order.outcome == 'done']
    assert [order.arguments['language'] for order in heard] == ['en'] * 4


def test_no_more_is_read_than_was_asked_for(tmp_path: Path) -> None:
    robot = fetching(tmp_path, RSS)
    assert run_course(NewsReader(), {'address': ADDRESS, 'count': 1}, robot).sentence == (
        'read 1 headlines'
    )
    assert len(robot.said) == 3


def test_of_a_feed_that_breaks_off_the_beginning_is_read(tmp_path: Path) -> None:
    robot = fetching(tmp_path, RSS[: RSS.index(b'Rain') - 8])
    course = run_course(NewsReader(), {'address': ADDRESS}, robot)
    assert 'Frogs & toads agree' in robot.said
    assert 'of a broken feed (' in course.sentence


@pytest.mark.parametrize(
    'page',
    [b'', b'hello', b'\x00\xff\xfe' * 100, b'<html><body>Welcome</body></html>', b'{"news": 1}'],
)
def test_what_is_no_feed_is_refused(tmp_path: Path, page: bytes) -> None:
    with pytest.raises(BehaviorError, match='no RSS or Atom feed'):
        run_course(NewsReader(), {'address': ADDRESS}, fetching(tmp_path, page))


def test_a_feed_without_news_says_so(tmp_path: Path) -> None:
    page = b'<rss version="2.0"><channel><title>Quiet</title></channel></rss>'
    robot = fetching(tmp_path, page)
    assert run_course(NewsReader(), {'address': ADDRESS}, robot).sentence == 'read 0 headlines'
    assert robot.said[-1] == 'There is no news.'


@pytest.mark.parametrize('tag', [b'<a>', b'<', b'<!', b'<![CDATA['])
def test_a_feed_of_endless_tags_is_refused(tag: bytes) -> None:
    with pytest.raises(BehaviorError, match='tags; at most'):
        parse_feed(b'<rss version="2.0"><channel>' + tag * (MAX_FEED_B // len(tag)))


@pytest.mark.parametrize('entity', ['"&e;&e;"', 'SYSTEM "file:///etc/hostname"'])
@pytest.mark.parametrize('encoding', ['utf-8', 'utf-16', 'utf-16-le', 'utf-16-be', 'utf-32'])
def test_a_feed_with_entities_of_its_own_is_refused(entity: str, encoding: str) -> None:
    page = (
        f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE r [<!ENTITY e {entity}>]>'
        '<rss version="2.0"><channel><item><title>a &e; b</title></item></channel></rss>'
    )
    with pytest.raises(BehaviorError, match='entities'):
        parse_feed(page.encode(encoding))


def test_a_feed_that_is_a_path_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / 'feed.xml').write_bytes(RSS)
    with pytest.raises(BehaviorError, match='no RSS or Atom feed'):
        parse_feed(str(tmp_path / 'feed.xml').encode())


def test_endless_headlines_are_cut_at_a_word() -> None:
    page = RSS.replace(b'Rain at noon', b'rain ' * 5000)
    title = parse_feed(page).items[-1].title
    assert len(title) <= 201
    assert title.endswith('rain…')


def test_a_refusal_of_the_network_is_reported(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, parts=set(Part) - {Part.NETWORK})
    with pytest.raises(MissingPart, match='network'):
        run_course(NewsReader(), {'address': ADDRESS}, robot)
    assert robot.said == []


def test_it_goes_on_with_the_headline_that_was_cut(tmp_path: Path) -> None:
    reader, first, then = NewsReader(), fetching(tmp_path, RSS), fetching(tmp_path, RSS)
    given = {'address': ADDRESS}
    assert play(reader, given, first, cancel_at=3.0).cancelled
    run_course(reader, given, then)
    assert then.orders_of('fetch') == []
    assert then.said == ['Frogs & toads agree', 'Heron seen', 'Rain at noon', 'That was the news.']


def test_it_can_be_cancelled_at_every_step(tmp_path: Path) -> None:
    given = {'address': ADDRESS, 'summaries': True}
    cancel_at_every_step(NewsReader, given, partial(fetching, tmp_path, RSS))


def test_it_survives_or_reports_every_refusal(tmp_path: Path) -> None:
    given = {'address': ADDRESS, 'summaries': True}
    refuse_at_every_step(NewsReader, given, partial(fetching, tmp_path, RSS))
