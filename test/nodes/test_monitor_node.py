"""The monitor and the models of several nodes: forwarding, the budget, owners that vanish."""

from __future__ import annotations

import math
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bbia_msgs.msg import ModelStatus
from bbia_msgs.srv import LoadModel
from bbia_msgs.srv import UnloadModel
from bbia_sim_ros.nodes import qos
from support.model_owner_node import toy_owner
from support.models import OK
from support.models import WARN
from support.models import Models
from support.ros import Probe
from support.ros import StackProcess
from support.waiting import wait_until

LARGE_B = 60_000_000
LARGE = {'allocate_b': LARGE_B}


@contextmanager
def monitor(**parameters: object) -> Iterator[StackProcess]:
    pairs = [('-p', f'{name}:={value}') for name, value in parameters.items()]
    arguments = tuple(text for pair in pairs for text in pair)
    with StackProcess('monitor_node', ros_arguments=arguments) as process:
        yield process


@pytest.fixture
def models(ros_probe: Probe) -> Models:
    return Models(ros_probe)


@pytest.fixture
def ask(ros_probe: Probe) -> Any:
    """Return a function that asks the monitor to load or unload `owner/name`."""

    def asked(verb: str, key: str, **fields: bool) -> Any:
        service_type = LoadModel if verb == 'load' else UnloadModel
        request = service_type.Request(name=key, **fields)
        return ros_probe.call(service_type, f'models/{verb}', request)

    return asked


@pytest.fixture
def two_owners(models: Models, tmp_path: Path) -> Iterator[None]:
    """Two nodes that each have a large model `base`; the first one's `dear` is pinned."""
    dear = {'name': 'dear', 'pinned': True, 'options': LARGE}
    base = {'name': 'base', 'options': LARGE}
    with ExitStack() as cleanup:
        for name, own in (('chat', (base, dear)), ('hearing', (base,))):
            cleanup.enter_context(toy_owner(*own, name=name, folder=tmp_path))
        models.wait('chat/dear', state='unloaded')
        models.wait('hearing/base', state='unloaded')
        yield


def load(models: Models, *keys: str) -> None:
    """Load large models one after the other, at their owners, and wait until all is told."""
    for key in keys:
        answer = models.load(key)
        assert answer.success, answer.message
        models.wait_memory(key, LARGE_B / 1e6)


def wait_owners(models: Models, text: str) -> None:
    """Wait until the monitor knows so many models."""
    models.wait_diagnosis('monitor', OK, text)


def test_a_request_goes_to_the_owner_that_it_names(
    models: Models, ask: Any, two_owners: None
) -> None:
    with monitor():
        wait_owners(models, '0 of 3 loaded')
        answer = ask('load', 'hearing/base')
        assert answer.success, answer.message
        models.wait('hearing/base', state='ready', loads=1)
        wait_owners(models, '1 of 3 loaded')
        assert models.status('chat/base').loads == 0
        assert ask('unload', 'hearing/base').success
        models.wait('hearing/base', state='unloaded', evictions=0)


def test_the_owners_refusal_is_passed_on(
    models: Models, ask: Any, two_owners: None, tmp_path: Path
) -> None:
    with monitor():
        wait_owners(models, '0 of 3 loaded')
        unknown = ask('load', 'chat/large')
        assert not unknown.success
        assert "no model 'large'" in unknown.message
        models.work('chat/base')
        assert not ask('unload', 'chat/base').success
        when_idle = UnloadModel.Request(name='chat/base', when_idle=True)
        pending = models.begin(UnloadModel, 'models/unload', when_idle)
        (tmp_path / 'base').touch()
        wait_until(pending.done, 'the answer')
        assert pending.result().success
        load(models, 'chat/dear')
        pinned = ask('unload', 'chat/dear', eviction=True)
        assert not pinned.success
        assert 'pinned' in pinned.message


@pytest.mark.parametrize(
    ('key', 'reason'),
    [
        ('', "'' is not owner/model, such as chat/base"),
        ('base', "'base' is not owner/model"),
        ('/base', "'/base' is not owner/model"),
        ('chat/', "'chat/' is not owner/model"),
        ('vision/base', "no node 'vision' has models; those that do: chat, hearing"),
        ('bad name!/base', "no node 'bad name!' has models"),
    ],
)
def test_a_name_that_leads_nowhere_is_refused_with_those_that_do(
    models: Models, ask: Any, two_owners: None, key: str, reason: str
) -> None:
    with monitor():
        wait_owners(models, '0 of 3 loaded')
        for verb in ('load', 'unload'):
            answer = ask(verb, key)
            assert not answer.success
            assert reason in answer.message


