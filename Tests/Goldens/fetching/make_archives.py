"""Zip archives as Python's zlib packs them, one for each way that DEFLATE has.

python make_archives.py writes archives.json beside this file: each archive in base64, with the name, the
length and the SHA-256 of the part in it. Needs nothing but Python's standard library.
"""

import base64
import hashlib
import json
import platform
import random
import struct
import zlib
from pathlib import Path


def packed(content: bytes, level: int, strategy: int, flush_at: int | None) -> bytes:
    packer = zlib.compressobj(level, zlib.DEFLATED, -15, 9, strategy)
    if flush_at is None:
        return packer.compress(content) + packer.flush()
    first = packer.compress(content[:flush_at]) + packer.flush(zlib.Z_FULL_FLUSH)
    return first + packer.compress(content[flush_at:]) + packer.flush()


def archive(name: str, content: bytes, method: int, body: bytes, remark: bytes) -> bytes:
    """A part of no interest, the part, the directory, a remark."""
    out, directory = b"", b""
    parts = [(b"folder/other.txt", b"other", 0, b"other"), (name.encode(), content, method, body)]
    for part, plain, way, stored in parts:
        numbers = (way, 0, 0, zlib.crc32(plain), len(stored), len(plain), len(part))
        extra = b"\x99\x99\x02\x00ab"
        directory += struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 20, 20, 0, *numbers[:6], len(part),
                                 len(extra), 3, 0, 0, 0, len(out)) + part + extra + b"why"
        out += struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, 0, *numbers[:6], len(part), 0) + part + stored
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 2, 2, len(directory), len(out), len(remark))
    return out + directory + end + remark


def main() -> None:
    random.seed(2)
    words = "the of a scale code group rounds nearest weight grid zero point channel error".split()
    text = " ".join(random.choice(words) for _ in range(1500)).encode()
    noise = random.randbytes(700)
    cases = {
        "not packed": (text[:300], 0, None, 0, None, b""),
        "stored blocks": (noise, 8, 0, zlib.Z_DEFAULT_STRATEGY, None, b""),
        "fixed codes": (text[:900], 8, 9, zlib.Z_FIXED, None, b""),
        "dynamic codes": (text, 8, 9, zlib.Z_DEFAULT_STRATEGY, None, b""),
        "several blocks": (text + noise + text, 8, 6, zlib.Z_DEFAULT_STRATEGY, 3000, b""),
        "a copy that overlaps itself": (b"ab" * 5000 + b"c" * 700, 8, 9, zlib.Z_DEFAULT_STRATEGY, None, b""),
        "codes without copies": (text[:2000], 8, 9, zlib.Z_HUFFMAN_ONLY, None, b""),
        "nothing": (b"", 8, 9, zlib.Z_DEFAULT_STRATEGY, None, b""),
        "a remark that looks like a directory": (text[:500], 8, 9, zlib.Z_DEFAULT_STRATEGY, None, b"PK\x01\x02 remark"),
    }
    result = []
    for case, (content, method, level, strategy, flush_at, remark) in cases.items():
        body = content if method == 0 else packed(content, level, strategy, flush_at)
        result.append({
            "case": case, "member": "folder/text.raw", "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            "archive": base64.b64encode(archive("folder/text.raw", content, method, body, remark)).decode(),
        })
    golden = {"script": f"make_archives.py, Python {platform.python_version()}, zlib {zlib.ZLIB_RUNTIME_VERSION}, "
                        "seed 2", "archives": result}
    path = Path(__file__).parent / "archives.json"
    path.write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
