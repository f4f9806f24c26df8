"""The settings of 2011: counting continues under the Redis keys of the package of 2011."""

import contextlib
import datetime
import shutil
import socket
import subprocess

import pytest

import staste
from staste import Metrica, StoredChoiceAxis, _django_settings


class Redis:
    """A Redis server on a Unix socket."""

    def __init__(self, folder):
        self.path = str(folder / "redis.sock")
        server = shutil.which("redis-server")
        assert server, "redis-server is missing; `cargo xtask provision` brings it"
        command = [server, "--port", "0", "--unixsocket", self.path, "--save", "", "--dir", str(folder)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        while "eady to accept connections" not in self.process.stdout.readline():
            assert self.process.poll() is None, "redis-server ended"

    def command(self, *words):
        """Return the reply to a command, as text."""
        with socket.socket(socket.AF_UNIX) as stream, contextlib.closing(stream.makefile("rwb")) as file:
            stream.settimeout(30)
            stream.connect(self.path)
            file.write(b"*%d\r\n" % len(words))
            for word in words:
                file.write(b"$%d\r\n%s\r\n" % (len(word.encode()), word.encode()))
            file.flush()
            return self._reply(file)

    def _reply(self, file):
        line = file.readline()[:-2].decode()
        kind, rest = line[0], line[1:]
        if kind == "$":
            return None if rest == "-1" else file.read(int(rest) + 2)[:-2].decode()
        if kind == "*":
            return [self._reply(file) for _ in range(int(rest))]
        return rest


@pytest.fixture
def redis(tmp_path):
    redis = Redis(tmp_path)
    yield redis
    redis.process.terminate()
    redis.process.wait(30)


def test_counts_of_2011_are_read_and_continue(redis):
    # As the package of 2011 wrote them.
    fields = ["__all__:__all__", "girl:__all__", "__all__:18", "girl:18"]
    for key in ["staste:guests:__all__", "staste:guests:year:2010"]:
        redis.command("HSET", key, *(word for field in fields for word in (field, "2")))
    redis.command("SADD", "staste:guests:years", "2010")
    redis.command("SADD", "staste:guests:__choices__:gender", "girl")
    redis.command("SADD", "staste:guests:__choices__:age", "18")
    address = _django_settings.legacy_address({"unix_socket_path": redis.path, "db": 0}, "staste", {})
    with staste.Staste(address) as store:
        guests = Metrica("guests", [("gender", StoredChoiceAxis()), ("age", StoredChoiceAxis())], store=store)
        assert guests.total() == 2
        guests.kick(gender="girl", age=18, date=datetime.datetime(2010, 5, 6))
        guests.kick(gender="boy", age=19)
        assert guests.total() == 4 and guests.timespan(year=2010).total() == 3
        assert sorted(guests.iterate("gender")) == [("boy", 1), ("girl", 3)]
    assert redis.command("HGET", "staste:guests:__all__", "girl:18") == "3"
    assert sorted(redis.command("SMEMBERS", "staste:guests:__choices__:gender")) == ["boy", "girl"]


def test_key_naming_of_2011_is_used(redis):
    address = _django_settings.legacy_address({"unix_socket_path": redis.path}, "mine", {"all": "A", "choices": "C"})
    with staste.Staste(address) as store:
        guests = Metrica("guests", [("gender", StoredChoiceAxis())], store=store)
        guests.kick(gender="girl")
        assert guests.total() == 1
    assert redis.command("HGET", "mine:guests:A", "girl") == "1"
    assert redis.command("SMEMBERS", "mine:guests:C:gender") == ["girl"]
