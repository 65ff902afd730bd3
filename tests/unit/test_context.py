"""A context says who is asking, asks policy, and shows no token."""

from __future__ import annotations

import pytest

from apirouter.context import RequestContext
from apirouter.errors import PolicyNotAuthorized


class Says:
    """A policy with one answer that notes what it was asked."""

    def __init__(self, answer):
        self.answer, self.asked = answer, []

    def authorize(self, context, rule, target):
        self.asked.append((context, rule, target))
        return self.answer


def test_a_context_keeps_whatever_else_there_is_to_know_as_attributes():
    context = RequestContext("u", "p", roles=["member"], user_name="U", system_scope="all")
    assert (context.user_id, context.project_id, context.user_name, context.system_scope) == (
        "u",
        "p",
        "U",
        "all",
    )


@pytest.mark.parametrize(
    ("roles", "is_admin", "wanted"),
    [(["admin"], None, True), (["member"], None, False), (["admin"], False, False), ([], True, True)],
)
def test_the_admin_role_makes_an_admin_unless_it_is_said_otherwise(roles, is_admin, wanted):
    assert RequestContext(roles=roles, is_admin=is_admin).is_admin is wanted


def test_policy_is_asked_with_rule_and_target():
    policy = Says(True)
    context = RequestContext(authority=policy)
    assert context.can("compute:show", {"project_id": "p"})
    assert policy.asked == [(context, "compute:show", {"project_id": "p"})]


def test_a_denial_is_a_403_unless_it_is_only_asked_for():
    context = RequestContext(authority=Says(False))
    assert context.can("compute:show", fatal=False) is False
    with pytest.raises(PolicyNotAuthorized, match="compute:show"):
        context.can("compute:show")


def test_without_a_policy_nobody_may_anything():
    assert RequestContext(roles=["admin"]).can("compute:show", fatal=False) is False


def test_neither_repr_nor_dict_shows_the_token():
    context = RequestContext("u", "p", auth_token="gAAAA-secret", roles=["r"])
    assert "secret" not in repr(context)
    assert "secret" not in str(context.to_dict())
    assert context.to_dict()["user_id"] == "u"


def test_two_contexts_share_no_list_of_roles():
    roles = ["member"]
    context = RequestContext(roles=roles)
    roles.append("admin")
    assert context.roles == ["member"]
