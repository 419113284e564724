#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Plans a visit, after a look at who would be told. Usage: plan_visit.py SOCKET STATE FROM TO TITLE [KEY]
KEY, such as the number of a case, makes it safe to run again: the same visit is not planned twice."""
import sys

from liaison_api import Api, Problem

socket, state, first, last, title, *key = sys.argv[1:]
api = Api(socket)
visit = {"states": [state], "components": [{"start": first, "end": last}], "title": title}
try:
    would = api.plan_visit(visit, dry_run=True)
    print("goes to", ", ".join(r["member"] for r in would["recipients"]), "by", would["basis"])
    made = api.plan_visit(visit, key=key[0] if key else None)
except Problem as problem:
    sys.exit(f"error: {problem.detail} [{problem.code}]\nhint: {problem.hint}")
print("planned", made["id"])
for warning in made["warnings"]:
    print("note:", warning)
