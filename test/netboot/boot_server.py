# SPDX-License-Identifier: MIT
"""A boot server's HTTP side on the loopback that can be told to fail, and remembers what it was asked for."""

import functools
import http.server
import sys
import threading
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "system"))

from ports import free_port  # noqa: E402 (the path comes first)


class Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.asked.append(self.path)
        fault = self.server.faults.get(self.path)
        if fault:
            fault(self)
        else:
            super().do_GET()

    def log_message(self, format, *args):  # noqa: A002 (the name is http.server's)
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port, folder):
        self.asked = []  # paths, in the order of the requests
        self.faults = {}  # path: what to do instead of sending the file, given the handler
        super().__init__(("127.0.0.1", port), functools.partial(Handler, directory=folder))

    def handle_error(self, request, client_address):
        """A node that hangs up in the middle is no error of ours."""


class BootServer:
    """Up from the start; its port stays the same when it goes down and comes back."""

    def __init__(self, folder):
        self.folder = folder
        self.port = free_port()
        self.server = None
        self.up()

    @property
    def asked(self):
        return self.server.asked

    def up(self):
        self.server = Server(self.port, self.folder)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def down(self):
        if self.server:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    def fail(self, path, fault):
        self.server.faults[path] = fault

    def mend(self):
        self.server.faults.clear()


def cut_off(handler):
    """Half of the file, under the length of the whole, and the connection is closed."""
    path = handler.translate_path(handler.path)
    with open(path, "rb") as file:
        content = file.read()
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content[:len(content) // 2])
    handler.close_connection = True
