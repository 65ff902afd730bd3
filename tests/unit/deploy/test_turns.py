"""Threads that load at once, and what is imported for the first time by all of them."""

from __future__ import annotations

import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from importlib.machinery import SourceFileLoader
from importlib.util import spec_from_file_location

import pytest

from apirouter.deploy import loadapp
from apirouter.deploy.turns import turn

#: A package whose ``__init__`` imports a module that another thread enters it by.
PACKAGE = {"crossed/__init__.py": "import crossed.base\n", "crossed/base.py": "", "crossed/leaf.py": ""}
FACTORY = "def factory(global_conf, **local_conf):\n    return lambda environ, start_response: []\n"


class Slow(SourceFileLoader):
    """Makes the package's module when another thread wants a part of it, and is its own finder."""

    def __init__(self, directory):
        super().__init__("crossed", str(directory / "crossed" / "__init__.py"))
        self.started, self.entered = threading.Event(), threading.Event()

    def find_spec(self, name, path=None, target=None):
        if name != "crossed":
            return None
        places = [os.path.dirname(self.path)]
        return spec_from_file_location(name, self.path, loader=self, submodule_search_locations=places)

    def create_module(self, spec):
        self.started.set()
        if self.entered.wait(5):
            # It gets as far as to wait for the package.
            time.sleep(0.3)


@pytest.fixture
def package(tmp_path, monkeypatch):
    for name, text in PACKAGE.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text + FACTORY)
    for name in ("base", "leaf"):
        (tmp_path / f"{name}.ini").write_text(f"[app:main]\npaste.app_factory = crossed.{name}:factory\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("crossed")]:
        del sys.modules[name]


def test_two_threads_load_what_is_of_one_package_for_the_first_time(package, monkeypatch):
    slow = Slow(package)
    monkeypatch.setattr(sys, "meta_path", [slow, *sys.meta_path])

    def base():
        assert slow.started.wait(10)
        slow.entered.set()
        return loadapp(f"config:{package}/base.ini")

    with ThreadPoolExecutor() as threads:
        loads = [threads.submit(loadapp, f"config:{package}/leaf.ini"), threads.submit(base)]
        assert all(callable(load.result(30)) for load in loads)


def test_a_factory_may_load_another_application(tmp_path):
    with turn(), turn():
        pass


def test_a_thread_that_a_load_waits_for_loads_without_its_turn():
    def other():
        with turn(patience=0.01):
            return "went on"

    with ThreadPoolExecutor() as threads, turn():
        assert threads.submit(other).result(10) == "went on"
    with turn(patience=0):
        pass


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_child_that_was_forked_while_a_thread_loaded_has_a_turn_of_its_own():
    holds, done = threading.Event(), threading.Event()

    def load():
        with turn():
            holds.set()
            done.wait(10)

    loading = threading.Thread(target=load)
    loading.start()
    holds.wait(10)
    child = os.fork()
    if child == 0:
        with turn(patience=0.01):
            taken = threading.Thread(target=lambda: os._exit(0 if _busy() else 1))
            taken.start()
            taken.join()
    done.set()
    loading.join()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def _busy() -> bool:
    """Tell whether the turn is another thread's: it has been taken, not just waited for."""
    from apirouter.deploy import turns

    return not turns._turns._lock.acquire(blocking=False)
