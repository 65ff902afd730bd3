"""The options of a service, coerced and frozen."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

from apirouter import options
from apirouter.errors import ConfigError, InvalidAPIVersionString
from apirouter.faults import FAULT_NAMES, FaultFormat
from apirouter.microversion import Version
from apirouter.options import option
from apirouter.serialization import MAX_DEPTH

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+", re.ASCII)


def _version(text: str) -> Version | None:
    try:
        return Version.parse(text.strip()) if text.strip() else None
    except InvalidAPIVersionString:
        raise ValueError("is no version; write MAJOR.MINOR, as 2.1") from None


def _header(text: str) -> str:
    name = text.strip()
    if name and not _TOKEN.fullmatch(name):
        raise ValueError("is no header name")
    return name


def _pairs(text: str, what: str) -> list[tuple[str, str]]:
    pairs = []
    for word in options.words(text):
        key, equals, value = word.partition("=")
        if not (key and equals and value):
            raise ValueError(f"holds '{word}', which is not {what}")
        pairs.append((key, value))
    return pairs


def _media_types(text: str) -> Mapping[str, str]:
    """``application/json`` or ``application/xml=xml``: media type and the name of its serializer."""
    found: dict[str, str] = {}
    for word in options.words(text):
        media_type, _, name = word.partition("=")
        if not _MEDIA_TYPE.fullmatch(media_type):
            raise ValueError(f"holds '{media_type}', which is no media type")
        found[media_type.lower()] = name or "json"
    if not found:
        raise ValueError("names no media type")
    return MappingProxyType(found)


def _status(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 400 <= int(text) <= 599):
        raise ValueError(f"holds '{text}', which is no status from 400 to 599")
    return int(text)


def _fault_names(text: str) -> Mapping[int, str]:
    return MappingProxyType({_status(k): v for k, v in _pairs(text, "status=name, as 404=itemNotFound")})


def _exceptions(text: str) -> tuple[tuple[type[BaseException], int], ...]:
    found = []
    for name, status in _pairs(text, "module:Class=status"):
        kind = options.dotted(name)
        if not (isinstance(kind, type) and issubclass(kind, Exception)):
            raise ValueError(f"holds '{name}', which is no exception class")
        found.append((kind, _status(status)))
    return tuple(found)


def _regex(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"is not a regular expression: {error}") from None
    return text


def _depth(text: str) -> int:
    word = text.strip()
    if not (word.isascii() and word.isdigit() and int(word) > 0):
        raise ValueError("is not a number of levels, 1 or more")
    return int(word)


def _service_type(text: str) -> str:
    name = text.strip()
    if not _TOKEN.fullmatch(name):
        raise ValueError("is no service type: it stands in headers, as compute")
    return name


@dataclasses.dataclass(frozen=True, slots=True)
class Settings:
    """What a service says of itself: every option of an ``APIRouter`` in the INI.

    :param namespace: the entry-point group of its plugins (``compute_api.v21.extensions``).
    :param service_type: its type in version headers and in the name of its own fault (``compute``).
    :param version_header: the header that asks for a microversion.
    :param legacy_version_header: a former header that holds just the version; empty for none.
    :param min_version: the lowest microversion; with ``max_version`` empty too, the service has none.
    :param max_version: the highest; one of the two that is left out is as the other.
    :param default_version: that of a request which asks for none; ``min_version`` unless set.
    :param mapper: ``project`` (URLs with and without a leading project id) or ``plain``.
    :param project_id_regex: what a project id in a URL looks like.
    :param context_key: where an authentication filter leaves its context in the environ.
    :param media_types: media types read and written, each with the name of its serializer
        (``application/json application/xml=xml``); JSON's is ``json``, and may be left out.
    :param fault_names: names of faults by status, beside the usual ones (``404=notFound 409=conflict``).
    :param default_fault: the name for statuses without one; ``<service_type>Fault`` unless set.
    :param exceptions: the service's own exception classes and the status each becomes
        (``compute.exception:NotFound=404``).
    :param extensions_enabled: aliases of the only plugins to load; empty for all.
    :param extensions_disabled: aliases of plugins to leave out.
    :param on_load_failure: ``fail`` (a plugin that can't be used stops the boot) or ``skip``.
    :param max_json_depth: how deep a JSON body may nest.
    :param validation_errors: ``one`` (the most useful) or ``all`` in a validation fault.
    :param response_validation: what a reply that breaks its schema does: ``ignore``, ``warn`` or ``error``.
    :param policy_file: a file of policy rules that override the plugins' defaults.
    :param policy_dirs: directories of such files.
    :param policies: further names of ``oslo.policy.policies`` entry points to take rules from, beside those
        of the distributions whose plugins are loaded.
    :param policy_prefix: what rule names start with, for ``<prefix>:<alias>:discoverable``.
    :param enforce_scope: whether a rule's scope types are enforced.
    :param enforce_new_defaults: whether a deprecated rule's former default no longer lets anybody pass.
    :param hooks: hooks around every call, in order: names of ``apirouter.hooks`` entry points, or
        ``module:Class``.
    :param strict: refuse shadowed routes, requirements that can be made to hang, and routes without a policy
        rule.
    :param version_id: the id of this API in version documents (``v2.1``).
    :param version_status: ``CURRENT``, ``SUPPORTED``, ``DEPRECATED`` or ``EXPERIMENTAL``.
    :param version_updated: when the API was last changed, an ISO 8601 timestamp.
    :param debug: log clients' errors too, with their tracebacks.
    """

    namespace: str = ""
    service_type: str = option("api", parse=_service_type)
    version_header: str = option("OpenStack-API-Version", parse=_header)
    legacy_version_header: str = option("", parse=_header)
    min_version: Version | None = option(None, parse=_version)
    max_version: Version | None = option(None, parse=_version)
    default_version: Version | None = option(None, parse=_version)
    mapper: Literal["project", "plain"] = "project"
    project_id_regex: str = option(r"[0-9a-f\-]+", parse=_regex)
    context_key: str = "apirouter.context"
    media_types: Mapping[str, str] = option(
        MappingProxyType({"application/json": "json"}), parse=_media_types
    )
    fault_names: Mapping[int, str] = option(MappingProxyType({}), parse=_fault_names)
    default_fault: str = ""
    exceptions: tuple[tuple[type[BaseException], int], ...] = option((), parse=_exceptions)
    extensions_enabled: tuple[str, ...] = ()
    extensions_disabled: tuple[str, ...] = ()
    on_load_failure: Literal["fail", "skip"] = "fail"
    max_json_depth: int = option(MAX_DEPTH, parse=_depth)
    validation_errors: Literal["one", "all"] = "one"
    response_validation: Literal["ignore", "warn", "error"] = "warn"
    policy_file: str = ""
    policy_dirs: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    policy_prefix: str = ""
    enforce_scope: bool = True
    enforce_new_defaults: bool = True
    hooks: tuple[str, ...] = ()
    strict: bool = False
    version_id: str = ""
    version_status: Literal["CURRENT", "SUPPORTED", "DEPRECATED", "EXPERIMENTAL"] = "CURRENT"
    version_updated: str = ""
    debug: bool = False

    def __post_init__(self) -> None:
        options.reread(self)
        low, high, default = self.min_version, self.max_version, self.default_version
        if low is None and high is None and default is None:
            return
        low = low or default or high
        high = high or default or low
        default = default or low
        if low is None or high is None or default is None:
            raise AssertionError("one of three is set")
        if low > high:
            raise ConfigError(
                f"min_version {low} is above max_version {high}", option="min_version", fix="swap the two"
            )
        if not low <= default <= high:
            raise ConfigError(
                f"default_version {default} is not within {low} to {high}", option="default_version"
            )
        for name, value in (("min_version", low), ("max_version", high), ("default_version", default)):
            object.__setattr__(self, name, value)

    @classmethod
    def from_conf(
        cls,
        local_conf: Mapping[str, Any],
        *,
        defaults: Mapping[str, Any] | None = None,
        inherited: Mapping[str, Any] | None = None,
        section: str = "",
    ) -> Settings:
        """Read an INI section.

        :param local_conf: the section's own options; an unknown one is refused.
        :param defaults: what a subclass of the router says where the section is silent.
        :param inherited: ``[DEFAULT]``, of which only :data:`INHERITED` are looked at.
        :param section: what to call it in an error.
        :raises ConfigError: an option is unknown, or its value makes no sense.
        """
        conf = dict(defaults or {})
        for name in INHERITED:
            if inherited and name in inherited:
                conf[name] = inherited[name]
        conf.update(local_conf)
        try:
            return options.read(cls, conf, section=section)
        except ConfigError as error:
            raise error.located(section=section) from error.__cause__

    def faults(self) -> FaultFormat:
        """Return how this service words its faults."""
        names = MappingProxyType({**FAULT_NAMES, **self.fault_names})
        kinds = sorted(self.exceptions, key=lambda pair: -len(pair[0].__mro__))
        return FaultFormat(self.default_fault or f"{self.service_type}Fault", names, tuple(kinds))


#: Options that ``[DEFAULT]`` may give to every section.
INHERITED = ("service_type", "context_key", "debug")
