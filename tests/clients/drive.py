# SPDX-License-Identifier: Apache-2.0
"""A member by the wire that does what standard input says, a command of JSON a line: {"do": NAME, ...}; a line of JSON comes back for each. With drive.mjs
the same tests ask both languages. Usage: drive.py FOLDER PASSPHRASE_FILE [CURSOR]"""
import json
import sys
from pathlib import Path

from liaison_wire import Member, Refused

member = Member.of_folder(*sys.argv[1:3], cursor=Path(sys.argv[3]).read_text() if len(sys.argv) > 3 else None)


def messages(wait_ms=0):
    return [[m.index, m.fields["kind"], m.verdict, body and (body.get("title") or body["record_id"])] for m, body in member.messages(wait_ms)]


def make(kind, fields, times=1):
    """So many, at once where a language can."""
    return [[record, entry["index"]] for record, entry in (member.make(kind, fields) for _ in range(times))]


COMMANDS = {"catch_up": member.catch_up, "messages": messages, "make": make, "confirm": member.confirm, "settle": member.settle,
            "patience": lambda seconds: setattr(member, "patience_s", seconds), "cursor": lambda: member.cursor,
            "alarms": lambda: [[index, why] for index, why, _ in member.alarms], "records": lambda: sorted(member.records),
            "kept": lambda: [m.index for m in member.received if m.fields["kind"] != "receipt" and (m.plaintext or m.cek)]}
for line in sys.stdin:
    command = json.loads(line)
    try:
        answer = COMMANDS[command.pop("do")](**command)
    except Refused as why:
        answer = {"error": str(why)}
    except TimeoutError:
        answer = {"error": "silence"}
    print(json.dumps(answer), flush=True)
