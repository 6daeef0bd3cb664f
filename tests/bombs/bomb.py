#!/usr/bin/env python3
"""Writes something small that takes much: a valid module that takes long to compile, or an image that takes much room.

usage: bomb.py KIND [SIZE] > FILE

  loops N      N nested loops, each with a way back: time grows with the square of N.
  phis N       N nested loops in which 1,000 local variables change: N * 1,000 values to keep
               track of. 300 (11 kB) take half a gigabyte and many seconds, 10,000 (80 kB) more
               than most machines have.
  branches N   N nested blocks, and N jump tables into all of them: N * N edges.
  locals N     N functions with 49,999 local variables each, in a few bytes.
  checks N     A jump table of N targets, each of 1,000 values: N * 1,000 types to validate.
  functions N  N honest, small functions: what compiles in proportion to its size.
  image N      An OCI archive whose one layer, of gzip, has the file /app.wasm, a module that does
               nothing, and /zeros of N MiB.

Each module is a command whose _start does nothing, so that one that is compiled also runs.
"""
import gzip
import hashlib
import io
import json
import sys
import tarfile


def leb(number):
    out = bytearray()
    while True:
        byte = number & 0x7F
        number >>= 7
        if not number:
            out.append(byte)
            return bytes(out)
        out.append(byte | 0x80)


def section(number, content):
    return bytes([number]) + leb(len(content)) + content


def vector(items):
    return leb(len(items)) + b"".join(items)


def sized(content):
    return leb(len(content)) + content


VOID, I32, END, GET, SET, CONST = b"\x40", b"\x7f", b"\x0b", b"\x20", b"\x21", b"\x41"


def module(bodies, more_types=()):
    """_start, which does nothing, and functions with these bodies (locals and code)."""
    types = vector([b"\x60\x00\x00", b"\x60\x01" + I32 + b"\x00", *more_types])
    functions = vector([leb(0)] + [leb(1)] * len(bodies))
    memory = vector([b"\x00\x01"])
    exports = vector([sized(b"_start") + b"\x00\x00", sized(b"memory") + b"\x02\x00"])
    code = vector([sized(b"\x00" + END)] + [sized(body) for body in bodies])
    return (b"\0asm\1\0\0\0" + section(1, types) + section(3, functions) + section(5, memory)
            + section(7, exports) + section(10, code))


def loops(count):
    back = GET + leb(0) + b"\x0d\x00" + END  # br_if to the loop that it is in
    return module([b"\x00" + (b"\x03" + VOID) * count + back * count + END])


def phis(count):
    variables = 1_000
    change = b"".join(GET + leb(i) + CONST + b"\x01\x6a" + SET + leb(i)
                      for i in range(1, variables + 1))
    again = GET + leb(0) + b"\x0d\x00" + END
    return module([vector([leb(variables) + I32]) + (b"\x03" + VOID) * count + change
                   + again * count + END])


def branches(count):
    table = GET + leb(0) + b"\x0e" + vector([leb(i) for i in range(count)]) + leb(0)
    return module([b"\x00" + (b"\x02" + VOID) * count + b"".join(
        b"\x02" + VOID + table + END for _ in range(count)) + END * count + END])


def many_locals(count):
    body = vector([leb(49_999) + I32]) + GET + leb(0) + SET + leb(49_999) + END
    return module([body] * count)


def checks(count):
    values = 1_000
    many = b"\x60\x00" + vector([I32] * values)  # type 2
    table = GET + leb(0) + b"\x0e" + vector([leb(0)] * count) + leb(0)
    body = (b"\x00\x02" + leb(2) + (CONST + b"\x00") * values + table + END + b"\x1a" * values + END)
    return module([body], [many])


def functions(count):
    body = b"\x00" + b"".join(GET + leb(0) + CONST + leb(i % 60) + b"\x6a\x1a" for i in range(50)) + END
    return module([body] * count)


class Zeros(io.RawIOBase):
    def read(self, size=-1):
        return bytes(size)


def layer(megabytes):
    """The layer's stored bytes, and the digest of the plain ones."""

    class Hashed:
        def __init__(self, inner):
            self.inner, self.hash = inner, hashlib.sha256()

        def write(self, data):
            self.hash.update(data)
            return self.inner.write(data)

    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=6, mtime=0) as packed:
        plain = Hashed(packed)
        with tarfile.open(fileobj=plain, mode="w|", format=tarfile.USTAR_FORMAT) as tar:
            app = tarfile.TarInfo("app.wasm")
            content = module([])
            app.size = len(content)
            tar.addfile(app, io.BytesIO(content))
            zeros = tarfile.TarInfo("zeros")
            zeros.size = megabytes << 20
            tar.addfile(zeros, Zeros())
    return out.getvalue(), plain.hash.hexdigest()


def image(megabytes):
    blobs = {}

    def blob(kind, content):
        digest = hashlib.sha256(content).hexdigest()
        blobs[digest] = content
        return {"mediaType": f"application/vnd.oci.image.{kind}", "size": len(content),
                "digest": f"sha256:{digest}"}

    stored, diff_id = layer(megabytes)
    config = {"os": "wasi", "architecture": "wasm", "config": {"Entrypoint": ["/app.wasm"]},
              "rootfs": {"type": "layers", "diff_ids": [f"sha256:{diff_id}"]}}
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "config": blob("config.v1+json", json.dumps(config).encode()),
                "layers": [blob("layer.v1.tar+gzip", stored)]}
    index = {"schemaVersion": 2,
             "manifests": [blob("manifest.v1+json", json.dumps(manifest).encode())]}
    files = {"oci-layout": b'{"imageLayoutVersion":"1.0.0"}', "index.json": json.dumps(index).encode()}
    files.update({f"blobs/sha256/{digest}": content for digest, content in blobs.items()})
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return out.getvalue()


KINDS = {"loops": (loops, 100_000), "phis": (phis, 10_000), "branches": (branches, 3_000),
         "locals": (many_locals, 10_000),
         "checks": (checks, 1_000_000), "functions": (functions, 1_000), "image": (image, 8_192)}


def main():
    if len(sys.argv) not in (2, 3) or sys.argv[1] not in KINDS:
        sys.exit(__doc__)
    make, size = KINDS[sys.argv[1]]
    sys.stdout.buffer.write(make(int(sys.argv[2]) if len(sys.argv) == 3 else size))


main()
