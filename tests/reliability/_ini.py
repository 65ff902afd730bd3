"""INI files for fuzzing: the services that requests are sent to, and a strategy for broken ones."""

from __future__ import annotations

import contextlib
import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from apirouter.deploy import loadapp
from apirouter.deploy.check import check_file
from apirouter.errors import ApiRouterError
from tests.functional.computeapi import INI, write_ini
from tests.reliability._serving import ROOT

#: Filters that need a package, and the package.
_NEEDS = {
    "metrics": "prometheus_client",
    "tracing": "opentelemetry",
    "ratelimit": "limits",
    "basic_auth": "bcrypt",
}
_FILTERS = """
[composite:main]
use = egg:apirouter#urlmap
/ = api
/v2 = api
/v2.1 = api
[pipeline:api]
pipeline = {pipeline} router
[filter:cors]
use = egg:apirouter#cors
allowed_origin = https://horizon.example null
origins =
    https://partner.example allow_credentials=yes allow_private_network=yes
[filter:healthcheck]
use = egg:apirouter#healthcheck
detailed = yes
[filter:http_proxy_to_wsgi]
use = egg:apirouter#http_proxy_to_wsgi
trusted_proxies = 127.0.0.0/8 192.0.2.0/24 ::1 unix
hops = 3
prefix = /api
[filter:compute_req_id]
use = egg:apirouter#compute_req_id
[filter:request_log]
use = egg:apirouter#request_log
format = json
[filter:metrics]
use = egg:apirouter#metrics
[filter:tracing]
use = egg:apirouter#tracing
[filter:faultwrap]
use = egg:apirouter#faultwrap
[filter:sizelimit]
use = egg:apirouter#sizelimit
[filter:profiler]
use = egg:apirouter#profiler
enabled = yes
hmac_keys = fuzzed
[filter:ratelimit]
use = egg:apirouter#ratelimit
limit = 1000000 per second
by = address route
[filter:noauth2]
use = egg:apirouter#noauth2
[filter:legacy_v2_compatible]
use = egg:apirouter#legacy_v2_compatible
[app:router]
paste.app_factory = compute_api.app:ComputeRouter.factory
namespace = compute_api.v21.extensions
extensions_enabled = flavors
max_version = 2.10
service_type = compute
legacy_version_header = X-OpenStack-Nova-API-Version
[DEFAULT]
context_key = nova.context
database = sqlite:///%(here)s/all.sqlite
"""
_ORDER = ("cors", "healthcheck", "metrics", "tracing", "http_proxy_to_wsgi", "compute_req_id",
"request_log", "profiler",
          "faultwrap", "sizelimit", "ratelimit", "noauth2", "legacy_v2_compatible")  # fmt: skip


def write_all(directory: Path) -> dict[str, Path]:
    """Write the INI files of what requests are sent to; name -> path."""
    found = {
        "compute example": write_ini(directory, options="extensions_disabled = groups\n"),
        "every filter": directory / "filters.ini",
    }
    usable = [f for f in _ORDER if f not in _NEEDS or importlib.util.find_spec(_NEEDS[f])]
    found["every filter"].write_text(_FILTERS.format(pipeline=" ".join(usable)))
    if importlib.util.find_spec("objects_api") and importlib.util.find_spec("mako"):
        found["tree of objects"] = ROOT / "examples" / "objects" / "etc" / "objects.ini"
    return found


