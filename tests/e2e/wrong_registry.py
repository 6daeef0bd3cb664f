#!/usr/bin/env python3
"""A registry with wrong answers; the name of the repository selects which.

Usage: wrong_registry.py PORT [LOG]

Some repositories have no image at all, but something else where a manifest should be. Others have
an image of one layer of 300000 bytes, whose blobs are given wrongly, or rightly at the second
attempt ("-once"). What was asked for is a line of LOG:

    GET /v2/cut-blob-once/blobs/layer bytes=150000-

Uploads are taken, and forgotten.
"""
import gzip
import hashlib
import io
import json
import random
import sys
import tarfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PORT = int(sys.argv[1])
LOG = sys.argv[2] if len(sys.argv) > 2 else None
KIND = "application/vnd.oci.image.manifest.v1+json"
LAYER_BYTES = 1_200_000  # Larger than what a pull verifies before it goes on.
MANY = 4 * 1024 * 1024 + 1  # Larger than the limit for manifests.


def digest_of(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def descriptor(kind, data):
    return {"mediaType": "application/vnd.oci.image." + kind, "digest": digest_of(data),
            "size": len(data)}


def make_image():
    """A manifest, a configuration and a layer of incompressible bytes."""
    content = random.Random(1).randbytes(LAYER_BYTES)
    text = io.BytesIO()
    with tarfile.open(fileobj=text, mode="w") as tar:
        info = tarfile.TarInfo("data")
        info.size = len(content)
        tar.addfile(info, io.BytesIO(content))
    plain = text.getvalue()
    layer = gzip.compress(plain, 1, mtime=0)
    config = json.dumps({"architecture": "wasm", "os": "wasi", "config": {"Cmd": ["/data"]},
                         "rootfs": {"type": "layers", "diff_ids": [digest_of(plain)]}}).encode()
    manifest = json.dumps({"schemaVersion": 2, "mediaType": KIND,
                           "config": descriptor("config.v1+json", config),
                           "layers": [descriptor("layer.v1.tar+gzip", layer)]}).encode()
    return manifest, config, layer


MANIFEST, CONFIG, LAYER = make_image()
BLOBS = {digest_of(CONFIG): CONFIG, digest_of(LAYER): LAYER}
lock = threading.Lock()
counts = {}
# Repositories for pushes: they are empty.
UPLOADS = ("cut-upload", "cut-upload-once", "too-large", "other-digest", "refused")


def count(what):
    """How often this was requested before."""
    with lock:
        counts[what] = counts.get(what, 0) + 1
        return counts[what] - 1


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def handle_one_request(self):
        try:
            super().handle_one_request()
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # The client closed the connection.

    def write_log(self):
        if LOG:
            path = self.path.split("?")[0]
            path = path.replace(digest_of(LAYER), "layer").replace(digest_of(CONFIG), "config")
            words = [self.command, path]
            words += [self.headers[name] for name in ("Range", "Authorization")
                      if name in self.headers]
            with lock, open(LOG, "a", encoding="utf-8") as file:
                file.write(" ".join(words) + "\n")

    def answer(self, status, body=b"", length=None, **headers):
        self.send_response(status)
        headers.setdefault("Content_Type", KIND)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def cut(self, body, at):
        """Announces the whole body, and closes the connection in the middle."""
        self.close_connection = True
        self.answer(200, body[:at], length=len(body))

    def do_GET(self):
        self.write_log()
        if self.path.rstrip("/") == "/v2":
            return self.answer(200, b"{}")
        _, _, case, kind, name = self.path.split("?")[0].split("/")
        if case == "elsewhere" and "Authorization" not in self.headers:
            return self.answer(401, WWW_Authenticate='Basic realm="test"')
        if kind == "blobs":
            if name not in BLOBS:
                return self.answer(404)
            if name == digest_of(LAYER) and self.command == "GET":
                return self.give_layer(case)
            return self.answer(200, BLOBS[name])
        return self.give_manifest(case)

    do_HEAD = do_GET

    def give_manifest(self, case):
        if case in UPLOADS:
            return self.answer(404)
        if case == "not-json":
            return self.answer(200, b"<html>Welcome to the hotel</html>")
        if case == "huge":
            # Announces 1 TiB.
            self.close_connection = True
            return self.answer(200, b"{" + b" " * (64 << 20), length=1 << 40)
        if case == "large":
            return self.answer(200, b" " * MANY, Docker_Content_Digest=digest_of(b" " * MANY))
        if case == "wrong-digest":
            return self.answer(200, b"{}", Docker_Content_Digest="sha256:" + "1" * 64)
        if case == "wrong-size":
            # The size in the answer to HEAD is wrong.
            data = MANIFEST + b" " if self.command == "HEAD" else MANIFEST
            return self.answer(200, data, Docker_Content_Digest=digest_of(MANIFEST))
        if case == "wrong-type":
            return self.answer(200, MANIFEST.replace(KIND.encode(), b"text/html"),
                               Content_Type="text/html")
        if case == "schema1":
            kind = "application/vnd.docker.distribution.manifest.v1+prettyjws"
            return self.answer(200, json.dumps({"schemaVersion": 1, "mediaType": kind}).encode(),
                               Content_Type=kind)
        if case == "redirect-loop":
            return self.answer(307, Location=self.path)
        if case == "cut":
            self.close_connection = True
            return self.answer(200, b'{"schemaVersion": 2', length=1000)
        if case == "teapot":
            return self.answer(418, b"short and stout")
        if case == "empty":
            return self.answer(200)
        return self.answer(200, MANIFEST, Docker_Content_Digest=digest_of(MANIFEST))

    def give_layer(self, case):
        if case == "wrong-blob-once" and count(case) == 0:
            return self.answer(200, LAYER[:1000] + b"?" + LAYER[1001:])
        if case.endswith("-once") and count(case) > 0:
            begin = self.headers.get("Range", "bytes=0-")[len("bytes="):-1]
            if case.startswith("no-range") or begin == "0":
                return self.answer(200, LAYER)
            content_range = f"bytes {begin}-{len(LAYER) - 1}/{len(LAYER)}"
            return self.answer(206, LAYER[int(begin):], Content_Range=content_range)
        if case in ("cut-blob", "cut-blob-once", "no-range-once"):
            return self.cut(LAYER, len(LAYER) // 2)
        if case == "short-blob":
            return self.answer(200, LAYER[:-1])
        if case == "long-blob":
            return self.answer(200, LAYER + b"x")
        if case == "wrong-blob":
            return self.answer(200, LAYER[:1000] + b"?" + LAYER[1001:])
        if case == "no-blob":
            return self.answer(404)
        if case == "loop-blob":
            return self.answer(307, Location=self.path)
        if case == "wrong-range":
            # Starts at another byte than requested, and says so.
            if "Range" in self.headers:
                return self.answer(206, LAYER, Content_Range=f"bytes 0-9/{len(LAYER)}")
            return self.cut(LAYER, 1000)
        if case == "elsewhere":
            # The same machine under another name counts as another host.
            return self.answer(307, Location=f"http://localhost:{PORT}/v2/moved/blobs/"
                               + digest_of(LAYER) + "?signature=1")
        if case == "busy-once":
            return self.answer(429, Retry_After="1")
        if case == "down-once":
            return self.answer(503)
        if case in ("busy", "down"):
            return self.answer(429 if case == "busy" else 500,
                               b'{"errors":[{"code":"TOOMANYREQUESTS","message":"slow down"}]}')
        if case in ("slow", "slower"):
            self.answer(200, LAYER[:0], length=len(LAYER))
            for begin in range(0, len(LAYER), 40_000):
                self.wfile.write(LAYER[begin:begin + 40_000])
                time.sleep(0.02 if case == "slow" else 0.1)
            return None
        if case == "mute":
            self.close_connection = True
            self.answer(200, LAYER[:1000], length=len(LAYER))
            time.sleep(60)
            return None
        return self.answer(200, LAYER)

    def do_POST(self):
        self.write_log()
        case = self.path.split("/")[2]
        return self.answer(202, Location=f"/v2/{case}/blobs/uploads/1")

    def do_PUT(self):
        self.write_log()
        case, kind = self.path.split("/")[2:4]
        length = int(self.headers["Content-Length"])
        is_large = length > 10_000
        if kind == "blobs" and is_large and case == "too-large":
            self.close_connection = True
            return self.answer(413, b"<html>Request Entity Too Large</html>")
        if kind == "blobs" and is_large and (case == "cut-upload" or
                                             case == "cut-upload-once" and count(case) == 0):
            self.rfile.read(length // 2)
            self.close_connection = True
            return None
        data = self.rfile.read(length)
        if kind == "manifests" and case == "other-digest":
            return self.answer(201, Docker_Content_Digest="sha256:" + "2" * 64)
        if kind == "manifests" and case == "refused":
            return self.answer(400, b'{"errors":[{"code":"MANIFEST_INVALID","message":"no"}]}')
        return self.answer(201, Docker_Content_Digest=digest_of(data))


ThreadingHTTPServer(("127.0.0.1", PORT), Handler).serve_forever()
