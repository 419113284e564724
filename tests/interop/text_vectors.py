# SPDX-License-Identifier: Apache-2.0
"""Vectors of what is text: notes, checkpoints, rosters, enrolment requests, policies."""
from liaison_wire import crypto as c
from liaison_wire import node as lc
from liaison_wire import judge
from sample import LOG_VKEY, MEMBERS, NETWORK, NETWORK_ID, POLICY, ROSTER, agreement, case, curve_text, note_of, root_vkey, roots, roster_text, signing


def notes():
    text = f"{NETWORK}/log/1\n3\n{c.b64(c.sha256(b'root'))}\n"
    good = note_of(text, [(f"{NETWORK}/log/1", signing(91))])
    other = note_of(text, [("elsewhere", signing(1)), (f"{NETWORK}/log/1", signing(91))])
    extra = text + "an extension line\n"
    cases = [case("valid", "OK", note=good, size=3, root=c.sha256(b"root").hex()),
             case("valid, with a stranger's signature", "OK", note=other, size=3, root=c.sha256(b"root").hex()),
             case("signed by another key", "E_CHECKPOINT", note=note_of(text, [(f"{NETWORK}/log/1", signing(92))])),
             case("no signature", "E_CHECKPOINT", note=text), case("size changed", "E_CHECKPOINT", note=good.replace("\n3\n", "\n4\n", 1)),
             case("leading zero", "E_CHECKPOINT", note=note_of(text.replace("\n3\n", "\n03\n"), [(f"{NETWORK}/log/1", signing(91))])),
             case("other origin", "E_CHECKPOINT", note=note_of(text.replace("vectors", "others"), [(f"{NETWORK}/log/1", signing(91))])),
             case("extension line", "E_CHECKPOINT", note=note_of(extra, [(f"{NETWORK}/log/1", signing(91))])), case("empty", "E_CHECKPOINT", note="")]
    line = good.split("\n\n")[1]
    for name, note in {"a broken signature of the log's key beside a good one": good + line.replace(line[-10:-6], "AAAA"),
                       "a hyphen for the dash": good.replace("\u2014", "-"),
                       "no final newline": good[:-1], "a control character": good.replace("log/1\n3", "log/1\n\t3", 1),
                       "no empty line": good.replace("\n\n", "\n"),
                       "a signature of four bytes": good + "\u2014 elsewhere AAAAAA==\n", "101 signatures": good + "\u2014 elsewhere AAAAAAA=\n" * 100,
                       "a signature whose base64 has spare bits": good + "\u2014 elsewhere AAAAAAB=\n",
                       "a key name with a plus": good + "\u2014 else+where AAAAAAA=\n",
                       "a root of 31 bytes": note_of(f"{NETWORK}/log/1\n3\n{c.b64(bytes(31))}\n", [(f"{NETWORK}/log/1", signing(91))]),
                       "a size beyond 2^64": note_of(f"{NETWORK}/log/1\n{2**64}\n{c.b64(bytes(32))}\n", [(f"{NETWORK}/log/1", signing(91))]),
                       "a size beyond 2^62": note_of(f"{NETWORK}/log/1\n{2**62 + 1}\n{c.b64(bytes(32))}\n", [(f"{NETWORK}/log/1", signing(91))]),
                       "a negative size": note_of(f"{NETWORK}/log/1\n-3\n{c.b64(bytes(32))}\n", [(f"{NETWORK}/log/1", signing(91))]),
                       "two lines": note_of(f"{NETWORK}/log/1\n3\n", [(f"{NETWORK}/log/1", signing(91))])}.items():
        cases.append(case(name, "E_CHECKPOINT", note=note))
    cases.append(case("valid, 100 signatures", "OK", note=good + "\u2014 elsewhere AAAAAAA=\n" * 99, size=3, root=c.sha256(b"root").hex()))
    return {"format": "C2SP signed note and checkpoint, PROTOCOL 4 and 5", "log_vkey": LOG_VKEY, "cases": cases}


