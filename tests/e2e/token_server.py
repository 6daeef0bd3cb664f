#!/usr/bin/env python3
"""Issues tokens for docker-registry, according to its token authentication specification.

Usage: token_server.py PORT DIRECTORY USER PASSWORD

DIRECTORY has key.pem and cert.pem. Whoever comes with the right password gets what is asked for;
anyone else gets status 401. Each request's line is logged.
https://distribution.github.io/distribution/spec/auth/jwt/
"""
import base64
import json
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

PORT, KEYS, USER, PASSWORD = int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4]


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def sign(claims):
    certificate = "".join(line for line in (KEYS / "cert.pem").read_text().split("\n")
                          if not line.startswith("-"))
    header = {"typ": "JWT", "alg": "RS256", "x5c": [certificate]}
    text = b".".join(encode(json.dumps(part).encode()) for part in (header, claims))
    signed = subprocess.run(["openssl", "dgst", "-sha256", "-sign", str(KEYS / "key.pem")],
                            input=text, stdout=subprocess.PIPE, check=True).stdout
    return (text + b"." + encode(signed)).decode()


def access_of(scopes):
    found = []
    for scope in " ".join(scopes).split():
        kind, rest = scope.split(":", 1)
        name, actions = rest.rsplit(":", 1)
        found.append({"type": kind, "name": name, "actions": actions.split(",")})
    return found


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, record):
        body = json.dumps(record).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        query = parse_qs(urlsplit(self.path).query)
        wanted = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if self.headers.get("Authorization") != wanted:
            self.answer(401, {"errors": [{"code": "UNAUTHORIZED", "message": "who are you?"}]})
            return
        now = int(time.time())
        claims = {"iss": "test", "sub": USER, "aud": query["service"][0], "exp": now + 300,
                  "nbf": now - 10, "iat": now, "jti": str(now), "access": access_of(query.get("scope", []))}
        self.answer(200, {"token": sign(claims), "expires_in": 300})


ThreadingHTTPServer(("127.0.0.1", PORT), Handler).serve_forever()
