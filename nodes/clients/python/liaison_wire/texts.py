# SPDX-License-Identifier: Apache-2.0
"""The signed and hashed texts: roster and its succession, enrolment request, policy and its decision. PROTOCOL 1, 5 and 10.
Each function refuses with crypto.Refused and the word of the error."""
import datetime
import ipaddress
import re

from zmq.utils import z85

from . import crypto as c

ID = re.compile(r"[A-Za-z0-9._-]{1,32}")
NETWORK = re.compile(r"[A-Za-z0-9._-]{1,128}")
DAY_S = 86_400


def is_id(text):
    return ID.fullmatch(text) is not None


class Lines:
    """A text line by line; what is not as asked for is refused with `word`."""

    def __init__(self, text, most, word):
        self.word, self.at = word, 0
        self.need(len(text.encode("utf-8", "surrogatepass")) <= most, "too long")
        self.need(text == "" or text.endswith("\n"), "the last line has no end")
        self.lines = text[:-1].split("\n") if text else []
        self.need(all("\x20" <= ch <= "\x7e" for line in self.lines for ch in line), "a character that is not printable ASCII")

    def need(self, condition, why):
        if not condition:
            raise c.Refused(self.word, f"line {self.at}: {why}")

    def next_is(self, word):
        return self.at < len(self.lines) and self.lines[self.at].split(" ")[0] == word

    def take_line(self):
        self.need(self.at < len(self.lines), "the text ends too early")
        self.at += 1
        return self.lines[self.at - 1]

    def take(self, word, count=None):
        """The words after `word`."""
        words = self.take_line().split(" ")
        self.need(words[0] == word and all(words) and len(words) > 1, f"expected {word}, and single spaces")
        self.need(count is None or len(words) == count + 1, "another number of words")
        return words[1:]

    def number(self, text, most=2**64 - 1):
        self.need(re.fullmatch(r"0|[1-9][0-9]*", text) is not None and int(text) <= most, "no decimal number")
        return int(text)

    def base64(self, text, size):
        try:
            data = c.unb64(text)
        except ValueError:
            data = b""
        self.need(len(data) == size and c.b64(data) == text, f"no base64 of {size} bytes")
        return data

    def z85(self, text):
        try:
            data = z85.decode(text) if len(text) == 40 else b""
        except Exception:   # noqa: BLE001 - pyzmq's decoder fails in several ways
            data = b""
        self.need(len(data) == 32 and z85.encode(data).decode() == text, "no Z85 of 32 bytes")
        return data

    def previous(self, text, version):
        self.need((text == "-") == (version == 1), "version 1, and no other, has no previous")
        return None if text == "-" else self.base64(text, 32)

    def time(self, text):
        self.need(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", text, re.ASCII) is not None, "no time")
        try:
            at = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc).timestamp()
        except ValueError:
            at = -1
        self.need(at >= 0, "no time that exists")
        return int(at)

    def id(self, text, before=None):
        self.need(is_id(text), "no id")
        self.need(before is None or before < text, "not sorted, or twice")
        return text

    def fields(self, words, names):
        """name=value words in exactly this order; names that end in ? may be absent."""
        out, left = {}, list(words)
        for name in names:
            plain = name.rstrip("?")
            if left and left[0].startswith(plain + "="):
                out[plain] = left.pop(0)[len(plain) + 1:]
            else:
                self.need(name.endswith("?"), f"{plain}= is missing")
        self.need(not left, "a word too many, or in the wrong place")
        return out

    def end(self):
        self.need(self.at == len(self.lines), "an unknown line")


class KeySet:
    """Sound keys, each once, with different key_ids."""

    def __init__(self, lines):
        self.lines, self.keys, self.ids = lines, set(), set()

    def add(self, use, public):
        self.lines.need(c.is_sound_x25519(public) if use in ("curve", "hpke") else c.is_sound_ed25519(public), "not a sound key")
        self.lines.need(public not in self.keys and c.key_id(use, public) not in self.ids, "a key twice")
        self.keys.add(public)
        self.ids.add(c.key_id(use, public))
        return public

    def vkey(self, use, text, kind):
        try:
            name, _, number, public = c.parse_vkey(text)
        except ValueError:
            self.lines.need(False, "no verifier key")
        self.lines.need(number == kind, "a verifier key of another type")
        self.add(use, public)
        return name