def rosters():
    def bad(name, change):
        return case(name, "E_ROSTER", text=roster_text(change=change))
    cases = [case("valid", "OK", text=ROSTER, text_hash=c.sha256(ROSTER.encode()).hex(), network_id=NETWORK_ID.hex()),
             bad("unknown line", lambda t: t + "colour blue\n"), bad("CRLF", lambda t: t.replace("\n", "\r\n")),
             bad("two spaces", lambda t: t.replace("version 1", "version  1")),
             bad("members not sorted", lambda t: t.replace("member 1267 port=5601 net=127.0.0.0/8\nmember 1373 port=5602 net=127.0.0.0/8",
                                                           "member 1373 port=5602 net=127.0.0.0/8\nmember 1267 port=5601 net=127.0.0.0/8")),
             bad("version 0", lambda t: t.replace("version 1\n", "version 0\n")),
             bad("version 1 with a previous", lambda t: t.replace("previous -", "previous " + c.b64(bytes(32)))),
             bad("101 days", lambda t: t.replace("expires 2027-04-15", "expires 2027-04-27")),
             bad("expires before issued", lambda t: t.replace("expires 2027-04-15", "expires 2027-01-14")),
             bad("threshold 0", lambda t: t.replace("root-threshold 2", "root-threshold 0")),
             bad("threshold above the roots", lambda t: t.replace("root-threshold 2", "root-threshold 4")),
             bad("a key of nobody", lambda t: t.replace("key k1267c member=1267", "key k1267c member=1268")),
             bad("one key under two members", lambda t: t.replace(c.b64(c.raw(signing(31))), c.b64(c.raw(signing(30))))),
             bad("a small-order key", lambda t: t.replace(c.b64(c.raw(signing(31))), c.b64(bytes(32)))),
             bad("unknown use", lambda t: t.replace("use=sign", "use=write", 1)),
             bad("unknown status", lambda t: t.replace("status=active", "status=resting", 1)),
             bad("revoked without trusted-below", lambda t: t.replace("status=active", "status=revoked", 1)), bad("no final newline", lambda t: t[:-1]),
             bad("a line twice", lambda t: t.replace("witness-quorum 2\n", "witness-quorum 2\nwitness-quorum 2\n")),
             bad("log key of another name", lambda t: t.replace(LOG_VKEY, c.make_vkey(NETWORK + "/log/2", 1, c.raw(signing(91))))),
             *roster_cases(bad)]
    second = roster_text(2, c.b64(c.sha256(ROSTER.encode())))
    chain = [case("version 1 by two of three", "OK", notes=[note_of(ROSTER, roots(1, 3))]),
             case("version 1 by one of three", "E_ROSTER", notes=[note_of(ROSTER, roots(2))]),
             case("version 1 twice by one root", "E_ROSTER", notes=[note_of(ROSTER, roots(2, 2))]),
             case("version 2", "OK", notes=[note_of(ROSTER, roots(1, 3)), note_of(second, roots(1, 2))]),
             case("version 2 by one root", "E_ROSTER", notes=[note_of(ROSTER, roots(1, 3)), note_of(second, roots(1))]),
             case("version 2 that names another", "E_ROSTER", notes=[note_of(ROSTER, roots(1, 3)), note_of(roster_text(2, c.b64(bytes(32))), roots(1, 2))]),
             case("version 3 after 1", "E_ROSTER", notes=[note_of(ROSTER, roots(1, 3)),
                                                          note_of(roster_text(3, c.b64(c.sha256(ROSTER.encode()))), roots(1, 2))]),
             *roster_chains(second)]
    return {"format": "roster, PROTOCOL 1", "cases": cases, "chains": chain}


def line_of(text, start):
    return next(line for line in text.splitlines() if line.startswith(start))


