#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Reads all that the other members said, checks and opens it, and confirms it with signed receipts.
Usage: wire_follow.py FOLDER PASSPHRASE_FILE [AFTER_INDEX]
A program that remembers the index of the last message it has worked on goes on after it."""
import sys

from liaison_wire import Member

folder, passphrase_file, *after = sys.argv[1:]
with Member.of_folder(folder, passphrase_file) as member:
    member.catch_up()
    for message, body in member.messages():
        if message.index > int(after[0] if after else -1):
            said = f"{body['record_id']} {body.get('title', '')}".strip() if body else "cannot be shown"
            print(f"{message.index}  {message.fields['sender']}  {message.fields['kind']}  {message.verdict}  {said}")
    for index, why, _ in member.alarms:
        print(f"alarm: entry {index}, {why}")
    print(f"{member.confirm()} confirmed; {member.size} entries under root {member.root.hex()}")
