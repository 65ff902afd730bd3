"""noauth2, keystonecontext, basic_auth: what holds for each, and what holds for all of them."""

import base64
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apirouter import wsgi
from apirouter.context import RequestContext
from apirouter.errors import ConfigError, MissingExtra
from apirouter.filters import Middleware, authtoken, basic_auth, identity, keystonecontext, noauth2
from apirouter.fusion import fuse
from tests.support import router_for
from tests.unit.filters.wsgi import call, make_environ, ok

bcrypt = pytest.importorskip("bcrypt")

FORGED = {
    "X-Roles": "admin",
    "X-Role": "admin",
    "X-User-Id": "root",
    "X-User_Id": "root",
    "X_User_Id": "root",
    "X-User": "root",
    "X-User-Name": "root",
    "X-User-Domain-Id": "d",
    "X-Project-Id": "other",
    "X-Project_Name": "other",
    "X-Tenant-Id": "other",
    "X-Tenant": "other",
    "X-Domain-Id": "d",
    "X-Is-Admin-Project": "True",
    "X-Is_Admin_Project": "True",
    "X-Service-Roles": "admin",
    "X-Service-Identity-Status": "Confirmed",
    "X-Service-Catalog": "[]",
    "OpenStack-System-Scope": "all",
    "X-Auth-User": "root",
    "X-Remote-User": "root",
    "Remote-User": "root",
}


@pytest.fixture(scope="module")
def htpasswd(tmp_path_factory):
    path = tmp_path_factory.mktemp("auth") / "htpasswd"
    hashed = bcrypt.hashpw(b"right", bcrypt.gensalt(4)).replace(b"$2b$", b"$2y$")
    path.write_bytes(
        b"# users\nalice:"
        + hashed
        + b"\n\n"
        + "bj\N{LATIN SMALL LETTER O WITH DIAERESIS}rn:".encode()
        + hashed
        + b"\n"
    )
    return path


