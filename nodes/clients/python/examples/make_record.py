#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes a record of any kind from JSON on standard input. Usage: make_record.py SOCKET KIND [KEY] < fields.json
`liaison record kinds` lists the kinds, `liaison record kind NOUN` the fields of one."""
import json
import sys

from liaison_api import Api, Problem

socket, kind, *key = sys.argv[1:]
try:
    made = Api(socket).create(kind, json.load(sys.stdin), key=key[0] if key else None)
except Problem as problem:
    sys.exit(f"error: {problem}")
print(made["id"])
