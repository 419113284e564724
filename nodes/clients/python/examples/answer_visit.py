#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Answers another committee's visit: joins, advises, declines, comments or objects. Usage: answer_visit.py SOCKET VISIT ANSWER TEXT"""
import sys

from liaison_api import Api, Problem

socket, visit, answer, text = sys.argv[1:]
try:
    Api(socket).answer_visit(visit, {"answer": answer, "text": text})
except Problem as problem:
    sys.exit(f"error: {problem}")
print(f"answered {visit}: {answer}")
