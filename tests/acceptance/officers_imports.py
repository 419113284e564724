# SPDX-License-Identifier: Apache-2.0
"""Files of visits.
One exchange of three committees serves all tests; each uses years of its own, so that they do not disturb each other.
Usage: officers_imports.py PROGRAMS [NAME...]   Ends with "N passed, N failed"."""
import csv
import io
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from stage import arrived, contains, end_exchange, file_of, items, one_exchange, plan, refused, run, said, visit_at, wait_until  # noqa: E402

HEAD = "ref,lead,states,start,end,kind,title,aims,status,participation,components,source,note"


# --- importing

def test_a_good_file_is_imported_whole(e):
    path = file_of(e, "good.csv", "\ufeff" + HEAD,
                   "a,1540,MNG,2040-05-10,2040-05-14,invited_visit,Imported one,action_plan,,,,,",
                   'b,1540,KGZ;TJK,2040-06-01,2040-06-03,,"Imported, two",,,UNODC:participates,,,"said ""yes"""',
                   "c,1540,UZB,,,,Imported three,,,,virtual|2040-07-01|2040-07-02;on_site|2040-07-05|2040-07-06|Tashkent,,",
                   "d,1540,Kazakhstan,2040-08,2040-08,,Imported four,,,,,,")
    out, err = said(e, "1540", "-o", "json", "visit", "import", path, "--dry-run")
    assert len(json.loads(out)["created"]) == 4 and "would be queued" in err
    assert not items(e, "1540", "visit", "list", "--text", "Imported")
    created = json.loads(said(e, "1540", "-o", "json", "visit", "import", path)[0])["created"]
    assert [c["ref"] for c in created] == ["a", "b", "c", "d"]
    for row in created:
        arrived(e, row["id"], ["1267", "1373"])
    two = visit_at(e, "1267", created[1]["id"])
    assert two["title"] == "Imported, two" and two["note"] == 'said "yes"' and [s["alpha3"] for s in two["states"]] == ["KGZ", "TJK"]
    three = visit_at(e, "1373", created[2]["id"])
    assert [c["mode"] for c in three["components"]] == ["virtual", "on_site"] and three["components"][1]["places"] == ["Tashkent"]
    assert visit_at(e, "1373", created[3]["id"])["components"][0]["precision"] == "month"


BAD_ROWS = {2: ("KGZ,2041-02-30,2041-02-30", "2041-02-30"), 3: ("KGZ,2041-03-12,2041-03-08", "before"),
            4: ("KGZ,2041-03-12,2041-04", "precise"), 5: ("Kyrgystan,2041-03-01,2041-03-02", "Kyrgyzstan"), 6: ("KGZ,soon,soon", "soon")}


def test_a_bad_file_is_told_by_line_and_column_and_nothing_is_stored(e):
    lines = ["states,start,end,title"] + [f"{row},Bad file" for row, _ in BAD_ROWS.values()] + ["MNG,2041-05-01,2041-05-02,Bad file but good row"]
    path = file_of(e, "bad.csv", *lines)
    out, err = said(e, "1540", "visit", "import", path, status=65)
    told = {int(line.split()[1].rstrip(":")): (line, hint) for line, hint in zip(err.splitlines(), err.splitlines()[1:] + [""]) if line.startswith("line ")}
    assert sorted(told) == sorted(BAD_ROWS), err
    for number, (_, word) in BAD_ROWS.items():
        line, hint = told[number]
        contains(line + hint, word, "E_")
        assert line.split(": ")[1].split(".")[0].split("[")[0] in ("states", "components", "start", "end"), f"no column: {line}"
        assert hint.startswith("  hint: ") and len(hint) > 12, f"nothing to try after: {line}"
    contains(err, "nothing was stored")
    assert not out.strip() or "-V-" not in out, out
    assert not items(e, "1540", "visit", "list", "--text", "Bad file")
    out, err = said(e, "1540", "-o", "json", "visit", "import", path, "--keep-going", status=65)
    assert len(json.loads(out)["created"]) == 1 and len(json.loads(out)["errors"]) == len(BAD_ROWS)
    assert [v["title"] for v in items(e, "1540", "visit", "list", "--text", "Bad file")] == ["Bad file but good row"]