def parse_roster(text):
    lines = Lines(text, 64 * 1024, "E_ROSTER")
    need, keys = lines.need, KeySet(lines)
    need(lines.take_line() == "liaison-roster/v1", "another first line")
    r = {"network": lines.take("network", 1)[0], "version": lines.number(lines.take("version", 1)[0])}
    need(NETWORK.fullmatch(r["network"]) and r["version"] >= 1, "no network name, or version 0")
    r["previous"] = lines.previous(lines.take("previous", 1)[0], r["version"])
    r["issued"], r["expires"] = lines.time(lines.take("issued", 1)[0]), lines.time(lines.take("expires", 1)[0])
    need(0 < r["expires"] - r["issued"] <= 100 * DAY_S, "expires at most 100 days after issued")
    r["threshold"], r["roots"], r["members"], r["keys"] = lines.number(lines.take("root-threshold", 1)[0]), {}, {}, {}
    while lines.next_is("root"):
        name, vkey = lines.take("root", 2)
        lines.id(name, max(r["roots"], default=None))
        keys.vkey("root", vkey, 1)
        r["roots"][name] = vkey
    need(1 <= r["threshold"] <= len(r["roots"]), "a threshold that the roots cannot reach")
    words = lines.take("broker", 4)
    lines.id(words[0])
    broker = lines.fields(words[1:], ("sign", "curve", "log"))
    keys.add("sign", lines.base64(broker["sign"], 32))
    keys.add("curve", lines.z85(broker["curve"]))
    need(keys.vkey("log", broker["log"], 1) == r["network"] + "/log/1", "the log key has another name")
    r["broker"] = dict(broker, id=words[0])
    ports = set()
    while lines.next_is("member"):
        words = lines.take("member", 3)
        lines.id(words[0], max(r["members"], default=None))
        member = lines.fields(words[1:], ("port", "net"))
        port = lines.number(member["port"], 65535)
        need(port and port not in ports and is_net(member["net"]), "no port, a port twice, or no net")
        ports.add(port)
        r["members"][words[0]] = member
    while lines.next_is("key"):
        words = lines.take("key")
        lines.id(words[0], max(r["keys"], default=None))
        r["keys"][words[0]] = parse_key(lines, keys, words[1:], r["members"])
    quorum = lines.number(lines.take("witness-quorum", 1)[0])
    need(r["members"] and quorum <= len(r["members"]), "no member, or a quorum that they cannot reach")
    r["policy_hash"] = lines.base64(lines.take("policy-sha256", 1)[0], 32)
    r["schemas_hash"] = lines.base64(lines.take("schemas-sha256", 1)[0], 32)
    lines.end()
    return r


def is_net(text):
    address, _, bits = text.partition("/")
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    most = 32 if parsed.version == 4 else 128
    return "%" not in address and str(parsed) == address and re.fullmatch(r"0|[1-9][0-9]{0,2}", bits) is not None and int(bits) <= most


def parse_key(lines, keys, words, members):
    need = lines.need
    k = lines.fields(words, ("member", "use", "pub?", "vkey?", "from", "until?", "trusted-below?", "status", "reason?"))
    lines.id(k["member"])
    need(k["use"] in ("sign", "curve", "hpke", "witness"), "an unknown use")
    need(("vkey" in k) == (k["use"] == "witness") and ("pub" in k) != ("vkey" in k), "a witness key has vkey=, any other pub=")
    if k["use"] == "witness":
        keys.vkey("witness", k["vkey"], 4)
        k["key"] = c.parse_vkey(k["vkey"])[3]
    else:
        k["key"] = keys.add(k["use"], lines.z85(k["pub"]) if k["use"] == "curve" else lines.base64(k["pub"], 32))
    for name in ("from", "until", "trusted-below"):
        if name in k:
            k[name] = lines.number(k[name])
    need(k["status"] in ("active", "retired", "revoked"), "an unknown status")
    need(("until" in k) == (k["status"] == "retired") and ("trusted-below" in k) == (k["status"] == "revoked"), "until or trusted-below")
    if "reason" in k:
        lines.id(k["reason"])
    need(k["status"] == "retired" or ("reason" in k) == (k["status"] == "revoked"), "a reason")
    need(k["status"] != "active" or k["member"] in members, "an active key of nobody")
    return k


