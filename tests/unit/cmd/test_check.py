# ruff: noqa: E501
"""apirouter-check: all findings at once, the exit status, the tree."""

from __future__ import annotations

import json
import pathlib
import sys

import pytest

from apirouter.cmd import check, routes
from apirouter.deploy.check import check_file

GOLDEN = pathlib.Path(__file__).parents[2] / "golden" / "check"
CASES = {
    "clean.txt": (["clean.ini"], 0),
    "clean-tree.txt": (["--tree", "clean.ini"], 0),
    "clean-tree.json": (["--tree", "--format", "json", "clean.ini"], 0),
    "doubtful.txt": (["doubtful.ini"], 1),
    "doubtful.json": (["--format", "json", "doubtful.ini"], 1),
    "doubtful-tree.txt": (["--tree", "doubtful.ini"], 0),
    "wrong.txt": (["wrong.ini"], 2),
    "wrong-tree.txt": (["--tree", "wrong.ini"], 2),
    "several.txt": (["clean.ini", "doubtful.ini", "no-such.ini"], 2),
}


@pytest.mark.parametrize("name", CASES)
def test_the_output_is_as_it_was(name, capsys, monkeypatch, request):
    monkeypatch.chdir(GOLDEN)
    for variable in ("API_LIMIT", "APIROUTER_AUTH_STRATEGY"):
        monkeypatch.delenv(variable, raising=False)
    arguments, status = CASES[name]
    assert check.main(arguments) == status
    got = capsys.readouterr().out.replace(str(GOLDEN), "GOLDEN")
    golden = GOLDEN / name
    if request.config.getoption("--regenerate-golden"):
        golden.write_text(got)
    assert got == golden.read_text()


def found(text, tmp_path, **kw):
    """Return (severity, code, line) of what is found in a file."""
    file = tmp_path / "api.ini"
    file.write_text(text)
    return [(f.severity, f.code, f.line) for f in check_file(str(file), **kw)]


APP = "[app:main]\npaste.app_factory = tests.functional.recorder:app\n"


