"""The program that runs the tests of the site. `SITE_STARTS_PROCESSES` is how it starts parallel ones."""

import multiprocessing
import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    if method := os.environ.get("SITE_STARTS_PROCESSES"):
        multiprocessing.set_start_method(method)
    os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
    execute_from_command_line(sys.argv)
