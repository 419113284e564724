# SPDX-License-Identifier: Apache-2.0
"""Plans that a committee keeps to itself, as officers of three committees see them: an overlap and whom to call, and nothing else until both agree.
Usage: officers_overlaps.py PROGRAMS [TEST...].   Ends with "N passed, N failed"."""
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from stage import arrived, contains, end_exchange, items, one_exchange, plan, quiet, refused, run, said, visit_at, wait_until  # noqa: E402


def kept_back(e, member, first, last, state="KGZ", *more):
    return plan(e, member, "--overlap-only", *more, state=state, first=first, last=last, title="Secret title")["id"]


def overlap_findings(e, member, of=None):
    found = [f for f in e.cli(member, "conflicts", "--kind", "overlap_only")["items"]]
    return [f for f in found if of is None or of in f["visits"]]


def test_both_learn_of_an_overlap_and_whom_to_call_and_nothing_else_until_both_agree(e):
    theirs = plan(e, "1373", first="2031-03-10", last="2031-03-15", title="Follow-up")["id"]
    arrived(e, theirs, ["1540", "1267"])
    hidden = kept_back(e, "1540", "2031-03-08", "2031-03-12")
    assert hidden.startswith("1540-hidden-"), hidden
    finding = wait_until("the finding at 1373", 30, lambda: overlap_findings(e, "1373", theirs))[0]
    own = wait_until("the finding at 1540", 30, lambda: overlap_findings(e, "1540", hidden))[0]
    text = json.dumps(finding)
    for word in ("KGZ", "Kyrgyz", "2031-03-08", "Secret", "hidden"):
        assert word not in text, f"{word} stands in {text}"
    assert [c["committee"] for c in finding["contacts"]] == ["1373", "1540"] and own["contacts"], finding
    assert not overlap_findings(e, "1267"), "a third committee learns nothing"
    assert not [v for m in ("1267", "1373") for v in items(e, m, "visit", "list") if v["lead"] == "1540" and v["title"] == "Secret title"]
    assert "Secret" not in said(e, "1540", "visit", "export", "--format", "csv")[0], "nothing exports it"

    said(e, "1540", "visit", "disclose", hidden)
    quiet(e)
    assert overlap_findings(e, "1373", theirs), "one side's word shows nothing yet"
    said(e, "1373", "visit", "disclose", finding["overlap"])
    shown = wait_until("the visit at 1373", 30, lambda: [v for v in items(e, "1373", "visit", "list") if v["title"] == "Secret title"])[0]
    quiet(e)
    assert visit_at(e, "1267", shown["id"]) is None, "it is for the two alone"
    assert not overlap_findings(e, "1373", theirs) and not overlap_findings(e, "1540", hidden), "the plans speak for themselves now"
    assert [f for f in e.cli("1373", "conflicts", "--kind", "overlap")["items"] if set(f["visits"]) == {theirs, shown["id"]}]


def test_a_plan_that_meets_nothing_looks_the_same_to_everybody(e):
    before = {m["id"] for m in items(e, "1540", "message", "list", "--direction", "sent")}
    hidden = kept_back(e, "1540", "2033-06-01", "2033-06-03", "MNG")
    wait_until("the answers", 30, lambda: all(q["state"] == "finished" for q in e.cli("1540", "visit", "overlaps")["items"] if q["plan"] == hidden))
    quiet(e)
    assert not overlap_findings(e, "1540", hidden)
    sent = [m for m in items(e, "1540", "message", "list", "--direction", "sent") if m["id"] not in before and m["kind"] == "overlap.tokens"]
    sizes = {m["bytes"] for m in items(e, "1540", "message", "list", "--direction", "sent") if m["kind"] == "overlap.tokens"}
    assert len(sent) == 2 and len(sizes) == 1, f"all questions have one size: {sizes}"


def test_what_is_withdrawn_meets_nothing_more_and_is_not_shown(e):
    theirs = plan(e, "1373", first="2035-03-10", last="2035-03-15", state="TJK")["id"]
    arrived(e, theirs, ["1540"])
    hidden = kept_back(e, "1540", "2035-03-08", "2035-03-12", "TJK")
    wait_until("the finding at 1373", 30, lambda: overlap_findings(e, "1373", theirs))
    said(e, "1540", "visit", "withdraw", hidden)
    wait_until("its end at 1373", 30, lambda: not overlap_findings(e, "1373", theirs))
    contains(refused(e, "1540", 1, "visit", "disclose", hidden), "was withdrawn", "E_TRANSITION")
    contains(refused(e, "1540", 65, "visit", "plan", "--overlap-only", "--state", "TJK", "--from", "2036", "--title", "A year"), "E_INPUT")
    contains(refused(e, "1540", 65, "visit", "plan", "--overlap-only", "--draft", "--state", "TJK", "--from", "2036-01-01", "--title", "A draft"), "is no draft")


if __name__ == "__main__":
    run(globals(), sys.argv[2:], one_exchange, end_exchange)
