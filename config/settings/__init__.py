"""All settings, read from the environment, loud on bad values; a file a subject.

With no variables set the *embedded* shape runs: SQLite and a bundled Valkey, both in ``var/``.
``DATABASE_URL`` and ``REDIS_URL`` together select the *services* shape. docs/reference/settings.md lists all.
"""

from config.settings.api import *
from config.settings.applications import *
from config.settings.logs import *
from config.settings.models import *
from config.settings.security import *
from config.settings.shape import *
from config.settings.shop import *
from config.settings.work import *
