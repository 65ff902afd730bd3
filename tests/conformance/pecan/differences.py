"""Pecan's tests that are skipped: each with the difference, on purpose, behind it."""

_ALLOW = "Allow lists HEAD where GET is answered, and OPTIONS, which is answered by itself"
_LOADED = "what can be refused when the application is made is refused there, not by a request"
_ARGUMENTS = "a missing argument is a 400 that names it, not a TypeError"
_GLOBAL = "there is no configuration of the process: each application has its own"
_REST = "test_rest.py::TestRestController::"
_BASE = "test_base.py::"
_LOCALS = "test_no_thread_locals.py::"

DIFFERENCES: dict[str, str] = {
    _BASE + "TestEmptyContent::test_empty_index": "a 204 has no Content-Length (RFC 9110, 8.6)",
    _BASE + "TestControllerArguments::test_no_remainder": _ARGUMENTS,
    _BASE + "TestControllerArguments::test_required_argument": _ARGUMENTS,
    _BASE
    + "TestDefaultErrorRendering::test_json_error": "the JSON document of a 404 says what is wrong, too",
    _BASE
    + "TestRedirect::test_x_forward_proto": "X-Forwarded-Proto counts only from a trusted proxy, by the "
    "filter http_proxy_to_wsgi",
    _BASE
    + "TestThreadLocalState::test_request_state_cleanup": "the call is a context variable, not a thread "
    "local with attributes to look at",
    _BASE + "TestCanonicalRouting::test_posts_fail": "a POST without the slash is redirected with 307, which "
    "keeps method and body",
    _BASE + "TestEngines::test_renderer_not_found": _LOADED,
    _BASE + "TestExplicitRoute::test_conflicting_custom_routes": _LOADED,
    _BASE + "TestExplicitRoute::test_custom_route_with_attribute_conflict": _LOADED,
    _LOCALS + "TestThreadingLocalUsage": _LOADED,
    _LOCALS + "TestControllerArguments::test_no_remainder": _ARGUMENTS,
    _LOCALS + "TestControllerArguments::test_required_argument": _ARGUMENTS,
    "test_hooks.py::TestRequestViewerHook::test_hook_formatting": "format_hooks, which reads names out of "
    "texts, is not there: hooks are named by their classes",
    _REST + "test_method_not_allowed_delete": _ALLOW,
    _REST + "test_method_not_allowed_get": _ALLOW,
    _REST + "test_method_not_allowed_post": _ALLOW,
    _REST + "test_method_not_allowed_put": _ALLOW,
    _REST + "test_proper_allow_header_multiple_gets": _ALLOW,
    _REST + "test_nested_get_all_with_lookup": "_lookup is not called with an empty id for a slash alone",
    "test_rest.py::TestExplicitRoute::test_alternate_route": "the application refuses it, not the controller's "
    "constructor",
    "test_generic.py::TestGeneric::test_generic_allow_header": "Allow lists HEAD, which GET's handler answers",
    "test_conf.py::TestGlobalConfig": _GLOBAL,
    "test_conf.py::TestConfigCleanup": _GLOBAL,
    "middleware/test_errordocument.py::TestErrorDocumentMiddleware::test_error_with_recursion_loop": "where the "
    "document can't be had the error's own reply is sent",
}