def roster_cases(bad):
    k, w = line_of(ROSTER, "key k1267s"), line_of(ROSTER, "key k1267w")
    other = c.b64(c.raw(signing(77)))

    def good(name, old, new):
        text = ROSTER.replace(old, new)
        assert text != ROSTER
        return case("valid, " + name, "OK", text=text, text_hash=c.sha256(text.encode()).hex(),
                    network_id=c.sha256(b"liaison/net/v1\0", NETWORK.encode(), c.sha256(text.encode())).hex())

    def swap(name, old, new):
        assert old in ROSTER, old
        return bad(name, lambda t: t.replace(old, new, 1))
    return [
        good("a retired key", k, k.replace("status=active", "until=20 status=retired")),
        good("a key retired for a reason", k, k.replace("status=active", "until=20 status=retired reason=rotation")),
        good("a revoked key", k, k.replace("status=active", "trusted-below=20 status=revoked reason=compromise")),
        good("a key that begins later", k, k.replace("from=0", "from=18446744073709551615")),
        good("a quorum of none", "witness-quorum 2", "witness-quorum 0"),
        good("an IPv6 net", "5601 net=127.0.0.0/8", "5601 net=2001:db8::/32"),
        good("a root of any name", root_vkey(2), c.make_vkey("somebody", 1, c.raw(signing(102)))),
        good("exactly 100 days", "expires 2027-04-15T00:00:00Z", "expires 2027-04-25T00:00:00Z"),
        good("a member without keys", "member 1540 port=5603", "member 1400 port=5604 net=127.0.0.0/8\nmember 1540 port=5603"),
        swap("empty line", "version 1\n", "version 1\n\n"), swap("a space at the end", "version 1\n", "version 1 \n"),
        swap("a leading zero", "version 1\n", "version 01\n"),
        swap("a sign", "version 1\n", "version +1\n"), swap("no network name", f"network {NETWORK}", "network vectors/example"),
        swap("an operator line", "witness-quorum", "operator O1 pub=" + other + "\nwitness-quorum"), swap("not ASCII", "R1 vectors", "R1 vect\u00f6rs"),
        swap("a time with an offset", "2027-01-15T00:00:00Z", "2027-01-15T00:00:00+00:00"),
        swap("a day that does not exist", "expires 2027-04-15", "expires 2027-02-30"),
        swap("a time with fractions", "2027-01-15T00:00:00Z", "2027-01-15T00:00:00.0Z"), swap("hour 24", "expires 2027-04-15T00", "expires 2027-04-14T24"),
        swap("before 1970", "issued 2027", "issued 1927"), swap("100 days and a second", "expires 2027-04-15T00:00:00Z", "expires 2027-04-25T00:00:01Z"),
        swap("roots not sorted", "root R1 ", "root R4 "), swap("a root of type 4", root_vkey(1), c.make_vkey(f"{NETWORK}/root/1", 4, c.raw(signing(101)))),
        swap("a verifier key with another hash", "+" + root_vkey(1).split("+")[1], "+00000000"), swap("a port twice", "port=5602", "port=5601"),
        swap("port 0", "port=5602", "port=0"),
        swap("port 65536", "port=5602", "port=65536"), swap("a net without bits", "127.0.0.0/8", "127.0.0.0"),
        swap("a net of 33 bits", "127.0.0.0/8", "127.0.0.0/33"),
        swap("a net in another spelling", "127.0.0.0/8", "127.0.0.00/8"), swap("an IPv6 net in another spelling", "127.0.0.0/8", "2001:DB8::/32"),
        swap("a quorum of four", "witness-quorum 2", "witness-quorum 4"), swap("an id of 33 letters", "member 1540", "member " + "1" * 33),
        swap("keys not sorted", "key k1267c", "key k1999c"), swap("a key id twice", "key k1267e", "key k1267c"),
        swap("fields in another order", "use=sign pub=", "pub= use=sign "),
        swap("a curve key in base64", line_of(ROSTER, "key k1267c").split(" ")[4], "pub=" + other),
        swap("a witness with pub", w.split(" ")[4], "pub=" + other),
        swap("a witness of type 1", w.split(" ")[4], "vkey=" + c.make_vkey(NETWORK + "/witness/1267", 1, c.raw(signing(40)))),
        swap("an active key with a reason", k, k + " reason=none"), swap("a retired key without until", k, k.replace("active", "retired")),
        swap("a revoked key without a reason", k, k.replace("status=active", "trusted-below=20 status=revoked")),
        swap("a revoked key with until", k, k.replace("status=active", "until=20 status=revoked reason=x")),
        swap("until after status", k, k.replace("active", "retired until=20")),
        swap("an active key with until", k, k.replace("status=active", "until=20 status=active")), swap("a key for log", "use=sign", "use=log"),
        swap("a key not on the curve", k.split(" ")[4], "pub=" + c.b64(b"\x02" + bytes(31))),
        swap("a key above the prime", k.split(" ")[4], "pub=" + c.b64(b"\xff" * 31 + b"\x7f")),
        swap("the broker's key as a member's", k.split(" ")[4], "pub=" + c.b64(c.raw(signing(90)))),
        swap("base64 without padding", k.split(" ")[4], k.split(" ")[4].rstrip("=")),
        swap("a hash of 31 bytes", line_of(ROSTER, "policy-sha256"), "policy-sha256 " + c.b64(bytes(31))),
        swap("no schemas", line_of(ROSTER, "schemas-sha256") + "\n", ""),
        bad("no members", lambda t: "".join(x for x in t.splitlines(True) if not x.startswith(("member", "key"))).replace("quorum 2", "quorum 0")),
        bad("empty", lambda t: ""), bad("longer than 64 KiB",
                                        lambda t: t.replace("\nbroker", "".join(f"\nroot S{n:03} {c.make_vkey('x' * 450, 1, c.raw(signing(n)))}" for n in
                                                                                                   range(110, 256)) + "\nbroker"))]


