"""The field's vocabulary: what each parameter type takes and refuses."""

from __future__ import annotations

import copy
import pickle

import pytest

from apirouter.errors import ValidationError
from apirouter.validation import BodySchema, QuerySchema
from apirouter.validation import parameter_types as types

UUID = "70a599e0-31e7-49b7-b260-868f441e862b"

TAKES = {
    "boolean": [
        True,
        False,
        *("True", "TRUE", "true", "1", "ON", "On", "on", "YES", "Yes", "yes"),
        *("False", "FALSE", "false", "0", "OFF", "Off", "off", "NO", "No", "no"),
    ],
    "positive_integer": [1, "1", "0010", 10**20],
    "non_negative_integer": [0, "0", 5],
    "volume_size": [1, "1", 2**31 - 1, str(2**31 - 1)],
    "flavor_param_non_negative": [0, "0"],
    "name": ["web-1", "x" * 255],
    "name_with_leading_trailing_spaces": [" a "],
    "name_or_none": [None, "x"],
    "az_name": ["nova"],
    "keypair_name_special_chars": ["my key_1-2"],
    "keypair_name_special_chars_v292": ["me@example.com"],
    "description": [None, "", "text", "x" * 255],
    "hostname": ["ab", "a-b", "x" * 63],
    "fqdn": ["a", "compute_1.example.com"],
    "ip_address": ["10.0.0.1", "::1"],
    "ipv4": ["10.0.0.1"],
    "ipv6": ["::1"],
    "accessIPv4": ["10.0.0.1"],
    "cidr": ["10.0.0.0/8"],
    "mac_address": ["52:54:00:12:34:56"],
    "uuid": [UUID, UUID.replace("-", "")],
    "server_id": [UUID],
    "image_id_or_empty_string": [UUID, ""],
    "project_id": ["abc-1"],
    "flavor_ref": [1, "1"],
    "volume_type": [None, "", "ssd"],
    "metadata": [{}, {"a b:c.d_e-f": "x" * 255}],
    "metadata_with_null": [{"a": None}],
    "meta": [{"a": "b"}],
    "tag": ["blue", "x" * 60],
    "tags": [[], ["a", "b"]],
    "trusted_certs": [None, ["a"]],
    "links": [[{"rel": "self", "href": "http://host/v2.1/servers/1"}]],
    "collection_links": [[{"rel": "next", "href": "http://host/v2.1/servers?marker=1"}]],
    "disk_config": ["AUTO"],
    "personality": [[{"path": "/etc/motd", "contents": "aGVsbG8="}]],
}

REFUSES = {
    "boolean": [1, 0, None, "maybe", "tRuE", "y", "n", "t", "", 1.0, [], "on "],
    "positive_integer": [0, "0", -1, "-1", "", "1.0", 1.5, True, None, "0xf", "1\n", "\u0661", " 1"],
    "non_negative_integer": [-1, "-1", "", "abc", 0.5, False],
    "volume_size": [0, 2**31, str(2**31), ""],
    "flavor_param_non_negative": [-1],
    "name": ["", "x" * 256, " a", None, 1, "\n"],
    "name_with_leading_trailing_spaces": [" ", ""],
    "name_or_none": ["", 1, "x" * 256],
    "az_name": ["a:b"],
    "keypair_name_special_chars": ["a@b", "a\n", " a"],
    "keypair_name_special_chars_v292": ["a/b"],
    "description": ["x" * 256, "a\x00", 1],
    "hostname": ["a", "x" * 64, "-ab", "ab-", "a.b", "ab\n", "a_b"],
    "fqdn": ["", "my$host", True, 1, "x" * 256],
    "ip_address": ["", "10.0.0", 1],
    "ipv4": ["::1"],
    "ipv6": ["10.0.0.1"],
    "accessIPv4": ["abc"],
    "cidr": ["10.0.0.0"],
    "mac_address": ["52:54:00:12:34", "52:54:00:12:34:56\n"],
    "uuid": ["abc", 1, None],
    "server_id": [""],
    "image_id_or_empty_string": ["abc", None],
    "project_id": ["", "a_b"],
    "flavor_ref": ["", None, 1.5],
    "volume_type": ["x" * 256],
    "metadata": [
        {"a": 1},
        {"": "x"},
        {"a/b": "x"},
        {"a" * 256: "x"},
        {"a": "x" * 256},
        {"a": None},
        {"a\n": "x"},
        [],
    ],
    "metadata_with_null": [{"a": 1}],
    "meta": [{}, {"a": "b", "c": "d"}],
    "tag": ["", "a,b", "a/b", "x" * 61],
    "tags": [["a", "a"], ["a"] * 51, [str(n) for n in range(51)], "a"],
    "trusted_certs": [[], ["a", "a"]],
    "links": [
        [{"rel": "next", "href": "http://h/"}],
        [{"rel": "self"}],
        [{"rel": "self", "href": "nowhere"}],
    ],
    "collection_links": [[], [{"rel": "self", "href": "http://h/"}]],
    "disk_config": ["auto"],
    "personality": [[{"contents": "no base64!"}]],
}


def test_each_is_shown_both_ways():
    assert set(TAKES) == set(REFUSES)


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, values in TAKES.items() for v in values])
def test_values_that_are_taken(name, value):
    check = BodySchema({"properties": {"v": getattr(types, name)}}).compile()
    assert check({"v": value}) == {"v": value}


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, values in REFUSES.items() for v in values])
def test_values_that_are_refused(name, value):
    check = BodySchema({"properties": {"v": getattr(types, name)}}).compile()
    with pytest.raises(ValidationError):
        check({"v": value})


def test_a_parameter_that_may_stand_once_or_often():
    schema = QuerySchema(
        {
            "type": "object",
            "properties": {
                **types.pagination_parameters,
                "one": types.single_param(types.boolean),
                "many": types.multi_params({"type": "string", "maxLength": 3}),
                "pattern": types.common_query_regex_param,
            },
        }
    )
    check = schema.compile()
    assert check({"one": ["true"], "many": ["a", "b"], "limit": ["1", "2"], "pattern": ["^a"]}) == ()
    for bad in (
        {"one": ["true", "true"]},
        {"many": ["abcd"]},
        {"limit": ["-1"]},
        {"pattern": ["("]},
        {"one": ["x"]},
    ):
        with pytest.raises(ValidationError, match="Invalid input for query parameters"):
            check(bad)


def test_none_can_be_changed_and_copies_can():
    with pytest.raises(TypeError, match=r"copy\.deepcopy"):
        types.name["maxLength"] = 5
    for change in (lambda: types.name.pop("format"), lambda: types.name.update(a=1), types.name.clear):
        with pytest.raises(TypeError):
            change()
    mine = copy.deepcopy(types.metadata)
    mine["additionalProperties"] = True
    assert type(mine) is dict
    assert types.metadata["additionalProperties"] is False
    assert {**types.name, "maxLength": 64}["maxLength"] == 64
    assert pickle.loads(pickle.dumps(types.name)) == types.name