def basic(user, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


CONFIRMED = {
    "HTTP_X_IDENTITY_STATUS": "Confirmed",
    "HTTP_X_USER_ID": "alice",
    "HTTP_X_PROJECT_ID": "p1",
    "HTTP_X_ROLES": "member, reader",
}


def reached(environ, start_response):
    environ["test.reached"] = True
    return ok(environ, start_response)


@pytest.fixture(params=["noauth2", "basic_auth", "keystonecontext"])
def auth(request, htpasswd):
    """A filter, with the headers of a request that it lets in and what stands in the environ beside them."""
    if request.param == "noauth2":
        return noauth2.filter_factory({})(reached), {"X-Auth-Token": "alice:p1"}, {}
    if request.param == "basic_auth":
        app = basic_auth.filter_factory({}, htpasswd=str(htpasswd), project_id="p1")(reached)
        return app, basic("alice", "right"), {}
    return keystonecontext.filter_factory({})(reached), {}, CONFIRMED


def test_everybody_lets_in_who_says_who_he_is(auth):
    app, headers, more = auth
    reply = call(app, environ=make_environ(headers=headers, **more))
    assert reply.status == 200
    context = reply.environ["apirouter.context"]
    assert (context.user_id, context.project_id) == ("alice", "p1")
    assert context.is_admin is False


def test_nobody_is_a_default_user(auth):
    app, _, _ = auth
    reply = call(app)
    assert reply.status == 401
    assert reply.fault[0] == "unauthorized"
    assert reply.header("WWW-Authenticate")
    assert "apirouter.context" not in reply.environ
    assert "test.reached" not in reply.environ


def test_forged_identity_is_absent_and_lets_nobody_in(auth):
    app, _, _ = auth
    reply = call(app, headers=FORGED)
    assert reply.status == 401
    assert not identity.IDENTITY & set(reply.environ)


@pytest.mark.parametrize("kind", ["noauth2", "basic_auth"])
def test_forged_identity_is_absent_behind_a_filter_that_lets_in(kind, htpasswd):
    if kind == "noauth2":
        app, headers = noauth2.NoAuthMiddleware(reached), {"X-Auth-Token": "alice:p1"}
    else:
        app, headers = (
            basic_auth.BasicAuthMiddleware(reached, htpasswd=str(htpasswd)),
            basic("alice", "right"),
        )
    reply = call(app, headers={**FORGED, **headers})
    assert reply.status == 200
    assert not identity.IDENTITY & set(reply.environ)
    context = reply.environ["apirouter.context"]
    assert context.user_id == "alice"
    assert "admin" not in context.roles
    assert context.is_admin is False


@pytest.mark.parametrize(
    "connection",
    [
        "X-Roles",
        "x-roles",
        "close, X-Roles",
        "keep-alive,X-User-Id",
        "X_Roles",
        " X-Project-Id ",
        "X-Identity-Status",
    ],
)
def test_a_connection_header_that_disowns_identity_is_401(auth, connection):
    app, headers, more = auth
    reply = call(
        app, environ=make_environ(headers={**headers, "Connection": connection}, **more), checked=False
    )
    assert reply.status == 401
    assert "apirouter.context" not in reply.environ


@pytest.mark.parametrize("connection", ["close", "keep-alive", "Upgrade", "", "TE, close"])
def test_any_other_connection_header_changes_nothing(auth, connection):
    app, headers, more = auth
    assert (
        call(app, environ=make_environ(headers={**headers, "Connection": connection}, **more)).status == 200
    )


def test_the_context_stands_under_the_service_s_own_key_too(htpasswd):
    conf = {"context_key": "nova.context"}
    for app, headers, more in (
        (noauth2.filter_factory(conf)(ok), {"X-Auth-Token": "a:b"}, {}),
        (basic_auth.filter_factory(conf, htpasswd=str(htpasswd))(ok), basic("alice", "right"), {}),
        (keystonecontext.filter_factory({}, **conf)(ok), {}, CONFIRMED),
    ):
        environ = call(app, environ=make_environ(headers=headers, **more)).environ
        assert environ["nova.context"] is environ["apirouter.context"]


class Tells(wsgi.Controller):
    """Tells who asks, and who asks in a request that it makes of its own."""

    def index(self, req):
        if "HTTP_X_SUB" not in req.environ:
            return {"who": req.context.user_id, "key": req.environ["nova.context"].user_id}
        sub = req.copy()
        del sub.environ["HTTP_X_SUB"]
        sub.headers.update({"X-Auth-Token": "eve:p", "Authorization": basic("bob", "wrong")["Authorization"]})
        return {"sub": sub.get_response(req.environ["test.whole"]).json, "who": req.context.user_id}


@pytest.mark.parametrize("key", ["apirouter.context", "nova.context", "other.context"])
@pytest.mark.parametrize("fused", [False, True])
def test_who_asks_within_another_s_request_is_who_that_token_names(key, fused):
    router = router_for(Tells(), options={"context_key": "nova.context"})
    whole = noauth2.filter_factory({}, context_key=key)(router)
    whole = fuse(whole) if fused else whole
    headers = {"X-Auth-Token": "alice:p", "X-Sub": "1"}
    reply = call(whole, environ=make_environ("/things", headers=headers, test__whole=whole), checked=False)
    assert reply.json == {"sub": {"who": "eve", "key": "eve"}, "who": "alice"}


def test_the_inner_of_two_authentications_says_who_asks(htpasswd):
    router = router_for(Tells(), options={"context_key": "nova.context"})
    inner = basic_auth.filter_factory({}, htpasswd=str(htpasswd))(router)
    outer = noauth2.filter_factory({}, context_key="nova.context")(inner)
    headers = {"X-Auth-Token": "eve:p", **basic("alice", "right")}
    assert call(outer, "/things", headers=headers).json == {"who": "alice", "key": "alice"}


def test_a_filter_of_a_user_s_may_say_who_asks():
    class Lowers(Middleware):
        def process_request(self, req):
            req.context = RequestContext("nobody", req.context.project_id)

    router = router_for(Tells(), options={"context_key": "nova.context"})
    whole = noauth2.filter_factory({}, context_key="nova.context")(Lowers(router))
    reply = call(whole, "/things", headers={"X-Auth-Token": "alice:p"})
    assert reply.json == {"who": "nobody", "key": "nobody"}


def test_the_context_has_the_ids_of_the_request(auth):
    app, headers, more = auth
    environ = make_environ(headers=headers, **more)
    environ["openstack.request_id"], environ["openstack.global_request_id"] = "req-1", "req-2"
    context = call(app, environ=environ).environ["apirouter.context"]
    assert (context.request_id, context.global_request_id) == ("req-1", "req-2")
    assert context.remote_address == "192.0.2.1"


# ------------------------------------------------------------------------- noauth2


@pytest.mark.parametrize(
    ("token", "user", "project"),
    [("u:p", "u", "p"), ("u", "u", "u"), ("u:", "u", "u"), ("u:p:q", "u", "p:q")],
)
def test_a_token_names_user_and_project(token, user, project):
    context = call(noauth2.NoAuthMiddleware(ok), headers={"X-Auth-Token": token}).environ["apirouter.context"]
    assert (context.user_id, context.project_id, context.auth_token) == (user, project, token)
    assert token not in repr(context).replace(user, "") or token == user


@pytest.mark.parametrize("token", ["", ":", ":p", " ", " :p", "  ", "  :p", "\t:p", "\xa0:p"])
def test_a_token_without_a_user_is_401(token):
    assert call(noauth2.NoAuthMiddleware(ok), headers={"X-Auth-Token": token}).status == 401


def test_who_is_admin_is_an_option():
    def context(token, **conf):
        app = noauth2.filter_factory({}, **conf)(ok)
        return call(app, headers={"X-Auth-Token": token}).environ["apirouter.context"]

    assert context("admin:p").is_admin
    assert "admin" in context("admin:p").roles
    assert not context("admin:p", admin_users="root").is_admin
    assert context("root:p", admin_users="root").is_admin
    assert context("anybody:p", always_admin="yes").is_admin
    assert context("u:p", roles="creator").roles == ["creator"]


def test_the_quick_context_is_the_constructor_s():
    quick = call(noauth2.filter_factory({}, roles="r")(ok), headers={"X-Auth-Token": "u:p"}).environ
    slow = RequestContext(
        "u", "p", roles=("r",), is_admin=False, auth_token="u:p", remote_address=quick.get("REMOTE_ADDR")
    )
    assert quick["apirouter.context"].__dict__ == slow.__dict__
    assert type(quick["apirouter.context"]) is type(slow)


@pytest.mark.parametrize("user", ["u", "u" * 1000])
def test_a_token_that_came_before_says_the_same_again(user):
    app = noauth2.NoAuthMiddleware(ok)
    for _ in range(2):
        context = call(app, headers={"X-Auth-Token": f"{user}:p"}).environ["apirouter.context"]
        assert (context.user_id, context.project_id, context.auth_token) == (user, "p", f"{user}:p")


def test_contexts_share_no_roles():
    app = noauth2.NoAuthMiddleware(ok)
    one, two = (call(app, headers={"X-Auth-Token": "u:p"}).environ["apirouter.context"] for _ in "12")
    one.roles.append("admin")
    assert "admin" not in two.roles


# ------------------------------------------------------------------------- keystonecontext


@pytest.mark.parametrize(
    "missing",
    [
        {"HTTP_X_IDENTITY_STATUS": None},
        {"HTTP_X_IDENTITY_STATUS": "Invalid"},
        {"HTTP_X_IDENTITY_STATUS": "confirmed"},
        {"HTTP_X_USER_ID": None},
        {"HTTP_X_USER_ID": ""},
        {"HTTP_X_USER_ID": " "},
    ],
)
def test_what_authtoken_did_not_confirm_is_401(missing):
    reply = call(keystonecontext.KeystoneContext(ok), environ=make_environ(**{**CONFIRMED, **missing}))
    assert reply.status == 401
    assert not identity.IDENTITY & set(reply.environ)


@pytest.mark.parametrize(
    "name", ["X-Forwarded-User", "Remote-User", "X-Remote_User", "X-Auth-Roles", "X-Is-Admin"]
)
def test_identity_headers_that_authtoken_leaves_alone_are_gone_behind_the_context(name):
    app = keystonecontext.KeystoneContext(reached)
    reply = call(app, environ={**make_environ(headers={name: "root"}), **CONFIRMED})
    assert reply.status == 200
    assert identity.environ_key(name) not in reply.environ
    assert reply.environ["HTTP_X_ROLES"] == CONFIRMED["HTTP_X_ROLES"]


def test_authtoken_itself_can_be_required(caplog):
    app = keystonecontext.filter_factory({}, require_authtoken="yes")(ok)
    assert call(app, environ=make_environ(**CONFIRMED)).status == 401
    assert "no authtoken in front" in caplog.text
    environ = make_environ(**CONFIRMED)
    environ["keystone.token_auth"] = object()
    assert call(app, environ=environ).status == 200


def test_all_that_authtoken_found_out_is_in_the_context():
    more = {
        "HTTP_X_ROLES": "Admin,member,",
        "HTTP_X_USER_NAME": "Alice",
        "HTTP_X_PROJECT_NAME": "P",
        "HTTP_X_SERVICE_CATALOG": '[{"type": "compute"}]',
        "HTTP_X_SERVICE_ROLES": "service",
        "HTTP_X_SERVICE_IDENTITY_STATUS": "Confirmed",
        "HTTP_OPENSTACK_SYSTEM_SCOPE": "all",
        "HTTP_X_IS_ADMIN_PROJECT": "False",
        "HTTP_X_AUTH_TOKEN": "gAAA",
    }
    app = keystonecontext.KeystoneContext(ok)
    context = call(app, environ=make_environ(**{**CONFIRMED, **more})).environ["apirouter.context"]
    assert context.roles == ["Admin", "member"]
    assert context.is_admin is True
    assert (context.user_name, context.project_name, context.system_scope) == ("Alice", "P", "all")
    assert context.service_catalog == [{"type": "compute"}]
    assert context.service_roles == ["service"]
    assert context.is_admin_project is False
    assert "gAAA" not in repr(context) + str(context.to_dict())


def test_roles_of_a_service_that_was_not_confirmed_do_not_count():
    more = {**CONFIRMED, "HTTP_X_SERVICE_ROLES": "service"}
    context = call(keystonecontext.KeystoneContext(ok), environ=make_environ(**more)).environ[
        "apirouter.context"
    ]
    assert context.service_roles == []


def test_a_broken_catalog_is_the_server_s_mistake():
    environ = make_environ(**{**CONFIRMED, "HTTP_X_SERVICE_CATALOG": "{"})
    with pytest.raises(ValueError, match="catalog"):
        call(keystonecontext.KeystoneContext(ok), environ=environ)


def test_where_to_get_a_token_is_told():
    app = keystonecontext.filter_factory({}, www_authenticate_uri=" https://id.example/v3 ")(ok)
    assert call(app).header("WWW-Authenticate") == 'Keystone uri="https://id.example/v3"'


@pytest.mark.parametrize(
    "uri", ['https://id.example/v3"', "https://id.example/\x01", "https://id€.example", "a b"]
)
def test_where_to_get_a_token_is_refused_at_load_where_no_header_could_say_it(uri):
    with pytest.raises(ConfigError, match="option 'www_authenticate_uri'.*is not a URI"):
        keystonecontext.filter_factory({}, www_authenticate_uri=uri)


# ------------------------------------------------------------------------- basic_auth


@pytest.mark.parametrize(
    "header",
    [
        *("", "Basic", "Basic ", "Basic !!!", "Bearer abc", "basic " + base64.b64encode(b"alice").decode()),
        *(
            "Basic " + base64.b64encode(t).decode()
            for t in (b"alice:wrong", b"nobody:right", b":right", b"alice:")
        ),
        *(
            "Basic " + base64.b64encode(t).decode()
            for t in (b"alice\n:right", b"\xff:right", b"alice:right\x00")
        ),
    ],
)
def test_bad_credentials_are_all_the_same_401(htpasswd, header):
    app = basic_auth.BasicAuthMiddleware(ok, htpasswd=str(htpasswd), realm="here")
    reply = call(app, headers={"Authorization": header})
    assert reply.status == 401
    assert reply.header("WWW-Authenticate") == 'Basic realm="here", charset="UTF-8"'
    assert reply.body == call(app).body


def test_good_credentials_are_let_in(htpasswd):
    app = basic_auth.filter_factory({}, htpasswd=str(htpasswd), admin_users="alice")(ok)
    environ = call(app, headers=basic("alice", "right")).environ
    assert environ["REMOTE_USER"] == "alice"
    context = environ["apirouter.context"]
    assert (context.user_id, context.project_id, context.is_admin) == ("alice", "alice", True)
    name = "bj\N{LATIN SMALL LETTER O WITH DIAERESIS}rn"
    assert call(app, headers=basic(name, "right")).environ["apirouter.context"].user_id == name


def test_an_unknown_user_costs_what_a_known_one_does(htpasswd, monkeypatch):
    app = basic_auth.BasicAuthMiddleware(ok, htpasswd=str(htpasswd))
    checked = []

    def check(password, hashed):
        checked.append(hashed[:7])
        return bcrypt.checkpw(password, hashed)

    app._check = check
    for user in ("alice", "nobody"):
        assert call(app, headers=basic(user, "wrong")).status == 401
    assert checked == [b"$2b$04$", b"$2b$04$"]


def test_the_dummy_has_the_highest_cost_of_the_file(tmp_path):
    path = tmp_path / "htpasswd"
    path.write_bytes(
        b"a:" + bcrypt.hashpw(b"x", bcrypt.gensalt(5)) + b"\nb:" + bcrypt.hashpw(b"x", bcrypt.gensalt(4))
    )
    assert basic_auth.read_htpasswd(str(path)).dummy.startswith(b"$2b$05$")
    path.write_bytes(b"")
    assert basic_auth.read_htpasswd(str(path)).dummy.startswith(b"$2b$10$")


def test_a_long_password_is_cut_as_htpasswd_cuts_it(tmp_path):
    path = tmp_path / "htpasswd"
    path.write_bytes(b"a:" + bcrypt.hashpw(b"x" * 72, bcrypt.gensalt(4)))
    app = basic_auth.BasicAuthMiddleware(ok, htpasswd=str(path))
    assert call(app, headers=basic("a", "x" * 100)).status == 200


def test_the_file_is_read_again_when_it_changes_and_kept_when_it_breaks(tmp_path, caplog):
    path = tmp_path / "htpasswd"
    path.write_bytes(b"a:" + bcrypt.hashpw(b"one", bcrypt.gensalt(4)))
    app = basic_auth.BasicAuthMiddleware(ok, htpasswd=str(path))
    assert call(app, headers=basic("a", "one")).status == 200
    path.write_bytes(b"a:" + bcrypt.hashpw(b"two", bcrypt.gensalt(4)) + b"\n# changed\n")
    assert call(app, headers=basic("a", "one")).status == 401
    assert call(app, headers=basic("a", "two")).status == 200
    path.write_bytes(b"broken")
    assert call(app, headers=basic("a", "two")).status == 200
    assert "line 1" in caplog.text
    os.unlink(path)
    assert call(app, headers=basic("a", "two")).status == 200


def test_a_password_file_that_stays_broken_is_told_once_and_each_other_way_of_being_so(tmp_path, caplog):
    path = tmp_path / "htpasswd"
    good = b"a:" + bcrypt.hashpw(b"one", bcrypt.gensalt(4))
    path.write_bytes(good)
    app = basic_auth.BasicAuthMiddleware(ok, htpasswd=str(path))
    told = []
    for text in (b"broken", b"a:unhashed password", good + b"\n", b"broken"):
        path.write_bytes(text)
        assert [call(app, headers=basic("a", "one")).status for _ in range(3)] == [200] * 3
        told.append(len(caplog.records))
    assert told == [1, 2, 2, 3]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("alice", "line 1 of .* is not user:hash"),
        ("\n:hash", "line 2 of .* is not user:hash"),
        ("alice:$apr1$x$y", "holds a hash that isn't bcrypt's"),
        ("alice:plain", "holds a hash that isn't bcrypt's"),
        ("alice:$2b$04$short", "holds a hash that isn't bcrypt's"),
        ("{a}\n{a}", "names a user for the second time"),
        ("\ufeff{a}", "line 1 of .* names a user that isn't printable UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_names_the_line_and_shows_no_hash(tmp_path, text, problem):
    path = tmp_path / "htpasswd"
    path.write_text(text.format(a="alice:$2b$04$" + "a" * 53), encoding="utf-8")
    with pytest.raises(ConfigError, match=problem) as caught:
        basic_auth.BasicAuthMiddleware(ok, htpasswd=str(path))
    assert "$2b$" not in str(caught.value)
    assert "plain" not in str(caught.value)


def test_a_file_that_is_not_there_is_an_error_at_load(tmp_path):
    with pytest.raises(ConfigError, match="can't be read: No such file"):
        basic_auth.BasicAuthMiddleware(ok, htpasswd=str(tmp_path / "none"))
    with pytest.raises(ConfigError, match="option 'htpasswd' is required"):
        basic_auth.filter_factory({})


@given(st.binary(max_size=80))
def test_no_authorization_header_crashes(htpasswd, data):
    app = basic_auth.BasicAuthMiddleware(ok, htpasswd=str(htpasswd))
    app._check = lambda password, hashed: False
    header = "Basic " + base64.b64encode(data).decode()
    assert call(app, headers={"Authorization": header}).status == 401
    assert call(app, headers={"Authorization": data.decode("latin-1")}, checked=False).status == 401


# ------------------------------------------------------------------------- authtoken


def test_authtoken_without_keystonemiddleware_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "keystonemiddleware", None)
    with pytest.raises(MissingExtra, match=r"pip install 'apirouter\[keystone\]'"):
        authtoken.filter_factory({})


def test_noauth2_reads_a_token_as_utf_8_like_the_url_that_names_its_project():
    wire = "bj\N{LATIN SMALL LETTER O WITH DIAERESIS}rn:caf\N{LATIN SMALL LETTER E WITH ACUTE}"
    token = wire.encode().decode("latin-1")
    reply = call(noauth2.filter_factory({})(ok), headers={"X-Auth-Token": token})
    context = reply.environ["apirouter.context"]
    assert f"{context.user_id}:{context.project_id}" == wire
    assert context.auth_token == token


@pytest.mark.parametrize("token", ["a\r\nb:p", "a:p\0", "a\x1b[31m", "\t:p", "\udcff:p"])
def test_noauth2_takes_no_control_characters(token):
    reply = call(noauth2.filter_factory({})(ok), headers={"X-Auth-Token": token})
    assert reply.status == 401


def test_a_password_with_a_nul_is_a_wrong_one(htpasswd):
    application = basic_auth.filter_factory({}, htpasswd=str(htpasswd))(ok)
    assert call(application, headers=basic("alice", "right\0")).status == 401
