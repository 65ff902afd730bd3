"""Mistakes behind ``use`` and ``config:``: told where they stand, with every reference on the way."""

from __future__ import annotations

import os

import pytest

from apirouter.deploy import loadapp, loadfilter, loadserver
from apirouter.deploy.check import check_file
from apirouter.errors import ConfigError

HERE = "tests.functional.recorder"
MAIN = f"""\
[composite:main]
use = call:apirouter.deploy.urlmap:urlmap_factory
/: outer
[pipeline:outer]
pipeline = cors wrapped
[filter:cors]
paste.filter_factory = {HERE}:filter_factory
[app:wrapped]
use = inner
set deep = yes
[app:inner]
use = config:included.ini#target
[app:api]
paste.app_factory = {HERE}:app
"""
WAY = (
    "[composite:main] api.ini:3",
    "[pipeline:outer] api.ini:5",
    "[app:wrapped] api.ini:9",
    "[app:inner] api.ini:12",
)
STRATEGIES = "use = call:apirouter.deploy.pipeline:pipeline_factory"
URLMAP = "use = call:apirouter.deploy.urlmap:urlmap_factory"

#: (the included file, line, words of the message, whether it shows without calling the factory)
BEHIND = {
    "a factory that raises": (f"paste.app_factory = {HERE}:failing", 2, ["raised RuntimeError"], False),
    "a factory that returns None": (f"paste.app_factory = {HERE}:nothing_made", 2, ["nothing_made"], False),
    "no function": (f"paste.app_factory = {HERE}", 2, ["not callable"], True),
    "a missing module": ("paste.app_factory = no_such.module:f", 2, ["no module 'no_such'"], True),
    "an option that is missing": (f"paste.app_factory = {HERE}:demanding", 2, ["'must'"], True),
    "an option that isn't taken": (f"paste.app_factory = {HERE}:strict\nsiez = 1", 3, ["'size'"], True),
    "a method that is bound to nothing": (f"paste.app_factory = {HERE}:Owner.method", 2, ["method"], True),
    "a composite's factory": (f"paste.app_factory = {HERE}:composite", 2, ["paste.composite_factory"], True),
    "no strategy chosen": (f"{STRATEGIES}\na = api\nb = api", 2, ["no strategy is chosen"], False),
    "a strategy's filter": (f"{STRATEGIES}\na =\n  crso\n  api", 4, ["'crso'", "did you mean 'cors'"], True),
    "a mounted name": (f"{URLMAP}\n/a = api\n/b = apo", 4, ["'apo'", "looked up in api.ini"], True),
}


@pytest.mark.parametrize("mistake", BEHIND)
def test_a_mistake_behind_two_uses_and_an_include_is_told_where_it_stands(mistake, tmp_path):
    text, line, words, shows = BEHIND[mistake]
    file = tmp_path / "api.ini"
    file.write_text(MAIN)
    (tmp_path / "included.ini").write_text(f"[composite:target]\n{text}\n")
    if "app_factory" in text:
        (tmp_path / "included.ini").write_text(f"[app:target]\n{text}\n")
    with pytest.raises(ConfigError) as caught:
        loadapp(f"config:{file}")
    error = caught.value
    assert (os.path.basename(error.file), error.line) == ("included.ini", line), error
    assert error.section.endswith(":target")
    assert error.chain == WAY
    assert error.fix
    for word in words:
        assert word in str(error), error
    if shows:
        places = [(os.path.basename(f.file), f.line, f.section) for f in check_file(str(file))]
        assert ("included.ini", line, error.section) in places


def test_a_cycle_through_two_files_names_them(tmp_path):
    file = tmp_path / "api.ini"
    file.write_text(MAIN)
    (tmp_path / "included.ini").write_text("[app:target]\nuse = config:api.ini#wrapped\n")
    words = (
        r"\[app:inner\] of api.ini -> \[app:target\] of included.ini -> \[app:wrapped\] of api.ini"
        r" -> \[app:inner\] of api.ini: a section leads back to itself"
    )
    with pytest.raises(ConfigError, match=words):
        loadapp(f"config:{file}")


def test_a_composite_may_mount_the_one_that_it_takes_its_factory_from(tmp_path):
    file = tmp_path / "api.ini"
    file.write_text(
        f"[composite:main]\nuse = base\n/x = base\n[composite:base]\n{URLMAP}\n/y = api\n"
        f"[app:api]\npaste.app_factory = {HERE}:app\n"
    )
    assert [mount.path for mount in loadapp(f"config:{file}").mounts] == ["/y", "/x"]


def test_a_factory_that_returns_nothing_is_named(tmp_path):
    file = tmp_path / "api.ini"
    file.write_text(
        f"[app:main]\npaste.app_factory = {HERE}:nothing_made\n"
        f"[filter:main]\npaste.filter_factory = {HERE}:nothing_made\n"
        f"[server:main]\npaste.server_factory = {HERE}:nothing_made\n"
        f"[filter:later]\npaste.filter_factory = {HERE}:nothing_wrapped\n"
        f"[app:fine]\npaste.app_factory = {HERE}:app\nfilter-with = later\n"
        f"[composite:strategies]\n{STRATEGIES}\na = later plain\n"
        f"[app:plain]\npaste.app_factory = {HERE}:app\n"
    )
    for load, line in ((loadapp, 2), (loadfilter, 4), (loadserver, 6)):
        with pytest.raises(
            ConfigError, match=rf":{line}: .*{HERE}:nothing_made returned None; let it return"
        ):
            load(f"config:{file}")
    for name in ("fine", "strategies"):
        with pytest.raises(ConfigError, match=r":8: \[filter:later\] .*nothing_wrapped returned None"):
            loadapp(f"config:{file}", name)


def test_a_filter_of_a_strategy_that_can_not_wrap_is_told_at_its_own_section(tmp_path):
    file = tmp_path / "api.ini"
    file.write_text(
        f"[composite:main]\n{STRATEGIES}\na = bad api\n[app:api]\npaste.app_factory = {HERE}:app\n"
        f"[filter:bad]\npaste.filter_factory = {HERE}:bad_filter\n"
    )
    with pytest.raises(ConfigError) as caught:
        loadapp(f"config:{file}")
    assert (caught.value.line, caught.value.section) == (7, "filter:bad")
    assert caught.value.chain == ("[composite:main] api.ini:3",)
    assert "recorder.py:" in caught.value.fix
