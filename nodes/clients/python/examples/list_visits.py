#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Lists all visits, however many pages they fill. Usage: list_visits.py SOCKET [STATE]"""
import sys

from liaison_api import Api

for visit in Api(sys.argv[1]).visits(state=sys.argv[2] if len(sys.argv) > 2 else None, limit=500):
    states = ", ".join(s["name"] for s in visit["states"])
    print(f"{visit['id']}  {visit['first_day']}  {visit['last_day']}  {states}: {visit['title']} ({visit['status']})")
