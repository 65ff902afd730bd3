"""INI -> WSGI application, on PasteDeploy's own machinery."""

from apirouter.deploy.environment import environment_conf
from apirouter.deploy.loader import appconfig, loadapp, loadfilter, loadserver

__all__ = ["appconfig", "environment_conf", "loadapp", "loadfilter", "loadserver"]
