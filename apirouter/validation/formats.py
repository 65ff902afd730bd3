"""The formats that schemas name, each always checked, none by an optional package.

A format says something of texts only; any other value passes it.

1. JSON Schema's own: ``date-time`` ``date`` ``time`` (RFC 3339), ``duration`` (ISO 8601), ``email``
   ``idn-email`` (RFC 5321), ``hostname`` (RFC 1123) ``idn-hostname``, ``ipv4`` ``ipv6`` (RFC 4291; no zone),
   ``uri`` ``uri-reference`` ``iri`` ``iri-reference`` (RFC 3986, 3987), ``uri-template`` (RFC 6570),
   ``json-pointer`` ``relative-json-pointer`` (RFC 6901), ``regex``, ``uuid``.
2. The field's: ``uuid`` with or without hyphens, braces, ``urn:uuid:``; ``cidr``; ``ip-address`` (4 or 6);
   ``mac-address`` (colons); ``base64`` (RFC 4648, line ends allowed); ``isotime`` (any ISO 8601 time, its
   zone optional); ``name`` and its variants, ``description``.
3. Names: printable characters of the Basic Multilingual Plane, blanks among them, no other separators and
   no controls.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import datetime
import ipaddress
import re
import unicodedata
from collections.abc import Callable, Mapping
from types import MappingProxyType


@dataclasses.dataclass(frozen=True, slots=True)
class Format:
    """One format.

    :param check: tells whether a text has it; never raises.
    :param message: what a client is told instead of ``'x' is not a 'name'``.
    :param pattern: a pattern that says exactly the same, where there is one.
    :param narrow: a pattern that says yes only where ``check`` does, for the common texts.
    :param native: jsonschema-rs's own format that says yes only where ``check`` does.
    """

    check: Callable[[str], bool]
    message: str = ""
    pattern: str = ""
    narrow: str = ""
    native: str = ""


def _by_pattern(pattern: str, native: str = "") -> Format:
    return Format(_matcher(pattern), pattern=f"^(?:{pattern})$", native=native)


def _matcher(pattern: str, flags: int = 0) -> Callable[[str], bool]:
    match = re.compile(pattern, flags).fullmatch
    return lambda text: match(text) is not None


_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_TIME = re.compile(
    r"([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9]|60)(?:\.[0-9]+)?(?:[zZ]|([+-])([01][0-9]|2[0-3]):([0-5][0-9]))"
)
_LEAP_MINUTE = 23 * 60 + 59


def is_date(text: str) -> bool:
    """Tell whether a text is a full-date of RFC 3339: ``2014-01-14``."""
    found = _DATE.fullmatch(text)
    if found is None:
        return False
    try:
        datetime.date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return False
    return True


def is_time(text: str) -> bool:
    """Tell whether a text is a full-time of RFC 3339: ``01:00:00.5+09:00``."""
    found = _TIME.fullmatch(text)
    if found is None:
        return False
    if found[3] != "60":
        return True
    # A leap second is the last of a day in UTC.
    minutes = int(found[1]) * 60 + int(found[2])
    if found[4]:
        offset = int(found[5]) * 60 + int(found[6])
        minutes += -offset if found[4] == "+" else offset
    return minutes % 1440 == _LEAP_MINUTE


def is_date_time(text: str) -> bool:
    """Tell whether a text is a date-time of RFC 3339: ``2014-01-14T01:00:00Z``."""
    return text[10:11] in ("T", "t") and is_date(text[:10]) and is_time(text[11:])


_ISO = re.compile(
    r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})"
    r"(?:[Tt ]([01][0-9]|2[0-3]):?([0-5][0-9])(?::?([0-5][0-9])(?:[.,][0-9]+)?)?"
    r"(?:[zZ]|[+-][0-9]{2}(?::?[0-9]{2})?)?)?"
)


def is_isotime(text: str) -> bool:
    """Tell whether a text is a time of ISO 8601, its seconds and zone optional, as old clients send."""
    found = _ISO.fullmatch(text)
    return found is not None and is_date(f"{found[1]}-{found[2]}-{found[3]}")


_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_is_host = _matcher(rf"{_LABEL}(?:\.{_LABEL})*")


def is_hostname(text: str) -> bool:
    """Tell whether a text is a host name of RFC 1123."""
    return len(text) <= 253 and _is_host(text)


def is_idn_hostname(text: str) -> bool:
    """Tell whether a text is a host name in any script (IDNA)."""
    if is_hostname(text):
        return True
    if len(text) > 253:
        return False
    try:
        return is_hostname(text.encode("idna").decode("ascii"))
    except UnicodeError:
        return False


_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4 = rf"{_OCTET}(?:\.{_OCTET}){{3}}"
_is_ipv4 = _matcher(_IPV4)


def is_ipv6(text: str) -> bool:
    """Tell whether a text is an IPv6 address without a zone."""
    if ":" not in text or "%" in text or len(text) > 45:
        return False
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


def is_ip_address(text: str) -> bool:
    """Tell whether a text is an IPv4 or IPv6 address."""
    return _is_ipv4(text) or is_ipv6(text)


def is_cidr(text: str) -> bool:
    """Tell whether a text is an address, a slash and a prefix length or mask."""
    if "/" not in text or "%" in text or len(text) > 90:
        return False
    try:
        ipaddress.ip_interface(text)
    except ValueError:
        return False
    return True


_LOCAL = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*|\"(?:[ !#-\[\]-~]|\\[ -~])*\""
)
_IDN_LOCAL = re.compile(r"[^\s@\"\x00-\x1f\x7f]+")


def is_email(text: str) -> bool:
    """Tell whether a text is a mailbox of RFC 5321."""
    local, _, domain = text.rpartition("@")
    return len(local) <= 64 and _LOCAL.fullmatch(local) is not None and _is_domain(domain, is_hostname)


def is_idn_email(text: str) -> bool:
    """Tell whether a text is a mailbox in any script (RFC 6531)."""
    local, _, domain = text.rpartition("@")
    return is_email(text) or (
        len(local) <= 64 and _IDN_LOCAL.fullmatch(local) is not None and _is_domain(domain, is_idn_hostname)
    )


def _is_domain(text: str, is_host: Callable[[str], bool]) -> bool:
    if text[:1] == "[" and text[-1:] == "]":
        inner = text[1:-1]
        return _is_ipv4(inner) or (inner[:5].lower() == "ipv6:" and is_ipv6(inner[5:]))
    return is_host(text)


_UNRESERVED, _DELIMS = r"A-Za-z0-9._~\-", "!$&'()*+,;="
_PCHAR = rf"(?:[{_UNRESERVED}{_DELIMS}:@]|%[0-9A-Fa-f]{{2}})"
_AUTHORITY = (
    rf"(?:(?:[{_UNRESERVED}{_DELIMS}:]|%[0-9A-Fa-f]{{2}})*@)?"
    rf"(?:\[(?P<literal>[^\[\]]*)\]|(?:[{_UNRESERVED}{_DELIMS}]|%[0-9A-Fa-f]{{2}})*)(?::[0-9]*)?"
)
_TAIL = rf"(?:\?(?:{_PCHAR}|[/?])*)?(?:#(?:{_PCHAR}|[/?])*)?"
_REFERENCE = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*:)?"
    rf"(?://{_AUTHORITY}(?:/{_PCHAR}*)*|/(?:{_PCHAR}+(?:/{_PCHAR}*)*)?|{_PCHAR}+(?:/{_PCHAR}*)*|){_TAIL}"
)
#: A first segment with a colon would be read as a scheme.
_COLON = re.compile(r"[^/?#]*:")


def is_uri_reference(text: str) -> bool:
    """Tell whether a text is a URI or a relative reference of RFC 3986."""
    return _is_reference(text, text)


def is_uri(text: str) -> bool:
    """Tell whether a text is a URI of RFC 3986, with its scheme."""
    return _is_reference(text, text, absolute=True)


def is_iri_reference(text: str) -> bool:
    """Tell whether a text is an IRI or a relative reference of RFC 3987."""
    return _is_reference(_narrowed(text), text)


def is_iri(text: str) -> bool:
    """Tell whether a text is an IRI of RFC 3987, with its scheme."""
    return _is_reference(_narrowed(text), text, absolute=True)


def _is_reference(narrow: str, text: str, *, absolute: bool = False) -> bool:
    found = _REFERENCE.fullmatch(narrow)
    if found is None:
        return False
    if found["scheme"] is None and (absolute or _COLON.match(narrow)):
        return False
    if found["literal"] is None:
        return True
    start, end = found.span("literal")
    return is_ipv6(text[start:end]) or _is_future_literal(text[start:end])


def _narrowed(text: str) -> str:
    """Return an IRI's text with the characters that a URI lacks as one that may stand where they may.

    In a pattern they would cost more to compile than all other formats together.
    """
    if text.isascii():
        return text
    return "".join("~" if char > "\x7f" and _is_wide(char) else char for char in text)


def _is_wide(char: str) -> bool:
    # RFC 3987, 2.2, ucschar.
    return (
        "\u00a0" <= char <= "\ud7ff"
        or "\uf900" <= char <= "\ufdcf"
        or "\ufdf0" <= char <= "\uffef"
        or "\U00010000" <= char <= "\U000efffd"
    )


_is_future_literal = _matcher(r"[vV][0-9A-Fa-f]+\.[A-Za-z0-9._~!$&'()*+,;=:-]+")
_is_template = _matcher(
    r"(?:[^\x00-\x20\"'<>%\\^`{|}\x7f]|%[0-9A-Fa-f]{2}|\{[+#./;?&=,!@|]?"
    r"(?:[A-Za-z0-9_.]|%[0-9A-Fa-f]{2})+(?::[1-9][0-9]{0,3}|\*)?"
    r"(?:,(?:[A-Za-z0-9_.]|%[0-9A-Fa-f]{2})+(?::[1-9][0-9]{0,3}|\*)?)*\})*"
)
_POINTER = r"(?:/(?:[^~/]|~[01])*)*"
_is_duration = _matcher(
    r"P(?:[0-9]+W|(?=[0-9T])(?:[0-9]+Y)?(?:[0-9]+M)?(?:[0-9]+D)?(?:T(?=[0-9])(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+S)?)?)"
)


def is_regex(text: str) -> bool:
    """Tell whether a text is a regular expression that Python reads and that is not empty."""
    if not text:
        return False
    try:
        re.compile(text)
    except (re.error, RecursionError, OverflowError):
        return False
    except Warning:
        # A process that makes errors of warnings: the pattern is odd, not wrong.
        return True
    return True


def is_base64(text: str) -> bool:
    """Tell whether a text is base64; line ends and blanks between characters are passed over."""
    try:
        base64.b64decode("".join(text.split()).encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        return False
    return True


def is_printable(text: str) -> bool:
    """Tell whether a text has printable characters only, separators other than blanks left out."""
    if text.isascii():
        return text.isprintable()
    return all(map(_is_printable, text))


def _is_printable(char: str) -> bool:
    if char > "\uffff":
        # Three bytes of UTF-8 are what the field's databases hold.
        return False
    if char.isprintable():
        return True
    return unicodedata.category(char) == "Zs"


def _is_blank(char: str) -> bool:
    return char == " " or (char > "~" and unicodedata.category(char) == "Zs")


def is_name(text: str) -> bool:
    """Tell whether a text is printable, with no blank at either end; the empty text is left to minLength."""
    return not text or (is_printable(text) and not _is_blank(text[0]) and not _is_blank(text[-1]))


def is_spaced_name(text: str) -> bool:
    """Tell whether a text is printable, with something else than blanks in it."""
    return is_printable(text) and not all(map(_is_blank, text))


_HEX = "[0-9a-fA-F]"
_UUID = rf"{_HEX}{{8}}-?{_HEX}{{4}}-?{_HEX}{{4}}-?{_HEX}{{4}}-?{_HEX}{{12}}"

#: What the common names are made of; every one of these characters is printable in Unicode 13 and later.
COMMON_CHARACTERS = (
    "!-~\u00a1-\u00ac\u00ae-\u0377\u0400-\u052f\u3041-\u3096\u30a1-\u30ff\u4e00-\u9ffc\uac00-\ud7a3"
)

_NAME = "An invalid 'name' value was provided. The name must be: "


def _name(check: Callable[[str], bool], reason: str, narrow: str) -> Format:
    return Format(check, f"{_NAME}{reason}", narrow=narrow)


_COMMON = COMMON_CHARACTERS
_COMMON_AZ = _COMMON.replace("!-~", "!-9;-~")

#: Every format, by the name that schemas use.
FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "date-time": Format(is_date_time),
        "date": Format(is_date),
        "time": Format(is_time),
        "isotime": Format(is_isotime),
        "duration": Format(_is_duration),
        "email": Format(is_email),
        "idn-email": Format(is_idn_email),
        "hostname": Format(is_hostname),
        "host-name": Format(is_hostname),
        "idn-hostname": Format(is_idn_hostname),
        "ipv4": _by_pattern(_IPV4, "ipv4"),
        "ipv6": Format(is_ipv6, native="ipv6"),
        "ip-address": Format(is_ip_address),
        "cidr": Format(is_cidr),
        "mac-address": _by_pattern(rf"{_HEX}{{2}}(?::{_HEX}{{2}}){{5}}"),
        "uri": Format(is_uri),
        "uri-reference": Format(is_uri_reference),
        "iri": Format(is_iri),
        "iri-reference": Format(is_iri_reference),
        "uri-template": Format(_is_template),
        "json-pointer": Format(_matcher(_POINTER, re.DOTALL)),
        "relative-json-pointer": Format(_matcher(rf"(?:0|[1-9][0-9]*)(?:#|{_POINTER})", re.DOTALL)),
        "regex": Format(is_regex),
        "uuid": _by_pattern(rf"(?:urn:uuid:)?(?:{_UUID}|\{{{_UUID}\}})", "uuid"),
        "base64": Format(
            is_base64, narrow="^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"
        ),
        "name": _name(
            is_name,
            "printable characters. Can not start or end with whitespace.",
            rf"^[{_COMMON}](?:[ {_COMMON}]*[{_COMMON}])?$",
        ),
        "name_with_leading_trailing_spaces": _name(
            is_spaced_name,
            "printable characters with at least one non space character",
            rf"^[ {_COMMON}]*[{_COMMON}][ {_COMMON}]*$",
        ),
        "az_name": _name(
            lambda text: ":" not in text and is_name(text),
            "printable characters except :.Can not start or end with whitespace.",
            rf"^[{_COMMON_AZ}](?:[ {_COMMON_AZ}]*[{_COMMON_AZ}])?$",
        ),
        "az_name_with_leading_trailing_spaces": _name(
            lambda text: ":" not in text and is_spaced_name(text),
            "printable characters except :, with at least one non space character",
            rf"^[ {_COMMON_AZ}]*[{_COMMON_AZ}][ {_COMMON_AZ}]*$",
        ),
        "description": Format(is_printable, narrow=rf"^[ {_COMMON}]*$"),
    }
)
