from oslo_policy import policy
from compute_api.policies import base

BASE_POLICY_NAME = 'os_compute_api:groups'
POLICY_ROOT = 'os_compute_api:groups:%s'

groups_policies = [
    policy.RuleDefault(
        name=BASE_POLICY_NAME,
        check_str=base.RULE_ADMIN_API),
    policy.RuleDefault(
        name=POLICY_ROOT % 'create',
        check_str=base.RULE_ANY),
    policy.RuleDefault(
        name=POLICY_ROOT % 'discoverable',
        check_str=base.RULE_ANY),
    policy.RuleDefault(
        name=POLICY_ROOT % 'show',
        check_str=base.RULE_ANY),
]

def list_rules():
    return groups_policies