def roster_chains(second):
    one = note_of(ROSTER, roots(1, 3))
    previous = c.b64(c.sha256(ROSTER.encode()))
    k = line_of(second, "key k1267s")
    new_key = f"key k1267t member=1267 use=sign pub={c.b64(c.raw(signing(33)))} from=9 status=active"
    fourth = c.make_vkey(f"{NETWORK}/root/4", 1, c.raw(signing(104)))

    def after(name, expect, old, new, signers=(1, 2)):
        text = second.replace(old, new)
        assert text != second
        return case(name, expect, notes=[one, note_of(text, roots(*signers))])
    third = roster_text(3, c.b64(c.sha256(second.encode())))
    broken = note_of(second, roots(1, 2, 3))
    return [
        after("version 2 retires a key", "OK", k, k.replace("status=active", "until=9 status=retired")),
        after("version 2 revokes a key", "OK", k, k.replace("status=active", "trusted-below=9 status=revoked reason=lost")),
        after("version 2 brings a key", "OK", k, k + "\n" + new_key), after("version 2 moves a port", "OK", "port=5602", "port=5702"),
        after("version 2 forgets a key", "E_ROSTER", k + "\n", ""), after("version 2 changes a key's from", "E_ROSTER", k, k.replace("from=0", "from=1")),
        after("version 2 changes a key's bytes", "E_ROSTER", k, k.replace(k.split(" ")[4], "pub=" + c.b64(c.raw(signing(33))))),
        after("version 2 changes the broker's sign key", "E_ROSTER", c.b64(c.raw(signing(90))), c.b64(c.raw(signing(89)))),
        after("version 2 renames the broker", "E_ROSTER", "broker B1", "broker B2"),
        after("version 2 of another network", "E_ROSTER", NETWORK, "others.liaison.example"),
        after("version 2 changes a root, both thresholds", "OK", "root R3 " + root_vkey(3), "root R4 " + fourth, (1, 2)),
        after("version 2 changes a root, signed by new ones only", "E_ROSTER", "root R3 " + root_vkey(3), "root R4 " + fourth, (1, 4)),
        after("version 2 changes a root, signed by old ones only", "E_ROSTER", "root R3 " + root_vkey(3), "root R4 " + fourth, (1, 3)),
        after("version 2 changes a root, signed by enough of each", "OK", "root R3 " + root_vkey(3), "root R4 " + fourth, (1, 3, 4)),
        after("version 2 asks for three", "E_ROSTER", "root-threshold 2", "root-threshold 3", (1, 2)),
        after("version 2 asks for three and has them", "OK", "root-threshold 2", "root-threshold 3", (1, 2, 3)),
        case("version 3", "OK", notes=[one, note_of(second, roots(1, 2)), note_of(third, roots(2, 3))]),
        case("the same version again", "E_ROSTER", notes=[one, note_of(second, roots(1, 2)), note_of(second, roots(1, 2))]),
        case("a lower version", "E_ROSTER", notes=[one, note_of(second, roots(1, 2)), one]),
        case("begins with version 2", "E_ROSTER", notes=[note_of(roster_text(2, previous), roots(1, 2))]),
        case("a broken signature beside two good ones", "E_ROSTER", notes=[one, broken[:-12] + "AAAA" + broken[-8:]]),
        case("a stranger's signature beside two good ones", "OK", notes=[one, note_of(second, roots(1, 2) + [("elsewhere", signing(5))])]),
        case("no note", "E_NOTE", notes=[ROSTER])]