def key_valid(key, index):
    """At this index of the log."""
    end = key.get("until", key.get("trusted-below"))
    return key["from"] <= index and (end is None or index < end)


def find_key(roster, use, key_id):
    for name, key in roster["keys"].items():
        if key["use"] == use and c.key_id(use, key["key"]) == key_id:
            return dict(key, id=name)
    return None


def newest_key(roster, member, use, index):
    """What a sender uses: the newest active one, else a retired one whose end is ahead; nothing otherwise."""
    found = [(k["status"] == "active", k["from"], name) for name, k in roster["keys"].items()
             if k["member"] == member and k["use"] == use and k["status"] != "revoked" and key_valid(k, index)]
    return roster["keys"][max(found)[2]] if found else None


def signers(note, roots):
    """How many of these roots signed; a broken signature of one condemns the note."""
    states = [c.note_state(note, vkey) for vkey in roots.values()]
    return 0 if "broken" in states else states.count("holds")


def trust_rosters(notes):
    """The parsed rosters of a chain from version 1 on, each with its `hash`; refused otherwise."""
    chain = []
    for note in notes:
        c.need(len(note.encode("utf-8", "surrogatepass")) <= 96 << 10, "E_NOTE", "too long to be served")
        text, _ = c.split_note(note)
        roster = dict(parse_roster(text), hash=c.sha256(text.encode()), note=note)
        if not chain:
            c.need(roster["version"] == 1, "E_ROSTER", "the first is not version 1")
        else:
            check_follows(chain[-1], roster)
            c.need(signers(note, chain[-1]["roots"]) >= chain[-1]["threshold"], "E_ROSTER", "too few roots of the version before")
        c.need(signers(note, roster["roots"]) >= roster["threshold"], "E_ROSTER", "too few roots")
        chain.append(roster)
    return chain


def check_follows(before, after):
    c.need(after["network"] == before["network"] and after["version"] == before["version"] + 1, "E_ROSTER", "not the next version")
    c.need(after["previous"] == before["hash"] and after["broker"] == before["broker"], "E_ROSTER", "another previous, or another broker")
    for name, old in before["keys"].items():
        new = after["keys"].get(name, {})
        c.need(all(new.get(x) == old.get(x) for x in ("member", "use", "pub", "vkey", "from")), "E_ROSTER", f"the line of {name}")


def parse_enrolment(text):
    lines = Lines(text, 16 * 1024, "E_ROSTER")
    need = lines.need
    need(lines.take_line() == "liaison-enrolment/v1", "another first line")
    request = {"network": lines.take("network", 1)[0], "is_broker": lines.next_is("broker"), "keys": {}}
    need(NETWORK.fullmatch(request["network"]), "no network name")
    request["id"] = lines.id(lines.take("broker" if request["is_broker"] else "member", 1)[0])
    uses = ("curve", "log", "sign") if request["is_broker"] else ("curve", "hpke", "sign", "witness")
    seen = set()
    while lines.next_is("key"):
        use, value = lines.take("key", 2)
        need(use in uses and use > max(request["keys"], default=""), "a use that is not asked for, twice, or not sorted")
        need(value.startswith("pub="), "no pub=")
        public = lines.z85(value[4:]) if use == "curve" else lines.base64(value[4:], 32)
        need((c.is_sound_x25519 if use in ("curve", "hpke") else c.is_sound_ed25519)(public) and public not in seen, "not a sound key, or twice")
        seen.add(public)
        request["keys"][use] = public
    need(lines.take_line() == "", "no empty line before the proofs")
    need("sign" in request["keys"], "no sign key")
    signed = c.prefix16("liaison/pop/v1") + text[:text.index("\n\n") + 1].encode()
    for use in ("log", "sign", "witness"):
        if use not in request["keys"]:
            continue
        c.need(lines.next_is("pop") and lines.lines[lines.at].split(" ")[1:2] == [use], "E_SIGNATURE", f"no proof of {use}")
        proof = lines.base64(lines.take("pop", 2)[1], 64)
        c.need(c.signature_holds(request["keys"][use], proof, signed), "E_SIGNATURE", f"the proof of {use}")
    lines.end()
    return request


