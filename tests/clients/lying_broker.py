# SPDX-License-Identifier: Apache-2.0
"""The wire's clients, enrolled by an example and told what to do by drive.py or drive.mjs, before a broker that signs what it likes: what it alters, keeps
back, repeats, forgets or rewrites is found."""
import tempfile
from contextlib import contextmanager
from pathlib import Path

import liars
import visits
from exchange import Exchange
from liaison_wire import Keys, judge, texts
from liaison_wire import crypto as c
from world import MEMBERS, POLICY, Charter, plan, publics_of


class Court:
    """1373, enrolled by an example, before a broker that signs what it likes; 1540 writes. `ago_ms`: how old the log is; `extra`: lines of more keys, for
    the members' public keys."""

    def __init__(self, world, ago_ms=0, extra=lambda charter, court: ()):
        self.world, self.folder = world, Path(tempfile.mkdtemp(dir=world.folder))
        e = Exchange(self.folder / "x", world.programs)
        e.folder.mkdir(mode=0o700)
        self.secret, self.node = e.secret("passphrase"), e.folder / "node-1373"
        world.language.run("wire_enrol", self.node, e.NETWORK, "1373", self.secret)
        keys = {"sign": c.new_signing_key(), "log": c.new_signing_key(), "curve": c.new_agreement_key()}
        others = {m: Keys() for m in MEMBERS}
        publics = {m: publics_of(others[m]) for m in MEMBERS} | {"1373": texts.parse_enrolment((self.node / "1373.request").read_text())["keys"]}
        charter = Charter(e.NETWORK, e.ports, {use: c.raw(key) for use, key in keys.items()}, publics)
        self.others, self.publics = others, publics
        charter.extra_keys += extra(charter, self)
        note = e.folder / "roster-1.note"
        note.write_text(charter.next_note(POLICY))
        charter.network_id = c.sha256(b"liaison/net/v1\0", e.NETWORK.encode(), charter.genesis)
        e.run("node", "trust", "--dir", self.node, note, "--fingerprint", charter.genesis.hex())
        self.broker, self.writer = liars.LyingBroker(charter, keys, "1373", ago_ms), liars.Writer(others["1540"], charter)
        self.see()

    def see(self):
        self.writer.leaves = [c.leaf_hash(x) for x in self.broker.data]
        self.writer.size, self.writer.root = len(self.writer.leaves), c.root_of(self.writer.leaves)

    def let_through(self, frame, verdict=0, withheld=False):
        """Into the log as accepted, or with this verdict; `withheld`: its bytes are not served."""
        index = self.broker.add(1, c.sha256(frame), b"" if withheld or verdict else frame, verdict)
        self.writer.logged(frame)
        self.see()
        return index

    def follow(self, **how):
        return self.world.language.run("wire_follow", self.node, self.secret, **how)

    def drive(self, cursor=None):
        return self.world.language.drive(self.node, self.secret, cursor and [cursor])

    def said(self):
        """What 1373 has in the log: (key_id, sequence) of each."""
        frames = [judge.Frame(body) for leaf, body in zip(self.broker.data, self.broker.bodies) if leaf[1] == 1 and body]
        headers = [(frame, judge.header(frame.header)) for frame in frames]
        return [(frame.key_id, h["sequence"], h["previous"]) for frame, h in headers if h["sender"] == "1373"]

    def told(self, frame):
        found = [x[4] for x in self.broker.told if x[0] == judge.Frame(frame).message_id(self.broker.charter.network_id)]
        return found[-1] if found else None

    def close(self):
        self.broker.close()


