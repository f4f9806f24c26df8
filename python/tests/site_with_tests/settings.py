"""The settings of the site. `SITE_STASTE` is the setting `STASTE` as JSON."""

import json
import os
from pathlib import Path

BASE_DIR = Path(__file__).parent
SECRET_KEY = "for tests"
ROOT_URLCONF = "guests"
INSTALLED_APPS = ["guests", "staste"]
MIDDLEWARE = ["staste.middleware.ResponseTimeMiddleware"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
TIME_ZONE = "Europe/Riga"
STATIC_URL = "static/"
MEDIA_URL = "media/"
STASTE = json.loads(os.environ.get("SITE_STASTE", "{}"))