def policies():
    def bad(name, change):
        return case(name, "E_POLICY_FILE", file=change(POLICY))
    files = [case("valid", "OK", file=POLICY, hash=c.sha256(POLICY.encode()).hex()), bad("unknown verb", lambda t: t.replace("publish", "whisper", 1)),
             bad("unknown kind in a rule", lambda t: t.replace("* visit.plan", "* visit.song")),
             bad("unknown marking", lambda t: t.replace("<=committees", "<=secret")),
             bad("CRLF", lambda t: t.replace("\n", "\r\n")), bad("no quotes", lambda t: t.replace('"service"', "service")),
             bad("recipients not sorted", lambda t: t.replace("to 1373", "to 1373 1267")),
             bad("an id twice", lambda t: t.replace("allow plans", "allow answers")),
             bad("version 1 with a previous", lambda t: t.replace("previous -", "previous " + c.b64(bytes(32)))),
             bad("no final newline", lambda t: t[:-1]), *policy_files(bad)]
    rows = [("1540", "visit.plan", "committees", ["1267", "1373"], 2, "OK", "plans"), ("1540", "visit.plan", "public", ["1267"], 2, "OK", "plans"),
            ("1540", "visit.plan", "named", ["1267"], 2, "E_POLICY", "default"), ("1540", "visit.plan", "named", ["1267", "1373"], 2, "E_POLICY", "no-1373"),
            ("1540", "visit.plan", "committees", ["1267"], 1, "E_ENCRYPTION_REQUIRED", "plans"), ("1373", "receipt", "public", ["1540"], 1, "OK", "receipts"),
            ("1373", "visit.answer", "named", ["1540"], 2, "OK", "answers"), ("1373", "visit.answer", "secret", ["1540"], 2, "E_MARKING", None),
            ("1373", "visit.song", "public", ["1540"], 2, "E_POLICY", "default"), ("1988", "visit.plan", "public", ["1540"], 2, "E_POLICY", "default"),
            ("1540", "visit.plan", "public", ["1988"], 2, "E_POLICY", "default")]
    cells = [case(" ".join(map(str, row[:5])), row[5], sender=row[0], kind=row[1], marking=row[2], recipients=row[3], suite=row[4],
                  rule=row[6]) for row in rows]
    cells += policy_cells()
    return {"format": "policy, PROTOCOL 10", "successions": policy_successions(), "members": list(MEMBERS), "policy": POLICY, "files": files, "cells": cells}


