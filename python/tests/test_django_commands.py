"""Management commands."""

import pytest
from django.core.management import CommandError, call_command

import staste
from django_site import GUESTS


def test_commands_use_the_store_of_the_settings(tmp_path, capfd):
    staste.configure(f"sqlite:{tmp_path}/guests.db")
    GUESTS.kick(gender="girl", age=18)
    call_command("staste_query", "guests", "--by", "gender", "--format", "csv")
    assert "girl,,1" in capfd.readouterr().out
    call_command("staste_sql", "SELECT age FROM guests WHERE scale = 'ever' AND gender = 'girl'", "--format", "csv")
    assert capfd.readouterr().out == "age\n(all)\n18\n"
    call_command("staste_verify")
    call_command("staste_repair_clock")
    call_command("staste_export", "guests", "-o", str(tmp_path / "guests.ndjson"))
    assert (tmp_path / "guests.ndjson").read_text()
    (tmp_path / "more.csv").write_text("gender,age\nboy,19\nboy,19\n")
    call_command(
        "staste_import", str(tmp_path / "more.csv"), "--metrica", "guests", "--axis", "gender", "--axis", "age"
    )
    assert GUESTS.filter(gender="boy").total() == 2
    call_command("staste_forget", "guests", "--yes")
    assert staste.store().metricas() == []


def test_command_that_fails_raises_command_error_and_prints_the_remedy(tmp_path, capfd):
    staste.configure(f"sqlite:{tmp_path}/guests.db")
    GUESTS.kick(gender="girl", age=18)
    with pytest.raises(CommandError, match="ended with exit code"):
        call_command("staste_query", "gests")
    assert "did you mean guests" in capfd.readouterr().err
