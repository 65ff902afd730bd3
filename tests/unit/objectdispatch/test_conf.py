"""Configuration objects."""

from __future__ import annotations

from pathlib import Path

import pytest

from apirouter.objectdispatch.conf import Config, MissingFile, conf_from_file, get_conf_path_from_env, read


def test_sections_are_attributes_and_merge() -> None:
    conf = Config({"server": {"port": 1, "host": "a"}})
    conf.update({"server": {"port": 2}})
    assert (conf.server.port, conf.server.host) == (2, "a")
    assert conf.to_dict("x_") == {"x_server": {"x_port": 2, "x_host": "a"}}
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = conf.nothing


def test_names_are_identifiers_unless_a_dict_is_forced() -> None:
    with pytest.raises(ValueError, match="__force_dict__"):
        Config({"a": {"b.c": 1}})
    conf = Config({"a": {"b.c": 1, "__force_dict__": True}})
    assert conf.a == {"b.c": 1}


def test_a_file_is_run_and_knows_its_directory(tmp_path: Path) -> None:
    file = tmp_path / "conf.py"
    file.write_text(
        "import os\n__private = 1\napp = {'path': '%(confdir)s/x', 'e': {404: '/', '__force_dict__': True}}\n"
    )
    conf = conf_from_file(str(file))
    assert conf.app.path == f"{tmp_path}/x"
    assert conf.app.e == {404: "/"}
    assert [name for name, _ in conf] == ["app"]


def test_a_file_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(MissingFile, match="nothing.py` is not a file"):
        conf_from_file(str(tmp_path / "nothing.py"))
    monkeypatch.delenv("APIROUTER_CONFIG", raising=False)
    with pytest.raises(RuntimeError, match="APIROUTER_CONFIG is not set"):
        get_conf_path_from_env()


def test_a_file_that_is_broken_raises_what_it_raises(tmp_path: Path) -> None:
    file = tmp_path / "conf.py"
    file.write_text("if false\n")
    with pytest.raises(SyntaxError):
        conf_from_file(str(file))


def test_a_configuration_is_a_file_or_a_dict() -> None:
    assert read({"a": 1}).a == 1
    assert read({"a": 1}).server.port == "8080"
    with pytest.raises(TypeError, match="neither a dictionary nor the name of a file"):
        read(5)
