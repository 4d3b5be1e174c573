"""The office for a WSGI server."""

import os

from django.core.wsgi import get_wsgi_application

from qingxi_office.site.databases import PAGE_WAIT_S

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qingxi_office.site.settings")
os.environ.setdefault("QINGXI_WAIT_S", str(PAGE_WAIT_S))
application = get_wsgi_application()