def test_a_row_of_another_length_is_told_beside_the_others(e):
    path = file_of(e, "length.csv", "states,start,end,title", "MNG,2046-05-01,2046-05-02,Length, and a comma", "MNG,2046-06-01,2046-06-02,Length good",
                   "Mongolai,2046-07-01,2046-07-02,Length bad State")
    _, err = said(e, "1540", "visit", "import", path, status=65)
    contains(err, "line 2: this row has 5 cells, the head line 4", "line 4: states", "nothing was stored: 2 errors")
    out, err = said(e, "1540", "visit", "import", path, "--keep-going", status=65)
    contains(err, "1 visit queued, 2 errors")
    assert [v["title"] for v in items(e, "1540", "visit", "list", "--text", "Length")] == ["Length good"]


def test_what_was_not_checked_says_so_wherever_it_is_shown(e):
    made = plan(e, "1540", "--source", "a page that was copied", "--unverified", state="BTN", first="2045-03-08", last="2045-03-12", title="Unchecked")
    arrived(e, made["id"], ["1373"])
    other = plan(e, "1373", state="BTN", first="2045-03-10", last="2045-03-11", title="Checked")
    for m in ("1540", "1373"):
        found = wait_until(f"the overlap at {m}", 20, lambda m=m: items(e, m, "conflicts", "--visit", made["id"], "--kind", "overlap"))
        assert found[0]["unverified"] is True
        contains(said(e, m, "conflicts", "--visit", made["id"])[0], "not verified")
        rows = {row["record"]: row for row in csv.DictReader(io.StringIO(said(e, m, "-o", "csv", "visit", "list", "--state", "BTN")[0]))}
        assert rows[made["id"]]["unverified"] == "yes" and rows[other["id"]]["unverified"] == "no"
        contains(said(e, m, "visit", "show", made["id"])[0], "a page that was copied (not verified)")


def test_one_bad_row_of_six_hundred_keeps_all_back(e):
    rows = [f"MNG,{2100 + i // 12}-{i % 12 + 1:02}-05,{2100 + i // 12}-{i % 12 + 1:02}-06,Six hundred {i}" for i in range(600)]
    rows[411] = rows[411].replace("MNG", "Mongoliaa")
    path = file_of(e, "many.csv", "states,start,end,title", *rows)
    _, err = said(e, "1540", "visit", "import", path, status=65)
    contains(err, "line 413: states", "Mongolia", "nothing was stored: 1 error")
    assert not items(e, "1540", "visit", "list", "--text", "hundred", "--from", "2100-01-01")


def test_a_file_that_is_no_import_file_is_refused_in_a_sentence(e):
    contains(refused(e, "1540", 65, "visit", "import", file_of(e, "head.csv", "states,tilte", "KGZ,x")), "tilte", "hint: ")
    contains(refused(e, "1540", 65, "visit", "import", file_of(e, "quote.csv", "states,title", 'KGZ,"x')), "line 2")
    (e.folder / "latin.csv").write_bytes("states,title\nKGZ,Réunion\n".encode("latin-1"))
    contains(refused(e, "1540", 65, "visit", "import", e.folder / "latin.csv"), "UTF-8")
    contains(refused(e, "1540", 66, "visit", "import", e.folder / "absent.csv"), "absent.csv")
    path = file_of(e, "others.csv", "lead,states,start,title", "1373,KGZ,2042-01-05,Not ours", "1540,KGZ,2042-01-05,Ours of 2042")
    contains(said(e, "1540", "visit", "import", path, status=65)[1], "line 2: lead", "--mine-only")
    contains(said(e, "1540", "visit", "import", path, "--mine-only")[1], "left out 1 row of other committees")


if __name__ == "__main__":
    run(globals(), sys.argv[2:], one_exchange, end_exchange)
