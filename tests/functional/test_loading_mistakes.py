"""Every mistake has one error that says where it is, what it is and what to do."""

from __future__ import annotations

import os
import re
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from apirouter.deploy import appconfig, ini, loadapp, loadfilter, loadserver
from apirouter.deploy.check import check_file
from apirouter.errors import ConfigError, InterpolationConfigError
from tests.functional import recorder

HERE = "tests.functional.recorder"
URLMAP = "use = call:apirouter.deploy.urlmap:urlmap_factory"
STRATEGIES = "use = call:apirouter.deploy.pipeline:pipeline_factory"
PARTS = f"""\
[app:api]
paste.app_factory = {HERE}:app
[filter:cors]
paste.filter_factory = {HERE}:filter_factory
[filter:auth]
paste.filter_factory = {HERE}:filter_factory
"""

#: (text behind PARTS, line from the first of it on, section, words that the message has)
MISTAKES = {
    "unknown application": (
        f"[composite:main]\n{URLMAP}\n/: apo",
        3,
        "composite:main",
        ["'apo'", "did you mean 'api'?"],
    ),
    "unknown section in use": ("[app:main]\nuse = apii", 2, "app:main", ["'apii'", "did you mean 'api'?"]),
    "unknown filter": (
        "[pipeline:main]\npipeline = cors\n    auht api",
        3,
        "pipeline:main",
        ["'auht'", "did you mean 'auth'?"],
    ),
    "unknown filter-with": (
        "[app:main]\nuse = api\nfilter-with = cosr",
        3,
        "app:main",
        ["'cosr'", "did you mean 'cors'?"],
    ),
    "empty pipeline": ("[pipeline:main]\npipeline =", 2, "pipeline:main", ["empty"]),
    "no pipeline": ("[pipeline:main]\n", 1, "pipeline:main", ["'pipeline'"]),
    "pipeline with extras": (
        "[pipeline:main]\npipeline = api\nx = 1",
        3,
        "pipeline:main",
        ["(disallowed) settings: x"],
    ),
    "app in the middle": (
        "[pipeline:main]\npipeline = cors api auth api",
        2,
        "pipeline:main",
        ["'api' is an application", "only filters"],
    ),
    "filter at the end": (
        "[pipeline:main]\npipeline = cors\n auth",
        3,
        "pipeline:main",
        ["'auth' is a filter", "that ends with one"],
    ),
    "pipeline of itself": (
        "[pipeline:main]\npipeline = cors main",
        2,
        "pipeline:main",
        ["[pipeline:main] -> [pipeline:main]"],
    ),
    "app of itself": ("[app:main]\nuse = main", 2, "app:main", ["[app:main] -> [app:main]"]),
    "filter of itself": (
        "[app:main]\nuse = api\nfilter-with = f\n[filter:f]\nuse=cors\nfilter-with = f",
        6,
        "filter:f",
        ["[filter:f] -> [filter:f]"],
    ),
    "longer cycle": (
        "[pipeline:main]\npipeline = cors b\n[app:b]\nuse = c\n[filter-app:c]\nuse = cors\nnext = main",
        7,
        "filter-app:c",
        ["[pipeline:main] -> [app:b] -> [filter-app:c] -> [pipeline:main]"],
    ),
    "cycle through a composite": (
        f"[composite:main]\n{URLMAP}\n/v1: p\n[pipeline:p]\npipeline = cors main",
        5,
        "pipeline:p",
        ["[composite:main] -> [pipeline:p] -> [composite:main]"],
    ),
    "missing module": (
        "[app:main]\npaste.app_factory = no_such.module:f",
        2,
        "app:main",
        ["no module 'no_such'"],
    ),
    "missing submodule": (
        f"[app:main]\npaste.app_factory = {HERE}s:app",
        2,
        "app:main",
        [f"no module '{HERE}s'", "'recorder'"],
    ),
    "missing attribute": (
        f"[app:main]\npaste.app_factory = {HERE}:ap",
        2,
        "app:main",
        [f"'{HERE}' has no 'ap'", "did you mean 'app'?"],
    ),
    "class behind a dot": (
        f"[app:main]\npaste.app_factory = {HERE}.Owner.factory",
        2,
        "app:main",
        [f"no module '{HERE}.Owner'", f"write '{HERE}:Owner.factory'"],
    ),
    "colon too far right": (
        f"[app:main]\npaste.app_factory = {HERE}.Owner:factory",
        2,
        "app:main",
        [f"write '{HERE}:Owner.factory'"],
    ),
    "missing inner attribute": (
        f"[app:main]\npaste.app_factory = {HERE}:Owner.factroy",
        2,
        "app:main",
        ["'Owner' has no 'factroy'", "'factory'"],
    ),
    "missing function of call": (f"[app:main]\nuse = call:{HERE}:ap", 2, "app:main", ["has no 'ap'"]),
    "call without a function": (f"[app:main]\nuse = call:{HERE}", 2, "app:main", ["call:module:function"]),
    "call with a dot": (
        f"[app:main]\nuse = call:{HERE}:Owner.factory",
        2,
        "app:main",
        ["no dot", f"paste.app_factory = {HERE}:Owner.factory"],
    ),
    "call in a pipeline": (
        f"[pipeline:main]\npipeline = call:{HERE}:filter_factory api",
        2,
        "pipeline:main",
        ["says not what it makes", "paste.filter_factory"],
    ),
    "missing distribution": (
        "[app:main]\nuse = egg:PasteDeploi",
        2,
        "app:main",
        ["no distribution 'PasteDeploi'", "'PasteDeploy'"],
    ),
    "missing entry point": (
        "[app:main]\nuse = egg:PasteDeploy#x",
        2,
        "app:main",
        ["no application 'x'", "none of this kind"],
    ),
    "no distribution": ("[app:main]\nuse = egg:", 2, "app:main", ["names no distribution"]),
    "two factories": (
        f"[app:main]\npaste.app_factory = {HERE}:app\npaste.filter_factory = {HERE}:app",
        3,
        "app:main",
        ["two factories", "paste.filter_factory"],
    ),
    "use and a factory": (
        f"[app:main]\nuse = api\npaste.app_factory = {HERE}:app",
        3,
        "app:main",
        ["two factories: use and"],
    ),
    "misspelt factory": (
        f"[app:main]\npaste.app_factroy = {HERE}:app",
        2,
        "app:main",
        ["did you mean 'paste.app_factory'?"],
    ),
    "no factory": ("[app:main]\nx = 1", 1, "app:main", ["no factory"]),
    "factory of another kind": (
        f"[app:main]\npaste.filter_factory = {HERE}:app",
        2,
        "app:main",
        ["makes no application"],
    ),
    "factory not callable": (
        f"[app:main]\npaste.app_factory = {HERE}:NOT_CALLABLE",
        2,
        "app:main",
        ["NOT_CALLABLE", "a int, which is not callable"],
    ),
    "module as a factory": (
        f"[app:main]\npaste.app_factory = {HERE}",
        2,
        "app:main",
        ["a module, which is not callable"],
    ),
    "option not taken": (
        f"[app:main]\npaste.app_factory = {HERE}:strict\nsize = 1\ncoulor = x",
        4,
        "app:main",
        ["'coulor'", "takes: colour, size", "did you mean 'colour'?"],
    ),
    "option not taken, by use": (
        f"[app:main]\nuse = a\ncoulor = x\n[app:a]\npaste.app_factory = {HERE}:strict",
        3,
        "app:main",
        ["'coulor'"],
    ),
    "option missing": (
        f"[app:main]\npaste.app_factory = {HERE}:demanding",
        2,
        "app:main",
        ["needs option 'must'"],
    ),
    "factory that takes nothing": (
        f"[app:main]\npaste.app_factory = {HERE}:nothing_taken",
        2,
        "app:main",
        ["can't be called with (global_conf, **options)"],
    ),
    "factory that raises": (
        f"[app:main]\npaste.app_factory = {HERE}:failing",
        2,
        "app:main",
        ["raised RuntimeError: the database is down"],
    ),
    "no filter made": (
        f"[pipeline:main]\npipeline = f api\n[filter:f]\npaste.filter_factory = {HERE}:no_filter",
        4,
        "filter:f",
        ["returned None", "return a filter"],
    ),
    "filter that raises": (
        f"[pipeline:main]\npipeline = f api\n[filter:f]\npaste.filter_factory = {HERE}:bad_filter",
        4,
        "filter:f",
        ["raised ValueError: can't wrap this"],
    ),
    "duplicate mounts": (
        f"[composite:main]\n{URLMAP}\n/v1: api\n/v1/: api",
        4,
        "composite:main",
        ["duplicate mount", "'/v1/'"],
    ),
    "mount without a slash": (
        f"[composite:main]\n{URLMAP}\nv1: api",
        3,
        "composite:main",
        ["'v1'", "write '/v1'"],
    ),
    "unknown strategy": (
        f"[composite:main]\n{STRATEGIES}\nauth_strategy = no\nkeystone = api\nnoauth2 = api",
        3,
        "composite:main",
        ["'no'", "keystone, noauth2"],
    ),
    "no strategy": (
        f"[composite:main]\n{STRATEGIES}\nkeystone = api\nnoauth2 = api",
        2,
        "composite:main",
        ["keystone, noauth2"],
    ),
    "unknown filter of a strategy": (
        f"[composite:main]\n{STRATEGIES}\nkeystone = cors atuh api",
        3,
        "composite:main",
        ["did you mean 'auth'?"],
    ),
    "duplicate section": (
        "[app:main]\nuse = api\n[app:main]\nuse = api",
        3,
        "app:main",
        ["already on line 7"],
    ),
    "duplicate option": ("[app:main]\nuse = api\nx = 1\nx = 2", 4, "app:main", ["'x' is already on line 9"]),
    "neither section nor option": ("[app:main]\nuse = api\nwhat is this", 3, "app:main", ["'what is this'"]),
    "same name twice": (
        "[app:main]\nuse = api\n[pipeline:main]\npipeline = api",
        3,
        "",
        ["[app:main]", "[pipeline:main]"],
    ),
    "interpolation of nothing": ("[app:main]\nuse = api\nx = %(nope)s", 3, "app:main", ["'x'", "%(nope)s"]),
    "interpolation of itself": ("[app:main]\nuse = api\nx = %(x)s", 3, "app:main", ["itself"]),
    "bare percent sign": ("[app:main]\nuse = api\nx = 50%", 3, "app:main", ["write %%"]),
    "get of nothing": (
        "[app:main]\nuse = api\nget x = heer",
        3,
        "app:main",
        ["'heer'", "did you mean 'here'?"],
    ),
    "missing requirement": (
        "[app:main]\nuse = api\nrequire = no-such-thing",
        3,
        "app:main",
        ["'no-such-thing'"],
    ),
    "filter-app without next": ("[filter-app:main]\nuse = cors", 1, "filter-app:main", ["'next'"]),
    "missing include": (
        "[app:main]\nuse = config:missing.ini",
        2,
        "app:main",
        ["missing.ini", "no such file"],
    ),
    "directory as include": ("[app:main]\nuse = config:.", 2, "app:main", ["is a directory"]),
    "unknown scheme": ("[app:main]\nuse = eeg:x", 2, "app:main", ["'eeg'", "config:, egg:, call:"]),
    "use of nothing": ("[app:main]\nuse =", 2, "app:main", ["'use' is empty", "write a name"]),
    "filter-with of nothing": (
        "[app:main]\nuse = api\nfilter-with =",
        3,
        "app:main",
        ["'filter-with' is empty"],
    ),
    "marks of a merge": (
        "[app:main]\n<<<<<<< HEAD\nuse = api\n=======\nuse = cors\n>>>>>>> 1a2b3c: theirs",
        2,
        "app:main",
        ["'<<<<<<< HEAD' is the mark of a merge", "keep one of the two sides"],
    ),
    "one mark of a merge": ("[app:main]\nuse = api\n>>>>>>> 1a2b: theirs", 3, "app:main", ["of a merge"]),
    "marks of a merge at a header": (
        "<<<<<<< HEAD\n[app:main]\n=======\n[app:mian]\n>>>>>>> theirs\nuse = api",
        1,
        "",
        ["'<<<<<<< HEAD' is the mark of a merge"],
    ),
    "quoted reference": ('[app:main]\nuse = "egg:x#y"', 2, "app:main", ["leave the quotes out: egg:x#y"]),
    "nothing in quotes": ("[app:main]\nuse = ''", 2, "app:main", ["no application ''''", "known: "]),
    "a list of another language": (
        "[pipeline:main]\npipeline = ['cors', 'api']",
        2,
        "pipeline:main",
        ["leave the quotes, commas and brackets out: api"],
    ),
    "a blank for the colon": (
        "[pipeline:main]\npipeline = gate api\n[filter gate]\nuse = cors",
        2,
        "pipeline:main",
        ["there is no filter 'gate'", "write [filter:gate] in place of [filter gate] (line 9)"],
    ),
    "two paths in a mount": (
        f"[composite:main]\n{URLMAP}\n/a b: api",
        3,
        "composite:main",
        ["more than one path", "a mount of its own"],
    ),
    "section without a name": ("[app]\nuse = api", 1, "", ["[app] has no name", "[app:main]"]),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_with_place_cause_and_fix(mistake, tmp_path):
    text, line, section, words = MISTAKES[mistake]
    file = tmp_path / "api.ini"
    file.write_text(PARTS + text + "\n")
    with pytest.raises(ConfigError) as caught:
        loadapp(f"config:{file}")
    error, message = caught.value, str(caught.value)
    assert isinstance(error, LookupError)
    at = 1 if mistake == "section without a name" else PARTS.count("\n") + line
    assert f"{file}:{at}:" in message, message
    assert (error.file, error.line) == (str(file), at)
    if section:
        assert f"[{section}]" in message
    for word in words:
        assert word in message, message
    assert error.fix


def test_the_chain_tells_every_reference_on_the_way(tmp_path):
    (tmp_path / "other.ini").write_text("[app:x]\nuse = call:nowhere_at_all:f\n")
    file = tmp_path / "api.ini"
    file.write_text(
        PARTS
        + f"[composite:main]\n{URLMAP}\n/v1: p\n[pipeline:p]\npipeline =\n  cors\n  config:other.ini#x\n"
    )
    with pytest.raises(ConfigError) as caught:
        loadapp(f"config:{file}")
    error = caught.value
    assert (os.path.basename(error.file), error.line, error.section) == ("other.ini", 2, "app:x")
    assert error.chain == ("[composite:main] api.ini:9", "[pipeline:p] api.ini:13")
    assert str(error).endswith("(reached by [composite:main] api.ini:9 -> [pipeline:p] api.ini:13)")


def test_a_mistake_in_an_included_file_is_told_where_it_is(tmp_path):
    (tmp_path / "other.ini").write_bytes(b"[app:main]\nuse = call:x:y\nx = \xff\n")
    file = tmp_path / "api.ini"
    file.write_text("[app:main]\nuse = config:other.ini\n")
    with pytest.raises(ConfigError, match=r"other\.ini:3: .*0xff.*reached by \[app:main\] api\.ini:2"):
        loadapp(f"config:{file}")
    (tmp_path / "other.ini").write_text("[app:main]\nx = 1\nx = 2\n")
    with pytest.raises(ConfigError, match=r"other\.ini:3: .*already.*reached by \[app:main\] api\.ini:2"):
        loadapp(f"config:{file}")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"[app:main]\nuse = call:a:b\nx = caf\xe9\n", ":3: [app:main] byte 0xe9 in column 8 is not UTF-8"),
        (b"\xef\xbb\xbf[app:main]\n", ":1: starts with a byte order mark"),
        (b"x = 1\n[app:main]\n", ":1: 'x = 1' stands before any section"),
        (b"[app:main\nuse = call:a:b\n", ":1: '[app:main' is a header without its end; write '[app:main]'"),
        (b"", ":1: there is no application 'main'"),
    ],
)
def test_a_file_that_can_not_be_read_says_why(content, words, tmp_path):
    file = tmp_path / "api.ini"
    file.write_bytes(content)
    with pytest.raises(ConfigError, match=re.escape(words)):
        loadapp(f"config:{file}")


