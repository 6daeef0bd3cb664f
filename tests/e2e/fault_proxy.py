"""A reverse proxy for a registry that injects faults, selected by a seed.

Each request is read completely and forwarded over a connection of its own, and its answer is read
completely, so that any part of it can be changed. The selection depends on the seed, the request line
and how often that line occurred before, but not on the order of the client's threads: a run can be
repeated.
"""
import hashlib
import random
import re
import socket
import struct
import threading
import time

DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
UPLOAD = re.compile(r"/uploads/[^?]*")
# The faults. Each is a method of Exchange.
FAULTS = ("refuse_connection", "reset_before", "close_before", "reset_after", "cut_head", "cut_body",
          "flip_body", "flip_request", "cut_request", "wrong_digest", "busy", "error_before",
          "error_after", "slow", "longer", "noise", "no_range", "wrong_range", "shifted_range",
          "empty", "unfinished_chunks")


def read_head(stream):
    """The lines before the empty line; none at the end of the connection."""
    lines = []
    while True:
        line = stream.readline(65536)
        if not line:
            return []
        line = line.rstrip(b"\r\n")
        if not line:
            return lines
        lines.append(line)


def header_of(lines, name):
    for line in lines[1:]:
        key, _, value = line.partition(b":")
        if key.strip().lower() == name.lower():
            return value.strip()
    return None


def without(lines, *names):
    return [line for line in lines if line.partition(b":")[0].strip().lower() not in names]


