"""Our loader and PasteDeploy's read the same files with the same meaning, call by call."""

from __future__ import annotations

import itertools
import sys
from random import Random

import paste.deploy
import pytest
from hypothesis import Phase, event, given, settings
from hypothesis import strategies as st

from apirouter import deploy
from apirouter.errors import ConfigError
from tests.functional import recorder

MODULE = "tests.functional.recorder"
ENTRY_POINTS = f"""\
[paste.app_factory]
main = {MODULE}:app
other = {MODULE}:other_app
owned = {MODULE}:Owner.factory
[paste.composite_factory]
composite = {MODULE}:composite
[paste.composit_factory]
composit = {MODULE}:composite
[paste.filter_factory]
main = {MODULE}:filter_factory
[paste.filter_app_factory]
around = {MODULE}:filter_app
[paste.server_factory]
main = {MODULE}:server
[paste.server_runner]
runner = {MODULE}:runner
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A directory with an installed distribution, on the path."""
    folder = tmp_path_factory.mktemp("loading")
    info = folder / "Recorder-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: Recorder\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(ENTRY_POINTS)
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))


# ------------------------------------------------------------------------ random files

APPS = ["app", "application", "composite", "composit", "pipeline", "filter-app"]
KINDS = {"app": APPS, "filter": ["filter"], "server": ["server"]}
FACTORIES = {
    "app": ["egg:Recorder", "egg:Recorder#main", "egg:Recorder#other", "egg:Recorder#owned"],
    "composite": ["egg:Recorder#composite", "egg:Recorder#composit"],
    "filter": ["egg:Recorder", "egg:Recorder#around"],
    "server": ["egg:Recorder", "egg:Recorder#runner"],
}
EXPLICIT = {
    "app": [("paste.app_factory", "app"), ("paste.app_factory", "Owner.factory")],
    "composite": [("paste.composite_factory", "composite"), ("paste.composit_factory", "composite")],
    "filter": [("paste.filter_factory", "filter_factory"), ("paste.filter_app_factory", "filter_app")],
    "server": [("paste.server_factory", "server"), ("paste.server_runner", "runner")],
}
CALLED = {"app": "app", "composite": "composite", "filter": "filter_factory", "server": "server"}
VALUES = ["x", "two words", "%(here)s/x", "%(def1)s", "100%%", "a\n    b\n\n    c", "", "a ; b", "%(def1)s%%"]
WRONG = ["%", "%(no)s", "%(colour)s", "100%"]


class Writer:
    """Writes the sections of one file; a section refers, as a rule, to those written before it."""

    def __init__(self, random, foreign):
        self.random, self.foreign = random, foreign
        self.names = {"app": [], "filter": [], "server": []}
        self.lines = []

    def seldom(self):
        """Mistakes come seldom: a file in which everything is wrong compares nothing."""
        return self.random.random() < 0.05

    def pick(self, kind):
        known = self.names[kind] + [f"config:inc.ini#{name}" for name in self.foreign.get(kind, ())]
        if self.seldom():
            known = ["a", "b", "main", "nope", "egg:Recorder#nope", "config:missing.ini", "egg:Nothing"]
        return self.random.choice(known or ["egg:Recorder"])

    def section(self):
        kind = self.random.choice(["app"] * 5 + ["filter"] * 3 + ["server"])
        prefix = self.random.choice(KINDS[kind])
        free = [name for name in ("main", "a", "b", "c", "d", "e") if name not in self.names[kind]]
        name = self.random.choice(free)
        bare = name == "main" and self.random.random() < 0.3
        self.lines.append(f"[{prefix}]" if bare else f"[{prefix}:{self.random.choice(['', ' '])}{name}]")
        if prefix == "pipeline":
            filters = [self.pick("filter") for _ in range(self.random.randint(0, 3))]
            self.lines.append(f"pipeline = {' '.join([*filters, self.pick('app')])}")
            if self.seldom():
                self.lines.append("extra = 1")
        else:
            self.factory(prefix, kind)
            self.options(prefix, kind)
        self.sets(prefix)
        self.names[kind].append(name)

    def factory(self, prefix, kind):
        role = "composite" if prefix.startswith("composi") else "filter" if prefix == "filter-app" else kind
        way = self.random.choice(["egg", "call", "section", "explicit"])
        if way == "section" and role != "composite":
            self.lines.append(f"use = {self.pick(role)}")
        elif way == "call" and (prefix != "filter-app" or self.seldom()):
            self.lines.append(f"use = call:{MODULE}:{CALLED[role]}")
        elif way == "explicit":
            option, target = self.random.choice(EXPLICIT[role])
            self.lines.append(f"{option} = {MODULE}:{target}")
        else:
            self.lines.append(f"use = {self.random.choice(FACTORIES[role])}")

    def options(self, prefix, kind):
        for option in self.random.sample(["colour", "size", "def1", "Size"], self.random.randint(0, 3)):
            value = self.random.choice(WRONG if self.seldom() else VALUES)
            self.lines.append(f"{option} = {value}")
        if prefix.startswith("composi"):
            for number in range(self.random.randint(0, 3)):
                role = self.random.choice(["app", "bare", "filter"])
                self.lines.append(f"{role}.{number} = {self.pick('filter' if role == 'filter' else 'app')}")
        if prefix == "filter-app" and not self.seldom():
            self.lines.append(f"next = {self.pick('app')}")
        if kind != "server" and self.random.random() < 0.2:
            self.lines.append(f"filter-with = {self.pick('filter')}")
        if self.seldom():
            self.lines.append(f"require = {self.random.choice(['Recorder', 'Nothing', 'PasteDeploy'])}")

    def sets(self, prefix):
        if self.random.random() < 0.3:
            self.lines.append(f"set {self.random.choice(['def1', 'def2', 'new'])} = set %(def1)s")
        if self.random.random() < 0.25 and prefix != "pipeline":
            self.lines.append(
                f"get got = {'nope' if self.seldom() else self.random.choice(['def1', 'here'])}"
            )


