"""What the service's unit tests share, as they did in 2017."""

from acme.api import auth as api_auth
from acme.api import openstack as openstack_api
from acme.api.openstack import api_version_request as api_version
from acme.api.openstack import wsgi as os_wsgi
from apirouter.context import RequestContext


class FakeRequestContext(RequestContext):
    def __init__(self, *args, **kwargs):
        kwargs["auth_token"] = kwargs.get("auth_token", "fake_auth_token")
        super(FakeRequestContext, self).__init__(*args, **kwargs)


class HTTPRequest(os_wsgi.Request):
    @classmethod
    def blank(cls, *args, **kwargs):
        defaults = {"base_url": "http://localhost/v2"}
        use_admin_context = kwargs.pop("use_admin_context", False)
        project_id = kwargs.pop("project_id", "fake")
        version = kwargs.pop("version", os_wsgi.DEFAULT_API_VERSION)
        defaults.update(kwargs)
        out = super(HTTPRequest, cls).blank(*args, **defaults)
        out.environ["acme.context"] = FakeRequestContext(
            user_id="fake_user", project_id=project_id, is_admin=use_admin_context
        )
        out.api_version_request = api_version.APIVersionRequest(version)
        return out


def wsgi_app_v21(fake_auth_context=None):
    ctxt = fake_auth_context or FakeRequestContext("fake", "fade")
    return openstack_api.FaultWrapper(api_auth.InjectContext(ctxt, openstack_api.APIRouterV21()))
