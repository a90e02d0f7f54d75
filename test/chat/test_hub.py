"""Models come from folders or, at a pinned revision, from the hub; a hub on this computer."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bbia_sim_ros.models import hub
from support.hub_server import MODEL
from support.hub_server import REVISION
from support.hub_server import HubServer

DEADLINE_S = 60.0
# The hub's client takes up a broken download after whole blocks of 10 MiB.
WEIGHTS_B = 24_000_000
BREAK_B = 12_000_000
ONE_HOUR_AND_MORE_S = 4000.0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that has all that a model consists of, as far as its files' names tell."""
    made = tmp_path / 'model'
    made.mkdir()
    for name in ('config.json', 'tokenizer.json', 'model.safetensors'):
        (made / name).write_text('{}', encoding='utf-8')
    return made


@pytest.fixture
def hub_server(folder: Path) -> Iterator[HubServer]:
    pytest.importorskip('huggingface_hub', reason='huggingface_hub is not installed')
    (folder / 'model.safetensors').write_bytes(os.urandom(WEIGHTS_B))
    (folder / 'code.py').write_text('raise SystemExit', encoding='utf-8')
    (folder / 'pytorch_model.bin').write_bytes(b'pickle')
    with HubServer(folder) as server:
        yield server


def fetched(server, home, model=MODEL, revision=REVISION, **environment):
    """Return what came of fetching a model in a process of its own."""
    tests = str(Path(__file__).resolve().parents[1])
    root = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(filter(None, [tests, root, os.environ.get('PYTHONPATH')]))
    process = subprocess.run(
        [sys.executable, '-m', 'support.hub_fetch', model, revision],
        env={
            **os.environ,
            'PYTHONPATH': path,
            'HF_HOME': str(home),
            'HF_ENDPOINT': server.endpoint,
            **environment,
        },
        check=True,
        stdout=subprocess.PIPE,
        timeout=DEADLINE_S,
    )
    return json.loads(process.stdout)


def test_a_download_brings_data_only_and_tells_its_progress(hub_server, tmp_path):
    outcome = fetched(hub_server, tmp_path / 'home')
    names = {path.name for path in Path(outcome['folder']).iterdir()}
    assert names == {'config.json', 'tokenizer.json', 'model.safetensors'}
    assert outcome['stages'][-1] == [1.0, f'downloading {MODEL}: 24 of 24 MB']


def test_what_is_here_needs_no_hub(hub_server, tmp_path):
    fetched(hub_server, tmp_path / 'home')
    hub_server.requests.clear()
    for environment in ({}, {'HF_HUB_OFFLINE': '1'}):
        assert 'folder' in fetched(hub_server, tmp_path / 'home', **environment)
    assert hub_server.requests == []


def test_offline_the_hub_is_not_asked(hub_server, tmp_path):
    error = fetched(hub_server, tmp_path / 'home', HF_HUB_OFFLINE='1')['error']
    assert MODEL in error
    assert 'HF_HUB_OFFLINE is set' in error
    assert hub_server.requests == []


def test_a_broken_connection_is_taken_up_where_it_broke(hub_server, tmp_path):
    hub_server.break_after_b, hub_server.breaks_left = BREAK_B, 1
    outcome = fetched(hub_server, tmp_path / 'home')
    served = (Path(outcome['folder']) / 'model.safetensors').stat().st_size
    assert served == WEIGHTS_B
    assert f'bytes={10 * 2**20}-' in {asked for _, _, asked in hub_server.requests}


def test_a_download_that_fails_is_reported_and_can_be_tried_again(hub_server, tmp_path):
    hub_server.break_after_b, hub_server.breaks_left = 1000, 100
    error = fetched(hub_server, tmp_path / 'home')['error']
    assert 'could not be fetched' in error
    assert 'try again' in error
    hub_server.breaks_left = 0
    assert 'folder' in fetched(hub_server, tmp_path / 'home')


def test_the_remains_of_a_killed_download_are_removed(hub_server, tmp_path):
    blobs = tmp_path / 'home/hub' / f'models--{MODEL.replace("/", "--")}' / 'blobs'
    blobs.mkdir(parents=True)
    old, new = blobs / 'a.1.incomplete', blobs / 'b.2.incomplete'
    for path in (old, new):
        path.write_bytes(b'beginning')
    then = old.stat().st_mtime - ONE_HOUR_AND_MORE_S
    os.utime(old, (then, then))
    fetched(hub_server, tmp_path / 'home')
    assert not old.exists()
    assert new.exists()


def test_a_model_that_the_hub_does_not_have_is_reported(hub_server, tmp_path):
    error = fetched(hub_server, tmp_path / 'home', model='someone/else')['error']
    assert f'{hub_server.endpoint} has no someone/else at {REVISION}' in error


def test_a_hub_that_cannot_be_reached_is_reported(hub_server, tmp_path):
    error = fetched(hub_server, tmp_path / 'home', HF_ENDPOINT='http://127.0.0.1:1')['error']
    assert 'could not be fetched from http://127.0.0.1:1' in error


def test_a_whole_folder_has_no_obstacle(folder):
    assert hub.obstacle(str(folder), '') == ''
    assert hub.local_folder(str(folder), '') == folder


@pytest.mark.parametrize(
    ('name', 'complaint'),
    [
        ('config.json', 'no config.json'),
        ('model.safetensors', 'lacks the weights model.safetensors'),
        ('tokenizer.json', 'no tokenizer'),
    ],
)
def test_a_folder_that_lacks_something_is_an_obstacle(folder, name, complaint):
    (folder / name).unlink()
    assert complaint in hub.obstacle(str(folder), '')
    assert hub.local_folder(str(folder), '') is None


def test_pickled_weights_are_refused(folder):
    (folder / 'model.safetensors').rename(folder / 'pytorch_model.bin')
    assert 'only weights in safetensors files are loaded' in hub.obstacle(str(folder), '')


@pytest.mark.parametrize(
    ('index', 'complaint'),
    [
        ({'weight_map': {'a': 'model-1.safetensors'}}, 'lacks the weights model-1.safetensors'),
        ({'weight_map': {'a': '../model.safetensors'}}, 'files outside its folder'),
        ({'weight_map': {'a': 3}}, 'files outside its folder'),
        ({'weight_map': [1]}, 'is damaged'),
        ([], 'is damaged'),
    ],
    ids=['part missing', 'outside', 'number', 'list', 'no map'],
)
def test_an_index_that_is_wrong_is_an_obstacle(folder, index, complaint):
    path = folder / 'model.safetensors.index.json'
    path.write_text(json.dumps(index), encoding='utf-8')
    assert complaint in hub.obstacle(str(folder), '')


def test_a_path_that_is_no_folder_is_an_obstacle(tmp_path):
    assert 'is not a folder' in hub.obstacle(str(tmp_path / 'nothing'), '')


@pytest.mark.parametrize('name', ['tiny', 'a/b/c', 'some one/tiny', '', 'https://hub/model'])
def test_a_name_that_no_hub_can_have_is_an_obstacle(name):
    assert 'neither a folder nor a name on the hub' in hub.obstacle(name, REVISION)


@pytest.mark.parametrize('revision', ['', 'main', REVISION[:12], REVISION.upper()])
def test_a_revision_that_is_not_pinned_is_an_obstacle(revision):
    assert 'is not a commit' in hub.obstacle(MODEL, revision)


def test_a_folder_without_a_chat_template_is_told(folder):
    assert 'no chat template' in hub.chat_template_problem(folder)
    (folder / 'chat_template.jinja').write_text('{{ messages }}', encoding='utf-8')
    assert hub.chat_template_problem(folder) == ''
