"""A real HTTP server on the loopback that serves one file and misbehaves on purpose."""

import re
import time
from contextlib import suppress

from tests.data.loopback import LoopbackServer, QuietHandler


class Server(LoopbackServer):
    """Serve `content` at any path; attributes say how it misbehaves.

    Attributes
    ----------
    content : bytes
    etag, modified : str or None
    ranges : bool
        Whether it can send a part.
    cuts : list of int
        Bytes after which the next answers break off.
    statuses : list of int
        Codes of the next answers instead of the file.
    seconds_per_block : float
        How slowly it sends blocks of 10 kB.
    kind : str
        Content-Type.
    length : bool
        Whether it tells the length.
    requests : list of dict
        Headers of all requests so far.
    """

    def __init__(self, content):
        super().__init__(Handler)
        self.content = content
        self.etag, self.modified = '"one"', "Mon, 01 Jan 2024 00:00:00 GMT"
        self.ranges, self.length = True, True
        self.cuts, self.statuses, self.requests = [], [], []
        self.seconds_per_block = 0.0
        self.kind = "application/zip"
        self.retry_after = None
        self.ignores_if_range = False

    @property
    def url(self):
        return self.address("climate_sphere_l5.zip")


class Handler(QuietHandler):
    def do_GET(self):
        server = self.server
        server.requests.append(dict(self.headers))
        if server.statuses:
            self.send_response(server.statuses.pop(0))
            if server.retry_after:
                self.send_header("Retry-After", server.retry_after)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        content, start = server.content, 0
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        condition = self.headers.get("If-Range")
        same = server.ignores_if_range or condition in (None, server.etag, server.modified)
        if wanted and server.ranges and same:
            start = int(wanted[1])
            self.send_response(206 if start < len(content) else 416)
            last = f"{start}-{len(content) - 1}" if start < len(content) else "*"
            self.send_header("Content-Range", f"bytes {last}/{len(content)}")
        else:
            self.send_response(200)
        for name, value in (("ETag", server.etag), ("Last-Modified", server.modified)):
            if value:
                self.send_header(name, value)
        self.send_header("Content-Type", server.kind)
        if server.length:
            self.send_header("Content-Length", str(max(len(content) - start, 0)))
        else:
            self.send_header("Connection", "close")
        self.end_headers()
        end = len(content)
        if server.cuts:
            end = min(end, start + server.cuts.pop(0))
        with suppress(ConnectionError):  # tests kill the one that asks
            for begin in range(start, end, 10_000):
                self.wfile.write(content[begin : min(begin + 10_000, end)])
                self.wfile.flush()
                time.sleep(server.seconds_per_block)
        if end < len(content) or not server.length:
            self.close_connection = True