def policy_files(bad):
    def swap(name, old, new):
        assert old in POLICY, old
        return bad(name, lambda t: t.replace(old, new, 1))
    return [
        case("valid, no rules", "OK", file="".join(POLICY.splitlines(True)[:6]), hash=c.sha256("".join(POLICY.splitlines(True)[:6]).encode()).hex()),
        case("valid, nothing excepted", "OK", file=POLICY.replace(" except receipt", ""),
             hash=c.sha256(POLICY.replace(" except receipt", "").encode()).hex()),
        case("valid, version 2", "OK", file=next_policy(), hash=c.sha256(next_policy().encode()).hex()),
        swap("version 0", "version 1", "version 0"), swap("version 2 without a previous", "version 1", "version 2"),
        swap("a marking twice", "public committees", "public public"),
        swap("a marking of capitals", "marking public", "marking Public"),
        swap("a marking of 33 letters", "committees named\n", "committees named " + "m" * 33 + "\n"),
        swap("kinds not sorted", "receipt visit.answer", "visit.answer receipt"), swap("a kind with a hyphen", "kind receipt", "kind re-ceipt"),
        swap("an unknown marking to encrypt", "encrypt public", "encrypt secret"), swap("an unknown kind excepted", "except receipt", "except heartbeat"),
        swap("nothing after except", "except receipt", "except"),
        swap("lines in another order", "previous -\nmarking public committees named\n", "marking public committees named\nprevious -\n"),
        swap("a comment", "allow plans", "# allow plans"), swap("an empty line", "allow plans", "\nallow plans"),
        swap("two spaces", "publish *", "publish  *"),
        swap("a sender that is no id", "publish 1540", "publish 15/40"), swap("a star among recipients", "to 1373", "to * 1373"),
        swap("a recipient twice", "to 1373", "to 1373 1373"),
        swap("no recipients", "to 1373 under", "to under"), swap("an empty basis", '"service"', '""'),
        swap("a quote in the basis", '"service"', '"ser"vice"'),
        swap("something after the basis", '"service"', '"service" now'), swap("not ASCII", '"service"', '"serv\u00efce"'),
        swap("a name that is no id", "allow plans", "allow pl/ans"),
        bad("empty", lambda t: ""), bad("longer than 64 KiB", lambda t: t.replace('"service"', '"' + "s" * 65536 + '"'))]


def policy_cells():
    rows = [("1540", "visit.plan", "public", ["1267", "1373"], 1, "E_ENCRYPTION_REQUIRED", "plans"),
            ("1540", "receipt", "named", ["1267"], 1, "OK", "receipts"),
            ("1540", "receipt", "public", ["1267"], 2, "OK", "receipts"), ("1267", "visit.plan", "named", ["1373"], 2, "E_POLICY", "default"),
            ("1540", "visit.plan", "named", ["1373"], 1, "E_POLICY", "no-1373"), ("1540", "visit.plan", "public", [], 2, "E_POLICY", "default"),
            ("1540", "visit.song", "secret", ["1267"], 2, "E_MARKING", "default"),
            ("1540", "visit.plan", "committees", ["1267", "1988"], 2, "E_POLICY", "default")]
    return [case(" ".join(map(str, row[:5])), row[5], sender=row[0], kind=row[1], marking=row[2], recipients=row[3], suite=row[4],
                 rule=row[6]) for row in rows]


def next_policy(version=2, previous=None):
    previous = previous or c.b64(c.sha256(POLICY.encode()))
    return POLICY.replace("version 1\nprevious -", f"version {version}\nprevious {previous}")


def policy_successions():
    return [case("version 2", "OK", before=POLICY, after=next_policy()), case("version 3 after 1", "E_POLICY_FILE", before=POLICY, after=next_policy(3)),
            case("another previous", "E_POLICY_FILE", before=POLICY, after=next_policy(previous=c.b64(bytes(32)))),
            case("version 1 again", "E_POLICY_FILE", before=POLICY, after=POLICY)]