JUNK = ["junk", "[app:a]\nuse = a", "size = 1\nsize = 2", "[app:]\nuse=egg:Recorder", "[x]", "  indented = 1"]


def write(random):
    """Return the texts of two files, of which the second may include the first, and the second's names."""
    texts, foreign = [], {}
    for _ in range(2):
        writer = Writer(random, foreign)
        writer.lines.append("[DEFAULT]\ndef1 = one")
        if random.random() < 0.5:
            writer.lines.append("def2 = %(here)s/two\n# a comment")
        for _ in range(random.randint(1, 6)):
            writer.section()
        if writer.seldom():
            writer.lines.append(random.choice(JUNK))
        foreign = writer.names
        texts.append("\n".join(writer.lines) + "\n")
    return texts, writer.names


CONFS = st.sampled_from(
    [None, {}, {"def1": "passed"}, {"new": "n", "colour": "global"}, {"empty": "", "no": "yes"}]
)
FUNCTIONS = ("loadapp", "loadfilter", "loadserver", "appconfig")


def outcome(module, function, *args, **kw):
    """Return what was built and how, or the error."""
    recorder.CALLS.clear()
    try:
        made = getattr(module, function)(*args, **kw)
        if function == "appconfig":
            made = (dict(made), dict(made.local_conf), dict(made.global_conf))
    except Exception as error:
        return error
    return seen(made), list(recorder.CALLS)


def seen(made):
    """Return what was built with its functions, which no two loads share, replaced by what they make."""
    if callable(made):
        try:
            return "makes", seen(made("an application"))
        except Exception:
            return "fails"
    return tuple(map(seen, made)) if isinstance(made, tuple) else made


# The files are drawn from a seed, which has nothing to shrink.
@settings(phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(seed=st.integers(0, 2**63), conf=CONFS)
def test_random_files_build_the_same_things_by_the_same_calls(folder, seed, conf):
    (included, text), names = write(Random(seed))
    (folder / "inc.ini").write_text(included)
    (folder / "main.ini").write_text(text)
    wanted = [("loadapp", n) for n in names["app"]] + [("appconfig", n) for n in names["app"][-2:]]
    wanted += [("loadfilter", n) for n in names["filter"]] + [("loadserver", n) for n in names["server"]]
    for function, name in [*wanted, ("loadapp", None), ("loadfilter", "main")]:
        arguments = {"name": name, "relative_to": str(folder), "global_conf": conf}
        theirs = outcome(paste.deploy, function, "config:main.ini", **arguments)
        ours = outcome(deploy, function, "config:main.ini", **arguments)
        event("refused" if isinstance(theirs, Exception) else "built")
        if isinstance(theirs, Exception):
            assert isinstance(ours, ConfigError), (theirs, ours)
            assert ours.file
        else:
            assert ours == theirs


def test_it_is_paste_deploys_own_functions_that_ours_are_compared_with():
    for function in FUNCTIONS:
        assert getattr(paste.deploy, function).__module__ == "paste.deploy.loadwsgi"


def test_the_names_in_a_uri_mean_the_same(folder):
    (folder / "uri.ini").write_text(
        "[app]\nuse = egg:Recorder\n[app:b c]\nuse = egg:Recorder#other\n[app:]\nuse=b c\n"
    )
    uris = [
        "config:uri.ini",
        "config:uri.ini#main",
        "config:uri.ini#b c",
        "config:uri.ini#",
        "CONFIG:uri.ini",
    ]
    uris += ["config:%75ri.ini", "config:./uri.ini", "egg:Recorder", "egg:Recorder#other", "egg:Recorder#no"]
    uris += [
        f"config:{folder}/uri.ini",
        f"config://{folder}/uri.ini",
        "uri.ini",
        "x:y",
        "config:",
        "config:uri.ini##",
    ]
    uris += [f"egg:Recorder#config:{folder}/uri.ini", "egg:Recorder#egg:Recorder#other"]
    for uri, name, relative in itertools.product(
        uris, [None, "main", "b c", ""], [str(folder), f"{folder}/", None]
    ):
        theirs = outcome(paste.deploy, "loadapp", uri, name, relative_to=relative)
        ours = outcome(deploy, "loadapp", uri, name, relative_to=relative)
        if isinstance(theirs, Exception):
            assert isinstance(ours, ConfigError), (uri, name, relative)
        else:
            assert ours == theirs


def test_values_of_global_conf_that_are_not_text_are_taken_as_paste_deploy_takes_them(folder):
    (folder / "conf.ini").write_text("[app:main]\nuse = egg:Recorder\n")
    for value in (False, None, 0, ""):
        arguments = ("config:conf.ini",), {"relative_to": str(folder), "global_conf": {"debug": value}}
        assert outcome(deploy, "loadapp", *arguments[0], **arguments[1]) == outcome(
            paste.deploy, "loadapp", *arguments[0], **arguments[1]
        )
    with pytest.raises(ConfigError, match="'debug' of global_conf is 1, not text"):
        deploy.loadapp("config:conf.ini", relative_to=str(folder), global_conf={"debug": 1})
