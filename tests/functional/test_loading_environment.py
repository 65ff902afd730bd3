"""%(ENV_NAME)s reads the environment, in values only, and nothing else sees it."""

from __future__ import annotations

import paste.deploy
import pytest

from apirouter.deploy import environment_conf, loadapp
from apirouter.errors import ConfigError
from tests.functional import recorder

APP = "[app:main]\npaste.app_factory = tests.functional.recorder:app\n"


@pytest.fixture
def load(tmp_path):
    def write_and_load(text, **kw):
        (tmp_path / "api.ini").write_text(text)
        recorder.CALLS.clear()
        loadapp(f"config:{tmp_path}/api.ini", **kw)
        ((_, global_conf, local_conf),) = recorder.CALLS
        return global_conf, local_conf

    return write_and_load


def test_a_variable_is_read_and_reaches_no_factory(load, monkeypatch):
    monkeypatch.setenv("DB_HOST", "db.example.org")
    monkeypatch.setenv("SECRET", "hush")
    global_conf, local_conf = load(APP + "url = mysql://%(ENV_DB_HOST)s/api\n")
    assert local_conf == {"url": "mysql://db.example.org/api"}
    assert sorted(global_conf) == ["__file__", "here"]


def test_the_text_of_a_variable_means_nothing(load, monkeypatch):
    monkeypatch.setenv("ODD", "100% %(here)s %%(x)s %")
    assert load(APP + "a = <%(ENV_ODD)s>\n")[1] == {"a": "<100% %(here)s %%(x)s %>"}
    assert load(APP + "a = <%(ENV_NO:-50% off)s>\n")[1] == {"a": "<50% off>"}


@pytest.mark.parametrize(
    ("value", "variable", "expected"),
    [
        ("%(ENV_PORT:-8774)s", None, "8774"),
        ("%(ENV_PORT:-8774)s", "", "8774"),
        ("%(ENV_PORT:-8774)s", "9", "9"),
        ("%(ENV_PORT:-)s", None, ""),
        ("%(ENV_PORT:-a:-b)s", None, "a:-b"),
        ("%(ENV_PORT)s", None, "1234"),
        ("%(ENV_PORT)s", "", ""),
        ("%(ENV_PORT)s", "9", "9"),
    ],
)
def test_a_default_stands_in_place_or_in_a_section_of_its_own(load, monkeypatch, value, variable, expected):
    monkeypatch.delenv("PORT", raising=False)
    if variable is not None:
        monkeypatch.setenv("PORT", variable)
    assert load(APP + f"port = {value}\n[environment]\nENV_PORT = 1234\n")[1] == {"port": expected}


def test_a_default_may_refer_to_what_the_file_has(load, monkeypatch, tmp_path):
    monkeypatch.delenv("STATE", raising=False)
    text = APP + "state = %(ENV_STATE)s\n[environment]\nENV_STATE = %(here)s/state\n"
    assert load(text)[1] == {"state": f"{tmp_path}/state"}


def test_a_variable_may_stand_in_the_defaults_and_in_a_set(load, monkeypatch):
    monkeypatch.setenv("REGION", "north")
    global_conf, local_conf = load(
        "[DEFAULT]\nregion = %(ENV_REGION)s\n" + APP + "x = %(region)s\nset y = %(ENV_REGION)s\n"
    )
    assert (global_conf["region"], global_conf["y"], local_conf) == ("north", "north", {"x": "north"})
    assert not any(name.startswith("ENV_") for name in global_conf)


def test_what_the_file_or_the_script_calls_so_comes_first(load, monkeypatch):
    monkeypatch.setenv("PORT", "1")
    assert load("[DEFAULT]\nENV_PORT = 2\n" + APP + "port = %(ENV_PORT)s\n")[1] == {"port": "2"}
    assert load(APP + "port = %(ENV_PORT:-4)s\n", global_conf={"ENV_PORT": "3"})[1] == {"port": "3"}


def test_names_and_sections_are_not_values(load, monkeypatch):
    monkeypatch.setenv("NAME", "main")
    text = APP + "%(ENV_NAME)s = 1\n[app:%(ENV_NAME)s]\nuse = call:no:no\n"
    assert load(text)[1] == {"%(ENV_NAME)s": "1"}


@pytest.mark.parametrize("name", ["ENV_NO_SUCH_VARIABLE", "ENV_", "env_home", "HOME"])
def test_what_is_not_set_is_an_error_with_a_place(load, name, monkeypatch):
    monkeypatch.delenv("NO_SUCH_VARIABLE", raising=False)
    with pytest.raises(ConfigError, match=rf"api\.ini:3: \[app:main\] option 'x': %\({name}\)s"):
        load(APP + f"x = %({name})s\n")


def test_a_missing_variable_names_the_ways_out(load, monkeypatch):
    monkeypatch.delenv("NO_SUCH_VARIABLE", raising=False)
    with pytest.raises(ConfigError) as caught:
        load(APP + "x = %(ENV_NO_SUCH_VARIABLE)s\n")
    for words in ("environment variable NO_SUCH_VARIABLE is not set", ":-default)s", "[environment]"):
        assert words in str(caught.value)


def test_paste_deploy_reads_the_same_file_with_the_same_names(tmp_path, monkeypatch):
    monkeypatch.setenv("DB", "a%b")
    for name in ("PORT", "USER_NAME"):
        monkeypatch.delenv(name, raising=False)
    file = tmp_path / "api.ini"
    file.write_text(
        APP + "db = %(ENV_DB)s\nport = %(ENV_PORT:-80)s\nuser = %(ENV_USER_NAME)s\nno = %%(ENV_NOT)s\n"
        "[environment]\nENV_USER_NAME = me\n"
    )
    names = environment_conf(str(file))
    assert names == {"ENV_DB": "a%%b", "ENV_PORT:-80": "80", "ENV_USER_NAME": "me"}
    results = []
    for module_load, conf in ((loadapp, None), (paste.deploy.loadapp, names)):
        recorder.CALLS.clear()
        module_load(f"config:{file}", global_conf=conf)
        results.append(recorder.CALLS[0][2])
    assert results[0] == results[1] == {"db": "a%b", "port": "80", "user": "me", "no": "%(ENV_NOT)s"}
    assert environment_conf(str(file), environ={"DB": "x", "PORT": "1"})["ENV_PORT:-80"] == "1"


def test_a_default_that_refers_to_another_name_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("OTHER", "x")
    file = tmp_path / "api.ini"
    file.write_text(
        "[app:main]\npaste.app_factory = tests.functional.recorder:app\na = %(ENV_NONE:-%(ENV_OTHER)s)s\n"
    )
    with pytest.raises(ConfigError, match=r":3: \[app:main\] option 'a': the default .*\[environment\]"):
        loadapp(f"config:{file}")
    file.write_text(
        "[app:main]\npaste.app_factory = tests.functional.recorder:app\na = %%(ENV_NONE:-%%(ENV_OTHER)s)s\n"
    )
    loadapp(f"config:{file}")
