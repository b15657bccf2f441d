"""Ids: what was seen, what is missing."""

import pytest

from bot.core.sequence import AFTER_HOLE, FILLED, NAMES_KEPT, NEW, REPEATED, Consecutive, Named


def answers(ids, *numbers):
    return [ids.admit(number) for number in numbers]


def test_ids_that_follow_are_new_and_an_old_one_is_a_repetition():
    assert answers(Consecutive(), 7, 8, 9, 8) == [NEW, NEW, NEW, REPEATED]


def test_a_jump_means_that_ids_are_missing():
    assert answers(Consecutive(), 7, 10) == [NEW, AFTER_HOLE]


def test_a_missing_id_that_arrives_late_is_new_once():
    assert answers(Consecutive(), 7, 10, 9, 9, 8, 8) == [NEW, AFTER_HOLE, FILLED, REPEATED, FILLED, REPEATED]


def test_after_a_restart_the_newest_id_of_the_last_run_tells_what_was_missed():
    assert answers(Consecutive(newest=100), 100, 102) == [REPEATED, AFTER_HOLE]


def test_ids_far_below_the_newest_are_a_new_numbering_not_repetitions():
    assert answers(Consecutive(), 5_000_000, 3, 4) == [NEW, AFTER_HOLE, NEW]


def test_one_absurd_id_does_not_make_all_that_follow_repetitions():
    assert answers(Consecutive(), 7, 10**18, 8, 9) == [NEW, AFTER_HOLE, AFTER_HOLE, NEW]


def test_names_are_known_again_and_tell_nothing_of_holes():
    assert answers(Named(), "a", "b", "a") == [NEW, NEW, REPEATED]


def test_only_the_newest_names_are_remembered():
    names = Named()
    assert all(names.admit(str(number)) == NEW for number in range(2 * NAMES_KEPT))
    assert names.admit(str(2 * NAMES_KEPT - 1)) == REPEATED
    assert names.admit(str(NAMES_KEPT)) == REPEATED, "as many are remembered at least"
    assert names.admit("0") == NEW, "the oldest was forgotten"


@pytest.mark.parametrize("ids", [Consecutive(), Named()])
def test_what_was_admitted_is_never_admitted_twice(ids):
    order = [3, 1, 2, 9, 5, 6, 4, 8, 7]
    first = [number for number in order if ids.admit(number) != REPEATED]
    again = [number for number in order if ids.admit(number) != REPEATED]
    assert len(first) == len(set(first))
    assert again == []
