#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Publishes a record of any kind but visits, from JSON on standard input. Usage: wire_say.py FOLDER PASSPHRASE_FILE KIND < fields.json"""
import json
import sys

from liaison_wire import Member, Refused

folder, passphrase_file, kind = sys.argv[1:]
with Member.of_folder(folder, passphrase_file) as member:
    member.catch_up()
    try:
        record, entry = member.make(kind, json.load(sys.stdin))
    except Refused as why:
        sys.exit(f"error: {why}")
print(f"{record} is entry {entry['index']}, allowed by {entry['rule']}: {entry['basis']}")
