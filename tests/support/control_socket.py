"""Questions to a running pintail, asked as any program can: HTTP on the socket beside the target. Standard library only."""

import http.client
import json
import socket


class ControlSocket:
    """One connection per question: the server keeps none open."""

    def __init__(self, target):
        self.path_ = f"{target}.sock"

    def ask(self, sql):
        """Rows as lists of text; None when the answer is that a table does not exist (yet). Anything else fails."""
        status, body = self.request_("POST", "/query", json.dumps({"sql": sql}))
        lines = [json.loads(line) for line in body.splitlines() if line]
        if isinstance(lines[-1], dict) and "end" in lines[-1]:
            return lines[1:-1]
        if "does not exist" in lines[-1]["error"]["message"]:
            return None
        raise AssertionError(f"HTTP {status}: {lines[-1]}")

    def status(self):
        return json.loads(self.request_("GET", "/status")[1])

    def request_(self, method, path, body=None):
        connection = http.client.HTTPConnection("localhost")
        connection.sock = socket.socket(socket.AF_UNIX)
        try:
            connection.sock.connect(self.path_)
            connection.request(method, path, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()
