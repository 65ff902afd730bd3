"""The same verdicts as oslo.policy's Enforcer, over random rules, credentials and targets."""

from __future__ import annotations

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apirouter import policy
from apirouter.policy.engine import credentials

oslo = pytest.importorskip("oslo_policy.policy", reason="the policy extra is not installed")
cfg = pytest.importorskip("oslo_config.cfg")

NAMES = ["r0", "r1", "r2", "r3"]

KINDS = st.sampled_from(
    [
        "role",
        "project_id",
        "user_id",
        "is_admin",
        "domain_id",
        "system_scope",
        "user.domain.id",
        "tags",
        "tags.k",
        "True",
        "'p'",
        "None",
        "5",
        "missing",
        "a.b",
        "x-y",
    ]
)
MATCHES = st.sampled_from(
    [
        "admin",
        "Member",
        "p",
        "u",
        "True",
        "None",
        "5",
        "%(project_id)s",
        "%(user_id)s",
        "%(target.k)s",
        "%(missing)s",
        "%(n)d",
        "x%(project_id)s",
        "%(project_id)s%(user_id)s",
        "%(odd",
        "%",
        "%s",
        "a:b",
    ]
)
LEAVES = st.one_of(
    st.sampled_from(["@", "!"]),
    st.tuples(KINDS, MATCHES).map(":".join),
    st.just("role:admin"),
    st.just("role:%(n)s"),
)


def expressions(depth: int, names: list[str]):
    leaf = st.one_of(LEAVES, st.sampled_from([f"rule:{n}" for n in names])) if names else LEAVES
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            inner.map(lambda e: f"not ({e})"),
            st.lists(inner, min_size=2, max_size=4).map(lambda es: " and ".join(f"({e})" for e in es)),
            st.lists(inner, min_size=2, max_size=4).map(" or ".join),
        ),
        max_leaves=depth,
    )


@st.composite
def rule_sets(draw):
    # A rule refers to later ones only: circles are refused, and tested elsewhere.
    return {name: draw(expressions(6, NAMES[n + 1 :])) for n, name in enumerate(NAMES)}


VALUES = st.sampled_from(
    ["p", "u", "admin", "Member", "", "None", None, True, False, 5, 5.0, ["p"], {"k": "p"}]
)
CREDENTIALS = st.fixed_dictionaries(
    {"roles": st.lists(st.sampled_from(["admin", "ADMIN", "member", "Member", "p", "5"]), max_size=3)},
    optional={
        "project_id": VALUES,
        "user_id": VALUES,
        "is_admin": st.booleans(),
        "domain_id": VALUES,
        "system_scope": st.sampled_from([None, "all"]),
        "user": st.sampled_from([{"domain": {"id": "p"}}, {"domain": None}, "text"]),
        "tags": st.sampled_from([["p", "x"], [{"k": "p"}, {"k": "q"}], [], "p"]),
        "a": st.sampled_from([{"b": "p"}, {}]),
        "x-y": VALUES,
    },
)
TARGETS = st.fixed_dictionaries(
    {},
    optional={
        "project_id": VALUES,
        "user_id": VALUES,
        "target.k": VALUES,
        "n": st.sampled_from([5, "5", "member"]),
        "odd": VALUES,
    },
)


def enforcer(rules, scope_types=None):
    conf = cfg.ConfigOpts()
    conf([], project="test", default_config_files=[], default_config_dirs=[])
    made = oslo.Enforcer(conf, use_conf=False)
    for name, check in rules.items():
        made.register_default(oslo.RuleDefault(name, check, scope_types=scope_types))
    made.set_rules({name: rule.check for name, rule in made.registered_rules.items()}, use_conf=False)
    return made


@pytest.fixture(autouse=True)
def quiet():
    """Keep what goes wrong while a rule is asked, which it often does here, out of the log."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def told(verdict) -> bool:
    """Return a verdict; whatever raises lets nobody pass."""
    try:
        return bool(verdict())
    except Exception:
        return False


@given(
    rule_sets(),
    st.lists(st.tuples(CREDENTIALS, TARGETS), min_size=1, max_size=12),
    st.sampled_from([None, ["project"], ["system", "domain"]]),
)
def test_verdicts_are_those_of_enforce(rules, cases, scope_types):
    theirs = enforcer(rules, scope_types)
    defaults = [oslo.RuleDefault(name, check, scope_types=scope_types) for name, check in rules.items()]
    ours = policy.Policy.load([("test", defaults)])
    for creds, target in cases:
        for name in rules:
            expected = told(
                lambda name=name, creds=creds, target=target: theirs.enforce(name, target, dict(creds))
            )
            assert ours.authorize(dict(creds), name, target) is expected, (rules[name], creds, target)


@given(rule_sets(), CREDENTIALS, TARGETS)
def test_a_context_is_judged_as_its_credentials_are(rules, creds, target):
    from apirouter.context import RequestContext

    given_ = {k: v for k, v in creds.items() if k != "x-y"}
    context = RequestContext(**given_)
    theirs, ours = (
        enforcer(rules),
        policy.Policy.load([("test", [oslo.RuleDefault(n, c) for n, c in rules.items()])]),
    )
    for name in rules:
        expected = told(lambda name=name: theirs.enforce(name, target, dict(credentials(context))))
        assert ours.authorize(context, name, target) is expected


def test_checks_of_other_kinds_are_called_as_oslo_policy_calls_them():
    seen = []

    class Three(oslo.Check):
        def __call__(self, target, creds, enforcer):
            seen.append((self.kind, str(enforcer.rules["x"]) == "role:x"))
            return self.match == "yes"

    class Four(oslo.Check):
        def __call__(self, target, creds, enforcer, current_rule=None):
            seen.append((self.kind, current_rule))
            raise KeyError("as a rule that isn't there")

    from oslo_policy import _checks

    before = dict(_checks.registered_checks)
    oslo.register("three", Three)
    oslo.register("four", Four)
    try:
        rules = {
            "x": "role:x",
            "a": "three:yes",
            "b": "four:z or three:yes",
            "c": "rule:d or three:yes",
            "d": "four:z",
        }
        ours = policy.Policy.load([("test", [oslo.RuleDefault(n, c) for n, c in rules.items()])])
        theirs = enforcer(rules)
        for name in rules:
            expected = told(lambda name=name: theirs.enforce(name, {}, {"roles": []}))
            assert ours.authorize({"roles": []}, name, {}) is expected, name
    finally:
        _checks.registered_checks.clear()
        _checks.registered_checks.update(before)
    assert ("three", True) in seen
    assert ("four", "b") in seen
