"""What the monitor knows of the models, and when it forgets."""

from __future__ import annotations

import pytest

from bbia_sim_ros.models.spec import ModelSnapshot
from bbia_sim_ros.models.spec import ModelState
from bbia_sim_ros.monitor.model_register import MOST_MODELS
from bbia_sim_ros.monitor.model_register import ModelRegister

SILENCE_S = 25.0


def snapshot(name: str, **fields: object) -> ModelSnapshot:
    return ModelSnapshot(name=name, engine='toy').replaced(**fields)


def loaded(name: str, memory_b: int = 100) -> ModelSnapshot:
    return snapshot(name, state=ModelState.READY, memory_b=memory_b)


def test_the_newest_report_of_each_model_of_each_owner_counts() -> None:
    register = ModelRegister()
    register.put('chat', loaded('base', 100), 0.0)
    register.put('hearing', loaded('base', 30), 0.0)
    register.put('chat', loaded('base', 200), 1.0)
    assert [known.key for known in register.models] == ['chat/base', 'hearing/base']
    assert register.owners == ('chat', 'hearing')
    assert register.memory_b == 230
    assert register.heard_s('chat') == 1.0


def test_an_owner_that_publishes_no_more_is_forgotten_with_its_models() -> None:
    register = ModelRegister()
    register.put('chat', snapshot('base'), 0.0)
    register.put('chat', loaded('large'), 0.0)
    register.put('hearing', loaded('base', 30), 0.0)
    register.forget(publishers={'hearing'}, silence_s=SILENCE_S, now=10.0)
    assert register.owners == ('hearing',)
    assert register.memory_b == 30


def test_an_owner_that_was_just_heard_may_still_be_missing_in_the_graph() -> None:
    register = ModelRegister()
    register.put('chat', loaded('base'), 10.0)
    register.forget(publishers=(), silence_s=SILENCE_S, now=10.5)
    assert register.owners == ('chat',)


@pytest.mark.parametrize('state', [ModelState.LOADING, ModelState.READY, ModelState.BUSY])
def test_a_model_with_a_process_that_falls_silent_is_forgotten(state: ModelState) -> None:
    register = ModelRegister()
    register.put('chat', snapshot('base', state=state, memory_b=100), 0.0)
    register.forget(publishers={'chat'}, silence_s=SILENCE_S, now=SILENCE_S)
    assert register.memory_b == 100
    register.forget(publishers={'chat'}, silence_s=SILENCE_S, now=SILENCE_S + 1.0)
    assert register.models == ()


@pytest.mark.parametrize('state', [ModelState.UNLOADED, ModelState.FAILED])
def test_a_model_without_a_process_may_be_silent(state: ModelState) -> None:
    register = ModelRegister()
    register.put('chat', snapshot('base', state=state), 0.0)
    register.forget(publishers={'chat'}, silence_s=SILENCE_S, now=1e6)
    assert register.owners == ('chat',)


def test_more_models_than_there_is_room_for_are_counted_and_left_out() -> None:
    register = ModelRegister()
    for number in range(MOST_MODELS + 3):
        register.put('chat', snapshot(f'model_{number}'), 0.0)
    assert len(register.models) == MOST_MODELS
    assert register.dropped == 3
    register.put('chat', loaded('model_0', 7), 1.0)
    assert register.memory_b == 7
