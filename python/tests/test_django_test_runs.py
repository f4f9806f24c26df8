"""Tests of a Django site: they count in a store in memory that is empty for each test."""

import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

import staste
from staste import Metrica

SITE = pathlib.Path(__file__).parent / "site_with_tests"
DISCOVER_RUNNER = ["manage.py", "test", "--verbosity", "1"]
PYTEST = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "--ds=settings"]


@pytest.fixture
def site(tmp_path):
    """Return the folder of a site that has counted two guests."""
    folder = tmp_path / "site"
    shutil.copytree(SITE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    with staste.Staste(f"sqlite:{folder}/staste.db") as store:
        Metrica("guests", [("gender", staste.StoredChoiceAxis())], store=store, zone="Asia/Tokyo").kick(2, gender="old")
    return folder


def run_python(folder, arguments, environment=()):
    without = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "STASTE"))}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**without, **dict(environment)},
        capture_output=True,
        text=True,
        timeout=300,
    )


def run_tests(folder, arguments, **environment):
    """Run the tests of the site, which pass, and return what they print."""
    finished = run_python(folder, arguments, environment)
    output = finished.stdout + finished.stderr
    assert finished.returncode == 0, output
    return output


def stored_choices(address):
    with staste.Staste(address) as store:
        guests = Metrica("guests", [("gender", staste.StoredChoiceAxis())], store=store)
        return store.metricas(), guests.iterate("gender")


UNTOUCHED = (["guests"], [("old", 2)])


@pytest.mark.parametrize("processes", [None, "fork", "spawn"])
def test_discover_runner_counts_each_test_in_memory(site, processes):
    if processes is None:
        output = run_tests(site, DISCOVER_RUNNER)
    else:
        output = run_tests(site, [*DISCOVER_RUNNER, "--parallel", "2"], SITE_STARTS_PROCESSES=processes)
    assert "Ran 14 tests" in output
    assert stored_choices(f"sqlite:{site}/staste.db") == UNTOUCHED


@pytest.mark.parametrize("options", [[], ["-n", "2"]])
def test_pytest_counts_each_test_and_each_function_in_memory(site, options):
    assert "16 passed" in run_tests(site, [*PYTEST, *options])
    assert stored_choices(f"sqlite:{site}/staste.db") == UNTOUCHED


def test_store_of_the_environment_is_untouched(site):
    address = f"sqlite:{site}/other.db"
    shutil.copy(site / "staste.db", site / "other.db")
    run_tests(site, DISCOVER_RUNNER, STASTE_STORE=address)
    run_tests(site, PYTEST, STASTE_STORE=address)
    assert stored_choices(address) == UNTOUCHED


def test_test_store_none_is_the_store_of_the_site(site):
    run_tests(site, [*PYTEST, "-k", "server_counts"], SITE_STASTE=json.dumps({"TEST_STORE": "memory:"}))
    finished = run_python(site, [*PYTEST, "-k", "server_counts"], {"SITE_STASTE": json.dumps({"TEST_STORE": None})})
    assert "assert 3 == 1" in finished.stdout, finished.stdout
    _, choices = stored_choices(f"sqlite:{site}/staste.db")
    assert choices == [("old", 2), ("girl", 1)]


def test_test_store_with_a_file_is_shared_by_the_tests(site):
    environment = {"SITE_STASTE": json.dumps({"TEST_STORE": "sqlite:tests.db"})}
    finished = run_python(site, [*DISCOVER_RUNNER, "-k", "SimpleTest"], environment)
    assert "FAILED (failures=1)" in finished.stderr, finished.stderr
    assert stored_choices(f"sqlite:{site}/staste.db") == UNTOUCHED
    _, choices = stored_choices(f"sqlite:{site}/tests.db")
    assert choices == [("girl", 1), ("boy", 1)]


def test_store_of_the_site_is_the_default_again_after_the_tests(site):
    script = (
        "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'settings'\n"
        "import django; django.setup()\n"
        "import staste\n"
        "from django.test.runner import DiscoverRunner\n"
        "def kind(): return staste.store().address.partition(':')[0]\n"
        "runner = DiscoverRunner()\n"
        "for _ in range(2):\n"
        "    print(kind()); runner.setup_test_environment()\n"
        "    print(kind()); runner.teardown_test_environment()\n"
        "print(kind())\n"
    )
    assert run_tests(site, ["-c", script]).split() == ["sqlite", "memory", "sqlite", "memory", "sqlite"]


def test_app_does_not_import_the_tests_of_django(site):
    script = (
        "import os, sys; os.environ['DJANGO_SETTINGS_MODULE'] = 'settings'\n"
        "import django; django.setup()\n"
        "print('django.test.utils' in sys.modules)\n"
    )
    assert run_tests(site, ["-c", script]) == "False\n"


def test_plugin_of_pytest_does_nothing_without_django(tmp_path):
    (tmp_path / "test_other.py").write_text(
        "import sys\ndef test_other():\n    assert '_staste_pytest' in sys.modules and 'staste' not in sys.modules\n"
        "    assert 'django' not in sys.modules\n"
    )
    assert "1 passed" in run_tests(tmp_path, [*PYTEST[:-1], "-p", "no:django"])
