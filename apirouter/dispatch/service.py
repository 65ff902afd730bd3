"""What every call of a service shares, made once at load."""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable, Iterable, Mapping
from typing import Any

from apirouter.context import Authority
from apirouter.dispatch import hooking
from apirouter.dispatch.negotiation import MediaTypes, VersionNegotiator
from apirouter.dispatch.reply import Lengths
from apirouter.dispatch.settings import Settings
from apirouter.errors import ConfigError, suggest
from apirouter.faults import FaultFormat
from apirouter.hooks import Phases, made_of
from apirouter.request import Request
from apirouter.serialization import JSONSerializer, Serializer
from apirouter.stamps import Checkable


@dataclasses.dataclass(frozen=True)
class Service:
    """The frozen parts that dispatch reads.

    :param settings: the INI's options.
    :param versions: reads a request's microversion.
    :param media: chooses media types.
    :param faults: words faults.
    :param serializers: name -> serializer.
    :param authority: the policy, or None.
    :param services: what the service gives its plugins (a database, a client), by name.
    :param hooks: the application's hooks.
    :param request_class: what controllers receive. A class of the service's own may add methods; its
        ``__init__`` is not called, as all that a request knows stands in its environ.
    :param schemas: content -> the first schema that was met with it.
    :param lengths: the headers of lengths.
    """

    settings: Settings
    versions: VersionNegotiator
    media: MediaTypes
    faults: FaultFormat
    serializers: Mapping[str, Serializer]
    authority: Authority | None = None
    services: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    hooks: tuple[Any, ...] = ()
    request_class: type[Request] = Request
    schemas: dict[Hashable, Checkable] = dataclasses.field(default_factory=dict)
    lengths: Lengths = dataclasses.field(default_factory=Lengths)

    def schema(self, schema: Checkable) -> Checkable:
        """Return the first schema of this service that says the same: it is judged and compiled for all of them.

        :param schema: a schema.
        """
        content = getattr(schema, "content", None)
        return schema if content is None else self.schemas.setdefault(content, schema)

    @classmethod
    def of(
        cls,
        settings: Settings,
        *,
        serializers: Mapping[str, Serializer] | None = None,
        authority: Authority | None = None,
        services: Mapping[str, Any] | None = None,
        hooks: Iterable[Any] = (),
        request_class: type[Request] = Request,
    ) -> Service:
        """Make the parts that settings say.

        :param serializers: serializers by name, beside JSON's.
        :param hooks: hooks that code gives, before those that settings name.
        :param request_class: what controllers receive.
        :raises ConfigError: a media type's serializer isn't there, or a hook can't be used.
        """
        known: dict[str, Serializer] = {"json": JSONSerializer(), **(serializers or {})}
        for media_type, name in settings.media_types.items():
            if name not in known:
                raise ConfigError(
                    f"media type {media_type} wants a serializer '{name}', and no entry point of group "
                    f"'apirouter.serializers' has this name",
                    fix=suggest(name, known),
                    option="media_types",
                )
        return cls(
            settings,
            VersionNegotiator(settings),
            MediaTypes(settings.media_types),
            settings.faults(),
            known,
            authority,
            services or {},
            Phases.of((*map(made_of, hooks), *hooking.load(settings.hooks))).hooks,
            request_class,
        )
