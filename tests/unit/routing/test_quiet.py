import gc
import subprocess
import sys
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


def built(*lines: str) -> list[bool]:
    """Return what ``old(table)`` says in a fresh process, which is all tables: whether each is the oldest's."""
    code = (
        "import gc, sys\n"
        "from apirouter.routing.quiet import collection_paused\n"
        "def build(size):\n"
        "    with collection_paused():\n"
        "        return [[number] for number in range(size)]\n"
        "def old(table):\n"
        "    print(any(one is table for one in gc.get_objects(generation=2)))\n"
        # So that no collection is due soon, which would move what is young.
        "gc.collect()\n"
        "large = sys.getallocatedblocks()\n"
    )
    command = [sys.executable, "-c", code + "\n".join(lines)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [line == "True" for line in done.stdout.splitlines()]


def test_no_request_waits_for_a_look_through_a_table_that_is_most_of_a_process() -> None:
    assert built("old(build(large))") == [True]


def test_tables_that_are_made_again_and_again_are_collected_as_ever() -> None:
    kept = ("first = build(large)", "second = build(large)", "third = build(large)")
    assert built(*kept, "old(build(large))", "old(build(10))") == [False, False]


def test_what_a_process_has_frozen_stays_frozen() -> None:
    lines = ("kept = build(2000)", "gc.freeze()", "old(build(large))", "print(gc.get_freeze_count() > 2000)")
    assert built(*lines) == [False, True]


def test_what_a_failed_build_made_is_collected_as_ever() -> None:
    lines = (
        "try:",
        "    with collection_paused():",
        "        table = [[number] for number in range(large)]",
        "        raise ValueError",
        "except ValueError:",
        "    old(table)",
    )
    assert built(*lines) == [False]
