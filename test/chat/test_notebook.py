"""Facts are bounded, found by their words, and never lost on disk."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbia_sim_ros.chat.notebook import MAX_FACT_CHARACTERS
from bbia_sim_ros.chat.notebook import MAX_RECALLED
from bbia_sim_ros.chat.notebook import Fact
from bbia_sim_ros.chat.notebook import Notebook
from bbia_sim_ros.chat.notebook import NotebookError


def test_the_oldest_fact_goes_and_is_counted() -> None:
    notebook = Notebook(max_facts=2)
    answers = [notebook.remember(text) for text in ('one', 'two', 'three')]
    assert answers == ['noted', 'noted', 'noted; 1 oldest note had to go']
    assert [fact.text for fact in notebook.facts] == ['two', 'three']
    assert notebook.dropped == 1


def test_a_fact_is_noted_once() -> None:
    notebook = Notebook()
    notebook.remember('one')
    assert notebook.remember(' one ') == 'this was noted before'
    assert len(notebook.facts) == 1


@pytest.mark.parametrize('text', ['', '  ', 'x' * (MAX_FACT_CHARACTERS + 1)])
def test_an_empty_or_too_long_fact_is_refused(text: str) -> None:
    notebook = Notebook()
    with pytest.raises(NotebookError, match='allowed is 1'):
        notebook.remember(text)
    assert notebook.facts == ()


def test_recall_finds_words_without_case_and_accents_best_first() -> None:
    notebook = Notebook()
    notebook.remember("L'anniversaire d'Élise est en été", 'Élise')
    notebook.remember('Elise likes tea')
    notebook.remember('Bob likes coffee')
    assert [fact.text for fact in notebook.recall('elise ANNIVERSAIRE')] == [
        "L'anniversaire d'Élise est en été",
        'Elise likes tea',
    ]
    assert [fact.text for fact in notebook.recall('likes')] == [
        'Bob likes coffee',
        'Elise likes tea',
    ]
    assert notebook.recall('moon') == ()


def test_recall_without_words_gives_the_newest() -> None:
    notebook = Notebook()
    for number in range(MAX_RECALLED + 5):
        notebook.remember(f'fact {number}')
    found = notebook.recall('?!')
    assert len(found) == MAX_RECALLED
    assert found[0] == Fact(text=f'fact {MAX_RECALLED + 4}')


def test_facts_are_there_again_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / 'new folder' / 'notes.json'
    first = Notebook(path)
    first.remember('tea, s\'il te plaît \ud800 "quoted"', 'drinks')
    again = Notebook(path)
    assert again.facts == first.facts
    assert again.problem == ''
    assert os.listdir(path.parent) == ['notes.json']


@pytest.mark.parametrize(
    'content',
    [
        b'{"version": 1, "facts": [{"text": "a", "to',
        b'\xff\xfe',
        b'[]',
        b'[' * 100_000,
        b'{"version": 2, "facts": []}',
        b'{"version": 1, "facts": [{"text": 5, "topic": ""}]}',
    ],
)
def test_a_broken_file_is_kept_aside_and_reported(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / 'notes.json'
    (tmp_path / 'notes.json.broken-1').write_text('an earlier one')
    path.write_bytes(content)
    notebook = Notebook(path)
    assert 'notes.json.broken-2' in notebook.problem
    assert notebook.remember('new') == 'noted'
    assert (tmp_path / 'notes.json.broken-2').read_bytes() == content
    assert (tmp_path / 'notes.json.broken-1').read_text() == 'an earlier one'
    assert Notebook(path).facts == (Fact(text='new'),)
    assert 'broken-2' in notebook.problem


def test_a_path_that_cannot_be_read_is_never_written(tmp_path: Path) -> None:
    path = tmp_path / 'notes.json'
    path.mkdir()
    notebook = Notebook(path)
    assert 'cannot be read' in notebook.problem
    with pytest.raises(NotebookError, match='cannot be read'):
        notebook.remember('x')
    assert notebook.facts == ()


def test_a_full_disk_is_an_error_and_the_old_file_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / 'notes.json'
    notebook = Notebook(path)
    notebook.remember('old')

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, 'fsync', full)
        with pytest.raises(NotebookError, match='No space left on device'):
            notebook.remember('new')
    assert 'free space' in notebook.problem
    assert [fact.text for fact in notebook.facts] == ['old']
    assert [row['text'] for row in json.loads(path.read_text())['facts']] == ['old']
    assert os.listdir(tmp_path) == ['notes.json']
    notebook.remember('new')
    assert notebook.problem == ''


@given(texts=st.lists(st.text(max_size=40), max_size=12), most=st.integers(1, 5))
def test_there_are_never_more_facts_than_allowed(texts: list[str], most: int) -> None:
    notebook = Notebook(max_facts=most)
    noted = []
    for text in texts:
        if text.strip():
            notebook.remember(text)
            noted.append(text.strip())
        assert len(notebook.facts) <= most
    if noted:
        assert noted[-1] in [fact.text for fact in notebook.facts]
