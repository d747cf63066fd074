"""XMLTV's own validator, with the DTD that it comes with: Debian's libxmltv-perl and libxml-libxml-perl."""

import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import pytest

DTD = Path("/usr/share/sgml/xmltv/dtd/0.5/xmltv.dtd")
VALIDATE = (
    "perl", "-MXMLTV::ValidateFile=LoadDtd,ValidateFile",
    # What it says to people goes to the standard output, unless another is selected.
    "-e", 'select(STDERR); LoadDtd(shift); print STDOUT join(" ", sort(ValidateFile($_))), "\n" for @ARGV', str(DTD),
)  # fmt: skip


@cache
def missing() -> str | None:
    """Why it cannot be run here; None when it can."""
    if shutil.which("perl") is None or not DTD.exists():
        return "libxmltv-perl is not installed"
    done = subprocess.run(["perl", "-MXMLTV::ValidateFile", "-e", "1"], capture_output=True, check=False)
    return None if done.returncode == 0 else "libxml-libxml-perl is not installed"


def faults(*documents: bytes) -> list[str]:
    """What is wrong with each of some documents, by the validator's names, in order; "" if nothing is.

    Skips the test where the validator is not installed.
    """
    if (reason := missing()) is not None:
        pytest.skip(f"xmltv: {reason}")
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / f"{number}.xml" for number in range(len(documents))]
        for file, document in zip(files, documents, strict=True):
            file.write_bytes(document)
        done = subprocess.run([*VALIDATE, *map(str, files)], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.splitlines()
