"""The Python code of the README."""

import pathlib
import re

README = pathlib.Path(__file__).parent.parent / "README.md"


def test_readme_code_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    assert len(blocks) == 7
    names = {}
    for block in blocks:
        exec(compile(block, str(README), "exec"), names)  # noqa: S102
    assert (tmp_path / "guests.db").exists()