@pytest.mark.parametrize(
    ("section", "line", "words"),
    [
        ("[composite:main]\nuse = egg:apirouter#urlmap", "/v1: shout", "'shout' is a filter ([filter:shout]"),
        (
            "[composite:main]\nuse = egg:apirouter#urlmap",
            "/v1: shout",
            "name an application, or a pipeline of",
        ),
        (
            "[app:main]\nuse = egg:apirouter#versions",
            "filter-with = api",
            "only filters stand before the last name of a pipeline, and in",
        ),
    ],
)
def test_a_name_of_the_other_kind_is_told_what_belongs_there(section, line, words, tmp_path):
    file = tmp_path / "api.ini"
    file.write_text(f"{section}\n{line}\n[app:api]\nuse = call:a:b\n[filter:shout]\nuse = call:a:b\n")
    with pytest.raises(ConfigError, match=re.escape(words)) as caught:
        loadapp(f"config:{file}")
    assert str(caught.value).startswith(f"{file}:3: ")


def test_what_is_no_file_says_so(tmp_path):
    with pytest.raises(ConfigError, match="there is no such file"):
        loadapp(f"config:{tmp_path}/no.ini")
    with pytest.raises(ConfigError, match="is a directory"):
        loadapp(f"config:{tmp_path}")
    with pytest.raises(ConfigError, match="is relative, to nothing"):
        loadapp("config:no.ini")
    with pytest.raises(ConfigError, match="no scheme"):
        loadapp("/etc/no.ini")
    with pytest.raises(ConfigError, match="is no path"):
        loadapp("config:/a\0b")


