from urllib.parse import unquote

import pytest
import webob
from hypothesis import given
from hypothesis import strategies as st

from apirouter.errors import BadHeader, ConfigError
from apirouter.filters.http_proxy_to_wsgi import (
    Hop,
    HTTPProxyToWSGI,
    address,
    filter_factory,
    parse_forwarded,
)
from tests.unit.filters.wsgi import call, make_environ, tell

KEYS = (
    "REMOTE_ADDR",
    "wsgi.url_scheme",
    "HTTP_HOST",
    "SCRIPT_NAME",
    "PATH_INFO",
    "SERVER_PORT",
    "SERVER_NAME",
)
UNTOUCHED = {
    "REMOTE_ADDR": "192.0.2.1",
    "wsgi.url_scheme": "http",
    "HTTP_HOST": "127.0.0.1",
    "SCRIPT_NAME": "",
    "PATH_INFO": "/",
    "SERVER_PORT": "80",
    "SERVER_NAME": "127.0.0.1",
}
ALL = {
    "X-Forwarded-For": "198.51.100.7",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "api.example.org",
    "X-Forwarded-Prefix": "/compute",
    "X-Forwarded-Port": "8443",
}


def serve(sent, *, path="/", peer="192.0.2.1", **conf):
    app = filter_factory({}, **conf)(tell(*KEYS, *FORWARDING))
    return call(app, environ=make_environ(path, headers=sent, REMOTE_ADDR=peer), checked=False)


FORWARDING = ("HTTP_FORWARDED", "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST")


def told(reply):
    assert reply.status == 200, reply.body
    return {key: reply.json[key] for key in KEYS}


@pytest.mark.parametrize(
    "conf", [{}, {"trusted_proxies": "10.0.0.0/8"}, {"trusted_proxies": "192.0.2.2 ::1"}]
)
@pytest.mark.parametrize("headers", [ALL, {"Forwarded": "for=198.51.100.7;proto=https;host=e.example"}])
def test_nobody_is_believed_who_is_not_trusted(conf, headers):
    reply = serve(headers, **conf)
    assert told(reply) == UNTOUCHED
    assert {key: reply.json[key] for key in FORWARDING} == dict.fromkeys(FORWARDING)


def test_a_trusted_proxy_is_believed():
    found = told(serve(ALL, trusted_proxies="192.0.2.0/24"))
    assert found["REMOTE_ADDR"] == "198.51.100.7"
    assert found["wsgi.url_scheme"] == "https"
    assert found["HTTP_HOST"] == "api.example.org:8443"
    assert found["SCRIPT_NAME"] == "/compute"
    assert found["SERVER_PORT"] == "8443"
    assert found["SERVER_NAME"] == "api.example.org"


def test_forwarded_is_believed_and_beats_the_others():
    headers = {**ALL, "Forwarded": 'for="[2001:db8::1]:4711";proto=https;host="other.example:444"'}
    found = told(serve(headers, trusted_proxies="192.0.2.1"))
    assert found["REMOTE_ADDR"] == "2001:db8::1"
    assert found["HTTP_HOST"] == "other.example:444"
    assert found["SERVER_PORT"] == "444"
    assert found["SCRIPT_NAME"] == ""


@pytest.mark.parametrize(("kind", "peer"), [("forwarded", "203.0.113.1"), ("x-forwarded", "198.51.100.7")])
def test_one_kind_of_headers_can_be_chosen(kind, peer):
    headers = {**ALL, "Forwarded": "for=203.0.113.1"}
    assert told(serve(headers, trusted_proxies="192.0.2.1", headers=kind))["REMOTE_ADDR"] == peer


@pytest.mark.parametrize("kind", ["x-forwarded", "X-Forwarded-For x-forwarded-prefix, x-forwarded-port"])
def test_a_client_s_forwarded_takes_nothing_from_a_proxy_that_writes_the_others(kind):
    sent = {**ALL, "Forwarded": "for=6.6.6.6;host=evil.example;proto=https"}
    found = told(serve(sent, trusted_proxies="192.0.2.1", headers=kind))
    assert found["REMOTE_ADDR"] == "198.51.100.7"
    assert (found["SCRIPT_NAME"], found["SERVER_PORT"]) == ("/compute", "8443")
    assert "evil" not in found["HTTP_HOST"]


