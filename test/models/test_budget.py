"""Over the budget, the least recently used idle models go, and no more than needed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bbia_sim_ros.models.budget import Lease
from bbia_sim_ros.models.budget import Verdict
from bbia_sim_ros.models.budget import choose

MB = 1_000_000
LEASES = st.lists(
    st.builds(
        Lease,
        owner=st.sampled_from(['chat', 'hearing', 'vision']),
        name=st.text('abc', min_size=1, max_size=3),
        memory_b=st.integers(0, 4000 * MB),
        idle_s=st.floats(0.0, 1e6),
        busy=st.booleans(),
        pinned=st.booleans(),
    ),
    max_size=8,
)


def lease(name: str, mb: int, idle_s: float, *, busy: bool = False, pinned: bool = False) -> Lease:
    """Return a model of an owner that is called like it."""
    return Lease(owner=name, name=name, memory_b=mb * MB, idle_s=idle_s, busy=busy, pinned=pinned)


def test_the_least_recently_used_of_any_owner_goes_first() -> None:
    old, older, new = lease('a', 300, 20.0), lease('b', 200, 30.0), lease('c', 600, 1.0)
    assert choose([old, older, new], 1000 * MB) == Verdict(leaving=(older,))
    assert choose([old, older, new], 800 * MB) == Verdict(leaving=(older, old))


def test_busy_and_pinned_models_stay_and_the_rest_is_told() -> None:
    busy, pinned = lease('a', 700, 0.0, busy=True), lease('b', 500, 90.0, pinned=True)
    idle = lease('c', 300, 5.0)
    assert choose([busy, pinned, idle], 1000 * MB) == Verdict(leaving=(idle,), over_b=200 * MB)


def test_without_a_budget_nobody_goes() -> None:
    assert choose([lease('a', 10_000, 9.0)], 0) == Verdict()


@given(LEASES, st.integers(1, 8000 * MB))
def test_whoever_goes_may_go_and_is_needed(leases: list[Lease], budget_b: int) -> None:
    verdict = choose(leases, budget_b)
    total = sum(each.memory_b for each in leases)
    freed = sum(each.memory_b for each in verdict.leaving)
    assert not any(each.busy or each.pinned or not each.memory_b for each in verdict.leaving)
    assert verdict.over_b == max(0, total - freed - budget_b)
    if verdict.leaving:
        assert total - freed + verdict.leaving[-1].memory_b > budget_b
    may_go = [each for each in leases if not (each.busy or each.pinned) and each.memory_b]
    if verdict.over_b:
        assert len(verdict.leaving) == len(may_go)
    idle = [each.idle_s for each in verdict.leaving]
    assert idle == sorted(idle, reverse=True)
    staying_idle = [each.idle_s for each in may_go if each not in verdict.leaving]
    assert not idle or not staying_idle or idle[-1] >= max(staying_idle)