def test_what_a_lying_broker_delivers_is_not_taken(world):
    court = Court(world)
    try:
        good = plan(court.writer, ("1373", ), number=1)
        at = court.let_through(good)
        forbidden = plan(court.writer, ("1373", ), number=2, marking="named")   # the policy does not let 1540 say this to 1373 alone
        court.let_through(forbidden)
        altered = court.let_through(plan(court.writer, ("1373", ), number=3)[:-1] + b"x")
        court.writer.root = c.sha256(b"another log")   # which 1540 was shown
        elsewhere = court.let_through(plan(court.writer, ("1373", ), number=4))
        lines = court.follow().splitlines()
        assert lines[0] == f"{at}  1540  visit.plan  OK  1540-V-2027-0001 National action plan", lines
        assert lines[1].endswith("  E_POLICY  cannot be shown"), lines
        assert lines[2].startswith(f"alarm: entry {altered}, ") and "E_SIGNATURE" in lines[2], lines
        assert lines[3].startswith(f"alarm: entry {elsewhere}, ") and "two histories" in lines[3] and len(lines) == 5, lines
        assert court.told(good) == 0 and court.told(forbidden) == 24
    finally:
        court.close()


def test_a_log_that_its_checkpoint_does_not_sign_is_not_used(world):
    court = Court(world)
    try:
        court.let_through(plan(court.writer, ("1373", ), number=1))
        text = f"{court.broker.charter.network}/log/1\n{len(court.broker.data)}\n{c.b64(c.sha256(b'another root'))}\n"
        note = text + "\n" + c.sign_note(text, f"{court.broker.charter.network}/log/1", court.broker.keys["log"])
        court.broker.note = lambda: note
        assert "E_CHECKPOINT" in court.follow(fails=True)
    finally:
        court.close()


TEN_MINUTES_MS = 600_000


@contextmanager
def court(world, **how):
    one = Court(world, **how)
    try:
        yield one
    finally:
        one.close()


def recall(writer, number, reason):
    fields = writer.header("visit.recall", judge.SCHEMAS["visit.recall"], ["1373"])
    return writer.build(fields, visits.encode_recall(dict(visits.RECALL, record_id=f"1540-V-2027-{number:04}", revision=1, reason=reason)))


def test_what_was_recalled_is_not_shown_again_and_forgotten(world):
    with court(world) as x:
        w = x.writer
        first, second = (x.let_through(plan(w, ("1373", ), number=n)) for n in (1, 2))
        gone = x.let_through(recall(w, 1, "another State"))
        with x.drive() as member:   # the recall is in the log before anything of it was shown
            member("catch_up")
            assert member("messages") == [[first, "visit.plan", "OK", None], [second, "visit.plan", "OK", "National action plan"],
                                          [gone, "visit.recall", "OK", "1540-V-2027-0001"]]
            assert member("kept") == [second, gone]
            last = x.let_through(recall(w, 2, "too early"))   # and here after it was
            assert member("messages") == [[last, "visit.recall", "OK", "1540-V-2027-0002"]] and member("kept") == [gone, last]
            assert member("confirm") == 4
        assert [x[4] for x in x.broker.told] == [0] * 4


def gaps_of(x, member):
    member("catch_up")
    member("messages")
    return member("alarms")


def test_a_message_that_the_broker_withholds_is_an_alarm_after_ten_minutes(world):
    for ago_ms in (0, TEN_MINUTES_MS + 1000):
        with court(world, ago_ms=ago_ms) as x:
            w = x.writer
            x.let_through(plan(w, ("1373", ), number=1))
            x.let_through(plan(w, ("1373", ), number=2), withheld=True)
            after = x.let_through(plan(w, ("1373", ), number=3))
            with x.drive() as member:
                alarms = gaps_of(x, member)
            assert len(alarms) == (1 if ago_ms else 0), alarms
            assert not ago_ms or (alarms[0][0] == after and "message 2 to 2 of 1540 to this member never arrived" in alarms[0][1]), alarms


def test_a_gap_that_its_sender_explains_is_none(world):
    with court(world, ago_ms=TEN_MINUTES_MS + 1000) as x:
        w = x.writer
        refused = plan(w, ("1373", ), number=1, marking="named")
        at = x.let_through(refused, verdict=24)
        x.let_through(plan(w, ("1373", ), number=2))
        frame = judge.Frame(refused)
        x.let_through(w.receipt(judge.SCHEMAS["receipt"], "1373", [(frame.message_id(w.network_id), frame.hash, at, 1, 24)]))
        with x.drive() as member:
            assert gaps_of(x, member) == []


