#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Answers each visit of others to one State that has no answer of ours yet. Usage: wire_answer.py FOLDER PASSPHRASE_FILE STATE ANSWER TEXT"""
import sys

from liaison_wire import Member

folder, passphrase_file, state, answer, text = sys.argv[1:]
with Member.of_folder(folder, passphrase_file) as member:
    member.catch_up()
    plans = [(m, body) for m, body in member.messages() if body and m.fields["kind"] == "visit.plan"]
    newest = {body["record_id"]: (m, body) for m, body in plans}
    for record, (message, body) in newest.items():
        known = member.records[record]
        if state in [s["alpha3"] for s in body["states"]] and not known["recalled"] and record not in member.answered:
            member.answer(message, {"answer": answer, "body": f"{member.member} secretariat", "text": text})
            print(f"answered {record}: {answer}")
    member.confirm()
