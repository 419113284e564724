# SPDX-License-Identifier: Apache-2.0
"""A node's local HTTP API over its Unix socket, with Python's standard library alone. nodes/api/README.md says what each path takes and answers;
`liaison api` prints the same for programs.

Whoever may open the socket acts for the committee. Every write carries an Idempotency-Key that is made once and stays the same however often it is sent
again, so that a connection that breaks, or a node that starts anew in between, makes nothing twice. One thread at a time."""
import http.client
import json
import socket
import time
import urllib.parse
import uuid

PAUSES_S = (0.2, 0.5, 1, 2, 4, 8)   # between tries while the node cannot be reached or says "not now"


class Problem(Exception):
    """What the node refuses (RFC 9457): the HTTP status, the stable code such as E_POLICY, one sentence, and what to try."""

    def __init__(self, status, problem):
        self.status, self.code, self.title = status, problem.get("code", ""), problem.get("title", "")
        self.detail, self.hint = problem.get("detail", ""), problem.get("hint", "")
        super().__init__(f"{self.code}: {self.detail}" + (f" ({self.hint})" if self.hint else ""))


class _Line(http.client.HTTPConnection):
    def __init__(self, path, seconds):
        super().__init__("localhost", timeout=seconds)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Api:
    """`path`: the node's socket, [api] socket in its configuration. `seconds`: how long one answer may take."""

    def __init__(self, path, seconds=30):
        self.path, self.seconds = str(path), seconds

    # --- any path

    def get(self, path, **query):
        """The answer to GET /api/v1PATH, as it was read from JSON."""
        return self._send("GET", path, query)

    def write(self, method, path, body=None, *, key=None, if_match=None, dry_run=False, draft=False):
        """POST or PATCH. `key`: an own Idempotency-Key, such as the number of a case, for a program that may end before it has the answer and asks
        again when it runs next; the same key with another body is refused. `if_match`: the revision that a change is made on. `dry_run`: all is
        checked, nothing stored. `draft`: kept for an officer to release."""
        headers = {"Idempotency-Key": key or uuid.uuid4().hex, "Content-Type": "application/json"}
        if if_match is not None:
            headers["If-Match"] = f'"{if_match}"'
        query = {"dry_run": 1 if dry_run else None, "draft": 1 if draft else None}
        return self._send(method, path, query, json.dumps(body or {}).encode(), headers)

    def items(self, path, **query):
        """All entries of a list, one after the other, by its cursors."""
        cursor = None
        while True:
            page = self.get(path, **query, cursor=cursor)
            yield from page["items"]
            cursor = page.get("next")
            if not cursor:
                return

    def _send(self, method, path, query, body=None, headers=None):
        for pause in (*PAUSES_S, None):
            try:
                return self._once(method, path, query, body, headers or {})
            except (OSError, http.client.HTTPException):
                if pause is None:
                    raise
            except Problem as problem:
                if problem.status != 503 or pause is None:
                    raise
            time.sleep(pause)

    def _once(self, method, path, query, body, headers):
        line = _Line(self.path, self.seconds)
        try:
            line.request(method, _target(path, query), body, headers)
            answer = line.getresponse()
            return _judged(answer.status, answer.read())
        finally:
            line.close()

    # --- the node

    def status(self):
        return self.get("/status")

    # --- visits

    def visits(self, **filters):
        return self.items("/visits", **filters)

    def visit(self, visit):
        return self.get(f"/visits/{visit}")

    def plan_visit(self, fields, **how):
        return self.write("POST", "/visits", fields, **how)

    def change_visit(self, visit, revision, fields, **how):
        return self.write("PATCH", f"/visits/{visit}", fields, if_match=revision, **how)

    def answer_visit(self, visit, fields, **how):
        return self.write("POST", f"/visits/{visit}/answers", fields, **how)

    def recall_visit(self, visit, reason, **how):
        return self.write("POST", f"/visits/{visit}/recall", {"reason": reason}, **how)

    # --- records of any other kind

    def records(self, **filters):
        return self.items("/records", **filters)

    def record(self, record):
        return self.get(f"/records/{record}")

    def create(self, kind, fields, **how):
        return self.write("POST", f"/records/{kind}", fields, **how)

    def change(self, record, revision, fields, **how):
        return self.write("PATCH", f"/records/{record}", fields, if_match=revision, **how)

    def answer(self, record, fields, **how):
        return self.write("POST", f"/records/{record}/answers", fields, **how)

    def recall(self, record, reason, **how):
        return self.write("POST", f"/records/{record}/recall", {"reason": reason}, **how)

    def search(self, text, **filters):
        return self.items("/search", text=text, **filters)

    # --- what happens, as it happens

    def events(self, last_id=None):
        """Yields (id, event) for ever, and connects again by itself. `last_id`: what was given out last, also in an earlier run: first comes what
        happened since. When that is not kept any more the event's name is events.missed: read your lists anew. A node that is away or says 503 is
        waited for as long as it takes once it was there; before, as in every other call."""
        tries, connected = 0, False
        while True:
            line = _Line(self.path, self.seconds)
            try:
                line.connect()
                stream = line.sock
                line.request("GET", _target("/events", {}), headers={"Last-Event-ID": last_id} if last_id else {})
                answer = line.getresponse()
                if answer.status != 200:
                    _judged(answer.status, answer.read())
                stream.settimeout(None)   # an hour without an event is no trouble
                tries, connected = 0, True
                last_id = last_id or "0-0"   # of no run: if this breaks before the first event, all that is kept comes after events.missed
                for last_id, event in _stream(answer):
                    yield last_id, event
                answer.close()
            except (OSError, http.client.HTTPException, Problem) as why:
                if isinstance(why, Problem) and why.status != 503:
                    raise
                if not connected and tries == len(PAUSES_S) - 1:   # there never was a node
                    raise
            finally:
                line.close()
            time.sleep(PAUSES_S[tries])
            tries = min(tries + 1, len(PAUSES_S) - 1)


def _target(path, query):
    given = {name: value for name, value in query.items() if value is not None}
    return "/api/v1" + path + ("?" + urllib.parse.urlencode(given) if given else "")


def _judged(status, text):
    if status // 100 == 2:
        return json.loads(text)
    try:
        problem = json.loads(text)
    except ValueError:
        problem = {"detail": text.decode(errors="replace")[:500]}
    raise Problem(status, problem)


def _stream(answer):
    fields = {}
    for line in answer:
        name, _, value = line.decode().rstrip("\n").partition(": ")
        if name:
            fields[name] = value
        elif "data" in fields:
            yield fields.get("id"), json.loads(fields["data"])
            fields = {}