def test_an_empty_forwarded_takes_nothing_from_the_others():
    found = told(serve({**ALL, "Forwarded": " "}, trusted_proxies="192.0.2.1"))
    assert (found["SCRIPT_NAME"], found["SERVER_PORT"]) == ("/compute", "8443")


def test_a_header_that_the_proxy_hands_on_unread_does_not_move_the_service_to_another_host():
    found = told(
        serve(ALL, trusted_proxies="192.0.2.1", headers="x-forwarded-for x-forwarded-proto"),
    )
    assert (found["REMOTE_ADDR"], found["wsgi.url_scheme"]) == ("198.51.100.7", "https")
    assert (found["HTTP_HOST"], found["SCRIPT_NAME"], found["SERVER_PORT"]) == ("127.0.0.1", "", "80")


@pytest.mark.parametrize("headers", ["", "x-forwarded-ssl", "any, xforwarded"])
def test_headers_that_no_proxy_writes_are_refused_at_load(headers):
    with pytest.raises(ConfigError, match="option 'headers'.*x-forwarded-prefix"):
        filter_factory({}, headers=headers)


def test_what_a_client_wrote_left_of_the_proxies_is_not_read():
    for forged in (
        {"X-Forwarded-For": "6.6.6.6, 198.51.100.7"},
        {"Forwarded": "for=6.6.6.6, for=198.51.100.7"},
    ):
        assert told(serve(forged, trusted_proxies="192.0.2.1"))["REMOTE_ADDR"] == "198.51.100.7"
        assert told(serve(forged, trusted_proxies="192.0.2.1", hops="9"))["REMOTE_ADDR"] == "198.51.100.7"


@pytest.mark.parametrize(
    ("hops", "peer"), [("1", "10.0.0.2"), ("2", "10.0.0.1"), ("3", "198.51.100.7"), ("9", "198.51.100.7")]
)
def test_as_many_proxies_are_followed_as_there_are_hops(hops, peer):
    headers = {"X-Forwarded-For": "6.6.6.6, 198.51.100.7, 10.0.0.1, 10.0.0.2"}
    assert told(serve(headers, trusted_proxies="192.0.2.1 10.0.0.0/8", hops=hops))["REMOTE_ADDR"] == peer


def test_each_hop_s_own_scheme_and_host_are_taken():
    headers = {
        "X-Forwarded-For": "198.51.100.7, 10.0.0.1",
        "X-Forwarded-Proto": "https, http",
        "X-Forwarded-Host": "public.example, internal.example",
    }
    one = told(serve(headers, trusted_proxies="192.0.2.1 10.0.0.1", hops="1"))
    two = told(serve(headers, trusted_proxies="192.0.2.1 10.0.0.1", hops="2"))
    assert (one["wsgi.url_scheme"], one["HTTP_HOST"]) == ("http", "internal.example")
    assert (two["wsgi.url_scheme"], two["HTTP_HOST"]) == ("https", "public.example")


@pytest.mark.parametrize("proto", ["javascript", "ftp", "httpss", "", "https\x00", "http://x", "file"])
def test_the_scheme_is_http_or_https_or_stays(proto):
    headers = {"X-Forwarded-For": "198.51.100.7", "X-Forwarded-Proto": proto}
    assert told(serve(headers, trusted_proxies="192.0.2.1"))["wsgi.url_scheme"] == "http"


@pytest.mark.parametrize("proto", ["https", "HTTPS"])
def test_the_scheme_is_believed_without_an_address(proto):
    found = told(serve({"X-Forwarded-Proto": proto}, trusted_proxies="192.0.2.1"))
    assert (found["wsgi.url_scheme"], found["REMOTE_ADDR"]) == ("https", "192.0.2.1")


@pytest.mark.parametrize("host", ["h/abc?x=", "user@h", "h\r\nX: y", "h h", "h:99999", "h\\e"])
@pytest.mark.parametrize("header", ["X-Forwarded-Host", "Host"])
def test_a_host_that_is_none_is_400(header, host):
    reply = serve({header: host}, trusted_proxies="192.0.2.1")
    assert reply.status == 400
    assert "Host" in reply.fault[1]["message"]