def test_an_unreadable_file_says_so(tmp_path, monkeypatch):
    file = tmp_path / "api.ini"
    file.write_text("[app:main]\n")

    def refuse(path, mode):
        raise PermissionError(13, "Permission denied", path)

    # Not chmod: root, as which tests may run, reads everything.
    monkeypatch.setattr(ini, "open", refuse, raising=False)
    with pytest.raises(ConfigError, match=r"can't be read: Permission denied; check the permissions"):
        loadapp(f"config:{file}")


def test_the_original_exception_is_the_cause(tmp_path):
    file = tmp_path / "api.ini"
    file.write_text(PARTS + f"[app:main]\npaste.app_factory = {HERE}:failing\n")
    with pytest.raises(ConfigError) as caught:
        loadapp(f"config:{file}")
    cause = caught.value.__cause__
    assert isinstance(cause, RuntimeError)
    names = []
    trace = cause.__traceback__
    while trace is not None:
        names.append(trace.tb_frame.f_code.co_name)
        trace = trace.tb_next
    assert names[-1] == "failing"


def test_a_module_that_fails_while_it_is_imported_is_told_from_one_that_is_missing(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "broken_one.py").write_text("import not_installed_anywhere\n")
    (tmp_path / "broken_two.py").write_text("def f(:\n")
    file = tmp_path / "api.ini"
    for module, words in (("broken_one", "ModuleNotFoundError"), ("broken_two", "SyntaxError")):
        for line in (f"use = call:{module}:f", f"paste.app_factory = {module}:f"):
            file.write_text(f"[app:main]\n{line}\n")
            with pytest.raises(ConfigError, match=f"importing module '{module}' raised {words}") as caught:
                loadapp(f"config:{file}")
            assert type(caught.value.__cause__).__name__ == words


