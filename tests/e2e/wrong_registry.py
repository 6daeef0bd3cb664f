#!/usr/bin/env python3
"""A registry that answers wrongly: the repository's name says how.

Usage: wrong_registry.py PORT
"""
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KIND = "application/vnd.oci.image.manifest.v1+json"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", length=None, **headers):
        self.send_response(status)
        self.send_header("Content-Type", KIND)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_GET(self):
        if self.path.rstrip("/") == "/v2":
            return self.answer(200, b"{}")
        case = self.path.split("/")[2]
        if case == "not-json":
            return self.answer(200, b"<html>Welcome to the hotel</html>")
        if case == "huge":
            # Says that it is 1 TiB; who believes it waits or fills the memory.
            self.close_connection = True
            return self.answer(200, b"{" + b" " * (64 << 20), length=1 << 40)
        if case == "wrong-digest":
            return self.answer(200, b"{}", Docker_Content_Digest="sha256:" + "1" * 64)
        if case == "redirect-loop":
            return self.answer(307, Location=self.path)
        if case == "cut":
            self.close_connection = True
            return self.answer(200, b'{"schemaVersion": 2', length=1000)
        if case == "teapot":
            return self.answer(418, b"short and stout")
        return self.answer(200)

    do_HEAD = do_GET


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
