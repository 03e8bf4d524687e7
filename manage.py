#!/usr/bin/env python
"""Django's command-line entry."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.exceptions import ImproperlyConfigured

    from config.shop_zone import Management

    try:
        Management(sys.argv).execute()
    except ImproperlyConfigured as error:
        sys.exit(f"{error}")  # one line that says what is wrong, instead of a traceback