def test_an_error_of_a_factory_that_has_an_option_is_told_at_its_line(tmp_path, monkeypatch):
    def factory(global_conf, **local_conf):
        raise ConfigError("'many' is not a whole number", option="limit", fix="write digits")

    monkeypatch.setattr(recorder, "app", factory)
    file = tmp_path / "api.ini"
    file.write_text(PARTS + "[app:main]\nuse = api\na = 1\nlimit = many\n")
    with pytest.raises(ConfigError, match=rf"{file}:10: \[app:main\] 'many' is not"):
        loadapp(f"config:{file}")


def test_the_other_functions_tell_as_much(tmp_path):
    file = tmp_path / "api.ini"
    file.write_text(PARTS + "[server:main]\nuse = egg:nope\n")
    with pytest.raises(ConfigError, match=r"api\.ini:3: there is no filter 'corz'.*did you mean 'cors'"):
        loadfilter(f"config:{file}", "corz")
    with pytest.raises(ConfigError, match=r"api\.ini:8: \[server:main\] 'egg:nope#main': no distribution"):
        loadserver(f"config:{file}")
    with pytest.raises(ConfigError, match="there is no application 'ap'"):
        appconfig(f"config:{file}", "ap")


def test_what_stops_the_process_is_never_dressed_up(tmp_path, monkeypatch):
    file = tmp_path / "api.ini"
    file.write_text(PARTS)
    for stop in (SystemExit, KeyboardInterrupt):

        def factory(global_conf, stop=stop, **local_conf):
            raise stop

        monkeypatch.setattr(recorder, "app", factory)
        with pytest.raises(stop):
            loadapp(f"config:{file}", "api")


