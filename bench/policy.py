"""What asking a policy rule costs, beside oslo.policy's own ``Enforcer.enforce``, in one run.

Run with ``python -m bench.policy``; ``--check`` exits with 1 when a goal is missed.
"""

from __future__ import annotations

from typing import Any

from oslo_config import cfg
from oslo_policy import policy as oslo

from apirouter.context import RequestContext
from apirouter.policy import Policy, credentials
from bench.harness import Goal, arguments, finish
from bench.timing import Case, measure

#: The goal for :data:`RULE`, in µs.
GOAL = 6.0
RULE = "role:admin or (role:member and project_id:%(project_id)s)"

RULES = {
    "asked": RULE,
    "admin_or_owner": "rule:admin or project_id:%(project_id)s",
    "admin": "role:admin",
    "nested": "rule:admin_or_owner and not role:suspended",
}


def enforcer() -> Any:
    """Return oslo.policy's Enforcer with the same rules."""
    conf = cfg.ConfigOpts()
    conf([], project="bench", default_config_files=[], default_config_dirs=[])
    made = oslo.Enforcer(conf)
    made.register_defaults([oslo.RuleDefault(name, check) for name, check in RULES.items()])
    made.load_rules()
    return made


def collect() -> dict[str, Case]:
    """Return name -> function and how often to call it in a round."""
    ours = Policy.load([("bench", [oslo.RuleDefault(name, check) for name, check in RULES.items()])])
    theirs = enforcer()
    context = RequestContext("u", "p", roles=["reader", "member"], user_name="me", request_id="req-1")
    creds, target = credentials(context), {"project_id": "p", "user_id": "u"}
    assert ours.authorize(context, "asked", target)
    assert theirs.enforce("asked", target, dict(creds))
    found: dict[str, Case] = {}
    for name in ("asked", "nested"):
        found[f"{name}: ours"] = (lambda name=name: ours.authorize(context, name, target), 1000)
        found[f"{name}: oslo.policy"] = (lambda name=name: theirs.enforce(name, target, creds), 50)
    found["asked: ours, denied"] = (lambda: ours.authorize(context, "asked", {"project_id": "q"}), 1000)
    return found


def main() -> int:
    """Run the benchmark."""
    parser = arguments("What asking a policy rule costs, beside oslo.policy's own Enforcer.enforce.")
    parser.set_defaults(rounds=60)
    options = parser.parse_args()
    figures = measure(collect(), rounds=options.rounds)
    for name, value in figures.items():
        peer = figures[f"{name.partition(':')[0]}: oslo.policy"]
        print(f"{name:22} {value:8.2f} µs  {peer / value:6.1f} times as fast as oslo.policy")
    goals = [Goal(f"{RULE}, µs", figures["asked: ours"], GOAL)]
    return finish(options, {"microseconds": figures}, goals)


if __name__ == "__main__":
    raise SystemExit(main())
