"""The described tree: what would be built, and where every value comes from."""

from __future__ import annotations

import dataclasses

import pytest

from apirouter.deploy import loadapp
from apirouter.deploy.tree import describe_file
from apirouter.errors import ConfigError
from tests.functional import recorder

HERE = "tests.functional.recorder"


@pytest.fixture
def describe(tmp_path):
    def write_and_describe(text, name=None, **conf):
        (tmp_path / "api.ini").write_text(text)
        return describe_file(str(tmp_path / "api.ini"), name, conf)

    return write_and_describe


def origins(values, folder):
    return {v.name: (v.value, v.file.removeprefix(f"{folder}/"), v.line, v.source) for v in values}


def test_every_value_has_its_origin(describe, tmp_path):
    (tmp_path / "base.ini").write_text(
        "[DEFAULT]\nfar = 1\nshared = theirs\n"
        f"[app:base]\npaste.app_factory = {HERE}:app\na = base\nb = base\nset inner = %(shared)s\n"
    )
    tree = describe(
        "[DEFAULT]\nshared = ours\nnear = %(here)s\n[app:main]\nuse = config:base.ini#base\n"
        "set outer = %(passed)s\na = main\nget c = near\n",
        passed="by code",
    )
    (root,) = tree.roots
    assert tree.problems == ()
    assert origins(root.options, tmp_path) == {
        "a": ("main", "api.ini", 7, "section"),
        "b": ("base", "base.ini", 7, "section"),
        "c": (str(tmp_path), "api.ini", 8, "get"),
    }
    found = origins(root.globals, tmp_path)
    assert found.pop("here")[2:] == found.pop("__file__")[2:] == (0, "global_conf")
    assert found == {
        "shared": ("ours", "api.ini", 2, "DEFAULT"),
        "near": (str(tmp_path), "api.ini", 3, "DEFAULT"),
        "far": ("1", "base.ini", 2, "DEFAULT"),
        "inner": ("theirs", "base.ini", 8, "set"),
        "outer": ("by code", "api.ini", 6, "set"),
        "passed": ("by code", "", 0, "global_conf"),
    }
    assert (root.section, root.uses, root.target) == ("app:main", ("app:base",), f"{HERE}:app")


def test_the_values_are_those_that_the_factory_gets(describe, tmp_path):
    tree = describe(
        "[DEFAULT]\nx = 1\n[filter-app:main]\nuse = f\nnext = a\nset y = 2\n"
        f"[filter:f]\npaste.filter_factory = {HERE}:filter_factory\nget z = y\nlong = a\n  b\n"
        f"[app:a]\nuse = call:{HERE}:app\nfilter-with = f\n"
    )
    recorder.CALLS.clear()
    loadapp(f"config:{tmp_path}/api.ini", global_conf={})
    (root,) = tree.roots
    (pipeline,) = root.pipelines
    nodes = [pipeline.filters[0], pipeline.application.filters[0], pipeline.application]
    described = [
        ({v.name: v.value for v in node.globals}, {v.name: v.value for v in node.options}) for node in nodes
    ]
    called = [(conf, local) for _, conf, local in recorder.CALLS]
    assert sorted(map(str, described)) == sorted(map(str, called))