def test_a_load_after_a_failed_one_starts_afresh(tmp_path):
    file = tmp_path / "api.ini"
    file.write_text(PARTS + "[app:main]\nuse = apii\n")
    messages = set()
    for _ in range(3):
        with pytest.raises(ConfigError) as caught:
            loadapp(f"config:{file}")
        messages.add(str(caught.value))
    assert len(messages) == 1
    file.write_text(PARTS + "[app:main]\nuse = api\n")
    assert loadapp(f"config:{file}") == ("app", ())


def test_the_first_error_is_not_hidden_by_one_that_follows(tmp_path, monkeypatch):
    """A factory is asked for its signature only when that can be the reason; failing that hides nothing."""

    class Factory:
        @property
        def __signature__(self):
            raise ValueError("a second error")

        def __call__(self, global_conf, **local_conf):
            raise TypeError("the first error")

    monkeypatch.setattr(recorder, "app", Factory())
    file = tmp_path / "api.ini"
    file.write_text(PARTS)
    with pytest.raises(ConfigError, match="TypeError: the first error") as caught:
        loadapp(f"config:{file}", "api")
    assert str(caught.value.__cause__) == "the first error"


def test_threads_load_at_once_and_each_sees_its_own_error(tmp_path):
    count = 8
    barrier = threading.Barrier(count)
    for number in range(count):
        good = PARTS + f"[pipeline:main]\npipeline = cors auth api\n[app:n]\nuse = api\nnumber = {number}\n"
        (tmp_path / f"{number}.ini").write_text(
            good if number % 2 else good.replace("auth api", f"f{number} api")
        )

    def load(number):
        barrier.wait()
        got = []
        for _ in range(5):
            try:
                loadapp(f"config:{number}.ini", relative_to=str(tmp_path))
                got.append(loadapp(f"config:{number}.ini#n", relative_to=str(tmp_path)))
            except ConfigError as error:
                got.append(str(error))
        return got

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(count) as pool:
            results = list(pool.map(load, range(count)))
    finally:
        sys.setswitchinterval(interval)
    for number, got in enumerate(results):
        assert len(set(got)) == 1
        if number % 2:
            assert got[0] == ("app", (("number", str(number)),))
        else:
            assert f"{number}.ini:8: [pipeline:main] there is no filter 'f{number}'" in got[0]