def parse_policy(text):
    lines = Lines(text, 64 * 1024, "E_POLICY_FILE")
    need = lines.need
    need(lines.take_line() == "liaison-policy/v1", "another first line")
    p = {"text": text, "version": lines.number(lines.take("version", 1)[0]), "rules": {}}
    need(p["version"] >= 1, "version 0")
    p["previous"] = lines.previous(lines.take("previous", 1)[0], p["version"])
    p["markings"], p["kinds"] = lines.take("marking"), lines.take("kind")
    need(all(re.fullmatch(r"[a-z_]{1,32}", m) for m in p["markings"]) and len(set(p["markings"])) == len(p["markings"]), "markings")
    need(all(re.fullmatch(r"[a-z_.]{1,32}", k) for k in p["kinds"]) and p["kinds"] == sorted(set(p["kinds"])), "kinds")
    words = lines.take("encrypt")
    p["encrypt"], p["except"] = words[0], words[2:]
    need(words[0] in p["markings"] and (len(words) == 1 or (words[1] == "except" and words[2:])), "an encrypt line")
    need(p["except"] == sorted(set(p["except"])) and set(p["except"]) <= set(p["kinds"]), "kinds after except")
    while lines.at < len(lines.lines):
        found = re.fullmatch(r'(allow|deny) (\S+) publish (\S+) (\S+) (<=)?(\S+) to ((?:\S+)(?: \S+)*?) under "([^"]+)"', lines.take_line())
        need(found, "no rule")
        verb, name, sender, kind, up_to, marking, to, basis = found.groups()
        need(is_id(name) and name not in p["rules"] and (sender == "*" or is_id(sender)), "its name or sender")
        need(kind in p["kinds"] and marking in p["markings"], "an unknown kind or marking")
        to = to.split(" ")
        need(to == ["*"] or (all(map(is_id, to)) and to == sorted(set(to))), "recipients")
        p["rules"][name] = {"allow": verb == "allow", "sender": sender, "kind": kind, "marking": marking, "up_to": bool(up_to), "to": to, "basis": basis}
    return p


def decide(policy, members, sender, kind, marking, recipients, suite):
    """(word, rule, basis)"""
    ranks = {m: n for n, m in enumerate(policy["markings"])}
    if marking not in ranks:
        return "E_MARKING", "default", ""
    if kind not in policy["kinds"] or sender not in members or not recipients or not set(recipients) <= set(members):
        return "E_POLICY", "default", ""

    def matches(rule):
        fits = ranks[marking] <= ranks[rule["marking"]] if rule["up_to"] else marking == rule["marking"]
        if rule["sender"] not in ("*", sender) or rule["kind"] != kind or not fits:
            return False
        named = [rule["to"] == ["*"] or r in rule["to"] for r in recipients]
        return all(named) if rule["allow"] else any(named)
    denies = sorted(name for name, rule in policy["rules"].items() if not rule["allow"] and matches(rule))
    allows = sorted(name for name, rule in policy["rules"].items() if rule["allow"] and matches(rule))
    if denies or not allows:
        name = denies[0] if denies else "default"
        return "E_POLICY", name, policy["rules"][name]["basis"] if denies else ""
    open_ = suite != 2 and ranks[marking] >= ranks[policy["encrypt"]] and kind not in policy["except"]
    return "E_ENCRYPTION_REQUIRED" if open_ else "OK", allows[0], policy["rules"][allows[0]]["basis"]


def check_policy_follows(before, before_hash, after):
    c.need(after["version"] == before["version"] + 1 and after["previous"] == before_hash, "E_POLICY_FILE", "does not follow the one in force")
