"""Holes in what was heard."""

from hypothesis import given
from hypothesis import strategies as st

from bot.core.coverage import Coverage, Hole


def test_nothing_is_covered_before_the_first_subscription():
    coverage = Coverage()
    assert not coverage.holds(0, 10)
    coverage.begin(100)
    assert not coverage.holds(90, 110)
    assert coverage.holds(100, 110)


def test_a_break_is_a_hole_from_its_beginning_to_the_next_subscription():
    coverage = Coverage()
    coverage.begin(100)
    coverage.stop(200)
    assert coverage.holds(100, 200)
    assert not coverage.holds(190, 210)
    coverage.begin(300)
    assert not coverage.holds(299, 310)
    assert coverage.holds(300, 400)
    assert coverage.holds(100, 200), "what was covered stays covered"


def test_when_a_break_ended_can_be_known_better_later_and_only_the_last_one_changes():
    coverage = Coverage()
    coverage.begin(100)
    coverage.stop(200)
    coverage.begin(400)
    coverage.refine(320)
    assert coverage.holds(320, 330)
    assert not coverage.holds(319, 330)
    assert coverage.holds(100, 110)
    coverage.lose(Hole(350, 351))
    coverage.refine(310)
    assert coverage.holds(310, 350)
    assert not coverage.holds(310, 351)


def test_a_hole_is_forgotten_when_nobody_asks_for_its_time_any_more():
    coverage = Coverage()
    coverage.begin(0)
    coverage.lose(Hole(10, 20))
    coverage.forget(20)
    assert coverage.holds(10, 20)


instants = st.integers(0, 1_000)


@given(st.lists(st.tuples(instants, st.integers(1, 50)), max_size=10), instants, st.integers(1, 100))
def test_a_span_is_covered_exactly_when_no_hole_touches_it(holes, start, length):
    coverage = Coverage()
    coverage.begin(0)
    for hole, long in holes:
        coverage.lose(Hole(hole, hole + long))
    lost = {instant for hole, long in holes for instant in range(hole, hole + long)}
    assert coverage.holds(start, start + length) == lost.isdisjoint(range(start, start + length))