@pytest.mark.parametrize("host", ["h/abc?x=", "user@h", "user:pw@h", "h\x01", "h\x7f", "", "h\n", "h,h"])
def test_the_host_is_checked_without_any_proxy(host):
    reply = serve({"Host": host})
    assert reply.status == 400
    assert reply.fault[0] == "badRequest"


def test_a_request_without_a_host_passes():
    app = HTTPProxyToWSGI(tell("HTTP_HOST"))
    assert call(app, environ=make_environ(HTTP_HOST=None)).json == {"HTTP_HOST": None}


@pytest.mark.parametrize("prefix", ["//e.example", "/a/../b", "james", "/\\e", "/a\r\nX: y", "/a%2f"])
def test_a_prefix_that_is_none_is_400(prefix):
    assert serve({"X-Forwarded-Prefix": prefix}, trusted_proxies="192.0.2.1").status == 400


@pytest.mark.parametrize("prefix", ["/caf%C3%A9", "/a%20b", "/a%3Fb%25"])
def test_a_prefix_with_escapes_is_escaped_once_in_links_and_taken_off_a_path(prefix):
    def links(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [webob.Request(environ).path_url.encode("ascii")]

    proxied = filter_factory({}, trusted_proxies="192.0.2.1")(links)
    told = call(proxied, "/x", headers={"X-Forwarded-Prefix": prefix, "Host": "h"})
    assert told.body == f"http://h{prefix}/x".encode()
    reply = call(filter_factory({}, prefix=prefix)(tell("PATH_INFO")), unquote(prefix, "latin-1") + "/x")
    assert reply.json == {"PATH_INFO": "/x"}


@pytest.mark.parametrize("port", ["0", "65536", "x", "-1", "+80", "99999999"])
def test_a_port_that_is_none_is_400(port):
    assert serve({"X-Forwarded-Port": port}, trusted_proxies="192.0.2.1").status == 400


@pytest.mark.parametrize(
    ("path", "script", "rest"),
    [
        ("/james/x", "/james", "/x"),
        ("/james", "/james", ""),
        ("/james/", "/james", "/"),
        ("/jamesXX", "", "/jamesXX"),
        ("/jamesXX/x", "", "/jamesXX/x"),
        ("/JAMES/x", "", "/JAMES/x"),
        ("/", "", "/"),
        ("//james/x", "", "//james/x"),
    ],
)
def test_a_static_prefix_matches_whole_segments(path, script, rest):
    found = told(serve({}, path=path, prefix="/james"))
    assert (found["SCRIPT_NAME"], found["PATH_INFO"]) == (script, rest)


def test_a_proxy_on_a_local_socket_can_be_trusted():
    assert told(serve(ALL, peer="", trusted_proxies="unix"))["REMOTE_ADDR"] == "198.51.100.7"
    assert told(serve(ALL, peer="", trusted_proxies="10.0.0.0/8"))["REMOTE_ADDR"] == ""


def test_an_ipv4_peer_of_a_dual_stack_socket_is_recognised():
    assert (
        told(serve(ALL, peer="::ffff:192.0.2.1", trusted_proxies="192.0.2.1"))["REMOTE_ADDR"]
        == "198.51.100.7"
    )


@pytest.mark.parametrize(
    "networks", ["::ffff:192.0.2.1", "::ffff:192.0.2.0/120", "::ffff:0:0/96", "::/0 0.0.0.0/0"]
)
@pytest.mark.parametrize("peer", ["::ffff:192.0.2.1", "192.0.2.1"])
def test_a_proxy_trusted_by_its_address_on_a_dual_stack_socket_is_recognised(networks, peer):
    assert told(serve(ALL, peer=peer, trusted_proxies=networks))["REMOTE_ADDR"] == "198.51.100.7"


@pytest.mark.parametrize("peer", ["unknown", "_hidden", "not an address", ""])
def test_an_address_that_is_none_leaves_the_peer(peer):
    found = told(serve({"Forwarded": f'for="{peer}";proto=https'}, trusted_proxies="192.0.2.1"))
    assert (found["REMOTE_ADDR"], found["wsgi.url_scheme"]) == ("192.0.2.1", "https")


@pytest.mark.parametrize(
    ("text", "hops"),
    [
        ("for=192.0.2.60;proto=http;by=203.0.113.43", [Hop("192.0.2.60", "http")]),
        ("for=192.0.2.43, for=198.51.100.17", [Hop("192.0.2.43"), Hop("198.51.100.17")]),
        ('For="[2001:db8:cafe::17]:4711"', [Hop("[2001:db8:cafe::17]:4711")]),
        ('for=_gazonk;Host="a\\"b, c;d"', [Hop("_gazonk", host='a"b, c;d')]),
        ("for=192.0.2.43 ; proto=https , for=x", [Hop("192.0.2.43", "https"), Hop("x")]),
        # RFC 7239, 4: a pair may be left out; RFC 9110, 5.6.1.2: so may an element, and it counts for none.
        ("for=192.0.2.43;", [Hop("192.0.2.43")]),
        (";for=192.0.2.43;;proto=https", [Hop("192.0.2.43", "https")]),
        (",for=192.0.2.43,, ;,for=x,", [Hop("192.0.2.43"), Hop("x")]),
        (",", []),
        ("", []),
    ],
)
def test_rfc_7239_s_examples(text, hops):
    assert parse_forwarded(text) == hops


@pytest.mark.parametrize(
    "text", ["for", "for=", "for=a;for=b", 'for="a', "=a", "for=a b", "for==a", "a, for=a"]
)
def test_a_malformed_forwarded_is_refused(text):
    with pytest.raises(BadHeader):
        parse_forwarded(text)
    assert serve({"Forwarded": text}, trusted_proxies="192.0.2.1").status == 400


@given(st.text(max_size=60))
def test_no_forwarded_crashes(text):
    try:
        hops = parse_forwarded(text)
    except BadHeader:
        return
    assert all(isinstance(hop, Hop) for hop in hops)


@given(st.text(max_size=40))
def test_no_address_crashes(text):
    address(text)


@given(st.dictionaries(st.sampled_from([*ALL, "Forwarded", "Host"]), st.text(max_size=40)))
def test_whatever_proxies_say_it_is_an_answer_without_line_ends(headers):
    reply = serve(headers, trusted_proxies="192.0.2.1")
    assert reply.status in (200, 400)
    if reply.status == 200:
        found = told(reply)
        assert found["wsgi.url_scheme"] in ("http", "https")
        assert not found["SCRIPT_NAME"].startswith("//")
        assert not set(found["HTTP_HOST"]) & set("/?#@\\\r\n")


@pytest.mark.parametrize("text", ["10.0.0.0/33", "10.0.0.1/8", "proxy.example", "*"])
def test_a_network_that_is_none_is_refused_at_load(text):
    with pytest.raises(ConfigError, match="option 'trusted_proxies'"):
        filter_factory({}, trusted_proxies=text)


def test_many_invented_hosts_are_not_remembered():
    app = filter_factory({})(tell())
    for number in range(1000):
        call(app, environ=make_environ(headers={"Host": f"h{number}.example"}), checked=False)
    cells = [cell.cell_contents for cell in app.__closure__]
    (hosts,) = [found for found in cells if isinstance(found, set)]
    assert len(hosts) <= 64


@pytest.mark.parametrize("hops", ["-1", "0", "", "1.5", "many"])
def test_a_number_of_hops_that_would_trust_everybody_or_nobody_is_refused_at_load(hops):
    with pytest.raises(ConfigError, match="option 'hops'"):
        serve({}, trusted_proxies="192.0.2.1", hops=hops)


@pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded"])
def test_the_zone_of_an_address_in_a_header_never_becomes_the_client_s_address(name):
    value = "fe80::1%<b>\r\nX: y"
    headers = {name: value if name == "X-Forwarded-For" else f'for="[{value}]"'}
    reply = serve(headers, trusted_proxies="192.0.2.1")
    assert reply.environ["REMOTE_ADDR"] == "192.0.2.1"
