import pytest

from apirouter.errors import ConfigError
from apirouter.filters.legacy_v2_compatible import filter_factory
from tests.unit.filters.wsgi import Tracked, answering, call, tell

VERSIONS = [("OpenStack-API-Version", "compute 2.1"), ("X-OpenStack-Nova-API-Version", "2.1")]


def test_the_request_loses_its_version_headers_and_is_marked():
    keys = ("HTTP_OPENSTACK_API_VERSION", "HTTP_X_OPENSTACK_NOVA_API_VERSION", "apirouter.legacy")
    reply = call(filter_factory({})(tell(*keys)), headers=dict(VERSIONS))
    assert reply.json == {keys[0]: None, keys[1]: None, "apirouter.legacy": True}


@pytest.mark.parametrize(
    ("vary", "kept"),
    [
        (["OpenStack-API-Version, X-OpenStack-Nova-API-Version"], []),
        (["OpenStack-API-Version", "X-OpenStack-Nova-API-Version"], []),
        (["openstack-api-version,Accept"], ["Accept"]),
        (["Origin, OpenStack-API-Version, Accept"], ["Origin, Accept"]),
        (["Origin"], ["Origin"]),
        (["*"], ["*"]),
    ],
)
def test_the_reply_loses_them_and_so_does_its_vary(vary, kept):
    headers = [*VERSIONS, *(("Vary", value) for value in vary), ("X-Other", "1")]
    reply = call(filter_factory({})(answering([b""], headers)))
    assert reply.headerlist == [
        ("Content-Type", "text/plain"),
        *(("Vary", v) for v in kept),
        ("X-Other", "1"),
    ]


def test_the_headers_are_options():
    conf = {"version_header": "API-Version", "legacy_version_header": "X-Old"}
    app = filter_factory({}, **conf)(answering([b""], [*VERSIONS, ("api-version", "1"), ("x-old", "2")]))
    assert call(app).headerlist == [("Content-Type", "text/plain"), *VERSIONS]
    with pytest.raises(ConfigError, match="header's name"):
        filter_factory({}, version_header="a b")


def test_a_lazy_body_is_handed_on_as_it_is():
    body = Tracked()
    assert filter_factory({})(answering(body))({}, lambda *a: None) is body