def joined(lines, body):
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def reset(connection):
    """Ends a connection with RST instead of FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class Hangup(Exception):
    """The connection to the client ends here."""


class Exchange:
    """One request and its answer; each fault is a method."""

    def __init__(self, proxy, client, head, stream, rng):
        self.proxy, self.client, self.head, self.stream, self.rng = proxy, client, head, stream, rng
        self.length = int(header_of(head, b"content-length") or 0)
        self.is_body_read = False

    def request_body(self):
        self.is_body_read = True
        body = self.stream.read(self.length)
        if len(body) != self.length:
            raise Hangup
        return body

    def ask(self, change=lambda body: body, drop=()):
        """The answer of the registry: the lines of its head, and its body."""
        body = change(self.request_body())
        lines = without(self.head, b"connection", b"accept-encoding", *drop)
        lines.append(b"Connection: close")
        with socket.create_connection(("127.0.0.1", self.proxy.upstream), timeout=30) as upstream:
            upstream.sendall(joined(lines, body))
            with upstream.makefile("rb") as stream:
                head = read_head(stream)
                rest = stream.read() if not self.head[0].startswith(b"HEAD ") else b""
        if header_of(head, b"transfer-encoding") == b"chunked":
            rest = unchunked(rest)
            head = without(head, b"transfer-encoding") + [b"Content-Length: %d" % len(rest)]
        return without(head, b"connection"), rest

    def give(self, head, body):
        self.client.sendall(joined(head, body))

    # ---- the faults; an answer without a body is forwarded unchanged where the fault needs one

    def none(self):
        self.give(*self.ask())

    def refuse_connection(self):
        reset(self.client)
        raise Hangup

    reset_before = refuse_connection

    def close_before(self):
        raise Hangup

    def reset_after(self):
        self.ask()
        reset(self.client)
        raise Hangup

    def cut_head(self):
        text = joined(*self.ask())
        self.client.sendall(text[:self.rng.randrange(1, min(len(text), 200))])
        raise Hangup

    def cut_body(self):
        head, body = self.ask()
        self.give(head, body[:self.rng.randrange(len(body))] if body else body)
        raise Hangup

    def flip_body(self):
        head, body = self.ask()
        self.give(head, flipped(body, self.rng))

    def flip_request(self):
        self.give(*self.ask(lambda body: flipped(body, self.rng)))

    def cut_request(self):
        self.is_body_read = True
        self.stream.read(self.rng.randrange(self.length) if self.length else 0)
        raise Hangup

    def wrong_digest(self):
        head, body = self.ask()
        wrong = b"sha256:" + hashlib.sha256(self.rng.randbytes(8)).hexdigest().encode()
        head = [b"Docker-Content-Digest: " + wrong
                if line.lower().startswith(b"docker-content-digest") else line for line in head]
        self.give(head, body)

    def simple(self, words, *lines):
        self.give([b"HTTP/1.1 " + words, b"Content-Length: 0", *lines], b"")

    def busy(self):
        self.request_body()
        self.simple(b"429 Too Many Requests", b"Retry-After: 0")

    def error_before(self):
        self.request_body()
        self.simple(self.rng.choice([b"500 Oops", b"502 Bad Gateway", b"503 Down", b"504 Slow"]))

    def error_after(self):
        self.ask()
        self.simple(b"502 Bad Gateway")

    def slow(self):
        text = joined(*self.ask())
        for begin in range(0, len(text), max(1, len(text) // 8)):
            self.client.sendall(text[begin:begin + max(1, len(text) // 8)])
            time.sleep(0.01)

    def longer(self):
        head, body = self.ask()
        if not body:
            return self.give(head, body)
        more = self.rng.randbytes(self.rng.randrange(1, 1000))
        head = without(head, b"content-length") + [b"Content-Length: %d" % (len(body) + len(more))]
        return self.give(head, body + more)

    def noise(self):
        self.request_body()
        self.client.sendall(self.rng.randbytes(200) + b"\r\n\r\n")
        raise Hangup

    def no_range(self):
        self.give(*self.ask(drop=(b"range",)))

    def wrong_range(self):
        head, body = self.ask()
        head = [b"Content-Range: bytes %d-%d/%d" % (self.rng.randrange(99), 99, 100)
                if line.lower().startswith(b"content-range") else line for line in head]
        self.give(head, body)

    def shifted_range(self):
        """Announces the requested range, and sends other bytes."""
        head, body = self.ask()
        if b" 206 " in head[0] and body:
            body = body[-1:] + body[:-1]
        self.give(head, body)

    def empty(self):
        self.request_body()
        self.simple(b"200 OK")

    def unfinished_chunks(self):
        head, body = self.ask()
        if not body:
            return self.give(head, body)
        self.give(without(head, b"content-length") + [b"Transfer-Encoding: chunked"],
                  b"%x\r\n" % len(body) + body[:self.rng.randrange(len(body))])
        raise Hangup


def flipped(body, rng):
    if not body:
        return body
    at = rng.randrange(len(body))
    return body[:at] + bytes([body[at] ^ (1 << rng.randrange(8))]) + body[at + 1:]


def unchunked(text):
    body = b""
    while text:
        size, _, text = text.partition(b"\r\n")
        count = int(size.split(b";")[0], 16)
        if count == 0:
            break
        body += text[:count]
        text = text[count + 2:]
    return body


class FaultProxy:
    """Listens on `port`. `faults` counts the injected faults."""

    def __init__(self, upstream):
        self.upstream = upstream
        self.lock = threading.Lock()
        self.faults = {}
        self.begin("", 0)
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def begin(self, seed, rate):
        """Sets the `rate` of faults (0 to 1) and the `seed` that selects them."""
        with self.lock:
            self.seed, self.rate, self.seen, self.log = seed, rate, {}, []

    def accept(self):
        while True:
            client, _ = self.server.accept()
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def choose(self, line):
        """The fault for a request, and the random numbers for its details."""
        line = UPLOAD.sub("/uploads/", line)
        with self.lock:
            count = self.seen[line] = self.seen.get(line, 0) + 1
            rng = random.Random(f"{self.seed} {count} {line}")
            name = rng.choice(FAULTS) if rng.random() < self.rate else "none"
            if name != "none":
                self.faults[name] = self.faults.get(name, 0) + 1
            self.log.append(f"{name}: {line}")
        return name, rng

    def serve(self, client):
        with client, client.makefile("rb") as stream:
            client.settimeout(30)
            try:
                # The greeting of a TLS client that checks whether this is a TLS server.
                if client.recv(1, socket.MSG_PEEK) == b"\x16":
                    client.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
                    return
                while head := read_head(stream):
                    name, rng = self.choose(head[0].decode("latin-1"))
                    exchange = Exchange(self, client, head, stream, rng)
                    getattr(exchange, name)()
                    if not exchange.is_body_read and exchange.length:
                        return
            except (Hangup, OSError):
                pass
