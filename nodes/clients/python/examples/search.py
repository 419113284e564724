#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Finds visits and records by their words, the best first. Usage: search.py SOCKET WORD..."""
import sys
from itertools import islice

from liaison_api import Api

for found in islice(Api(sys.argv[1]).search(" ".join(sys.argv[2:])), 20):
    print(f"{found['id']}  {found['title']}  {found['snippet']}")
