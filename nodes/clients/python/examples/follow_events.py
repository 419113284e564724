#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Prints what happens at the node and goes on where it was when it runs again. Usage: follow_events.py SOCKET CURSOR_FILE [COUNT]
CURSOR_FILE keeps the id of the last event that was printed; COUNT ends it after so many."""
import sys
from pathlib import Path

from liaison_api import Api

socket, cursor = sys.argv[1], Path(sys.argv[2])
count = int(sys.argv[3]) if len(sys.argv) > 3 else None
kept = cursor.with_name(cursor.name + ".new")
last_id = cursor.read_text() if cursor.exists() else None
for last_id, event in Api(socket).events(last_id):
    print(event["event"], event.get("id") or event.get("message_id") or "", event.get("sentence", ""), flush=True)
    kept.write_text(last_id)
    kept.replace(cursor)   # whole, however this program ends
    count = count and count - 1
    if count == 0:
        break
