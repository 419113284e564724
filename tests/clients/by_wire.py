# SPDX-License-Identifier: Apache-2.0
"""The examples of the wire, as the third member of a real exchange: it follows, says, answers and proves, and others check its proofs."""
import json

import proof_vectors
from exchange import wait_until
from setting import CONTACT, HEAD, LANGUAGES


def test_all_that_others_said_is_opened_and_confirmed(world):
    visit = world.plan("UZB", "2031-02-03", "2031-02-07", "Follow-up")
    index = wait_until("its place in the log", 30, lambda: world.api("1540", "GET", f"/visits/{visit}")["index"])
    lines = world.wire("wire_follow").splitlines()
    assert f"{index}  1540  visit.plan  OK  {visit} Follow-up" in lines and all("  OK  " in line for line in lines[:-1]), lines
    root = lines[-1].split()[-1]
    wait_until("the delivery receipt", 30, lambda: {"member": "1373", "state": "opened"}.items() <= next(
        (d for m in world.api("1540", "GET", f"/visits/{visit}/status")["messages"] for d in m["deliveries"] if d["member"] == "1373"), {}).items())
    again = world.wire("wire_follow", index).splitlines()
    assert again[-1].startswith("0 confirmed") and again[-1].split()[-1] != root and len(again) <= len(lines), again


def test_a_record_said_by_the_wire_stands_at_the_others(world):
    said = world.wire("wire_say", "contact", given=json.dumps(CONTACT | HEAD))
    record = said.split()[0]
    assert record.startswith("1373-N-") and "allowed by contact-1373: S/RES/1977" in said, said
    for member in ("1267", "1540"):
        world.known_at(member, record)
        shown = world.api(member, "GET", f"/records/{record}")
        assert shown["owner"] == "1373" and shown["office"] == CONTACT["office"], shown


def test_what_a_recipient_would_refuse_does_not_leave(world):
    size = world.status("1540")["log"]["size"]
    said = world.wire("wire_say", "contact", given=json.dumps(CONTACT | HEAD | {"office": ""}), fails=True)
    assert "E_BODY: office is missing" in said, said
    assert "E_SCHEMA" in world.wire("wire_say", "no.kind", given="{}", fails=True)
    assert world.status("1540")["log"]["size"] == size


def test_an_answer_by_the_wire_stands_at_the_owner(world):
    visit = world.plan("ARM", "2031-03-03", "2031-03-07", "Assessment")
    wait_until("its place in the log", 30, lambda: world.api("1540", "GET", f"/visits/{visit}")["index"])
    assert world.wire("wire_answer", "ARM", "advises", "two papers to read first").splitlines()[-1] == f"answered {visit}: advises"
    wait_until("the answer", 30, lambda: [(a["from"], a["answer"]) for a in world.api("1540", "GET", f"/visits/{visit}")["answers"]] == [("1373", "advises")])
    assert world.wire("wire_answer", "ARM", "advises", "two papers to read first") == ""


def test_a_proof_by_the_wire_holds_everywhere(world):
    visit = world.plan("GEO", "2031-04-07", "2031-04-11", "Technical visit")
    index = wait_until("its place in the log", 30, lambda: world.api("1540", "GET", f"/visits/{visit}")["index"])
    file = world.folder / "proof.json"
    file.write_text(world.wire("wire_prove", index))
    assert "body" in world.run("verify", file, "--fingerprint", world.fingerprint).stdout
    for language in LANGUAGES:
        said = language.run("verify_proof", file, world.fingerprint)
        assert said.startswith(f"1540 said visit.plan to 1267, 1373: entry {index} of") and "decided by plans-1540: S/RES/1977" in said, said
        assert "error: E_PROOF: another exchange" in language.run("verify_proof", file, "00" * 32, fails=True)
    wait_until("delivery", 30, lambda: world.wire("wire_follow") and world.api("1540", "GET", f"/visits/{visit}")["delivery"] == "delivered")
    told = world.run("--node", world.socket("1540"), "message", "prove", world.api("1540", "GET", f"/visits/{visit}")["message_id"]).stdout
    file.write_text(told)
    for language in LANGUAGES:
        assert language.run("verify_proof", file, world.fingerprint).endswith("delivered to 1267, 1373\n")
    proof = json.loads(told)
    proof["policies"][0]["file"] = proof["policies"][0]["file"].replace("committees named", "named committees", 1)
    file.write_text(json.dumps(proof))
    for language in LANGUAGES:
        assert "error: E_PROOF" in language.run("verify_proof", file, world.fingerprint, fails=True)


def test_a_proof_names_who_could_not_take_the_message(world):
    made = proof_vectors.proof(receipts=(("1267", 81), ("1373", 80), ("1373", 0)))
    fingerprint, file = made["genesis_sha256"], world.folder / "told.json"
    for receipts in (made["receipts"], made["receipts"][::-1]):   # whatever their order in the file: the log's counts
        file.write_text(json.dumps(made | {"receipts": receipts}))
        said = world.language.run("verify_proof", file, fingerprint)
        assert said.endswith("delivered to 1373\nnot taken by 1267: E_BODY\n"), said
    file.write_text(json.dumps(proof_vectors.proof(receipts=(("1373", 0), ("1373", 80)))))
    assert world.language.run("verify_proof", file, fingerprint).endswith("delivered to 1373\n"), "nothing replaces a first answer"


def test_the_other_language_goes_on_where_this_one_was(world):
    for language in LANGUAGES:
        said = world.wire("wire_say", "contact", language=language, given=json.dumps(CONTACT | HEAD | {"title": f"By {language.name}"}))
        world.known_at("1267", said.split()[0])
    ids = [r["id"] for r in world.api("1267", "GET", "/records?kind=contact&committee=1373&limit=500")["items"]]
    assert len(ids) == len(set(ids)) >= len(LANGUAGES), ids
    assert not world.api("1267", "GET", "/alarms")["items"] and not world.api("1540", "GET", "/alarms")["items"]


def test_a_client_that_runs_on_outlives_a_restart_of_the_broker(world):
    with world.language.drive(world.node_folder("1373"), world.folder / "passphrase") as member:
        member("catch_up")
        member("messages")
        member.contact("Before the restart")
        world.stop("broker")
        world.start_broker()
        (record, index), = member.contact("After the restart")
        world.known_at("1540", record)
        visit = world.plan("UZB", "2032-02-02", "2032-02-06", "After the restart")
        assert wait_until("the visit", 60, lambda: [m for m in member("messages", wait_ms=1000) if isinstance(m, list) and m[3] == "After the restart"]), visit
        member("confirm")
