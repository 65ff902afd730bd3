"""The field's vocabulary of parameters, to build schemas from::

    create = {
        "type": "object",
        "properties": {"name": parameter_types.name, "count": parameter_types.positive_integer},
        "required": ["name"],
        "additionalProperties": False,
    }

Each is a dict that can't be changed; ``copy.deepcopy`` and ``{**name, "maxLength": 64}`` make dicts that can.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, NoReturn


class ParameterType(dict[str, Any]):
    """A JSON Schema that many schemas share, and none can change."""

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("a parameter type is shared by all schemas: change a copy.deepcopy() of it")

    __setitem__ = __delitem__ = clear = pop = popitem = setdefault = update = _refuse
    __ior__ = _refuse

    def __deepcopy__(self, memo: dict[int, Any]) -> dict[str, Any]:
        return {key: copy.deepcopy(value, memo) for key, value in self.items()}

    def __reduce__(self) -> tuple[Any, ...]:
        return ParameterType, (dict(self),)


def multi_params(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of a query's parameter that may stand several times.

    :param schema: the schema of each of its texts.
    """
    return {"type": "array", "items": schema}


def single_param(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of a query's parameter that may stand once.

    :param schema: the schema of its text.
    """
    return {"type": "array", "items": schema, "maxItems": 1}


def _type(**keywords: Any) -> ParameterType:
    return ParameterType(keywords)


def _with(base: Mapping[str, Any], **keywords: Any) -> ParameterType:
    return ParameterType({**base, **keywords})


def _text(most: int = 255, least: int = 1, **keywords: Any) -> ParameterType:
    return ParameterType({"type": "string", "minLength": least, "maxLength": most, **keywords})


def _formatted(name: str) -> ParameterType:
    return _type(type="string", format=name)


# ------------------------------------------------------------------------------- truth, numbers

#: True, its texts (``True true TRUE 1 on On ON yes Yes YES``), and their opposites.
boolean = _type(
    type=["boolean", "string"],
    enum=[
        *(True, "True", "TRUE", "true", "1", "ON", "On", "on", "YES", "Yes", "yes"),
        *(False, "False", "FALSE", "false", "0", "OFF", "Off", "off", "NO", "No", "no"),
    ],
)

#: An integer from 1, or its digits.
positive_integer = _type(type=["integer", "string"], pattern="^[0-9]*$", minimum=1, minLength=1)
#: An integer from 1, its digits, or an empty text for none.
positive_integer_with_empty_str = _type(type=["integer", "string"], pattern="^[0-9]*$", minimum=1)
#: An integer from 0, or its digits.
non_negative_integer = _type(type=["integer", "string"], pattern="^[0-9]*$", minimum=0, minLength=1)
#: A size in gigabytes: 1 to 2**31 - 1, or its digits.
volume_size = _type(type=["integer", "string"], pattern="^[0-9]+$", minimum=1, maximum=0x7FFFFFFF)
#: A count of a flavor, from 1.
flavor_param_positive = _with(volume_size)
#: A count of a flavor, from 0.
flavor_param_non_negative = _with(volume_size, minimum=0)

# ------------------------------------------------------------------------------- names, texts

#: Printable characters, 1 to 255, no blank at either end.
name = _text(format="name")
#: Printable characters, 1 to 255, one of them at least no blank.
name_with_leading_trailing_spaces = _text(format="name_with_leading_trailing_spaces")
#: 1 to 255 characters, or null.
name_or_none = _type(oneOf=[{"type": "string", "minLength": 1, "maxLength": 255}, {"type": "null"}])
#: A name without colons.
az_name = _text(format="az_name")
#: A name without colons, blanks at its ends allowed.
az_name_with_leading_trailing_spaces = _text(format="az_name_with_leading_trailing_spaces")
#: A name of ASCII letters, digits, ``_``, ``-`` and blanks.
keypair_name_special_chars = _type(allOf=[name, _text(pattern=r"^[_\- a-zA-Z0-9]+$")])
#: The same with ``@`` and ``.``.
keypair_name_special_chars_v292 = _type(allOf=[name, _text(pattern=r"^[_\-\@\. a-zA-Z0-9]+$")])
#: Up to 255 printable characters, or null.
description = _type(type=["string", "null"], format="description", minLength=0, maxLength=255)
#: Nothing, as old clients say it.
none = ParameterType(enum=["None", None, {}])
#: A password: any text.
admin_password = _type(type="string")

# ------------------------------------------------------------------------------- hosts, addresses

#: One label of a host name, 2 to 63 characters.
hostname = _text(63, 2, pattern="^[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]$")
#: A port of TCP or UDP, a number or digits.
tcp_udp_port = _type(type=["integer", "string"], pattern="^[0-9]*$", minimum=0, maximum=65535, minLength=1)
#: A host name or an IPv4 or IPv6 address.
hostname_or_ip_address = _text(least=0, pattern="^[a-zA-Z0-9-_.:]*$")
#: A domain name, underscores allowed.
fqdn = _text(pattern="^[a-zA-Z0-9-._]*$")
#: An IPv4 or IPv6 address.
ip_address = _type(type="string", oneOf=[{"format": "ipv4"}, {"format": "ipv6"}])
#: An IPv4 address.
ipv4 = _formatted("ipv4")
#: An IPv6 address.
ipv6 = _formatted("ipv6")
#: An IPv4 address of a server.
accessIPv4 = ipv4
#: An IPv6 address of a server.
accessIPv6 = ipv6
#: An address and a prefix length, ``192.168.10.0/24``.
cidr = _formatted("cidr")
#: Six bytes in hexadecimal with colons.
mac_address = _type(type="string", pattern="^([0-9a-fA-F]{2})(:[0-9a-fA-F]{2}){5}$")
#: An absolute URI.
uri = _formatted("uri")

# ------------------------------------------------------------------------------- identities

#: A UUID, its hyphens optional.
uuid = _formatted("uuid")
#: UUIDs of the field's resources.
server_id = image_id = volume_id = attachment_id = network_id = network_port_id = share_id = uuid
#: A UUID, or the empty text.
image_id_or_empty_string = _type(oneOf=[uuid, {"type": "string", "maxLength": 0}])
#: The id of a project: ASCII letters, digits and hyphens.
project_id = _text(pattern="^[a-zA-Z0-9-]*$")
#: The id of a user, likewise.
user_id = project_id
#: The id of a flavor, a text or an integer.
flavor_ref = _type(type=["string", "integer"], minLength=1)
#: A volume type, or null.
volume_type = _type(type=["string", "null"], minLength=0, maxLength=255)

# ------------------------------------------------------------------------------- metadata, tags, links

_KEY = "^[a-zA-Z0-9-_:. ]{1,255}$"

#: Key -> text of at most 255 characters.
metadata = _type(
    type="object",
    patternProperties={_KEY: {"type": "string", "maxLength": 255}},
    additionalProperties=False,
)
#: The same, null allowed for a value.
metadata_with_null = _with(metadata, patternProperties={_KEY: {"type": ["string", "null"], "maxLength": 255}})
#: Exactly one key.
meta = _with(metadata_with_null, minProperties=1, maxProperties=1)
#: One tag: neither comma nor slash, 1 to 60 characters.
tag = _text(60, pattern="^[^,/]*$")
#: At most 50 tags, none twice.
tags = _type(type="array", items=tag, maxItems=50, uniqueItems=True)
#: The ids of 1 to 50 certificates, or null.
trusted_certs = _type(
    type=["array", "null"],
    minItems=1,
    maxItems=50,
    uniqueItems=True,
    items={"type": "string", "minLength": 1},
)
#: One link of a resource.
link = _type(
    type="object",
    properties={"rel": {"type": "string", "enum": ["self", "bookmark"]}, "href": uri},
    required=["rel", "href"],
    additionalProperties=False,
)
#: The links of a resource.
links = _type(type="array", items=link)
#: The link to the next page of a collection: one, or none at the last page.
collection_links = _type(
    type="array",
    items={
        "type": "object",
        "properties": {"rel": {"const": "next"}, "href": uri},
        "required": ["rel", "href"],
        "additionalProperties": False,
    },
    minItems=1,
    maxItems=1,
)
#: Whether a server's disk grows by itself.
disk_config = _type(type="string", enum=["AUTO", "MANUAL"])
#: Files put into a server.
personality = _type(
    type="array",
    items={
        "type": "object",
        "properties": {"path": {"type": "string"}, "contents": {"type": "string", "format": "base64"}},
        "additionalProperties": False,
    },
)

# ------------------------------------------------------------------------------- queries

#: A parameter of a query: texts of any kind.
common_query_param = ParameterType(multi_params({"type": "string"}))
#: A parameter of a query: regular expressions.
common_query_regex_param = ParameterType(multi_params({"type": "string", "format": "regex"}))
#: ``limit`` and ``marker``, to be merged into a query schema's properties.
pagination_parameters = ParameterType(
    {"limit": multi_params(non_negative_integer), "marker": multi_params({"type": "string"})}
)