def test_mounts_and_pipelines_stand_in_their_order_with_their_lines(describe):
    tree = describe(
        "[composite:main]\nuse = call:apirouter.deploy.urlmap:urlmap_factory\nnot_found_app = a\n"
        "/v2: a\n/v2/+: p\ndomain x.org port 8 /: a\n"
        "[composite:p]\nuse = call:apirouter.deploy.pipeline:pipeline_factory\n"
        "one = f g a\ntwo = g f\n  a\nauth_strategy = two\n"
        f"[app:a]\npaste.app_factory = {HERE}:app\n"
        f"[filter:f]\npaste.filter_factory = {HERE}:filter_factory\n[filter:g]\nuse = f\n"
    )
    (root,) = tree.roots
    assert [(m.expression, m.path, m.exact, m.wildcard, m.host, m.port, m.line) for m in root.mounts] == [
        ("/v2", "/v2", True, False, "", "", 4),
        ("/v2/+", "/v2", False, True, "", "", 5),
        ("domain x.org port 8 /", "", False, False, "x.org", "8", 6),
    ]
    pipelines = root.mounts[1].node.pipelines
    assert [(p.strategy, p.chosen, p.line, [f.reference for f in p.filters]) for p in pipelines] == [
        ("one", False, 9, ["f", "g"]),
        ("two", True, 10, ["g", "f"]),
    ]
    assert [node.reference for node in root.mentions] == ["a"]
    assert {s.name: (s.type, s.line, s.reached) for s in tree.sections}["filter:g"] == ("filter", 17, True)


def test_the_former_names_of_the_composites_are_known(describe):
    for use in ("egg:Paste#urlmap", "call:nova.api.openstack.urlmap:urlmap_factory"):
        tree = describe(f"[composite:main]\nuse = {use}\n/: a\n[app:a]\nuse = call:x:y\n")
        assert tree.roots[0].mounts[0].node.section == "app:a"
    tree = describe(
        "[composite:main]\nuse = call:nova.api.auth:pipeline_factory_v21\nnoauth2 = a\nkeystone = a\n"
        "[app:a]\nuse = call:x:y\n"
    )
    assert [(p.strategy, p.chosen) for p in tree.roots[0].pipelines] == [
        ("noauth2", False),
        ("keystone", True),
    ]


def test_what_is_wrong_stands_in_the_tree(describe):
    tree = describe("[pipeline:main]\npipeline = f nope\n[filter:f]\nuse = egg:nope\n")
    assert [(problem.line, problem.section) for problem in tree.problems] == [
        (2, "pipeline:main"),
        (4, "filter:f"),
    ]
    assert "no application 'nope'" in tree.roots[0].pipelines[0].application.problem


def test_the_roots_are_main_and_the_servers_or_what_nothing_refers_to(describe):
    app = f"paste.app_factory = {HERE}:app\n"
    two = f"[app:a]\n{app}[app:b]\nuse = a\n[app:c]\n{app}"
    server = f"[server:main]\npaste.server_factory = {HERE}:server\n"
    assert [r.section for r in describe(two + server).roots] == ["app:b", "app:c", "server:main"]
    assert [r.section for r in describe(two + f"[app:main]\n{app}").roots] == ["app:main"]
    assert [r.section for r in describe(two, "a").roots] == ["app:a"]
    assert [r.section for r in describe("[app:x]\nuse = y\n[app:y]\nuse = x\n").roots] == ["app:x", "app:y"]


def test_records_are_frozen(describe):
    tree = describe("[app:main]\nuse = call:x:y\n")
    for record in (tree, tree.roots[0], tree.sections[0], tree.sections[0].options[0]):
        field = dataclasses.fields(record)[0].name
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(record, field, "")


def test_a_file_that_is_not_there_is_an_error():
    with pytest.raises(ConfigError, match="no such file"):
        describe_file("/no/such.ini")


def test_an_application_that_uses_a_pipeline_of_another_name_is_described_as_that(describe):
    (root,) = describe(
        "[app:main]\nuse = front\n[pipeline:front]\npipeline = f one\n"
        f"[filter:f]\npaste.filter_factory = {HERE}:filter_factory\n"
        f"[app:one]\npaste.app_factory = {HERE}:app\n"
    ).roots
    assert [f.reference for f in root.pipelines[0].filters] == ["f"]
    assert root.pipelines[0].application.reference == "one"
    (root,) = describe(
        f"[app:main]\nuse = front\n[filter-app:front]\npaste.filter_factory = {HERE}:filter_factory\nnext = one\n"
        f"[app:one]\npaste.app_factory = {HERE}:app\n"
    ).roots
    assert root.pipelines[0].application.reference == "one"
