# SPDX-License-Identifier: Apache-2.0
"""A webhook receiver, as a committee's own system would have one: believes what is signed with the shared secret, and prints it.
Usage: receiver.py PORT SECRET_FILE   (on loopback; prints "verified TYPE SUBJECT: TITLE" or "refused: WHY")"""
import base64
import hashlib
import hmac
import json
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

TOLERANCE_SECONDS = 300
BODY_BYTES_MAX = 1 << 20


def why_not(secret, headers, body):
    """Nothing, or why the call is not believed: the checks of Standard Webhooks, in their order."""
    message, at, signatures = (headers.get("webhook-" + name, "") for name in ("id", "timestamp", "signature"))
    if not message or not at.isdigit() or abs(time.time() - int(at)) > TOLERANCE_SECONDS:
        return "no id, or a time that is more than five minutes off"
    wanted = "v1," + base64.b64encode(hmac.new(secret, f"{message}.{at}.".encode() + body, hashlib.sha256).digest()).decode()
    return "" if any(hmac.compare_digest(one, wanted) for one in signatures.split()) else "no signature by the shared secret"


class Receiver(BaseHTTPRequestHandler):
    secret = b""
    seen = set()

    def do_POST(self):
        length = int(self.headers.get("content-length", "0"))
        if length > BODY_BYTES_MAX:
            self.close_connection = True
            return self.send_error(413)
        body = self.rfile.read(length)
        why = why_not(self.secret, self.headers, body)
        if why:
            print("refused: " + why, flush=True)
            return self.send_error(401)
        event = json.loads(body)
        if event["id"] not in self.seen:   # the same id is the same event, however often it comes
            self.seen.add(event["id"])
            print(f"verified {event['type']} {event.get('subject', '')}: {event['data'].get('data', {}).get('title', '')}", flush=True)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    Receiver.secret = base64.b64decode(Path(sys.argv[2]).read_text().strip().removeprefix("whsec_"))
    HTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver).serve_forever()


if __name__ == "__main__":
    main()
