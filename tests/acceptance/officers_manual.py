# SPDX-License-Identifier: Apache-2.0
"""The commands of the manual's first page, as they stand there, typed at two committees' nodes: from a plan to a proof a year later. The manual's
ids are replaced by those that the nodes give. Usage: officers_manual.py PROGRAMS [TEST...].   Ends with "N passed, N failed"."""
import json
import re
import shlex
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from stage import ROOT, arrived, contains, end_exchange, one_exchange, plan, quiet, run, said, wait_until  # noqa: E402


def first_page():
    """The lines of the block below "In ten commands": (command, what is said of it)."""
    text = (ROOT / "deploy/OPERATING.md").read_text(encoding="utf-8")
    block = text.split("**In ten commands**", 1)[1].split("```", 2)[1]
    return [tuple((re.split(r"\s{2,}", line, maxsplit=1) + [""])[:2]) for line in block.strip().splitlines()]


def typed(e, member, ids, command):
    """Runs the manual's command with the ids of this exchange. Returns its answer, JSON where there is one."""
    for of_manual, given in ids.items():
        command = command.replace(of_manual, given)
    words = shlex.split(command)
    assert words[0] == "liaison", command
    out, _ = said(e, member, "-o", "json", *words[1:])
    return json.loads(out) if out.strip().startswith(("{", "[")) else out


def test_the_ten_commands_do_what_the_page_says(e):
    page = first_page()
    assert len(page) == 10, page
    (visit, _), (conflicts, _), (build, agrees), (agreed, _), (merged, _), (need, _), (request, _), (suggest, _), (match, _), (prove, verify) = page

    offer = e.cli("1540", "offer", "new", "--provider", "a training centre", "--provider-type", "academia", "--area", "licensing", "--text", "a month of advice")["id"]
    theirs = plan(e, "1373", first="2027-03-10", last="2027-03-15", title="Follow-up on laws")["id"]
    arrived(e, theirs, ["1540"])

    ids = {"1373-V-2027-0001": theirs, "1540-F-2027-0001": offer}
    ids["1540-V-2027-0001"] = typed(e, "1540", ids, visit)["id"]
    arrived(e, ids["1540-V-2027-0001"], ["1373"])

    found = typed(e, "1540", ids, conflicts)["items"]
    overlap = next(f for f in found if f["kind"] == "overlap")
    assert {ids["1540-V-2027-0001"], theirs} <= set(overlap["visits"]) and overlap["contacts"], overlap

    ids["1540-J-2027-0001"] = typed(e, "1540", ids, build)["id"]
    quiet(e)
    answer = re.search(r"liaison record answer \S+ joins", agrees)[0]
    typed(e, "1373", ids, answer)
    wait_until("1373's word", 30, lambda: e.cli("1540", "record", "show", ids["1540-J-2027-0001"])["answers"])
    typed(e, "1540", ids, agreed)
    typed(e, "1373", ids, merged)
    quiet(e)
    pair = {ids["1540-V-2027-0001"], theirs}
    for member in ("1540", "1373"):
        assert not [f for f in e.cli(member, "conflicts", "--kind", "overlap")["items"] if set(f["visits"]) == pair], "the overlap has ended"
    assert e.cli("1373", "record", "show", ids["1540-J-2027-0001"])["status"] == "agreed"

    ids["1540-B-2027-0001"] = typed(e, "1540", ids, need)["id"]
    ids["1540-R-2027-0001"] = typed(e, "1540", ids, request)["id"]
    suggested = typed(e, "1540", ids, suggest)
    assert suggested["items"][0]["offer"] == offer and suggested["items"][0]["reasons"], suggested
    made = typed(e, "1540", ids, match)["id"]
    quiet(e)
    seen = e.cli("1373", "record", "show", made)
    assert seen["request"] == ids["1540-R-2027-0001"] and seen["offer"] == offer, seen

    ids["3fa9c2d1"] = e.cli("1540", "visit", "show", ids["1540-V-2027-0001"])["message_id"][:12]
    ids["proof.json"] = str(e.folder / "proof.json")
    typed(e, "1540", ids, prove)
    e.stop_all()   # a year later: nobody needs to be there
    offline = re.search(r"liaison verify \S+", verify)[0].replace("proof.json", ids["proof.json"])
    out, _ = said(e, None, *shlex.split(offline)[1:], "--fingerprint", e.fingerprint)
    contains(out, "signature", "inclusion", "receipt of 1373")
    assert "FAILED" not in out, out


if __name__ == "__main__":
    run(globals(), sys.argv[2:], one_exchange, end_exchange)
