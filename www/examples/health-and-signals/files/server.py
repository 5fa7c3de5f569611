import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path in ("/", "/healthz") else 404)
        self.end_headers()
        self.wfile.write(b"ok\n")


def stop(number: int, _frame: object) -> None:
    print(f"signal {number}: stopping")
    sys.exit(0)


signal.signal(signal.SIGTERM, stop)
print("listening on 8080")
ThreadingHTTPServer(("", 8080), Handler).serve_forever()
