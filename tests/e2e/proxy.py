#!/usr/bin/env python3
"""An HTTP proxy that connects to one port of this machine for every host, and logs the requests.

Usage: proxy.py PORT UPSTREAM_PORT LOG [USER:PASSWORD]

Each request is a line of LOG: "CONNECT r.test:443", "PUT http://r.test/v2/...". With USER:PASSWORD
it answers 407 to everybody else. The host refused.test is answered with 403.
"""
import base64
import socket
import sys
import threading


def relay(source, target):
    """Copies until the source ends, then closes the target for writing."""
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def read_head(client):
    """The request line, the headers, and the bytes that follow."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = client.recv(65536)
        if not more:
            return None, [], b""
        data += more
    head, rest = data.split(b"\r\n\r\n", 1)
    line, *headers = head.decode().split("\r\n")
    return line, headers, rest


def is_allowed(headers, login):
    wanted = "basic " + base64.b64encode(login.encode()).decode()
    return any(name.lower() == "proxy-authorization" and value.strip().lower() == wanted.lower()
               for name, value in (header.split(":", 1) for header in headers))


def refuse(client, words):
    client.sendall(f"HTTP/1.1 {words}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())


def serve(client, upstream_port, log, login):
    with client:
        line, headers, rest = read_head(client)
        if line is None:
            return
        method, target, _ = line.split(" ")
        with open(log, "a", encoding="utf-8") as file:
            file.write(f"{method} {target.split('?')[0]}\n")
        if login and not is_allowed(headers, login):
            return refuse(client, "407 Proxy Authentication Required")
        if "refused.test" in target:
            return refuse(client, "403 Forbidden")
        with socket.create_connection(("127.0.0.1", upstream_port)) as upstream:
            if method == "CONNECT":
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                path = "/" + target.split("/", 3)[3]
                kept = [header for header in headers
                        if not header.lower().startswith(("proxy-", "connection:"))]
                # One request per connection, so that answers need not be parsed.
                head = [f"{method} {path} HTTP/1.1", *kept, "Connection: close", "", ""]
                upstream.sendall("\r\n".join(head).encode())
            upstream.sendall(rest)
            back = threading.Thread(target=relay, args=(upstream, client), daemon=True)
            back.start()
            relay(client, upstream)
            back.join()


def main(port, upstream_port, log, login=""):
    with socket.create_server(("127.0.0.1", int(port))) as server:
        while True:
            client, _ = server.accept()
            threading.Thread(target=serve, args=(client, int(upstream_port), log, login),
                             daemon=True).start()


main(*sys.argv[1:])