def signed_request(text, **keys):
    """The request with proofs by these keys, by use."""
    to_sign = c.prefix16("liaison/pop/v1") + text.encode()
    return text + "\n" + "".join(f"pop {use} {c.b64(key.sign(to_sign))}\n" for use, key in sorted(keys.items()))


def enrolment_cases(good, pop):
    broker = (f"liaison-enrolment/v1\nnetwork {NETWORK}\nbroker B1\nkey curve pub={curve_text(90)}\nkey log pub={c.b64(c.raw(signing(91)))}\n"
              f"key sign pub={c.b64(c.raw(signing(90)))}\n")
    rotation = f"liaison-enrolment/v1\nnetwork {NETWORK}\nmember 1267\nkey hpke pub={c.b64(c.raw(agreement(29)))}\nkey sign pub={c.b64(c.raw(signing(30)))}\n"
    text, hpke, sign = good[:good.index("\n\n") + 1], line_of(good, "key hpke") + "\n", line_of(good, "key sign") + "\n"

    def changed(name, new, **keys):
        return case(name, "E_ROSTER", text=signed_request(new, **(keys or {"sign": signing(30), "witness": signing(40)})))
    return [
        case("valid, a broker", "OK", text=signed_request(broker, log=signing(91), sign=signing(90)), id="B1"),
        case("valid, a rotation", "OK", text=signed_request(rotation, sign=signing(30)), id="1267"),
        case("no proof by log", "E_SIGNATURE", text=signed_request(broker, sign=signing(90))),
        case("proofs not sorted", "E_SIGNATURE", text=good.replace(pop + "\n", "") + pop + "\n"), case("a proof by another key", "E_SIGNATURE",
                                                                                              text=signed_request(text, sign=signing(31),
                                                                                                                  witness=signing(40))),
        case("a proof without the prefix", "E_SIGNATURE", text=good.replace(pop, "pop sign " + c.b64(signing(30).sign(text.encode())))),
        case("a proof of 63 bytes", "E_ROSTER", text=good.replace(pop, "pop sign " + c.b64(bytes(63)))),
        case("a line after the proofs", "E_ROSTER", text=good + "pop hpke AAAA\n"),
        changed("keys not sorted", text.replace(hpke, "").replace(sign, sign + hpke)), changed("a use twice", text.replace(hpke, hpke + hpke)),
        changed("a member with a log key", text.replace(hpke, hpke + "key log pub=" + c.b64(c.raw(signing(91))) + "\n")),
        changed("one key for two uses", text.replace(c.b64(c.raw(signing(40))), c.b64(c.raw(signing(30))))),
        changed("no sign key", text.replace(sign, ""), witness=signing(40)),
        changed("a small-order key", text.replace(hpke, "key hpke pub=" + c.b64(bytes(32)) + "\n")), changed("no network name", text.replace(NETWORK, "a b")),
        changed("a member that is no id", text.replace("member 1267", "member 12/67")), case("cut", "E_ROSTER", text=good[:-1]),
        case("empty", "E_ROSTER", text="")]


