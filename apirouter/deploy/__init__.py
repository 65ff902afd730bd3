"""INI -> WSGI application, on PasteDeploy's own machinery."""
