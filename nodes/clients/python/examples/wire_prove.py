#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the proof of a message that was received, with the key that opens it. Usage: wire_prove.py FOLDER PASSPHRASE_FILE INDEX > proof.json"""
import sys

from liaison_wire import Member

folder, passphrase_file, index = sys.argv[1:]
with Member.of_folder(folder, passphrase_file) as member:
    member.catch_up()
    message = next(m for m in member.received if m.index == int(index))
    print(member.proof(message.index, message.cek))
