"""The store of a site's tests: in memory, and empty for each test.

Django has no signal for the start of a test run or of a test. So the two functions of `django.test.utils` that every
test runner calls, pytest-django among them, also switch the store; and `SimpleTestCase.run`, which all test cases of
Django inherit, runs each test with a new one. Test functions of pytest get theirs from the plugin `_staste_pytest`.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from staste import _default_store, _django_settings

_MODULE = "django.test.utils"


class _TestRun:
    """What to undo when the tests have ended."""

    def __init__(self, address: str) -> None:
        self.previous = _default_store.replace_default(None)
        # A store in a file or on a server is the same in all tests.
        self.has_store_per_test = address == "memory:"
        _default_store.set_address_in_tests(address)

    def end(self) -> None:
        _default_store.set_address_in_tests(None)
        _default_store.replace_default(self.previous)


_run: _TestRun | None = None
_has_extended_functions = False
_has_extended_test_cases = False


@contextlib.contextmanager
def store_of_test() -> Iterator[None]:
    """Count in a new store in memory until the `with` block ends, if Django's tests run. It is created when needed."""
    if _run is None or not _run.has_store_per_test:
        yield
        return
    previous = _default_store.replace_default(None)
    try:
        yield
    finally:
        _default_store.replace_default(previous)


def watch() -> None:
    """Extend Django's test environment, when it is imported.

    A site in production does not import it: that would take 40 ms of each process.
    """
    module = sys.modules.get(_MODULE)
    if module is not None:
        _extend(module)
    elif not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


class _Finder:
    """Finds `django.test.utils` as usual, and extends it before another module can import its functions."""

    def find_spec(self, name: str, _path: Sequence[str] | None, _target: object = None) -> ModuleSpec | None:
        if name != _MODULE:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        loader: Any = None if spec is None else spec.loader

        def exec_module(module: ModuleType) -> None:
            # Other modules may have the same loader.
            del loader.exec_module
            loader.exec_module(module)
            _extend(module)

        if loader is not None:
            loader.exec_module = exec_module
        return spec


def _extend(utils: Any) -> None:
    """Make the functions that begin and end a test run switch the store, too."""
    global _has_extended_functions
    if _has_extended_functions:
        # Settings that change INSTALLED_APPS load the app again.
        return
    _has_extended_functions = True
    setup, teardown = utils.setup_test_environment, utils.teardown_test_environment

    @functools.wraps(setup)
    def setup_test_environment(*arguments: Any, **keywords: Any) -> None:
        global _run
        address = _django_settings.test_address()
        setup(*arguments, **keywords)
        _extend_test_cases()
        if address is not None:
            _run = _TestRun(address)

    @functools.wraps(teardown)
    def teardown_test_environment() -> None:
        global _run
        teardown()
        if _run is not None:
            _run.end()
            _run = None

    # The runner may have imported the functions before the app was loaded, as in processes that multiprocessing spawns.
    for module in [utils, sys.modules.get("django.test.runner")]:
        if module is not None:
            module.setup_test_environment = setup_test_environment
            module.teardown_test_environment = teardown_test_environment


def _extend_test_cases() -> None:
    from django.test import SimpleTestCase

    global _has_extended_test_cases
    if not _has_extended_test_cases:
        _has_extended_test_cases = True
        for name in ("run", "debug"):
            setattr(SimpleTestCase, name, _in_store_of_test(getattr(SimpleTestCase, name)))


def _in_store_of_test(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def run(*arguments: Any, **keywords: Any) -> Any:
        with store_of_test():
            return method(*arguments, **keywords)

    return run
