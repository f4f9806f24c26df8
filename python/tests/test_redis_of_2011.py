"""What the settings of 2011 count in: the keys that the package of 2011 wrote, beside what is there already."""

import contextlib
import datetime
import shutil
import socket
import subprocess

import pytest

import staste
from staste import Metrica, StoredChoiceAxis, _django_settings


class Redis:
    """A server of its own, at a socket of the file system."""

    def __init__(self, folder):
        self.path = str(folder / "redis.sock")
        server = shutil.which("redis-server")
        assert server, "redis-server is missing; `cargo xtask provision` brings it"
        command = [server, "--port", "0", "--unixsocket", self.path, "--save", "", "--dir", str(folder)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        while "eady to accept connections" not in self.process.stdout.readline():
            assert self.process.poll() is None, "redis-server ended"

    def ask(self, *words):
        """What it answers to a command, as text."""
        with socket.socket(socket.AF_UNIX) as stream, contextlib.closing(stream.makefile("rwb")) as file:
            stream.settimeout(30)
            stream.connect(self.path)
            file = stream.makefile("rwb")
            file.write(b"*%d\r\n" % len(words))
            for word in words:
                file.write(b"$%d\r\n%s\r\n" % (len(word.encode()), word.encode()))
            file.flush()
            return self._answer(file)

    def _answer(self, file):
        line = file.readline()[:-2].decode()
        kind, rest = line[0], line[1:]
        if kind == "$":
            return None if rest == "-1" else file.read(int(rest) + 2)[:-2].decode()
        if kind == "*":
            return [self._answer(file) for _ in range(int(rest))]
        return rest


@pytest.fixture
def redis(tmp_path):
    redis = Redis(tmp_path)
    yield redis
    redis.process.terminate()
    redis.process.wait(30)


def test_its_keys_go_on(redis):
    # As the package of 2011 left them.
    redis.ask("HSET", "staste:guests:__all__", "__all__:__all__", "2", "girl:__all__", "2", "__all__:18", "2", "girl:18", "2")
    redis.ask("HSET", "staste:guests:year:2010", "__all__:__all__", "2", "girl:__all__", "2", "__all__:18", "2", "girl:18", "2")
    redis.ask("SADD", "staste:guests:years", "2010")
    redis.ask("SADD", "staste:guests:__choices__:gender", "girl")
    redis.ask("SADD", "staste:guests:__choices__:age", "18")
    address = _django_settings.legacy_address({"unix_socket_path": redis.path, "db": 0}, "staste", {})
    with staste.Staste(address) as store:
        guests = Metrica("guests", [("gender", StoredChoiceAxis()), ("age", StoredChoiceAxis())], store=store)
        assert guests.total() == 2
        guests.kick(gender="girl", age=18, date=datetime.datetime(2010, 5, 6))
        guests.kick(gender="boy", age=19)
        assert guests.total() == 4 and guests.timespan(year=2010).total() == 3
        assert sorted(guests.iterate("gender")) == [("boy", 1), ("girl", 3)]
    assert redis.ask("HGET", "staste:guests:__all__", "girl:18") == "3"
    assert sorted(redis.ask("SMEMBERS", "staste:guests:__choices__:gender")) == ["boy", "girl"]


def test_a_renamed_key_is_found(redis):
    address = _django_settings.legacy_address({"unix_socket_path": redis.path}, "mine", {"all": "A", "choices": "C"})
    with staste.Staste(address) as store:
        guests = Metrica("guests", [("gender", StoredChoiceAxis())], store=store)
        guests.kick(gender="girl")
        assert guests.total() == 1
    assert redis.ask("HGET", "mine:guests:A", "girl") == "1"
    assert redis.ask("SMEMBERS", "mine:guests:C:gender") == ["girl"]
