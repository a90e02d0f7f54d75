"""Image-text models in the real format, of random weights, in a worker process.

What they say is nonsense; that it is what transformers says of the same picture is what counts.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bbia_sim_ros.models.errors import DeadlineError
from bbia_sim_ros.models.errors import RequestError
from bbia_sim_ros.models.limits import PoolLimits
from bbia_sim_ros.models.pool import ModelPool
from bbia_sim_ros.models.spec import ModelSpec
from support import tiny_caption_model
from support.optional import TRANSFORMERS
from support.optional import need

DEADLINE_S = 100.0
GREY = np.full((40, 60, 3), 128, np.uint8)
NOISE = np.random.default_rng(8).integers(0, 256, (40, 60, 3), dtype=np.uint8)
HUGE_B = 2 * 10**12
Ask = Callable[..., Any]


@pytest.fixture(scope='module')
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    need(*TRANSFORMERS)
    return tiny_caption_model.build(tmp_path_factory.mktemp('tiny_caption_models'))


@pytest.fixture(scope='module')
def pool(folders: dict[str, Path]) -> Iterator[ModelPool]:
    made = ModelPool(owner='vision', limits=PoolLimits())
    for kind, folder in folders.items():
        made.add(
            ModelSpec(
                name=kind,
                engine='transformers',
                factory='support.caption_probe:CaptionProbe',
                options={'model': str(folder), 'device': 'cpu', 'threads': 1},
            )
        )
    yield made
    made.close()


@pytest.fixture(scope='module')
def describer(pool: ModelPool) -> Ask:
    """Ask a method of the model that describes."""
    return asking(pool, 'blip')


@pytest.fixture(scope='module')
def answerer(pool: ModelPool) -> Ask:
    """Ask a method of the model that answers."""
    return asking(pool, 'idefics')


def asking(pool: ModelPool, name: str) -> Ask:
    def ask(method: str, deadline_s: float = DEADLINE_S, **arguments: Any) -> Any:
        request = pool.request(name, method, arguments, deadline_s=deadline_s)
        return request.result(DEADLINE_S)

    return ask


def test_a_description_is_what_transformers_says_itself(describer: Ask) -> None:
    said = describer('caption', image=NOISE, max_tokens=12)
    assert said
    assert said == describer('described', image=NOISE, tokens=12)


@pytest.mark.parametrize('kind', tiny_caption_model.KINDS)
def test_what_is_said_depends_on_the_picture_and_on_nothing_else(
    pool: ModelPool, kind: str
) -> None:
    ask = asking(pool, kind)
    first = ask('caption', image=GREY, max_tokens=20)
    assert ask('caption', image=NOISE, max_tokens=20) != first
    assert ask('caption', image=GREY, max_tokens=20) == first


def test_a_model_with_a_chat_template_is_asked_the_question(answerer: Ask) -> None:
    prompt = answerer('prompt', image=GREY, question='Is the robot left?')
    assert prompt.startswith('user:')
    assert prompt.count('<image>') == 4
    assert prompt.endswith('Is the robot left?assistant:\n')
    assert 'What is in this picture?' in answerer('prompt', image=GREY, question='')


def test_the_answer_has_none_of_the_question_in_it(answerer: Ask) -> None:
    said = answerer('caption', image=NOISE, question='Is the robot left?', max_tokens=8)
    assert 'user:' not in said
    assert 'Is the robot left' not in said


def test_a_model_without_a_template_goes_on_with_the_text(describer: Ask) -> None:
    prompt = describer('prompt', image=GREY, question='a robot')
    assert prompt == 'a robot'
    assert isinstance(describer('caption', image=GREY, question='a robot', max_tokens=4), str)


@pytest.mark.parametrize('shape', [(1, 1), (1, 500), (2160, 3840)])
def test_pictures_of_any_size_are_described(describer: Ask, shape: tuple[int, int]) -> None:
    picture = np.full((*shape, 3), 90, np.uint8)
    assert isinstance(describer('caption', image=picture, max_tokens=2), str)


@pytest.mark.parametrize(
    ('arguments', 'reason'),
    [
        ({'image': np.zeros((4, 4), np.uint8)}, 'array \\(height, width, 3\\)'),
        ({'image': np.zeros((0, 4, 3), np.uint8)}, 'empty'),
        ({'question': 'x' * 2001}, 'has 2001 characters, and may have 2000'),
        ({'max_tokens': 0}, 'max_tokens is 0'),
        ({'max_tokens': 10**9}, 'may be 1..1024'),
    ],
)
def test_what_cannot_be_asked_is_refused_and_the_model_stays(
    describer: Ask, arguments: dict[str, Any], reason: str
) -> None:
    with pytest.raises(RequestError, match=reason):
        describer('caption', **({'image': GREY} | arguments))
    assert describer('threads') == 1


def test_a_question_that_takes_itself_for_a_picture_is_refused(answerer: Ask) -> None:
    with pytest.raises(RequestError, match='cannot take the picture and the question'):
        answerer('caption', image=GREY, question='what is <image>?')


def test_an_answer_ends_at_its_deadline(answerer: Ask) -> None:
    with pytest.raises(DeadlineError):
        answerer('caption', deadline_s=0.2, image=GREY, max_tokens=1024)
    assert answerer('threads') == 1


@pytest.fixture
def copy(folders: dict[str, Path], tmp_path: Path) -> Path:
    """A copy of a model that may be spoilt."""
    return Path(shutil.copytree(folders['blip'], tmp_path / 'copy'))


def load_error(ask: Ask, folder: Path, **options: Any) -> str:
    return str(ask('load_error', options={'model': str(folder), **options}))


def test_damaged_weights_are_named(describer: Ask, copy: Path) -> None:
    weights = copy / 'model.safetensors'
    weights.write_bytes(weights.read_bytes()[:-1000])
    assert f'ModelLoadError: {weights} is damaged' in load_error(describer, copy)


def test_weights_larger_than_the_memory_are_refused(describer: Ask, copy: Path) -> None:
    with (copy / 'model.safetensors').open('r+b') as weights:
        weights.truncate(HUGE_B)  # a hole takes no room on the disk
    error = load_error(describer, copy)
    assert error.startswith('MemoryError: copy needs 2000.0 GB')
    assert 'smaller caption_model' in error


def test_a_missing_processor_is_named(describer: Ask, copy: Path) -> None:
    (copy / 'processor_config.json').unlink()
    assert f'ModelLoadError: the processor of {copy} cannot be read' in load_error(describer, copy)


def test_a_model_that_reads_only_text_is_refused(describer: Ask, copy: Path) -> None:
    (copy / 'processor_config.json').unlink()
    (copy / 'config.json').write_text('{"model_type": "llama"}', encoding='utf-8')
    tokenizer = json.loads((copy / 'tokenizer_config.json').read_bytes())
    del tokenizer['processor_class']
    (copy / 'tokenizer_config.json').write_text(json.dumps(tokenizer), encoding='utf-8')
    assert f'ModelLoadError: {copy} is not for pictures' in load_error(describer, copy)


def test_code_that_comes_with_a_model_is_not_run(describer: Ask, copy: Path) -> None:
    ran = copy / 'ran'
    (copy / 'evil.py').write_text(f'open({str(ran)!r}, "w")', encoding='utf-8')
    (copy / 'config.json').write_text(
        '{"model_type": "unheard_of", "auto_map": {"AutoModelForImageTextToText": "evil.Model"}}',
        encoding='utf-8',
    )
    assert load_error(describer, copy).startswith('ModelLoadError')
    assert not ran.exists()


def test_a_model_of_the_hub_needs_a_commit(describer: Ask) -> None:
    assert 'is not a commit' in load_error(describer, Path('organisation/model'))


def test_a_device_that_is_none_is_refused(describer: Ask, folders: dict[str, Path]) -> None:
    assert 'may be auto, cpu, cuda' in load_error(describer, folders['blip'], device='tpu')
    assert 'may be auto, float32' in load_error(describer, folders['blip'], dtype='int3')


def test_the_weights_can_be_converted(describer: Ask, folders: dict[str, Path]) -> None:
    assert load_error(describer, folders['idefics'], dtype='bfloat16', device='cpu') == ''
