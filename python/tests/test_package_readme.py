"""The Python of the README does what it says."""

import pathlib
import re

README = pathlib.Path(__file__).parent.parent / "README.md"


def test_its_blocks_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    assert len(blocks) == 7
    names = {}
    for block in blocks:
        exec(compile(block, str(README), "exec"), names)  # noqa: S102
    assert (tmp_path / "guests.db").exists()