def test_a_frame_out_of_its_place_uses_up_no_number(world):
    with court(world, ago_ms=TEN_MINUTES_MS + 1000) as x:
        w = x.writer
        x.let_through(plan(w, ("1373", ), number=1))
        again = plan(w, ("1373", ), number=7, sequence=1, pair_seq={"1373": 2})   # a used sequence with the number of the next one
        x.broker.accept(again)
        x.see()
        good = plan(w, ("1373", ), number=2)
        x.let_through(good)
        with x.drive() as member:
            assert gaps_of(x, member) == []
            member("confirm")
        assert (x.told(again), x.told(good)) == (8, 0)


def test_a_cursor_shows_a_log_that_was_cut_or_rewritten(world):
    with court(world) as x:
        for n in (1, 2):
            x.let_through(plan(x.writer, ("1373", ), number=n))
        cursor = x.folder / "cursor"
        with x.drive() as member:
            member("catch_up")
            cursor.write_text(member("cursor"))
        with x.drive(cursor) as member:
            assert member("catch_up") is None
        cut = x.broker.data.pop(), x.broker.bodies.pop()
        with x.drive(cursor) as member:
            assert "E_CHECKPOINT: the log was rolled back" in member("catch_up")["error"]
        x.broker.data.append(cut[0][:20] + c.sha256(b"another"))
        x.broker.bodies.append(b"")
        x.broker.add(1, c.sha256(b"and more"), b"")
        with x.drive(cursor) as member:
            assert "E_CHECKPOINT: two histories" in member("catch_up")["error"]
        with x.drive() as member:
            assert member("catch_up") is None, "who has seen nothing before cannot know"


def test_an_acceptance_binds_the_log_that_is_shown(world):
    with court(world) as x, x.drive() as member:
        member("catch_up")
        (_, index), = member.contact("Accepted")
        x.broker.data[index] = x.broker.data[index][:20] + c.sha256(b"another")
        x.broker.bodies[index] = b""
        assert "E_CHECKPOINT: two histories" in member("messages")["error"]


def test_own_messages_that_the_broker_has_forgotten_or_keeps_back_are_found(world):
    with court(world) as x:
        with x.drive() as member:
            member("catch_up")
            member.contact("One")
            (_, last), = member.contact("Two")
            kept, x.broker.heads = x.broker.heads, {}
            assert member("messages") == []
            x.broker.answers = "deaf"
            member("patience", seconds=0)
            assert member.contact("Three") == {"error": "silence"}   # so that it asks where its chain ends
            assert "the broker has forgotten messages of this member" in member.contact("Four")["error"]
        x.broker.answers = "R1"
        with x.drive() as member:
            assert "the broker keeps back messages of this member" in member("catch_up")["error"]
        x.broker.heads, x.broker.bodies[last] = kept, b""
        with x.drive() as member:
            assert "the broker keeps back messages of this member" in member("catch_up")["error"]


def test_no_two_frames_have_one_sequence(world):
    with court(world) as x, x.drive() as member:
        member("catch_up")
        made = member.contact("At once", times=3)
        assert len({record for record, _ in made}) == 3, made
        member("patience", seconds=1)
        for answers in ("nothing", "deaf"):   # the message is logged and nobody says so; it is not
            x.broker.answers = answers
            assert member.contact(f"The broker says {answers}") == {"error": "silence"}
            x.broker.answers = "R1"
            member.contact("After it")
        assert [sequence for _, sequence, _ in x.said()] == [1, 2, 3, 4, 5, 6], x.said()
        assert len(member("records")) == 6, "a record that was logged is one, whoever heard of it"
        x.broker.answers = "nothing"
        assert member.contact("Is it there?") == {"error": "silence"}
        x.broker.answers = "R1"
        assert member("settle") == len(x.broker.data) - 1 and member("settle") is None


def test_a_refusal_of_something_else_is_no_answer(world):
    with court(world) as x, x.drive() as member:
        member("catch_up")
        x.broker.strays = True
        assert isinstance(member.contact("Not refused"), list)
