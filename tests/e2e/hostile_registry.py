"""A hostile registry: it answers according to its current plan, and records the requests.

A plan says which kind of request gets a bad answer ("manifest", "blob", "upload", "ping", "token")
and which one. Other requests are answered like by a good registry with one small image. SLOW are the
bad answers that never end, so that only a time limit helps.
"""
import gzip
import hashlib
import json
import random
import socket
import threading
import time

KIND = "application/vnd.oci.image.manifest.v1+json"
HUGE = 4 << 60
QUICK = ("endless_headers", "endless_interim", "long_header_line", "many_headers", "huge_length",
         "negative_length", "two_lengths", "one_byte", "nothing", "redirect_loop", "odd_redirect",
         "odd_realm", "many_challenges", "deep_json", "wide_json", "huge_layer", "huge_layer_list",
         "odd_status", "escapes", "gzip_bomb", "transfer_bomb", "odd_chunks", "odd_retry",
         "endless_error", "long_location", "http_redirect", "echo_password", "odd_types")
SLOW = ("chunk_extensions", "trickle", "trickle_headers", "mute", "trickle_chunks")
KINDS = ("ping", "manifest", "blob", "upload", "token")


def digest_of(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def descriptor(kind, data, **more):
    return {"mediaType": "application/vnd.oci.image." + kind, "digest": digest_of(data),
            "size": len(data), **more}


PLAIN = random.Random(1).randbytes(20480)
LAYER = gzip.compress(PLAIN, mtime=0)
CONFIG = json.dumps({"architecture": "wasm", "os": "wasi", "rootfs": {
    "type": "layers", "diff_ids": [digest_of(PLAIN)]}}).encode()


def manifest_of(layers):
    return json.dumps({"schemaVersion": 2, "mediaType": KIND, "config": descriptor("config.v1+json", CONFIG),
                       "layers": layers}).encode()


MANIFEST = manifest_of([descriptor("layer.v1.tar+gzip", LAYER)])


class HostileRegistry:
    """Listens on `port`; `plan` is (kind of request, bad answer) or None."""

    def __init__(self):
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.lock = threading.Lock()
        self.begin(None, 0)
        threading.Thread(target=self.accept, daemon=True).start()

    def end(self):
        self.server.shutdown(socket.SHUT_RDWR)  # This wakes accept().
        self.server.close()

    def begin(self, plan, seed, needs_login=False):
        with self.lock:
            self.plan, self.needs_login = plan, needs_login
            self.rng = random.Random(seed)
            self.requests, self.sent = [], 0

    def accept(self):
        while True:
            try:
                client, _ = self.server.accept()
            except OSError:
                return  # Closed.
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        with client, client.makefile("rb") as stream:
            client.settimeout(400)
            try:
                if client.recv(1, socket.MSG_PEEK) == b"\x16":
                    client.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
                    return
                while line := stream.readline(65536):
                    headers = {}
                    while (header := stream.readline(65536)).strip():
                        name, _, value = header.decode("latin-1").partition(":")
                        headers[name.strip().lower()] = value.strip()
                    stream.read(int(headers.get("content-length", 0)))
                    with self.lock:
                        self.requests.append(line.decode("latin-1").strip())
                    Answer(self, client, line.decode("latin-1"), headers).give()
            except (OSError, ValueError):
                pass


class Answer:
    """The answer to one request; the bad answers are methods."""

    def __init__(self, registry, client, line, headers):
        self.registry, self.client, self.headers = registry, client, headers
        self.method, self.path = line.split(" ")[:2]
        self.rng = registry.rng

    def raw(self, data):
        self.client.sendall(data)
        with self.registry.lock:
            self.registry.sent += len(data)

    def reply(self, status, body=b"", **headers):
        lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.raw("\r\n".join([*lines, "", ""]).encode("latin-1")
                 + (b"" if self.method == "HEAD" else body))

    def end(self):
        self.client.shutdown(socket.SHUT_WR)
        raise ConnectionResetError

    def kind(self):
        path = self.path.split("?")[0].rstrip("/")
        if path == "/v2":
            return "ping"
        if path == "/token":
            return "token"
        if "/blobs/uploads" in path:
            return "upload"
        return "manifest" if "/manifests/" in path else "blob"

    def give(self):
        plan = self.registry.plan
        if plan and plan[0] == self.kind():
            return getattr(self, plan[1])()
        return self.good()

    def good(self):
        kind = self.kind()
        if kind == "token":
            return self.reply(200, b'{"token":"t"}')
        if self.registry.needs_login and "authorization" not in self.headers:
            realm = f"http://127.0.0.1:{self.registry.port}/token"
            return self.reply(401, WWW_Authenticate=f'Bearer realm="{realm}",service="s"')
        if kind == "ping":
            return self.reply(200, b"{}")
        if kind == "manifest":
            return self.document(MANIFEST)
        if kind == "upload":
            if self.method == "POST":
                return self.reply(202, Location="/v2/x/blobs/uploads/1")
            return self.reply(201)
        data = {digest_of(LAYER): LAYER, digest_of(CONFIG): CONFIG}.get(self.path.split("/")[-1])
        if data is None or self.path.startswith("/v2/push/"):
            return self.reply(404)
        return self.reply(200, data)

    def document(self, data):
        if self.method == "PUT":
            return self.reply(201)
        if self.path.startswith("/v2/push/"):
            return self.reply(404)
        return self.reply(200, data, Content_Type=KIND, Docker_Content_Digest=digest_of(data))

    # ---- without end, and too much

    def flood(self, piece, limit=64 << 20):
        for _ in range(limit // len(piece)):
            self.raw(piece)
        self.end()

    def endless_headers(self):
        self.raw(b"HTTP/1.1 200 OK\r\n")
        self.flood(b"".join(b"X-%d: %s\r\n" % (i, b"y" * 100) for i in range(100)))

    def endless_interim(self):
        self.flood(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)

    def long_header_line(self):
        self.raw(b"HTTP/1.1 200 OK\r\nX: ")
        self.flood(b"y" * 65536)

    def many_headers(self):
        self.reply(200, b"{}", **{f"X-{i}": i for i in range(5000)})

    def huge_length(self):
        self.raw(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (HUGE + self.rng.randrange(9)))
        self.flood(b"x" * 65536)

    def negative_length(self):
        self.raw(b"HTTP/1.1 200 OK\r\nContent-Length: -%d\r\n\r\nx" % self.rng.randrange(1, 99))
        self.end()

    def two_lengths(self):
        self.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 200\r\n\r\n{}")
        self.end()

    def one_byte(self):
        """Announces the whole content, and sends one byte per connection."""
        size = len(LAYER) if self.kind() == "blob" else len(MANIFEST)
        status = b"206 Partial" if "range" in self.headers else b"200 OK"
        self.raw(b"HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\nx"
                 % (status, KIND.encode(), size))
        self.end()

    def nothing(self):
        self.end()

    def deep_json(self):
        text = b'{"a":' * 20_000 + b"[" * 180_000
        if self.kind() == "manifest":
            return self.document(text)
        return self.reply(self.rng.choice([200, 400, 401, 500]), text)

    def wide_json(self):
        text = b"[" + b"{}," * 1_300_000 + b"{}]"
        if self.kind() == "manifest":
            return self.document(text)
        return self.reply(self.rng.choice([200, 400, 500]), text)

    def huge_layer(self):
        layer = descriptor("layer.v1.tar+gzip", LAYER)
        layer["size"] = self.rng.choice([HUGE, 1 << 50, (1 << 40) - 1, (1 << 63) - 1])
        self.document(manifest_of([layer]))

    def huge_layer_list(self):
        layer = descriptor("layer.v1.tar+gzip", LAYER)
        self.document(manifest_of([layer] * 15_000))

    def gzip_bomb(self):
        self.reply(200, gzip.compress(bytes(50 << 20), 1), Content_Encoding="gzip")

    def transfer_bomb(self):
        body = gzip.compress(bytes(50 << 20), 1)
        self.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n%x\r\n" % len(body))
        self.raw(body + b"\r\n0\r\n\r\n")

    def endless_error(self):
        self.raw(b"HTTP/1.1 %d X\r\n\r\n" % self.rng.choice([400, 403, 404, 500]))
        self.flood(b'{"errors":[{"code":"x","message":"' + b"y" * 65536)

    # ---- odd

    def redirect_loop(self):
        self.reply(self.rng.choice([301, 302, 303, 307, 308]),
                   Location=self.path + self.rng.choice(["", "?a", "#b"]))

    def odd_redirect(self):
        self.reply(307, Location=self.rng.choice(
            ["file:///etc/passwd", "ftp://127.0.0.1/", "//", "", "http://", "http://[::1", "\x01",
             "http://127.0.0.1:99999/", "http://a b/", "gopher://x", "https://127.0.0.1:1/",
             "http://user:pass@127.0.0.1:1/", "http:///x", "?", "..", "http://%00/"]))

    def http_redirect(self):
        self.reply(307, Location="http://registry.test/v2/")

    def odd_realm(self):
        realm = self.rng.choice(
            ["/token", "ftp://x/", "", "file:///etc/passwd", "http://token.test/", "https://",
             "http://127.0.0.1:1/", "x" * 10_000, "http://\x1b[2J/", 'http://127.0.0.1:1/\\"'])
        self.reply(401, WWW_Authenticate=f'Bearer realm="{realm}",service="\x1b]0;x\x07"')

    def many_challenges(self):
        self.reply(401, WWW_Authenticate=", ".join(f"Scheme{i} a{i}=b" for i in range(10_000)))

    def odd_status(self):
        self.raw(b"HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n" % self.rng.choice(
            [b"0 X", b"999 X", b"42", b"-1 X", b"99999999999 X", b"", b"2 0 0", b"101 Switch",
             b"204 None", b"205 X", b"304 Same", b"407 Proxy", b"426 Upgrade", b"511 X"]))
        self.end()

    def escapes(self):
        text = "\x1b[2J\x1b]0;gone\x07\u202e\x9b31m\nmodulah: all is well"
        body = json.dumps({"errors": [{"code": text, "message": text}]}).encode()
        self.reply(self.rng.choice([400, 418, 501]), body, Warning='299 - "\x1b[2J\x9b31m"',
                   Content_Type="\x1b[31m", Docker_Content_Digest="\x1b[2J")

    def odd_types(self):
        self.reply(200, MANIFEST, Content_Type=self.rng.choice(["text/html", "\x1b[2J", "x" * 9000]))

    def echo_password(self):
        body = json.dumps({"errors": [{"code": "secret-word", "message": "secret-word"}]}).encode()
        self.reply(self.rng.choice([400, 418, 501]), body, Warning='299 - "is it secret-word?"')

    def odd_chunks(self):
        self.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + self.rng.choice(
            [b"ffffffffffffffff\r\n", b"-1\r\n", b"zz\r\n", b"0" * 100_000 + b"\r\n", b"\r\n",
             b"5\r\nabc", b"fffffffffffffffffffff\r\nx", b"0\r\n" + b"T: x\r\n" * 100_000]))
        self.end()

    def odd_retry(self):
        self.reply(self.rng.choice([429, 503]), Retry_After=self.rng.choice(
            ["-1", "999999999999999999999", "Thu, 01 Jan 1970 00:00:00 GMT", "\x00", "1e9", "3600"]))

    def long_location(self):
        self.reply(307 if self.kind() != "upload" else 202, Location="/" + "x" * 200_000)

    # ---- slow: a little at a time, endlessly

    def drip(self, piece, pause):
        for _ in range(int(600 / pause)):
            self.raw(piece)
            time.sleep(pause)

    def chunk_extensions(self):
        self.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4;")
        self.drip(b"x" * 1000, 0.01)

    def trickle(self):
        size = len(LAYER) if self.kind() == "blob" else 1 << 20
        self.raw(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        self.drip(b"x" * 10, 0.1)

    def trickle_headers(self):
        self.raw(b"HTTP/1.1 200 OK\r\n")
        self.drip(b"A: b\r\n", 0.1)

    def trickle_chunks(self):
        self.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        self.drip(b"1\r\nx\r\n", 0.1)

    def mute(self):
        time.sleep(600)
