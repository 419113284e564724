# SPDX-License-Identifier: Apache-2.0
"""The wire's clients when a member's key is replaced, their own or another's: before the broker of lying_broker.py, whose roster names both keys."""
from lying_broker import court
from liaison_wire import crypto as c
from liaison_wire import judge
from world import plan


def second(member, use, at):
    """One more key of a member by this name, and its line in the roster."""
    def make(charter, x):
        x.new = c.new_signing_key() if use == "sign" else c.new_agreement_key()
        return [charter.key_line(f"k{member}{use[0]}2", member, use, c.raw(x.new)).replace("from=0", f"from={at}")]
    return make


def beside(x, use):
    """Its file, as `liaison node rotate` names it."""
    passphrase = x.secret.read_bytes().removesuffix(b"\n")
    (x.node / f"keys/{use}-{c.key_id(use, c.raw(x.new)).hex()}.pem").write_bytes(c.pem(x.new, passphrase))


def test_a_new_sign_key_takes_up_the_chain_of_the_old_one(world):
    with court(world, extra=second("1373", "sign", 0)) as x:
        with x.drive() as member:
            member("catch_up")
            member.contact("By the old key")
        beside(x, "sign")
        with x.drive() as member:
            assert member("catch_up") is None
            member.contact("By the new one")
            member.contact("And once more")
        (old, _, _), *new = x.said()
        digest = judge.Frame(next(b for leaf, b in zip(x.broker.data, x.broker.bodies) if leaf[1] == 1)).message_id(x.broker.charter.network_id)
        assert [n[:2] for n in new] == [(c.key_id("sign", c.raw(x.new)), 1), (c.key_id("sign", c.raw(x.new)), 2)] and new[0][2] == digest and old != new[0][0]


def test_what_is_sealed_to_any_key_that_is_held_opens(world):
    with court(world, extra=second("1373", "hpke", 3)) as x:
        before = x.let_through(plan(x.writer, ("1373", ), number=1))   # by the mirror's size of 2 to the old key, by that of 3 to the new one
        after = x.let_through(plan(x.writer, ("1373", ), number=2))
        with x.drive() as member:
            member("catch_up")
            assert "E_KEY: the newest sealing key" in member.contact("Nobody here could read it again")["error"]
        beside(x, "hpke")
        with x.drive() as member:
            member("catch_up")
            title = "National action plan"
            assert member("messages") == [[before, "visit.plan", "OK", title], [after, "visit.plan", "OK", title]]
            member.contact("Sealed for ourselves to the new key")
        with x.drive() as member:
            member("catch_up")
            assert len(member("records")) == 1


def test_a_superseded_sign_key_is_refused(world):
    with court(world, extra=second("1540", "sign", 0)) as x:
        w, old = x.writer, x.others["1540"].sign
        x.let_through(plan(w, ("1373", ), number=1))
        kept = w.sequence
        w.keys.sign, w.sequence = x.new, 0
        x.let_through(plan(w, ("1373", ), number=2))
        w.keys.sign, w.sequence = old, kept
        late = plan(w, ("1373", ), number=3)
        x.let_through(late)
        with x.drive() as member:
            member("catch_up")
            assert [m[2] for m in member("messages")] == ["OK", "OK", "E_KEY"]
            member("confirm")
        assert x.told(late) == 3