_REFERENCE = st.sampled_from([
    "main", "a", "b", "c", "nobody", "config:{self}", "config:{self}#a", "config:other.ini", "config:",
    "egg:", "egg:#x",
    "egg:apirouter#router", "egg:apirouter#nope", "egg:apirouter#urlmap", "egg:nope",
    "call:tests.functional.recorder:app",
    "call:tests.functional.recorder:nope", "call:nope", "call:", "http://x", ":", "#", "", "a b c", "b a",
    "a, b", "%(here)s",
    "%(nope)s", "%", "%(ENV_HOME)s", "%(ENV_NO_SUCH:-a)s", "${{x}}", "\\", "\xe9\u2028", "é" * 50,
]).map(lambda text: text.replace("{{", "{").replace("}}", "}"))  # fmt: skip
_SECTION = st.one_of(
    st.sampled_from([
        "DEFAULT", "app:main", "app:a", "app:b", "filter:c", "pipeline:main", "pipeline:a",
        "composite:main", "composite:b",
        "filter-app:a", "server:main", "app", ":", "", "app:", "loggers", "environment", "APP:a",
        "application:a", "app:a ",
    ]),
    st.text(max_size=12),
)  # fmt: skip
_OPTION = st.one_of(
    st.sampled_from([
        "use", "pipeline", "paste.app_factory", "paste.filter_factory", "paste.composite_factory",
        "filter-with", "next",
        "set a", "get a", "set", "/", "/v2", "/v2/+", "auth_strategy", "noauth2", "keystone", "require",
        "namespace", "max_version",
        "here", "__file__", "allowed_origin", "limit",
    ]),
    st.text(max_size=12),
)  # fmt: skip
_FACTORY = st.sampled_from([
    "tests.functional.recorder:app", "tests.functional.recorder:filter_factory",
    "tests.functional.recorder:failing",
    "tests.functional.recorder:demanding", "tests.functional.recorder:NOT_CALLABLE",
    "apirouter.routing.router:APIRouter.factory",
    "apirouter.deploy.urlmap:urlmap_factory", "apirouter.deploy.pipeline:pipeline_factory",
    "apirouter.filters.cors:filter_factory",
    "apirouter.versions:VersionApp.factory", "apirouter.filters.sizelimit:filter_factory",
    "tests.functional.recorder:no_filter",
])  # fmt: skip
_LINE = st.one_of(
    _SECTION.map("[{}]".format),
    st.builds(
        "{} {} {}".format,
        _OPTION,
        st.sampled_from(["=", ":", ""]),
        st.one_of(_REFERENCE, _FACTORY, st.text(max_size=20)),
    ),
    st.builds("    {}".format, _REFERENCE),
    st.sampled_from(
        ["", "# x", "; x", "[", "]", "=", "[app:main", "\ufeff", "\0", "<<<<<<< HEAD", "\t=\t", "\x0c"]
    ),
)
_GROWN = st.lists(_LINE, max_size=20).map("\n".join)
_SHIPPED = INI.read_text(encoding="utf-8").splitlines()


def _disturbed(cuts: list[tuple[int, int, str]]) -> str:
    lines = list(_SHIPPED)
    for at, how, text in cuts:
        at %= len(lines)
        lines[at : at + 1] = ([], [lines[at], lines[at]], [text], [lines[at] + text], [lines[at][::-1]])[how]
    return "\n".join(lines)


_NEAR = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 4), _LINE), min_size=1, max_size=4).map(
    _disturbed
)
TEXTS = st.one_of(_GROWN, _GROWN, _GROWN, _NEAR)


def target(directory: Path, examples: int, tried: list[int]) -> Callable[[], None]:
    """Return the property that a file loads or is refused with a declared error.

    :param directory: where the files go.
    :param examples: how many are tried.
    :param tried: its one number is counted up.
    """
    path = directory / "fuzzed.ini"
    (directory / "other.ini").write_text("[app:main]\npaste.app_factory = tests.functional.recorder:app\n")

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(TEXTS)
    def a_file_loads_or_is_refused(text: str) -> None:
        path.write_bytes(text.replace("{self}", str(path)).encode("utf-8", "surrogatepass"))
        tried[0] += 1
        findings: Any = check_file(str(path))
        assert isinstance(findings, list)
        with contextlib.suppress(ApiRouterError):
            loadapp(f"config:{path}")

    return a_file_loads_or_is_refused