def ids():
    """How keys, networks and texts are named."""
    keys = [("sign", c.raw(signing(30))), ("witness", c.raw(signing(30))), ("log", c.raw(signing(30))), ("root", c.raw(signing(30))),
            ("hpke", c.raw(agreement(20))),
            ("curve", c.raw(agreement(20)))]
    small_ed = [bytes(32), b"\x01" + bytes(31), b"\xec" + b"\xff" * 30 + b"\x7f",
                bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
                bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")]
    small_x = [bytes(32), b"\x01" + bytes(31), bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
               bytes.fromhex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"), b"\xec" + b"\xff" * 30 + b"\x7f"]
    above = [b"\xed" + b"\xff" * 30 + b"\x7f", b"\xf0" + b"\xff" * 30 + b"\x7f"]   # the prime, and three more
    off = [b"\x02" + bytes(31)]

    def sound(use, data, expect):
        return case(f"{use} {data.hex()[:8]}...", expect, use=use, public=data.hex())
    good = make_vkeys()
    return {"format": "names of keys and networks, PROTOCOL 1 and 5", "network": NETWORK, "genesis": c.sha256(ROSTER.encode()).hex(),
            "network_id": NETWORK_ID.hex(),
            "key_ids": [{"use": use, "public": public.hex(), "key_id": c.key_id(use, public).hex()} for use, public in keys],
            "keys": [sound("sign", c.raw(signing(30)), "OK"), sound("hpke", c.raw(agreement(20)), "OK"),
                     *(sound("sign", x, "E_KEY") for x in small_ed + above + off),
                     *(sound("hpke", x, "E_KEY") for x in small_x + above)],
            "schemas": [{"kind": kind, "id": digest.hex()} for kind, digest in sorted(judge.SCHEMAS.items())],
            "schemas_sha256": c.sha256(judge.SCHEMAS_TEXT.encode()).hex(), "verifier_keys": good,
            "base64": [case("empty", "OK", text="", bytes=""), case("one byte", "OK", text="/w==", bytes="ff"),
                       case("two bytes", "OK", text="//8=", bytes="ffff"),
                       case("three bytes", "OK", text="////", bytes="ffffff"), case("no padding", "E_INPUT", text="/w"),
                       case("spare bits", "E_INPUT", text="/x=="),
                       case("the other alphabet", "E_INPUT", text="__8="), case("a line end", "E_INPUT", text="//8=\n"),
                       case("padding inside", "E_INPUT", text="/w==/w==")],
            "z85": [case("RFC 32", "OK", text="HelloWorld", bytes="864fd26fb559f75b"), case("four characters", "E_INPUT", text="Hell"),
                    case("above 2^32", "E_INPUT", text="#####"),
                    case("a comma", "E_INPUT", text="Hel,o")]}


def make_vkeys():
    public = c.raw(signing(91))
    good = c.make_vkey("example.org/log/1", 1, public)
    name, digest, rest = good.split("+", 2)
    return [case("valid, type 1", "OK", vkey=good, key_name=name, type=1, public=public.hex()),
            case("valid, type 4", "OK", vkey=c.make_vkey("example.org/w", 4, public), key_name="example.org/w", type=4, public=public.hex()),
            case("type 2", "E_NOTE", vkey=c.make_vkey("example.org/log/1", 2, public)), case("another hash", "E_NOTE", vkey=f"{name}+00000000+{rest}"),
            case("a hash in capitals", "E_NOTE", vkey=f"{name}+{digest.upper()}+{rest}"), case("no name", "E_NOTE", vkey=c.make_vkey("", 1, public)),
            case("a name with a space", "E_NOTE", vkey=c.make_vkey("a b", 1, public)), case("31 bytes", "E_NOTE", vkey=c.make_vkey(name, 1, public[:31])),
            case("a small-order key", "E_NOTE", vkey=c.make_vkey(name, 1, bytes(32))), case("two parts", "E_NOTE", vkey=f"{name}+{digest}"),
            case("empty", "E_NOTE", vkey="")]


def enrolments():
    keys = lc.Keys()
    keys.sign, keys.witness, keys.hpke, keys.curve = signing(30), signing(40), agreement(20), agreement(10)
    good = keys.enrolment(NETWORK, "1267")
    pop = [line for line in good.splitlines() if line.startswith("pop sign")][0]
    return {"format": "enrolment request, PROTOCOL 1", "cases": [
        case("valid", "OK", text=good, id="1267"), case("another member's name", "E_SIGNATURE", text=good.replace("member 1267", "member 1373")),
        case("no proof by sign", "E_SIGNATURE", text=good.replace(pop + "\n", "")),
        case("unknown line", "E_ROSTER", text=good.replace("key curve", "door curve")),
        case("no empty line", "E_ROSTER", text=good.replace("\n\n", "\n")), *enrolment_cases(good, pop)]}