def test_an_owner_that_ended_is_forgotten_and_may_come_back(models: Models, ask: Any) -> None:
    with monitor():
        for _ in range(2):
            with toy_owner({'name': 'base'}, name='chat') as owner:
                wait_owners(models, '0 of 1 loaded')
                assert ask('load', 'chat/base').success
                assert owner.stop() == 0
            wait_owners(models, '0 of 0 loaded')
            gone = ask('load', 'chat/base')
            assert not gone.success
            assert 'those that do: none at present' in gone.message


def test_an_owner_that_is_silent_does_not_hold_up_who_asks(models: Models, ask: Any) -> None:
    with monitor(owner_timeout=1.0), toy_owner({'name': 'base'}, name='chat') as owner:
        wait_owners(models, '0 of 1 loaded')
        owner.process.send_signal(signal.SIGSTOP)
        answer = ask('load', 'chat/base')
        assert not answer.success
        assert 'the node chat has said nothing for' in answer.message
        owner.process.send_signal(signal.SIGCONT)
        models.wait('chat/base', state='ready')


def test_who_asks_an_owner_that_is_killed_is_told_although_another_takes_its_name(
    models: Models, tmp_path: Path
) -> None:
    slow = {'name': 'base', 'options': {'wait_for': str(tmp_path / 'never')}}
    with monitor():
        with toy_owner(slow, name='chat') as owner:
            wait_owners(models, '0 of 1 loaded')
            request = LoadModel.Request(name='chat/base')
            pending = models.begin(LoadModel, 'models/load', request)
            models.wait('chat/base', state='loading')
            owner.stop(signal.SIGKILL)
        with toy_owner({'name': 'base'}, name='chat'):
            models.wait('chat/base', state='unloaded')
            # The other's silence is noticed when its lease ends, after 20 s.
            wait_until(pending.done, 'the answer')
            assert pending.result().message == 'the node chat has ended'


def test_over_the_budget_the_least_recently_used_model_of_any_node_goes(
    models: Models, two_owners: None
) -> None:
    # Loaded before the monitor comes, which hears of both at once.
    load(models, 'hearing/base', 'chat/base')
    with monitor():
        wait_owners(models, '2 of 3 loaded')
        assert models.set('monitor', 'memory_budget_mb', LARGE_B * 2.1 / 1e6).successful
        models.wait('hearing/base', state='unloaded', evictions=1)
        assert models.wait('chat/base', state='ready').evictions == 0
        load(models, 'hearing/base')
        models.wait('chat/base', state='unloaded', evictions=1)
        models.wait_diagnosis('monitor', OK, '1 of 3 loaded')


def test_a_budget_that_cannot_be_kept_is_said_with_the_reason(
    models: Models, two_owners: None, tmp_path: Path
) -> None:
    with monitor(memory_budget_mb=1.0):
        assert models.load('chat/dear').success
        models.work('hearing/base')
        for reason in ('chat/dear is pinned', 'hearing/base is busy'):
            models.wait_diagnosis('monitor', WARN, reason)
        (tmp_path / 'base').touch()
        models.wait('hearing/base', state='unloaded', evictions=1)
        models.wait('chat/dear', state='ready')
        assert models.set('monitor', 'memory_budget_mb', 0.0).successful
        models.wait_diagnosis('monitor', OK, '1 of 3 loaded')


@pytest.mark.parametrize(
    'fields',
    [
        {'name': ''},
        {'owner': ''},
        {'owner': 'no node!'},
        {'state': 'asleep'},
        {'memory_mb': math.nan},
        {'memory_mb': -1.0},
        {'idle': math.inf},
    ],
)
def test_a_report_that_cannot_be_is_left_out_and_said(
    models: Models, ros_probe: Probe, fields: dict[str, Any]
) -> None:
    good = {'name': 'base', 'owner': 'probe', 'state': 'ready', 'memory_mb': 7.0}
    publisher = ros_probe.node.create_publisher(ModelStatus, 'models/status', qos.LATCHED_MANY)
    with monitor() as process:
        publisher.publish(ModelStatus(**{**good, **fields}))
        wait_until(lambda: 'is left out' in process.output, 'the log')
        publisher.publish(ModelStatus(**good))
        wait_owners(models, '1 of 1 loaded, 7 MB')
        assert process.stop() == 0
        assert 'Traceback' not in process.output


@pytest.mark.parametrize('name', ['memory_budget_mb', 'owner_timeout'])
def test_a_parameter_that_cannot_be_is_refused(models: Models, name: str) -> None:
    with monitor():
        answer = models.set('monitor', name, -1.0)
        assert not answer.successful
        assert f'{name} out of range' in answer.reason
