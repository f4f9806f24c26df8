"""Settings for development."""

import os
import secrets
from pathlib import Path

BASE_DIR = Path(os.environ.get("GUESTS_DIR", Path(__file__).resolve().parent.parent))
SECRET_KEY = os.environ.get("GUESTS_SECRET_KEY") or secrets.token_urlsafe()
DEBUG = True
ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
ROOT_URLCONF = "guests.urls"
INSTALLED_APPS = ["django.contrib.staticfiles", "staste", "guests"]
MIDDLEWARE = [
    "staste.middleware.ResponseTimeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]
STATIC_URL = "static/"
TIME_ZONE = "UTC"
USE_TZ = True
# The counts are in `staste.db` in BASE_DIR. Requests from this machine may view the dashboard.
STASTE = {"DASHBOARD_ACCESS": "guests.views.is_local"}
