"""The environment variable `STASTE_CLOCK`."""

import os
import subprocess
import sys


def run(setting, script):
    environment = {**os.environ, "STASTE_CLOCK": setting}
    return subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=60)


def test_staste_clock_sets_the_clock_of_a_program_and_is_reported_once():
    script = (
        "import staste, staste.testing\n"
        "staste.configure('memory:')\n"
        "guests = staste.Metrica('guests')\n"
        "guests.kick()\n"
        "print(guests.timespan(2032, 2, 29).total(), staste.testing.now().isoformat())\n"
        "with staste.testing.at('2020-01-01T00:00Z'):\n"
        "    print(staste.testing.now().year)\n"
    )
    process = run("2032-02-29T23:59:59Z", script)
    assert process.stdout == "1 2032-02-29T23:59:59+00:00\n2020\n"
    notice = "staste: the clock is set by STASTE_CLOCK to 2032-02-29T23:59:59Z; unset it outside tests\n"
    assert process.stderr == notice


def test_staste_clock_with_offset_runs_ahead():
    script = (
        "import math, staste, time\n"
        "before = time.time()\n"
        "now = staste.Staste('memory:').now().timestamp() - 1000 * 86400\n"
        # The clock has a resolution of some milliseconds and counts whole seconds.
        "assert math.floor(before - 0.1) <= now <= time.time(), now - before\n"
    )
    assert run("+1000d", script).returncode == 0


def test_invalid_staste_clock_raises_when_a_store_is_created():
    process = run("tomorrow", "import staste\nstaste.configure('memory:')\n")
    assert process.returncode == 1
    assert 'InputError: invalid STASTE_CLOCK "tomorrow": expected an offset such as +1826d' in process.stderr


def test_invalid_staste_clock_is_reported_once_when_no_store_is_created():
    process = run("tomorrow", "import staste\nstaste.Metrica('guests')\nstaste.Metrica('visits')\n")
    assert process.returncode == 0
    assert process.stderr.startswith('staste: the clock of the system is used: invalid STASTE_CLOCK "tomorrow"')
    assert process.stderr.count("\n") == 1
