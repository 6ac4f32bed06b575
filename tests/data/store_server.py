"""A real HTTP server on the loopback that serves a folder, counts, and misbehaves on purpose."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class StoreServer(ThreadingHTTPServer):
    """Serve the files of a folder; attributes say how it misbehaves.

    Attributes
    ----------
    requests : list of str
        Paths that were asked for and are there.
    absent : list of str
        Those that are not.
    failures : dict
        By path: how often it still fails, and the status with which it does; 0 cuts the answer.
    """

    daemon_threads = True

    def __init__(self, folder):
        super().__init__(("127.0.0.1", 0), Handler)
        self.folder, self.requests, self.absent, self.failures = folder, [], [], {}

    def address(self, name=""):
        return f"http://127.0.0.1:{self.server_address[1]}/{name}"

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        path = self.path.strip("/")
        file = self.server.folder / path
        left, status = self.server.failures.get(path, (0, 200))
        content, sent = b"", 0
        if left:
            self.server.failures[path] = (left - 1, status)
        if left and status:
            self.send_response(status)
        elif file.is_file():
            content = file.read_bytes()
            sent = len(content) // 2 if left else len(content)
            self.server.requests.append(path)
            self.send_response(200)
        else:
            self.server.absent.append(path)
            self.send_response(404)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[:sent])
        self.close_connection = sent < len(content)
