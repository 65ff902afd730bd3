"""The WSGI script: the whole service as a module-level ``application``.

    gunicorn compute_api.wsgi:application
    waitress-serve compute_api.wsgi:application

:mod:`compute_api.deploy` says where its INI is looked for.
"""

import os

from compute_api.deploy import make_application

application = make_application(os.environ)