def test_nothing_is_built_and_nothing_called(tmp_path, monkeypatch):
    module = tmp_path / "touchy.py"
    module.write_text("def factory(global_conf, **local_conf):\n    raise AssertionError('called')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert found("[app:main]\nuse = call:touchy:factory\nx = 1\n", tmp_path) == []
    assert "touchy" in sys.modules


def test_the_tree_imports_nothing(tmp_path, monkeypatch, capsys):
    (tmp_path / "untouched.py").write_text("raise AssertionError('imported')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    file = tmp_path / "api.ini"
    file.write_text("[app:main]\nuse = call:untouched:factory\n")
    assert check.main(["--tree", str(file)]) == 0
    assert "call:untouched:factory  (api.ini:1)" in capsys.readouterr().out
    assert "untouched" not in sys.modules


def test_without_main_what_nothing_refers_to_is_taken_to_be_loaded_by_name(tmp_path):
    text = APP.replace("main", "one") + "[pipeline:two]\npipeline = one\n[app:three]\nuse = one\n"
    assert found(text, tmp_path) == []
    assert found(text, tmp_path, name="two") == [("warning", "unreached-section", 5)]


def test_a_section_that_an_included_file_leads_to_is_reached(tmp_path):
    (tmp_path / "other.ini").write_text("[app:x]\nuse = config:api.ini#y\n")
    assert found("[app:main]\nuse = config:other.ini#x\n" + APP.replace("main", "y"), tmp_path) == []


def test_what_another_composite_names_is_reached(tmp_path):
    text = "[composite:main]\nuse = call:tests.functional.recorder:composite\napp.1 = a\n"
    assert found(text + APP.replace("main", "a"), tmp_path) == []


def test_a_value_with_a_hash_inside_a_word_is_no_comment(tmp_path):
    values = "a = egg:x#y\nb = a;b\nc = #fff;\nd = x\n  # a comment\n  y\n"
    assert [line for _, code, line in found(APP + values, tmp_path) if code == "inline-comment"] == [5]


def test_a_variable_as_a_shell_has_it_is_told_how_it_is_written_here(tmp_path, capsys):
    values = "a = ${env:NOVA_PASSWORD}\nb = x${PORT:-80}y\nc = $x {y} ${} $$ 100$\nd = %(here)s\n"
    assert found("[DEFAULT]\nz = ${z}\n" + APP + values + "[loggers]\nkeys = ${x}\n", tmp_path) == [
        ("warning", "foreign-variable", 2),
        ("warning", "foreign-variable", 5),
        ("warning", "foreign-variable", 6),
    ]
    assert check.main([str(tmp_path / "api.ini")]) == 1
    said = capsys.readouterr().out
    assert "option 'a': '${env:NOVA_PASSWORD}' is text, and no variable" in said
    assert "write '%(ENV_PORT:-80)s' for the environment's, '%(PORT)s' for [DEFAULT]'s" in said


def test_here_in_a_section_is_swallowed(tmp_path):
    assert found(APP + "here = x\n", tmp_path) == [("warning", "swallowed-option", 3)]


def test_a_section_that_nothing_can_refer_to_is_found(tmp_path):
    text = APP + "[app]\nuse = main\n[app:a:b]\nuse = main\n"
    codes = {(code, line) for _, code, line in found(text, tmp_path)}
    assert codes == {("unnamed-section", 3), ("section-name", 5), ("unreached-section", 5)}


def test_a_set_or_get_is_not_swallowed(tmp_path):
    assert found("[DEFAULT]\nx = 1\n" + APP + "set x = 2\nget y = x\n", tmp_path) == []


def test_global_conf_on_the_command_line_is_what_the_script_would_pass(tmp_path, capsys):
    file = tmp_path / "api.ini"
    file.write_text(APP + "x = %(site)s\n")
    assert check.main([str(file)]) == 2
    assert check.main(["--set", "site=north", str(file)]) == 0
    capsys.readouterr()


def test_an_import_that_raises_is_a_finding(tmp_path, monkeypatch):
    (tmp_path / "raises.py").write_text("raise ValueError('first line\\nsecond line')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    file = tmp_path / "api.ini"
    file.write_text("[app:main]\npaste.app_factory = raises:factory\n")
    (finding,) = check_file(str(file))
    assert "\n" not in str(finding)
    assert "importing module 'raises' raised ValueError: first line second line" in str(finding)


def test_a_check_that_fails_is_a_finding(tmp_path, monkeypatch):
    (tmp_path / "failing_check.py").write_text(
        "class Router:\n"
        "    @classmethod\n    def factory(cls, global_conf, **local_conf): raise AssertionError\n"
        "    @classmethod\n    def check(cls, global_conf, **local_conf): raise OSError('no namespace')\n"
        "class Other:\n"
        "    @classmethod\n    def factory(cls, global_conf): raise AssertionError\n"
        "    def check(self, credentials): raise AssertionError\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    text = "[app:main]\npaste.app_factory = failing_check:Router.factory\n"
    assert found(text, tmp_path) == [("error", "plugin", 2)]
    assert found(text.replace("Router", "Other"), tmp_path) == []


ROUTER = "[app:main]\npaste.app_factory = apirouter.routing.router:APIRouter.factory\nnamespace = checked.extensions\n"


def test_a_plugin_that_cannot_load_is_one_line_and_no_traceback(tmp_path, distribution, capfd):
    distribution(
        "bad-dist",
        entry_points={"checked.extensions": {"bad": "mu_bad:Plugin"}},
        modules={"mu_bad": "x = 1\n1 / 0\n"},
    )
    file = tmp_path / "api.ini"
    file.write_text(ROUTER)
    assert check.main([str(file)]) == 2
    out, err = capfd.readouterr()
    assert out.count("plugin bad = mu_bad:Plugin (bad-dist 1.0): ") == 1
    assert "mu_bad.py:2: it can't be imported: ZeroDivisionError" in out
    assert err == ""
    file.write_text(f"{ROUTER}on_load_failure = skip\n")
    assert check.main([str(file)]) == 1
    out, err = capfd.readouterr()
    assert "api.ini:2: warning: [app:main] Left out: plugin bad = mu_bad:Plugin" in out
    assert err == ""


def test_what_is_doubtful_in_a_plugin_is_a_warning_of_the_check(tmp_path, distribution, capfd):
    plugin = (
        "from apirouter import extensions, wsgi\n"
        "class C(wsgi.Controller):\n    def index(self, req): return {}\n"
        "class Plugin(extensions.APIExtension):\n    name = alias = 'odd'; version = 1\n"
        "    def get_resources(self):\n"
        "        return [extensions.ResourceExtension('odd', C(), member_actions={'rebot': 'POST'})]\n"
    )
    distribution(
        "odd-dist",
        entry_points={"checked.extensions": {"odd": "mu_odd:Plugin"}},
        modules={"mu_odd": plugin},
    )
    file = tmp_path / "api.ini"
    file.write_text(ROUTER)
    assert check.main([str(file)]) == 1
    out, err = capfd.readouterr()
    assert "api.ini:2: warning: [app:main] plugin odd = mu_odd:Plugin (odd-dist 1.0): odd names" in out
    assert err == ""
    file.write_text(ROUTER.replace("checked.", "chekced."))
    assert found(file.read_text(), tmp_path) == [("warning", "plugin", 2)]


def test_undecodable_bytes_do_not_end_the_check(tmp_path):
    file = tmp_path / "api.ini"
    file.write_bytes(b"[app:main]\nuse = nope\nx = \xff\n")
    assert [(f.code, f.line) for f in check_file(str(file))] == [("load", 3), ("load", 2)]


def test_an_unexpected_error_is_one_line_unless_it_is_asked_for(monkeypatch, capsys):
    def fail(*args, **kw):
        raise ZeroDivisionError("one\ntwo")

    monkeypatch.setattr("apirouter.cmd._check.check_files", fail)
    assert check.main(["x.ini"]) == 2
    assert (
        capsys.readouterr().err
        == "apirouter-check: ZeroDivisionError: one two; --debug shows the traceback\n"
    )
    assert check.main(["--debug", "x.ini"]) == 2
    assert "Traceback (most recent call last)" in capsys.readouterr().err


def test_help_has_an_example_and_the_exit_status(capsys):
    with pytest.raises(SystemExit) as caught:
        check.main(["--help"])
    assert caught.value.code == 0
    text = capsys.readouterr().out
    assert "apirouter-check etc/api-paste.ini" in text
    assert "exit status" in text


@pytest.mark.parametrize("arguments", [[], ["--format", "xml", "x.ini"], ["--set", "x", "x.ini"]])
def test_a_wrong_command_line_is_one_line_and_status_2(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        check.main(arguments)
    assert caught.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("apirouter-check: ")
    assert line.endswith("; see apirouter-check --help")


def test_json_findings_can_be_read(tmp_path, capsys):
    file = tmp_path / "api.ini"
    file.write_text("[app:main]\nuse = nope\n")
    assert check.main(["--format", "json", str(file)]) == 2
    read = json.loads(capsys.readouterr().out)
    assert (read["errors"], read["warnings"]) == (1, 0)
    assert read["findings"][0]["file"] == str(file)
    assert set(read["findings"][0]) == {"severity", "code", "file", "line", "section", "message", "fix"}


def test_a_file_with_nothing_to_load_is_not_called_clean(tmp_path, capsys):
    file = tmp_path / "api.ini"
    file.write_text("# nothing yet\n[DEFAULT]\nregion = north\n")
    assert check.main([str(file)]) == 1
    assert "there is no application in it" in capsys.readouterr().out


def test_a_context_of_headers_that_nobody_checked_is_doubtful(tmp_path, capsys):
    file = tmp_path / "api.ini"
    text = (
        "[pipeline:main]\npipeline = {front} context api\n"
        "[filter:context]\npaste.filter_factory = apirouter.filters.keystonecontext:filter_factory\n{option}\n"
        "[filter:noauth2]\npaste.filter_factory = apirouter.filters.noauth2:filter_factory\n"
        "[app:api]\npaste.app_factory = apirouter.filters.healthcheck:app_factory\n"
    )
    for front, option, doubtful in (
        ("", "", True),
        ("", "require_authtoken = off", True),
        ("", "require_authtoken = yes", False),
        ("noauth2", "", False),
    ):
        file.write_text(text.format(front=front, option=option))
        check.main([str(file)])
        out = capsys.readouterr().out
        assert ("api.ini:2: warning: [pipeline:main] nothing in front of 'context' checks" in out) is doubtful


#: What an operator writes -> the fix that is told.
SLIPS = {
    "[app:main]\nuse = call:apirouter.versions.factory\n": "write 'call:apirouter.versions:factory'",
    "[app:main]\nuse = apirouter.versions:Versions.factory\n": "to name a factory, write 'call:apirouter.versions:Versions.factory'",
    "[pipeline:main]\npipelin = app\n" + APP.replace("main", "app"): "write 'pipeline' for 'pipelin'",
    "[pipeline:main]\npipeline = tag app\n[fitler:tag]\nx = 1\n" + APP.replace("main", "app"): "write [filter:tag] in place of [fitler:tag] (line 3)",
    "[app:main]\npaste.app_factory = apirouter.versions:Versions\n": "write 'apirouter.versions:Versions.factory'",
    "[filter:main]\npaste.filter_factory = apirouter.filters.cors:filter_factory\nallowed_origin = *\nallow_credentials = yes\n": "name the origins that may send them, or set allow_credentials = no",
    "[app:main]\npaste.app_factory = apirouter.routing.router:APIRouter.factory\nmedia_types = a/b=jsno\n": "did you mean 'json'?",
}  # fmt: skip


@pytest.mark.parametrize("text", SLIPS)
def test_a_slip_is_told_with_what_was_meant_at_its_own_line(text, tmp_path):
    file = tmp_path / "api.ini"
    file.write_text(text)
    assert SLIPS[text] in [finding.fix for finding in check_file(str(file))]


def test_a_contradiction_stands_at_the_option_that_makes_it(tmp_path):
    cors = "[filter:cors]\npaste.filter_factory = apirouter.filters.cors:filter_factory\nallowed_origin = *\n"
    assert found(f"{cors}allow_credentials = yes\n{APP}filter-with = cors\n", tmp_path) == [
        ("error", "option", 4)
    ]
    media = "paste.app_factory = apirouter.routing.router:APIRouter.factory\nmedia_types = a/b=jsno\n"
    assert found(f"[app:main]\n{media}", tmp_path) == [("error", "option", 3)]


def test_a_value_that_refers_to_nothing_is_not_judged_as_it_stands(tmp_path, monkeypatch):
    (tmp_path / "judging_check.py").write_text(
        "class Router:\n"
        "    @classmethod\n    def factory(cls, global_conf, **local_conf): raise AssertionError\n"
        "    @classmethod\n    def check(cls, global_conf, **local_conf): return ['no such directory']\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    text = "[DEFAULT]\ndatabase = %(heer)s\n[app:main]\npaste.app_factory = judging_check:Router.factory\n"
    assert found(text, tmp_path) == [("error", "load", 2)]
    (finding,) = check_file(str(tmp_path / "api.ini"))
    assert finding.fix == "did you mean 'here'?"
    assert found(text.replace("%(heer)s", "x"), tmp_path) == [("error", "plugin", 4)]


@pytest.mark.parametrize(
    ("options", "line", "says"),
    [
        ("port = http", 2, "waitress can't read option 'port': invalid literal"),
        ("port = 99999", 2, "is no address to listen on"),
        ("listen = 127.0.0.1:80800", 2, "127.0.0.1:80800 is no address to listen on"),
        ("prot = 8774", 2, "waitress has no option 'prot'; did you mean 'port'?"),
        ("threads = many", 2, "waitress can't read option 'threads'"),
        ("port = %(ENV_NO_SUCH_PORT)s", 2, "NO_SUCH_PORT is not set"),
        ("unix_socket = /run/api.sock", 0, ""),
        ('port = "8774"', 2, "the quotes are part of option 'port'; write port = 8774"),
        ("listen = '127.0.0.1:80'", 2, "the quotes are part of option 'listen'; write listen = 127.0.0.1:80"),
    ],
)
def test_what_the_server_would_refuse_is_found_without_listening(options, line, says, tmp_path, capsys):
    pytest.importorskip("waitress")
    file = tmp_path / "api.ini"
    file.write_text(f"[server:main]\n{options}\nhost = 127.0.0.1\nuse = egg:waitress#main\n{APP}")
    assert check.main([str(file)]) == (2 if line else 0)
    out = capsys.readouterr().out
    assert out.count("error:") == bool(line)
    assert f"api.ini:{line}: error: [server:main]" in out if line else "nothing found" in out
    assert says in out


@pytest.mark.parametrize(
    ("use", "severity", "status"),
    [
        ("use = egg:waitress#main", "error", 2),
        ("paste.server_factory = tests.functional.recorder:app", "warning", 1),
    ],
)
def test_an_address_in_quotes_is_found_before_a_server_starts(use, severity, status, tmp_path, capsys):
    pytest.importorskip("waitress")
    file = tmp_path / "api.ini"
    file.write_text(f"{APP}[server:main]\n{use}\nhost = \"0.0.0.0\"\nport = '80'\n")
    line = len(APP.splitlines()) + 3
    assert check.main([str(file)]) == status
    assert capsys.readouterr().out.splitlines()[:2] == [
        f"{file}:{line}: {severity}: [server:main] the quotes are part of option 'host'; write host = 0.0.0.0 (option)",
        f"{file}:{line + 1}: {severity}: [server:main] the quotes are part of option 'port'; write port = 80 (option)",
    ]


def test_a_broken_way_to_the_application_is_told_alone(tmp_path):
    text = APP.replace("main", "api") + "[app:main]\nuse = apj\n"
    assert found(text, tmp_path) == [("error", "load", 4)]


def test_a_missing_main_is_told_as_that_though_a_server_has_the_name(tmp_path, capsys):
    file = tmp_path / "api.ini"
    server = "[server:main]\nuse = egg:waitress#main\n"
    for wrong, fix in (("[app:mian]", "did you mean 'mian'?"), ("[App:main]", "write [app:main] in place")):
        file.write_text(APP.replace("[app:main]", wrong) + server)
        assert check.main([str(file)]) == 1
        (warning,) = capsys.readouterr().out.splitlines()[:-1]
        assert "did you mean [app:main]?" in warning
        assert routes.main([str(file)]) == 2
        err = capsys.readouterr().err
        assert "there is no application 'main' in " in err
        assert fix in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["clean.ini", "region=north"], "'region=north' is no FILE; write --set region=north"),
        (["clean.ini#main"], "'clean.ini#main' is no FILE; write clean.ini --name main"),
        (["config:clean.ini"], "'config:clean.ini' is no FILE; write clean.ini"),
        ([""], "a FILE is empty; name an INI file"),
        (["clean.ini", "--name", ""], "--name names no application; leave it out to start from main"),
    ],
)
def test_what_the_other_commands_read_beside_a_file_is_told_how_to_write_here(
    arguments, said, capsys, monkeypatch
):
    monkeypatch.chdir(GOLDEN)
    assert check.main(arguments) == 2
    assert capsys.readouterr() == ("", f"apirouter-check: {said}\n")


def test_a_file_whose_name_looks_like_a_variable_is_checked(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a=1#2.ini").write_text("[app:main]\nuse = egg:apirouter#versions\n")
    assert check.main(["a=1#2.ini"]) == 0
    assert capsys.readouterr().out == "a=1#2.ini: nothing found\n"


@pytest.mark.parametrize(
    ("said", "found_line", "words"),
    [
        ("", 2, "there is no root controller; set root = package.module:Class"),
        ("root = os:nothing", 3, "option 'root': 'os:nothing'"),
        ("root = nowhere_at_all:Root", 3, "option 'root': 'nowhere_at_all:Root'"),
        ("root = os:abort\nstrict_argument = yes", 4, "did you mean 'strict_arguments'?"),
        ("root = os:abort\nerror_format = html", 4, "'html' is not one of json, negotiated"),
        ("root = os:abort", 0, ""),
        ("config = config.py", 0, ""),
    ],
)
def test_a_tree_of_objects_is_checked_and_not_made(said, found_line, words, tmp_path, monkeypatch):
    """A root that is called would end this process."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.py").write_text("raise SystemExit('a check runs no configuration')")
    file = tmp_path / "api.ini"
    file.write_text(f"[app:main]\npaste.app_factory = apirouter.objectdispatch:app_factory\n{said}\n")
    listed = [(f.line, str(f)) for f in check_file(str(file)) if f.severity == "error"]
    assert [line for line, _ in listed] == ([found_line] if found_line else [])
    assert all(words in text for _, text in listed)


@pytest.mark.parametrize(
    "factory",
    [
        "apirouter.versions:Versions.factory",
        "apirouter.versions:VersionApp.factory",
        "apirouter.openapi:app_factory",
        "apirouter.page:app_factory",
        "apirouter.filters.healthcheck:app_factory",
        "apirouter.routing.router:APIRouter.factory",
        "apirouter.objectdispatch:app_factory",
    ],
)
def test_an_option_that_an_application_does_not_have_is_found(factory, tmp_path):
    listed = found(f"[app:main]\npaste.app_factory = {factory}\nno_such_thing = 1\n", tmp_path)
    assert ("error", "option", 3) in listed