def test_interpolation_errors_start_as_paste_deploys_do(tmp_path):
    file = tmp_path / "api.ini"
    file.write_text(PARTS + "[DEFAULT]\nx = %(nope)s\n")
    with pytest.raises(InterpolationConfigError) as caught:
        loadapp(f"config:{file}", "api")
    assert str(caught.value).startswith(f"Error in file {file}:8: [DEFAULT] option 'x'")


def test_a_module_that_exits_does_not_end_the_check_in_silence(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "exits_one.py").write_text("raise SystemExit(0)\n")
    file = tmp_path / "api.ini"
    file.write_text("[app:main]\npaste.app_factory = exits_one:f\n")
    (finding,) = check_file(str(file))
    assert (finding.severity, finding.line) == ("error", 2)
    assert "importing module 'exits_one' raised SystemExit" in finding.message


@pytest.mark.parametrize(
    ("section", "target"),
    [
        (
            "[app:main]\npaste.app_factory = {}\nnamespace = demo.extensions",
            "apirouter.routing.router:APIRouter",
        ),
        ("[app:main]\npaste.app_factory = {}", "apirouter.routing.router:APIRouter"),
        ("[app:main]\npaste.app_factory = {}\nmessage = x", f"{HERE}:Owner"),
        (
            "[pipeline:main]\npipeline = f a\n[app:a]\nuse = egg:apirouter#healthcheck\n"
            "[filter:f]\npaste.filter_factory = {}",
            "apirouter.filters.faultwrap:FaultWrapper",
        ),
    ],
)
def test_a_class_that_cannot_be_a_factory_is_an_error_of_load_and_check_with_its_own_factory(
    section, target, tmp_path
):
    file = tmp_path / "api.ini"
    file.write_text(section.format(target))
    with pytest.raises(ConfigError) as caught:
        loadapp(f"config:{file}")
    assert caught.value.fix == f"write '{target}.factory'"
    (finding,) = check_file(str(file))
    assert (finding.severity, finding.code) == ("error", "class-for-factory")
    assert finding.fix == caught.value.fix


def test_a_class_that_can_be_called_as_a_factory_is_only_doubtful(tmp_path):
    file = tmp_path / "api.ini"
    file.write_text(f"[app:main]\npaste.app_factory = {HERE}:Application\nmessage = x\n")
    loadapp(f"config:{file}")
    (finding,) = check_file(str(file))
    assert (finding.severity, finding.code) == ("warning", "class-for-factory")
