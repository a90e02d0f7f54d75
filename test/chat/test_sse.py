"""Events are read from a stream, however it is cut."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bbia_sim_ros.chat.sse import SseReader


@given(st.binary(), st.data())
def test_the_cuts_of_a_stream_change_no_event(content, data):
    stream = content + b'\n\ndata: one\r\ndata: two\r\n\r\n: comment\rdata:three\r\r'
    cuts = sorted(data.draw(st.sets(st.integers(0, len(stream)))))
    pieces = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert _events(pieces) == _events([stream])


def _events(pieces):
    reader = SseReader(1000)
    try:
        return [data for piece in pieces for data in reader.feed(piece)]
    except ValueError:
        return None


def test_events_of_several_lines_are_joined():
    assert SseReader(100).feed(b'data: a\ndata: b\n\ndata:c\r\n\r\ndata: d') == ['a\nb', 'c']
