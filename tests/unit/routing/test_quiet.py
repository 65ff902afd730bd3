import gc
from collections.abc import Iterator

import pytest

from apirouter.routing.quiet import collection_paused


@pytest.fixture(autouse=True)
def _enabled_again() -> Iterator[None]:
    yield
    gc.enable()


def test_collection_is_paused_within_and_goes_on_after() -> None:
    with collection_paused():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_collection_goes_on_after_an_error() -> None:
    with pytest.raises(ValueError), collection_paused():
        raise ValueError
    assert gc.isenabled()


def test_who_has_switched_collection_off_finds_it_off() -> None:
    gc.disable()
    with collection_paused():
        pass
    assert not gc.isenabled()


def test_a_pause_within_a_pause_ends_with_the_outer_one() -> None:
    with collection_paused():
        with collection_paused():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()


def test_what_was_made_is_old_afterwards_and_no_request_waits_for_a_look_through_it() -> None:
    gc.collect()
    with collection_paused():
        table = [[number] for number in range(3)]
    assert any(one is table for one in gc.get_objects(generation=2))
    assert gc.get_freeze_count() == 0


def test_what_a_failed_block_made_is_collected_as_ever() -> None:
    made: list[list[int]] = []

    def build() -> None:
        with collection_paused():
            made.append([1])
            raise ValueError

    gc.collect()
    with pytest.raises(ValueError):
        build()
    assert not any(one is made[0] for one in gc.get_objects(generation=2))


def test_what_a_process_has_frozen_stays_frozen() -> None:
    gc.freeze()
    try:
        with collection_paused():
            pass
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()
