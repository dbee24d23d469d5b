"""Tar archives as Python's tarfile and GNU tar write them, one for each form that names and numbers have.

python make_tars.py writes tars.json beside this file: each archive in blocks of 512 bytes, in base64 without the
zeros at their ends; with the path and the SHA-256 of every file that is wanted of it: those ending with .csv, and
not hidden, in data/dev and data/test.
"""

import base64
import hashlib
import io
import json
import os
import platform
import random
import subprocess
import tarfile
import tempfile
from pathlib import Path


def contents(long: int, other: str = "") -> dict[str, bytes]:
    """What is in an archive; long is the length of one wanted name, other a part of another's."""
    random.seed(5)
    return {
        "data/README.txt": b"what this is",
        "data/auxiliary_train/" + "n" * long + ".csv": b"not wanted",
        "data/dev/logic_dev.csv": b"Q,1,2,3,4,A\n",
        "data/dev/._logic_dev.csv": b"a computer's remark",
        "data/dev/empty_dev.csv": b"",
        "data/test/deep/down_test.csv": b"too deep",
        "data/test/" + other + "t" * long + "_test.csv": random.randbytes(511),
        "data/test/block_test.csv": random.randbytes(512),
        "data/test/more_test.csv": random.randbytes(513),
        "elsewhere/data/dev/x_dev.csv": b"of another folder",
    }


def is_wanted(path: str) -> bool:
    parts = path.split("/")
    return (len(parts) == 3 and parts[0] == "data" and parts[1] in ("dev", "test")
            and parts[2].endswith(".csv") and not parts[2].startswith("."))


def by_python(files: dict[str, bytes], form: int, attributes: dict[str, str] | None = None,
              remarks: dict[str, str] | None = None) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form, pax_headers=remarks) as archive:
        for folder in ("data", "data/dev", "data/test"):
            part = tarfile.TarInfo(folder)
            part.type, part.mode = tarfile.DIRTYPE, 0o755
            archive.addfile(part)
        for path, content in files.items():
            part = tarfile.TarInfo(path)
            part.size, part.mtime, part.uname = len(content), 1_600_000_000, "somebody"
            part.pax_headers = attributes or {}
            archive.addfile(part, io.BytesIO(content))
    return out.getvalue()


def by_gnu(files: dict[str, bytes], form: str, *roots: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        for path, content in files.items():
            target = Path(folder) / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        for root, _, names in os.walk(folder):
            for name in [root, *(os.path.join(root, name) for name in names)]:
                os.utime(name, (1_600_000_000, 1_600_000_000))
        command = ["tar", f"--format={form}", "--owner=someone:1000", "--group=all:1000", "--mode=go-w",
                   "--sort=name", "--blocking-factor=1", "-cf", "-", "-C", folder]
        return subprocess.run([*command, *roots], check=True, capture_output=True).stdout


def short(archive: bytes) -> bytes:
    """Without what fills the last record, except for the two blocks that end an archive."""
    return archive.rstrip(b"\0").ljust(-(-len(archive.rstrip(b"\0")) // 512) * 512, b"\0") + bytes(1024)


def main() -> None:
    plain = contents(8)
    cases = {
        "ustar, whole records": (plain, by_python(plain, tarfile.USTAR_FORMAT)),
        "ustar, names with a prefix": (contents(85), short(by_python(contents(85), tarfile.USTAR_FORMAT))),
        "GNU's long names": (contents(150), short(by_python(contents(150), tarfile.GNU_FORMAT))),
        "pax: long names, other letters, attributes, remarks for all": (
            contents(150, "été-"),
            short(by_python(contents(150, "été-"), tarfile.PAX_FORMAT,
                            {"mtime": "1600000000.25", "LIBARCHIVE.xattr.x": "two\nlines=1"},
                            {"comment": "made by a script"}))),
        "by GNU tar": (contents(150), by_gnu(contents(150), "gnu", "data", "elsewhere")),
        "by GNU tar, before POSIX": (plain, by_gnu(plain, "v7", ".")),
        "by GNU tar, pax": (contents(150), by_gnu(contents(150), "posix", "./data")),
    }
    tool = subprocess.run(["tar", "--version"], check=True, capture_output=True, text=True).stdout
    report = {
        "script": f"make_tars.py, Python {platform.python_version()}, {tool.splitlines()[0]}, seed 5",
        "archives": [
            {
                "case": case,
                "blocks": [base64.b64encode(archive[at:at + 512].rstrip(b"\0")).decode()
                           for at in range(0, len(archive), 512)],
                "wanted": {path: hashlib.sha256(content).hexdigest()
                           for path, content in files.items() if is_wanted(path)},
            }
            for case, (files, archive) in cases.items()
        ],
    }
    target = Path(__file__).with_name("tars.json")
    target.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
