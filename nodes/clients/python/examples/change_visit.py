#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Gives an own visit another title. Usage: change_visit.py SOCKET VISIT TITLE
A change is made on a revision: if an officer was quicker, the visit is read again and the change is made on theirs."""
import sys

from liaison_api import Api, Problem

socket, visit, title = sys.argv[1:]
api = Api(socket)
while True:
    before = api.visit(visit)
    try:
        made = api.change_visit(visit, before["revision"], {"title": title})
        break
    except Problem as problem:
        if problem.code != "E_REVISION":
            sys.exit(f"error: {problem}")
print(f"{visit} is now revision {made['revision']}, was: {before['title']}")
