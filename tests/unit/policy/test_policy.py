"""The policy: its rules, their verdicts, their files."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time

import pytest

from apirouter import policy, wsgi
from apirouter.context import RequestContext
from apirouter.errors import ConfigError, MissingExtra, PluginError, PolicyNotAuthorized
from apirouter.policy import engine
from apirouter.stamps import stamp_of
from tests.support import ask, context, router_for

pytest.importorskip("oslo_policy", reason="the policy extra is not installed")

ADMIN = RequestContext("root", "ops", roles=["Admin"])
MEMBER = RequestContext("u", "p", roles=["reader", "member"])


def load(rules, *args, **kwargs):
    defaults = [policy.RuleDefault(name, check) for name, check in rules.items()]
    return policy.Policy.load([("tests", defaults)], *args, **kwargs)


# --------------------------------------------------------------------------- verdicts


@pytest.mark.parametrize(
    ("check", "context", "target", "verdict"),
    [
        ("role:admin", ADMIN, {}, True),
        ("role:ADMIN", ADMIN, {}, True),
        ("role:admin", MEMBER, {}, False),
        ("project_id:%(project_id)s", MEMBER, {"project_id": "p"}, True),
        ("project_id:%(project_id)s", MEMBER, {"project_id": "other"}, False),
        ("project_id:%(project_id)s", MEMBER, {}, False),
        ("project_id:%(project_id)s", MEMBER, None, True),
        ("user_id:%(user_id)s", MEMBER, None, True),
        ("role:admin or (role:member and project_id:%(project_id)s)", MEMBER, None, True),
        ("not role:member", MEMBER, {}, False),
        ("@", MEMBER, {}, True),
        ("", MEMBER, {}, True),
        ("!", ADMIN, {}, False),
        ("True:%(enabled)s", MEMBER, {"enabled": True}, True),
        ("'p':%(project_id)s", MEMBER, None, True),
        ("is_admin:True", ADMIN, {}, False),
        ("is_admin:True", RequestContext(is_admin=True), {}, True),
        ("role:%(wanted)s", MEMBER, {"wanted": "Reader"}, True),
        ("user.domain.id:%(d)s", RequestContext(user={"domain": {"id": "x"}}), {"d": "x"}, True),
        ("things.id:%(d)s", RequestContext(things=[{"id": "w"}, {"id": "x"}]), {"d": "x"}, True),
        ("nothing:%(d)s", MEMBER, {"d": "x"}, False),
        ("role:admin or role:a or role:reader", MEMBER, {}, True),
        ("role:reader and role:member and role:admin", MEMBER, {}, False),
    ],
)
def test_the_language_of_rules(check, context, target, verdict):
    assert load({"r": check}).authorize(context, "r", target) is verdict


def test_rules_refer_to_rules():
    rules = load(
        {
            "admin_or_owner": "rule:admin or project_id:%(project_id)s",
            "admin": "role:admin",
            "r": "rule:admin_or_owner",
        }
    )
    assert rules.authorize(ADMIN, "r", {"project_id": "x"})
    assert rules.authorize(MEMBER, "r", {"project_id": "p"})
    assert not rules.authorize(MEMBER, "r", {"project_id": "x"})


def test_a_context_asks_its_authority():
    rules = load({"r": "role:admin"})
    context = RequestContext("u", "p", roles=["member"], authority=rules)
    with pytest.raises(PolicyNotAuthorized, match=r"^Policy doesn't allow r to be performed\.$") as caught:
        context.can("r")
    assert caught.value.code == 403
    assert context.can("r", fatal=False) is False


def test_a_rule_nobody_defined_denies_even_an_administrator_and_even_with_a_default_rule(caplog):
    rules = load({"default": "@"})
    assert rules.authorize(ADMIN, "servers:craete", {}) is False
    assert not rules.defined("servers:craete")
    assert "'servers:craete' is defined by nobody" in caplog.text


def test_what_goes_wrong_while_a_rule_is_asked_denies(caplog):
    rules = load({"r": "user.x:%(a)s", "odd": "a:%(b"})
    assert rules.authorize(RequestContext(user="text"), "r", {"a": 1}) is False
    assert rules.authorize(ADMIN, "odd", {"b": 1}) is False
    assert "can't be asked: denied" in caplog.text


def test_nobody_has_no_credentials():
    rules = load(
        {"open": "@", "none": "project_id:%(project_id)s", "not": "not role:admin", "is": "is_admin:False"}
    )
    assert rules.authorize(None, "open")
    assert not rules.authorize(None, "none", {"project_id": None})
    assert not rules.authorize(None, "is")
    assert rules.authorize(None, "not")


def test_other_contexts_than_the_house_s_own_will_do():
    from oslo_context.context import RequestContext as OsloContext

    rules = load({"r": "role:member and project_id:%(project_id)s"})
    assert rules.authorize(OsloContext(user_id="u", project_id="p", roles=["member"]), "r", None)
    assert rules.authorize({"roles": ["member"], "project_id": "p"}, "r", None)
    assert not rules.authorize({"project_id": "p"}, "r", None)


def test_credentials_have_what_oslo_context_gives_and_never_the_token():
    from oslo_context.context import RequestContext as OsloContext

    creds = policy.credentials(RequestContext("u", "p", auth_token="secret", system_scope="all"))
    assert set(OsloContext().to_policy_values()) - {"service_roles"} <= set(creds)
    assert "secret" not in repr(creds)
    assert creds["system"] == "all"


@pytest.mark.parametrize(
    ("context", "scope"),
    [
        (RequestContext(project_id="p"), "project"),
        (RequestContext(domain_id="d"), "domain"),
        (RequestContext(system_scope="all", domain_id="d"), "system"),
        (RequestContext(), "project"),
    ],
)
def test_scope_types_are_those_of_tokens(context, scope):
    rules = [policy.RuleDefault(name, "@", scope_types=[name]) for name in ("system", "domain", "project")]
    strict = policy.Policy.load([("tests", rules)])
    assert [r.name for r in rules if strict.authorize(context, r.name, {})] == [scope]
    loose = policy.Policy.load([("tests", rules)], enforce_scope=False)
    assert all(loose.authorize(context, r.name, {}) for r in rules)


# --------------------------------------------------------------------------- load


@pytest.mark.parametrize(
    "check", ["rule:nobody", "@ or rule:nobody", "not rule:nobody", "@ and (! or rule:nobody)"]
)
def test_a_reference_to_an_undefined_rule_refuses_the_boot(check):
    with pytest.raises(ConfigError, match="'r' refers to 'nobody', which nobody defined"):
        load({"r": check})


@pytest.mark.parametrize("rules", [{"a": "rule:a"}, {"a": "rule:b", "b": "@ or not rule:a"}])
def test_a_circle_of_references_refuses_the_boot(rules):
    with pytest.raises(ConfigError, match="in a circle: a -> "):
        load(rules)


def test_two_owners_of_one_rule_are_both_named_unless_they_agree():
    def rule(check):
        return policy.RuleDefault("r", check)

    policy.Policy.load([("one", [rule("@")]), ("two", [rule("@")])])
    with pytest.raises(PluginError, match=r"two.*defines policy rule 'r' as '!', which one defines as '@'"):
        policy.Policy.load([("one", [rule("@")]), ("two", [rule("!")])])


def test_what_is_no_rule_is_refused():
    with pytest.raises(PluginError, match="is no policy rule"):
        policy.Policy.load([("one", ["role:admin"])])


def test_rules_tell_of_themselves():
    documented = policy.DocumentedRuleDefault(
        "r",
        "role:admin",
        "Do it.",
        [{"path": "/servers", "method": ["GET", "HEAD"]}],
        scope_types=["project"],
    )
    rule = policy.Policy.load([("owner", [documented])]).rules["r"]
    assert (rule.check, rule.default, rule.description, rule.origin) == (
        "role:admin",
        "role:admin",
        "Do it.",
        "owner",
    )
    assert (rule.operations, rule.scope_types) == (("GET /servers", "HEAD /servers"), ("project",))


def test_without_oslo_policy_the_boot_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "oslo_policy", None)
    with pytest.raises(MissingExtra, match=r"needs oslo.policy.*pip install 'apirouter\[policy\]'"):
        policy.Policy.load([])
    with pytest.raises(MissingExtra):
        _ = policy.RuleDefault
    with pytest.raises(AttributeError):
        _ = policy.Nonsense


class Point:
    def __init__(self, name, rules, dist="svc", version="1.0"):
        self.name, self.value, self._rules = name, f"{name}:list_rules", rules
        self.dist = type("Dist", (), {"name": dist, "version": version}) if dist else None

    def load(self):
        return self._rules


def test_rule_lists_are_those_of_the_distributions_asked_for():
    points = [
        Point("b", lambda: [2]),
        Point("a", lambda: [1], dist="My_Svc"),
        Point("c", lambda: [3], dist=None),
    ]
    assert list(policy.rule_lists(points, ["my-svc"])) == [("a = a:list_rules (My_Svc 1.0)", [1])]
    assert [rules for _, rules in policy.rule_lists(points)] == [[1], [2], [3]]


def test_a_broken_list_of_rules_is_blamed_on_its_entry_point():
    with pytest.raises(PluginError, match=r"plugin a = a:list_rules \(svc 1.0\).*ZeroDivisionError"):
        list(policy.rule_lists([Point("a", lambda: 1 / 0)]))


# --------------------------------------------------------------------------- the decorator


def test_the_decorator_stamps_and_rules_are_asked_from_the_top_down():
    @policy.authorize("first", target={"project_id": "x"})
    @policy.authorize("second", min_version="2.1", max_version="2.5")
    def create(self, req, body):
        return body

    first, second = stamp_of(create).rules
    assert (first.rule, first.target) == ("first", {"project_id": "x"})
    assert (second.rule, str(second.versions)) == ("second", "2.1 to 2.5")


@pytest.mark.parametrize(
    ("roles", "version", "status"),
    [("member", "2.4", 200), ("member", "2.5", 403), ("reader", "2.4", 403), ("admin", "2.5", 200)],
)
def test_a_rule_guards_the_versions_that_it_names_and_no_others(roles, version, status, tmp_path):
    class Things(wsgi.Controller):
        @policy.authorize("things:new", min_version="2.5")
        @policy.authorize("things:old", max_version="2.4")
        def index(self, req):
            return {}

    rules = tmp_path / "policy.yaml"
    rules.write_text('"things:new": "role:admin"\n"things:old": "role:member"\n')
    router = router_for(Things(), options={"policy_file": str(rules)})
    assert ask(router, version=version, context=context(roles=[roles])).status_int == status


@pytest.mark.parametrize("bad", [lambda f: f, None, "", 5])
def test_a_rule_is_named_by_a_text(bad):
    with pytest.raises(TypeError, match="takes the name of a rule"):
        policy.authorize(bad)


def test_a_target_is_a_mapping_or_a_function():
    with pytest.raises(TypeError, match="neither a mapping nor a function"):
        policy.authorize("r", target="project_id")


def test_a_function_makes_the_target_of_the_call():
    assert policy.target_of(lambda id, **rest: {"project_id": id}, {"id": "p", "req": None}) == {
        "project_id": "p"
    }
    assert policy.target_of({"a": 1}, {}) == {"a": 1}
    assert policy.target_of(None, {}) is None


# --------------------------------------------------------------------------- files


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_file_says_otherwise_in_yaml_or_json(tmp_path):
    for text in (
        '"r": "role:member"\n',
        '{"r": "role:member"}',
        "r:\n  - [role:admin]\n  - [role:member, role:reader]\n",
    ):
        rules = load({"r": "role:admin", "s": "role:admin"}, write(tmp_path / "policy.yaml", text))
        assert rules.authorize(MEMBER, "r", {})
        assert not rules.authorize(MEMBER, "s", {})
        assert rules.rules["r"].origin == str(tmp_path / "policy.yaml")
        assert rules.rules["r"].default == "role:admin"


def test_directories_come_after_the_file_by_name_without_hidden_files(tmp_path):
    file = write(tmp_path / "policy.yaml", "r: role:a\n")
    (tmp_path / "d").mkdir()
    write(tmp_path / "d" / "20.yaml", "r: role:c\n")
    write(tmp_path / "d" / "10.yaml", "r: role:b\ns: role:b\n")
    write(tmp_path / "d" / ".30.yaml", "r: role:d\n")
    rules = load({"r": "!", "s": "!"}, file, [str(tmp_path / "d"), str(tmp_path / "missing")])
    assert (rules.rules["r"].check, rules.rules["s"].check) == ("role:c", "role:b")


def test_a_file_may_define_helpers_of_its_own(tmp_path):
    rules = load({"r": "!"}, write(tmp_path / "p.yaml", "mine: role:member\nr: rule:mine\n"))
    assert rules.authorize(MEMBER, "r", {})


BROKEN = [
    ("r: [", "neither YAML nor JSON"),
    ("- r\n", "no mapping of rule names to rules"),
    ("text", "no mapping of rule names to rules"),
    ("r:\n", "rule 'r' says nothing; write '@' to let everyone pass"),
    ("r: 5\n", "rule 'r' is a int"),
    ("r: true\n", "rule 'r' is a bool"),
    ("5: '@'\n", "has a name that is no text"),
    ("r: role\n", "rule 'r' can't be understood: 'role'"),
    ("r: role:a role:b\n", "rule 'r' can't be understood"),
    ("r: (role:a\n", "rule 'r' can't be understood"),
    ("r: role:a and\n", "rule 'r' can't be understood"),
    ("r: not\n", "rule 'r' can't be understood"),
    ("r: '! or admin'\n", "rule 'r' can't be understood"),
    ("r: [[admin]]\n", "rule 'r' has a check that can't be understood: 'admin'"),
    ("r: rule:nobody\n", "rule 'r' refers to 'nobody'"),
    ("r: rule:r\n", "in a circle: r -> r"),
    ("r: is:admin\n", "rule 'r' has a check of 'is:', which is neither a name nor a literal"),
]


@pytest.mark.parametrize(("text", "said"), BROKEN)
def test_a_broken_file_refuses_the_boot_by_name(tmp_path, text, said):
    path = write(tmp_path / "policy.yaml", text)
    with pytest.raises(ConfigError) as caught:
        load({"r": "role:admin"}, path)
    assert said in str(caught.value)
    assert path in str(caught.value)


@pytest.mark.parametrize(
    ("text", "line", "first"),
    [
        ("r: role:admin\ns: '@'\n# opened for a test\n'r': '@'\n", 4, 1),
        ('{\n  "r": "role:admin",\n  "r": "@"\n}\n', 3, 2),
        ('{"r": "role:admin", "\\u0072": "role:admin"}', 1, 1),
    ],
    ids=["yaml", "json", "alike"],
)
def test_a_rule_that_is_in_a_file_twice_refuses_the_boot_with_both_lines(tmp_path, text, line, first):
    path = write(tmp_path / "policy.yaml", text)
    with pytest.raises(ConfigError) as caught:
        load({"r": "role:admin", "s": "@"}, path)
    said = f"rule 'r' is there twice, in line {first} too; leave one of the two"
    assert str(caught.value) == f"{path}:{line}: {said}"


@pytest.mark.parametrize(
    "text",
    [
        '"r": "' + "not " * 20000 + '@"\n',
        "[" * 100000,
        "{a: " * 5000,
        '"r": "' + "x" * 100000 + '"\n',
        "a: &a [role:x]\n"
        + "".join(f"{n}: &{n} [*{p}, *{p}]\n" for p, n in zip("abcdefghijkl", "bcdefghijklm", strict=True)),
        '!!python/object/apply:os.system ["true"]\n',
    ],
    ids=["nots", "brackets", "braces", "long", "references", "code"],
)
def test_a_policy_file_that_is_a_bomb_is_refused_in_a_few_words(tmp_path, text):
    path = write(tmp_path / "policy.yaml", text)
    with pytest.raises(ConfigError) as caught:
        load({"r": "role:admin"}, path)
    assert path in str(caught.value)
    assert len(str(caught.value)) < 1000


def test_a_missing_file_refuses_the_boot_by_name(tmp_path):
    with pytest.raises(ConfigError, match=r"nowhere\.yaml: the policy file can't be read: No such file"):
        load({"r": "@"}, str(tmp_path / "nowhere.yaml"))


def test_a_file_that_is_no_text_is_broken(tmp_path):
    (tmp_path / "p.yaml").write_bytes(b"r: \xff\xfe\n")
    with pytest.raises(ConfigError, match="neither YAML nor JSON"):
        load({"r": "@"}, str(tmp_path / "p.yaml"))


def test_a_misspelt_rule_in_a_file_is_noted_with_the_nearest_one(tmp_path, caplog):
    load({"servers:create": "@"}, write(tmp_path / "p.yaml", "servers:craete: role:admin\n"))
    assert "rule 'servers:craete' guards nothing; did you mean 'servers:create'?" in caplog.text


def test_a_rule_that_is_asked_though_only_a_file_has_it_guards_something(tmp_path, caplog):
    asked = {"compute:flavors:discoverable", "compute:images:discoverable"}
    file = write(tmp_path / "p.yaml", "compute:flavors:discoverable: '!'\ncompute:imges:discoverable: '!'\n")
    assert load({"servers:create": "@"}, file, asked=asked).defined("compute:flavors:discoverable")
    (record,) = caplog.records
    says = "rule 'compute:imges:discoverable' guards nothing; did you mean 'compute:images:discoverable'?"
    assert record.getMessage() == f"{file}: {says}"


# --------------------------------------------------------------------------- deprecations


def renamed():
    former = policy.DeprecatedRule("old", "role:old", deprecated_reason="clearer", deprecated_since="N")
    return [("tests", [policy.RuleDefault("new", "role:new", deprecated_rule=former)])]


OLD, NEW = RequestContext(roles=["old"]), RequestContext(roles=["new"])


def test_a_deprecated_default_counts_only_where_it_is_asked_for():
    strict = policy.Policy.load(renamed())
    assert (strict.authorize(NEW, "new", {}), strict.authorize(OLD, "new", {})) == (True, False)
    both = policy.Policy.load(renamed(), enforce_new_defaults=False)
    assert (both.authorize(NEW, "new", {}), both.authorize(OLD, "new", {})) == (True, True)


def test_an_override_under_the_former_name_still_counts_and_is_noted(tmp_path, caplog):
    rules = policy.Policy.load(renamed(), write(tmp_path / "p.yaml", "old: role:mine\n"))
    assert rules.authorize(RequestContext(roles=["mine"]), "new", {})
    assert not rules.authorize(NEW, "new", {})
    assert "rule 'old' is now called 'new'; rename it" in caplog.text


def test_an_override_of_a_rule_to_be_removed_is_noted(tmp_path, caplog):
    gone = policy.RuleDefault(
        "r", "@", deprecated_for_removal=True, deprecated_reason="unused", deprecated_since="N"
    )
    policy.Policy.load([("tests", [gone])], write(tmp_path / "p.yaml", "r: role:a\n"))
    assert "rule 'r' is deprecated since N and to be removed: unused" in caplog.text


# --------------------------------------------------------------------------- reload


class Clock:
    """Time that passes when told to."""

    def __init__(self, monkeypatch):
        self.now = 1000.0
        monkeypatch.setattr(engine.time, "monotonic", lambda: self.now)
        monkeypatch.setattr(engine.time, "time", lambda: time_time() + self.now)

    def pass_(self, seconds):
        self.now += seconds


time_time = time.time


@pytest.fixture
def clock(monkeypatch):
    return Clock(monkeypatch)


def test_a_changed_file_takes_effect_within_a_second(tmp_path, clock, caplog):
    caplog.set_level(logging.INFO)
    path = tmp_path / "p.yaml"
    rules = load({"r": "role:admin"}, write(path, "r: role:nobody\n"))
    assert not rules.authorize(MEMBER, "r", {})
    write(path, "r: role:member or role:x\n")
    clock.pass_(0.6)
    assert rules.authorize(MEMBER, "r", {})
    assert "read anew" in caplog.text


def test_it_does_in_real_time_too(tmp_path):
    path = tmp_path / "p.yaml"
    rules = load({"r": "role:admin"}, write(path, "r: role:nobody\n"))
    write(path, "r: role:member or role:x\n")
    deadline = time.monotonic() + 1.0
    while not rules.authorize(MEMBER, "r", {}):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_the_first_request_after_a_quiet_second_has_the_new_rules(tmp_path):
    path = tmp_path / "p.yaml"
    rules = load({"r": "role:admin"}, write(path, "r: role:nobody\n"))
    write(path, "r: role:member or role:x\n")
    time.sleep(1.0)
    assert rules.authorize(MEMBER, "r", {})


def test_files_are_looked_at_no_more_than_twice_a_second(tmp_path, clock, monkeypatch):
    rules = load({"r": "@"}, write(tmp_path / "p.yaml", "r: '@'\n"))
    looks = []
    signature = rules._source.signature
    monkeypatch.setattr(rules._source, "signature", lambda: looks.append(1) or signature())
    for _ in range(100):
        rules.authorize(MEMBER, "r", {})
        clock.pass_(0.1)
    assert 15 <= len(looks) <= 20


def test_files_that_come_and_go_in_a_directory_take_effect(tmp_path, clock):
    rules = load({"r": "role:admin"}, None, [str(tmp_path)])
    assert not rules.authorize(MEMBER, "r", {})
    write(tmp_path / "10.yaml", "r: role:member\n")
    clock.pass_(1)
    assert rules.authorize(MEMBER, "r", {})
    (tmp_path / "10.yaml").unlink()
    clock.pass_(1)
    assert not rules.authorize(MEMBER, "r", {})


@pytest.mark.parametrize("text", [text for text, _ in BROKEN])
def test_a_file_that_breaks_keeps_the_last_good_rules_logs_and_shows_in_health(tmp_path, clock, caplog, text):
    path = tmp_path / "p.yaml"
    rules = load({"r": "role:admin"}, write(path, "r: role:member or role:y\n"))
    assert rules.health() == (True, "")
    write(path, text)
    clock.pass_(1)
    assert rules.authorize(MEMBER, "r", {})
    well, why = rules.health()
    assert not well
    assert str(path) in why
    assert "the last good rules stay" in caplog.text
    write(path, "r: role:nobody\n")
    clock.pass_(1)
    assert rules.health() == (True, "")
    assert not rules.authorize(MEMBER, "r", {})


def test_a_file_that_disappears_keeps_the_last_good_rules(tmp_path, clock):
    path = tmp_path / "p.yaml"
    rules = load({"r": "role:admin"}, write(path, "r: role:member\n"))
    path.unlink()
    clock.pass_(1)
    assert rules.authorize(MEMBER, "r", {})
    assert rules.health()[0] is False


def test_a_file_written_a_moment_ago_is_left_for_the_next_look(tmp_path, clock, monkeypatch):
    path = tmp_path / "p.yaml"
    rules = load({"r": "role:admin"}, write(path, "r: role:nobody\n"))
    write(path, "r: role:member or role:z\n")
    monkeypatch.setattr(engine.time, "time", lambda: path.stat().st_mtime + 0.1)
    clock.pass_(0.6)
    assert not rules.authorize(MEMBER, "r", {})
    monkeypatch.setattr(engine.time, "time", lambda: path.stat().st_mtime + 0.6)
    clock.pass_(0.5)
    assert rules.authorize(MEMBER, "r", {})


def test_rules_are_swapped_whole_while_others_ask(tmp_path, clock):
    """Two rules that always say opposite things are never seen to agree."""
    path = tmp_path / "p.yaml"
    rules = load({"a": "!", "b": "@"}, write(path, "a: '@'\nb: '!'\n"))
    agreed, stop = [], threading.Event()

    def ask():
        while not stop.is_set():
            verdicts = rules._rule_set.verdicts
            if verdicts["a"][0]({}, {}, None) == verdicts["b"][0]({}, {}, None):
                agreed.append(1)

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for turn in range(20):
        first, second = ("@", "!") if turn % 2 else ("!", "@")
        write(path, f"a: '{first}'\nb: '{second}'\n{'#' * turn}")
        clock.pass_(1)
        assert rules.authorize(MEMBER, "a", {}) is (first == "@")
        assert rules.authorize(MEMBER, "b", {}) is (second == "@")
    stop.set()
    for thread in threads:
        thread.join()
    assert agreed == []


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="there are no owners here")
def test_a_cache_of_entry_points_that_others_can_write_refuses_the_boot(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    load({"r": "@"})
    cache = tmp_path / "python-entrypoints"
    cache.mkdir(exist_ok=True)
    cache.chmod(0o700)
    load({"r": "@"})
    cache.chmod(0o777)
    with pytest.raises(ConfigError, match="python-entrypoints can be written by others"):
        load({"r": "@"})
    cache.chmod(0o700)
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    if cache.stat().st_uid != 0:
        with pytest.raises(ConfigError, match="belongs to somebody else"):
            load({"r": "@"})
