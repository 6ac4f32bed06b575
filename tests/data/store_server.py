"""A real HTTP server on the loopback that serves a folder, counts, and misbehaves on purpose."""

from tests.data.loopback import LoopbackServer, QuietHandler


class StoreServer(LoopbackServer):
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

    def __init__(self, folder):
        super().__init__(Handler)
        self.folder, self.requests, self.absent, self.failures = folder, [], [], {}


class Handler(QuietHandler):
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
