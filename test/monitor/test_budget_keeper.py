"""Who is asked to go when the models of the stack take too much."""

from __future__ import annotations

from bbia_sim_ros.models.spec import ModelSnapshot
from bbia_sim_ros.models.spec import ModelState
from bbia_sim_ros.monitor.budget_keeper import EFFECT_S
from bbia_sim_ros.monitor.budget_keeper import REFUSED_S
from bbia_sim_ros.monitor.budget_keeper import BudgetKeeper
from bbia_sim_ros.monitor.model_register import KnownModel

BUDGET_B = 250


def known(
    key: str,
    *,
    idle_s: float = 0.0,
    state: ModelState = ModelState.READY,
    pinned: bool = False,
    heard_s: float = 0.0,
) -> KnownModel:
    """Return a model of 100 bytes, or of none where it has no process."""
    owner, _, name = key.partition('/')
    memory_b = 0 if state in (ModelState.UNLOADED, ModelState.FAILED) else 100
    model = ModelSnapshot(
        name=name, engine='toy', state=state, memory_b=memory_b, idle_s=idle_s, pinned=pinned
    )
    return KnownModel(owner=owner, model=model, heard_s=heard_s)


THREE = (known('chat/a', idle_s=5.0), known('hearing/b', idle_s=9.0), known('vision/c', idle_s=1.0))


def asked(keeper: BudgetKeeper, models: tuple[KnownModel, ...], now: float = 0.0) -> str:
    """Return whom the keeper asks, '' for nobody."""
    decision = keeper.decide(models, BUDGET_B, now)
    return decision.ask.key if decision.ask else ''


def test_the_least_recently_used_of_all_nodes_is_asked() -> None:
    assert asked(BudgetKeeper(), THREE) == 'hearing/b'


def test_the_time_since_a_report_counts_as_idle() -> None:
    early = known('chat/a', idle_s=1.0, heard_s=0.0)
    late = known('hearing/b', idle_s=5.0, heard_s=8.0)
    third = known('vision/c', idle_s=0.0, heard_s=10.0)
    assert asked(BudgetKeeper(), (early, late, third), now=10.0) == 'chat/a'


def test_nobody_is_asked_within_the_budget_or_without_one() -> None:
    assert asked(BudgetKeeper(), THREE[:2]) == ''
    assert BudgetKeeper().decide(THREE, 0, 0.0).ask is None


def test_one_is_asked_at_a_time_and_its_effect_is_waited_for() -> None:
    keeper = BudgetKeeper()
    four = (*THREE, known('speech/d', idle_s=7.0))
    assert asked(keeper, four) == 'hearing/b'
    assert asked(keeper, four) == ''
    keeper.answered(success=True, message='', now=1.0)
    assert asked(keeper, four, now=1.0) == ''
    without = (known('hearing/b', state=ModelState.UNLOADED), four[0], four[2], four[3])
    assert asked(keeper, without, now=1.1) == 'speech/d'
    assert keeper.unloaded == 1


def test_an_unload_without_effect_does_not_hold_up_the_next_one() -> None:
    keeper = BudgetKeeper()
    asked(keeper, THREE)
    keeper.answered(success=True, message='', now=0.0)
    assert asked(keeper, THREE, now=EFFECT_S) == ''
    assert asked(keeper, THREE, now=EFFECT_S + 0.1) == 'chat/a'


def test_one_that_refused_is_left_alone_for_a_while() -> None:
    keeper = BudgetKeeper()
    assert asked(keeper, THREE) == 'hearing/b'
    keeper.answered(success=False, message='no', now=0.0)
    assert asked(keeper, THREE) == 'chat/a'
    keeper.answered(success=False, message='no', now=0.0)
    assert asked(keeper, THREE) == 'vision/c'
    keeper.answered(success=False, message='never', now=0.0)
    stuck = keeper.decide(THREE, BUDGET_B, 0.0).stuck
    assert 'chat/a refused: no' in stuck
    assert 'vision/c refused: never' in stuck
    assert asked(keeper, THREE, now=REFUSED_S) == 'hearing/b'


def test_busy_loading_and_pinned_models_are_not_asked_and_that_is_said() -> None:
    models = (
        known('chat/a', state=ModelState.BUSY),
        known('hearing/b', state=ModelState.LOADING),
        known('vision/c', idle_s=9.0, pinned=True),
        known('speech/d', state=ModelState.FAILED),
    )
    decision = BudgetKeeper().decide(models, BUDGET_B, 0.0)
    assert decision.ask is None
    assert decision.stuck == 'chat/a is busy; hearing/b is loading; vision/c is pinned'


def test_one_that_refused_because_it_is_busy_is_said_to_be_busy() -> None:
    keeper = BudgetKeeper()
    models = (*THREE[:1], known('hearing/b', pinned=True), known('vision/c', pinned=True))
    assert asked(keeper, models) == 'chat/a'
    keeper.answered(success=False, message='not now', now=0.0)
    busy = (known('chat/a', state=ModelState.BUSY), *models[1:])
    assert 'chat/a is busy' in keeper.decide(busy, BUDGET_B, 0.0).stuck


def test_what_is_stuck_stays_said_while_one_is_asked_again() -> None:
    keeper = BudgetKeeper()
    models = (*THREE[:1], known('hearing/b', pinned=True), known('vision/c', pinned=True))
    assert asked(keeper, models) == 'chat/a'
    keeper.answered(success=False, message='no', now=0.0)
    assert keeper.decide(models, BUDGET_B, 0.0).stuck
    again = keeper.decide(models, BUDGET_B, REFUSED_S)
    assert again.ask is not None
    assert again.stuck
    keeper.answered(success=True, message='', now=REFUSED_S)
    assert not keeper.decide(models, BUDGET_B, REFUSED_S).stuck


def test_an_answer_that_nobody_waits_for_changes_nothing() -> None:
    keeper = BudgetKeeper()
    keeper.answered(success=True, message='', now=0.0)
    assert keeper.unloaded == 0
