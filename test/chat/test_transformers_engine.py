"""The transformers engine answers from a worker process, and its own imports nothing big."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import threading

import pytest

from bbia_sim_ros.chat.engine import AnswerCancelledError
from bbia_sim_ros.chat.engine import EngineError
from bbia_sim_ros.chat.engine import Sampling
from bbia_sim_ros.chat.messages import Message
from bbia_sim_ros.chat.messages import ToolCall
from bbia_sim_ros.chat.token_text import estimated_tokens
from bbia_sim_ros.chat.transformers_engine import TransformersEngine
from bbia_sim_ros.models.spec import ModelState
from support.answers import DEADLINE_S
from support.answers import HELLO
from support.answers import LOOK
from support.answers import answered
from support.hub_server import MODEL
from support.hub_server import REVISION
from support.tiny_chat_model import CONTEXT_TOKENS
from support.waiting import wait_until

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec('transformers') is None, reason='transformers is not installed'
)

LONG = Sampling(max_tokens=CONTEXT_TOKENS, seed=1)


@pytest.fixture(scope='module')
def engine(pool, tiny_model):
    made = TransformersEngine(pool, model=str(tiny_model), device='cpu', context_tokens=1024)
    yield made
    made.close()


def test_nothing_is_loaded_before_the_first_answer(engine, pool):
    assert engine.obstacle() == ''
    assert engine.context_tokens == 1024
    assert engine.count_tokens('Bonjour !') == estimated_tokens('Bonjour !')
    assert [snapshot.state for snapshot in pool.snapshots()] == [ModelState.UNLOADED]


def test_an_answer_streams(engine):
    answer, pieces = answered(engine)
    assert ''.join(pieces) == answer.text
    assert answer.tokens == 20
    assert answer.cut
    assert 0.0 < answer.first_token_s <= answer.total_s
    assert answer.prompt_tokens > 0


def test_a_whole_conversation_with_tools_is_taken(engine):
    call = ToolCall(id='call_1', name='look', arguments=None, raw='{"direction": le')
    messages = (
        Message(role='system', content='Tu es un robot.'),
        *HELLO,
        Message(role='assistant', content='', tool_calls=(call,)),
        Message(role='tool', content='no JSON: "{direction: le"', tool_call_id='call_1'),
    )
    answer, _ = answered(engine, messages, [LOOK])
    assert answer.tokens > 0
    assert answer.notices == ()
    assert answer.prompt_tokens > answered(engine)[0].prompt_tokens


def test_tokens_are_counted_by_the_model_once_it_is_loaded(engine, pool):
    answered(engine)
    wait_until(lambda: pool.snapshots()[0].state is ModelState.READY, 'the end of the answer')
    assert engine.count_tokens('Bonjour') == 1
    assert engine.count_tokens('\ud800') >= 1


def test_a_cancelled_answer_gives_no_more_text(engine):
    cancelled = threading.Event()
    pieces = []

    def stop(piece):
        pieces.append(piece)
        cancelled.set()

    with pytest.raises(AnswerCancelledError):
        answered(engine, sampling=LONG, on_text=stop, cancelled=cancelled)
    assert len(pieces) == 1
    assert answered(engine)[0].tokens == 20


def test_an_answer_that_takes_too_long_is_an_error(engine):
    with pytest.raises(EngineError):
        answered(engine, sampling=LONG, deadline_s=0.02)


def test_a_prompt_that_is_too_long_is_an_error_with_both_numbers(engine):
    message = Message(role='user', content='x' * 3000)
    with pytest.raises(EngineError, match=r'prompt has 3\d\d\d tokens, and the context 1024'):
        answered(engine, [message])


def test_what_on_text_raises_ends_the_answer(engine, pool):
    def fail(_):
        raise LookupError('full')

    with pytest.raises(LookupError):
        answered(engine, sampling=LONG, on_text=fail)
    wait_until(lambda: pool.snapshots()[0].state is ModelState.READY, 'the end of the answer')


def test_two_answers_at_once_both_arrive(engine):
    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append(answered(engine)[0])) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE_S)
    assert answers[0].text == answers[1].text


def test_closing_ends_an_answer_under_way(pool, tiny_model):
    engine = TransformersEngine(pool, model=str(tiny_model), device='cpu', model_name='another')
    errors = []

    def ask():
        try:
            answered(engine)
        except EngineError as error:
            errors.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    wait_until(
        lambda: any(snapshot.state is ModelState.LOADING for snapshot in pool.snapshots()),
        'the beginning of loading',
    )
    engine.close()
    engine.close()
    asking.join(DEADLINE_S)
    assert len(errors) == 1
    with pytest.raises(EngineError, match='closed'):
        answered(engine)


def test_a_model_that_cannot_be_loaded_is_an_error_that_says_why(pool, tmp_path):
    engine = TransformersEngine(pool, model=str(tmp_path), model_name='empty')
    assert 'no config.json' in engine.obstacle()
    with pytest.raises(EngineError, match='has no config'):
        answered(engine)
    engine.close()


def test_a_model_of_the_hub_may_be_downloaded(pool):
    engine = TransformersEngine(pool, model=MODEL, revision=REVISION, model_name='hub')
    assert engine.obstacle() == ''
    engine.close()
    engine = TransformersEngine(pool, model=MODEL, revision='main', model_name='hub')
    assert 'is not a commit' in engine.obstacle()
    engine.close()


def test_the_parent_imports_nothing_big():
    script = (
        'import sys\n'
        'import bbia_sim_ros.chat.transformers_engine\n'
        'import bbia_sim_ros.chat.openai_engine\n'
        "big = {'torch', 'transformers', 'tokenizers', 'huggingface_hub', 'aiohttp', 'httpx'}\n"
        'print(sorted(big & set(sys.modules)))\n'
    )
    process = subprocess.run(
        [sys.executable, '-c', script], check=True, stdout=subprocess.PIPE, timeout=DEADLINE_S
    )
    assert process.stdout == b'[]\n'
