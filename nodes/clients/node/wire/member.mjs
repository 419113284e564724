// SPDX-License-Identifier: Apache-2.0
// A member of the exchange by the wire alone: reads what the others say, says something itself, answers with receipts. It is the member's node: no
// liaison-node may run for the same member at the same time. It keeps nothing on disk but the keys; everything it knows stands in the log. What is asked of
// it is done one after the other, in the order of the calls.
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

import * as bodies from './bodies.mjs';
import { keyId, need, openBody, raw, Refused, same, sha256, splitNote } from './crypto.mjs';
import { CODES, Frame, NUMBERS, readReceipt } from './frames.mjs';
import { Keys } from './keys.mjs';
import { Node, ZERO } from './node.mjs';
import { findKey, parseRoster } from './texts.mjs';

const ASK_AGAIN_MS = 1000;   // E_BUSY's detail on a connection that is not the one that last asked WHOAMI
const AGAIN = ['E_QUOTA', 'E_BUSY', 'E_STORAGE_FULL', 'E_CLOCK_BROKER', 'E_ROSTER_EXPIRED'];   // the same bytes may be taken later

export class Member extends Node {
  /** Records by id: {kind, owner, hashes by revision, body, recalled}. */
  records = new Map();
  /** Ids of records that this member has answered. */
  answered = new Set();
  /** For how long a message is sent. */
  patienceMs = 60_000;
  #judged = 0;
  #ownRead = new Set();    // entries of our own that were read
  #told = new Set();       // "MESSAGE MEMBER": whom a receipt of ours has told of it
  #pending = null;         // a frame whose R1 did not come
  #turn = Promise.resolve();

  /**
   * From the folder that `liaison node init` and `liaison node trust` have made; its roster says which member it is. `cursor`: what an earlier run has kept
   * of Member.cursor.
   */
  static ofFolder(folder, passphraseFile, host = '127.0.0.1', cursor = '') {
    const keys = Keys.ofFolder(folder, passphraseFile), number = (name) => Number(name.split(/[-.]/)[1]);
    const names = readdirSync(`${folder}/trust`).filter((name) => /^roster-\d+\.note$/.test(name)).sort((a, b) => number(a) - number(b));
    const notes = names.map((name) => readFileSync(`${folder}/trust/${name}`, 'utf8'));
    const roster = parseRoster(splitNote(notes.at(-1))[0]);
    const key = keys.held('sign').map((one) => findKey(roster, 'sign', keyId('sign', raw(one)))).find(Boolean);
    need(key, 'E_ROSTER', 'these keys are in no roster that the folder holds');
    return new Member(key.member, keys, notes, Buffer.from(readFileSync(`${folder}/trust/genesis.sha256`, 'utf8').trim(), 'hex'), host, cursor);
  }

  /** After what was asked before, whatever became of that. */
  #inTurn(work) {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }

  /**
   * Takes everything that the log holds; from then on this member may publish. E_CHECKPOINT for a log that is not all that was signed before, or not all that
   * this member has said.
   */
  catchUp() {
    return this.#inTurn(async () => {
      await this.#takeUp();
      need(!this.held.size && this.seen <= this.size, 'E_CHECKPOINT', 'the broker keeps back what it has signed before');
      const mine = keyId('sign', raw(this.keys.sign));
      need(this.own.filter((m) => same(m.frame.keyId, mine)).length === this.sequence, 'E_CHECKPOINT', 'the broker keeps back messages of this member');
    });
  }

  /** Where the log ends and the own chain, as the broker shows them now; with the newest of the member's sign keys. */
  async #takeUp() {
    await this.whoami();
    await this.fetchAll();
    const newest = this.keys.named(this.roster, this.member, 'sign', this.leaves.length);
    if (newest && newest !== this.keys.sign) {
      this.keys.sign = newest;
      await this.whoami();
    }
    this.own.forEach((message) => this.#readOwn(message));
  }

  /**
   * What became of the message whose R1 did not come (cause 'silence'): its place in the log; null when it is not there, which is for good then. What is said
   * next asks it by itself.
   */
  settle() { return this.#inTurn(() => this.#settle()); }

  async #settle() {
    if (!this.#pending) return null;
    const messageId = new Frame(this.#pending).messageId(this.networkId);
    await this.#takeUp();   // the answer to WHOAMI comes after those to all that was sent before it
    this.#pending = null;
    return this.own.find((m) => same(m.messageId, messageId))?.index ?? null;
  }

  /** What this member said, from its own stanza, unless it was read before: its records, and whom its receipts have told. */
  #readOwn({ index, frame, header, leaf }) {
    if (this.#ownRead.has(index) || leaf.verdict) return;
    this.#ownRead.add(index);
    if (header.kind === 'receipt') return void readReceipt(frame.body).forEach((x) => this.#told.add(toldOf(x.message_id, header.recipients[0])));
    try {
      const { plaintext } = openBody(this.opening(frame), this.networkId, frame.keyId, frame.header, header.key_commitment, frame.body);
      this.#said(header.kind, bodies.read(header.kind, plaintext), plaintext);
    } catch (why) {   // sealed to a key that is gone, or a kind that this client does not read
      if (!(why instanceof Refused)) throw why;
    }
  }

  // --- what the others say

  /**
   * What has come since the last call, receipts left out: {message, body}. Waits up to waitMs when there is nothing. What is wrong with a message stands in
   * its verdict, and then its body is null; so it is, with the verdict OK, where its record was recalled, also later in what has come, and then nothing of it
   * is kept here but its frame.
   */
  messages(waitMs = 0) {
    return this.#inTurn(async () => {
      if (this.#judged === this.received.length) await this.fetch(waitMs);
      const come = this.received.slice(this.#judged).filter((m) => m.header.kind !== 'receipt');
      this.#judged = this.received.length;
      const read = come.map((message) => ({ message, body: this.#bodyOf(message) }));
      return read.map(({ message, body }) => ({ message, body: message.plaintext === null ? null : body }));
    });
  }

  #bodyOf(message) {
    const { kind, sender } = message.header;
    if (message.verdict !== 'OK' || !bodies.isPlain(kind)) return null;
    let body = null;
    try {
      const read = bodies.read(kind, message.plaintext);
      message.recordId = read.record_id;
      this.#fold(kind, sender, read, message.plaintext);
      body = read;
    } catch (why) {
      if (!(why instanceof Refused)) throw why;
      message.verdict = why.word;
    }
    if (!(body && kind.endsWith('.recall')) && this.#isRecalled(message.recordId)) forget(message);
    return body;
  }

  #isRecalled(id) { return (this.records.get(id)?.recalled ?? null) !== null; }

  #fold(kind, sender, body, plaintext) {
    const record = this.#after(kind, sender, body, plaintext);
    if (record) this.records.set(body.record_id, record);
    if (!kind.endsWith('.recall')) return;
    for (const message of this.received) {   // nothing of the record is shown again: its revisions and the answers to it go
      if (message.recordId === body.record_id && !message.header.kind.endsWith('.recall')) forget(message);
    }
  }

  /** The record as this message makes it; null when it changes none. E_BODY for a message that does not follow what is known (PROTOCOL 14). */
  #after(kind, sender, body, plaintext) {
    const known = this.records.get(body.record_id), [owner] = bodies.idParts(body.record_id), hashes = known?.hashes ?? [];
    if (kind.endsWith('.answer')) {
      const hash = kind === 'visit.answer' ? body.plan_hash : body.record_hash, said = hashes[body.revision - 1];
      need(known?.recalled || (owner !== sender && said && same(said, hash)), 'E_BODY', 'an answer to what is not here');
      return null;
    }
    need(owner === sender && !known?.recalled, 'E_BODY', "of a record that is another's, or was recalled");
    if (kind.endsWith('.recall')) return { kind: null, owner, hashes, ...known, recalled: body.reason, body: null };
    need(body.revision === hashes.length + 1 && same(body.previous_revision, hashes.at(-1) ?? ZERO), 'E_BODY', 'a revision that does not follow');
    return { kind, owner, hashes: [...hashes, sha256(plaintext)], body, recalled: null };
  }

  /** Tells the senders by signed receipts what was made of the messages that `messages` has given; how many were told. */
  confirm() {
    return this.#inTurn(async () => {
      await this.#ready();
      await this.#tellGaps();
      const waiting = this.received.slice(0, this.#judged).filter((m) => m.header.kind !== 'receipt' && !this.#told.has(toldOf(m.messageId, m.header.sender)));
      for (const sender of new Set(waiting.map((m) => m.header.sender))) {
        const mine = waiting.filter((m) => m.header.sender === sender);
        for (let at = 0; at < mine.length; at += 256) {
          await this.#tell(sender, mine.slice(at, at + 256).map((m) => ({ message_id: m.messageId, frame_hash: m.frame.hash, index: m.index,
            pair_seq: m.pairSeq, verdict: NUMBERS[m.verdict] ?? 0 })));
        }
      }
      return waiting.length;
    });
  }

  async #tell(member, covered) {
    await this.#publishAll(this.receipt(member, covered));
    covered.forEach((x) => this.#told.add(toldOf(x.message_id, member)));
  }

  /** A refused entry of ours has used up its number at each recipient, who are told so. */
  async #tellGaps() {
    for (const { index, frame, messageId, leaf } of this.own.filter((m) => m.leaf.verdict)) {
      for (const [member, number] of this.counted.get(frame.hash.toString('hex')) ?? []) {
        if (this.#told.has(toldOf(messageId, member)) || !this.roster.members[member]) continue;
        await this.#tell(member, [{ message_id: messageId, frame_hash: frame.hash, index, pair_seq: number, verdict: leaf.verdict }]);
      }
    }
  }

  // --- what this member says

  /** Before a frame is built: the chain ends where we think, and its copy for ourselves can be opened. */
  async #ready() {
    await this.#settle();
    need(this.keys.named(this.roster, this.member, 'hpke', this.leaves.length), 'E_KEY', 'the newest sealing key of this member is not among the key files');
  }

  #said(kind, body, plaintext) {
    if (kind.endsWith('.answer')) this.answered.add(body.record_id);
    else this.#fold(kind, this.member, body, plaintext);
  }

  nextId(letter) {
    const begin = `${this.member}-${letter}-${new Date().getUTCFullYear()}-`;
    const used = [...this.records.keys()].filter((id) => id.startsWith(begin)).map((id) => Number(id.slice(begin.length)));
    return begin + String(Math.max(0, ...used) + 1).padStart(4, '0');
  }

  /**
   * Seals, signs and publishes one message to these members, all others when left out; its R1, with index, rule and basis. Refused with the policy's word
   * when it may not be said: it is in the log then as a refused entry, which its recipients are told. After a silence (cause 'silence') nobody knows yet
   * whether it was said: settle.
   */
  say(kind, body, how) { return this.#inTurn(() => this.#say(kind, body, how)); }

  async #say(kind, body, { to, marking = 'committees', inReplyTo = ZERO } = {}) {
    await this.#ready();
    const recipients = (to ?? Object.keys(this.roster.members).filter((m) => m !== this.member)).sort(), plaintext = bodies.write(kind, body);
    const whole = bodies.read(kind, plaintext);
    this.#after(kind, this.member, whole, plaintext);   // before the first byte leaves
    const data = this.build(this.header(kind, recipients, marking, { in_reply_to: inReplyTo }), plaintext), entry = await this.#publishAll(data);
    if (entry.verdict) {
      await this.fetchAll();
      await this.#tellGaps();
      throw new Refused(CODES[entry.verdict], `${entry.rule} (${entry.basis})`);
    }
    this.#ownRead.add(entry.index);
    this.#said(kind, whole, plaintext);
    return entry;
  }

  /** A new record of any kind but visits: the page's fields and those of the head. {id, entry} */
  make(kind, fields, how) {
    return this.#inTurn(async () => {
      need(bodies.isRecord(kind), 'E_SCHEMA', `there is no kind of record ${kind}`);
      await this.#ready();
      const id = this.nextId(bodies.KINDS[kind].rules.letter);
      return { id, entry: await this.#say(kind, { ...fields, record_id: id, revision: 1, previous_revision: ZERO, owner: this.member }, how) };
    });
  }

  /** An answer to another committee's visit or record, as it is now, to all who have it. */
  answer(message, fields) {
    return this.#inTurn(() => {
      const id = message.recordId;
      need(message.plaintext && this.records.has(id), 'E_BODY', 'there is no record to answer');
      const { kind, hashes } = this.records.get(id), visit = kind === 'visit.plan';
      const to = [...message.header.recipients, message.header.sender].filter((m) => m !== this.member);
      const body = { ...fields, record_id: id, revision: hashes.length, [visit ? 'plan_hash' : 'record_hash']: hashes.at(-1) };
      return this.#say(visit ? 'visit.answer' : 'record.answer', body, { to, marking: message.header.marking, inReplyTo: message.messageId });
    });
  }

  /**
   * Sends until the broker has it, for patienceMs: the same bytes again while it says later, and after WHOAMI when it is silent or another connection has come
   * up. Refused when it never will; cause 'silence' when it is away.
   */
  publishAll(data) { return this.#inTurn(() => this.#publishAll(data)); }

  async #publishAll(data) {
    const end = Date.now() + this.patienceMs;
    this.#pending = data;
    for (;;) {
      try {
        const { accepted, refused } = await this.publish(data);
        if (accepted) {
          this.#pending = null;
          return accepted;
        }
        const { word, text, detail } = refused, wait = ['E_QUOTA', 'E_BUSY'].includes(word) ? Number(detail) : 1000;
        if (!AGAIN.includes(word) || Date.now() + wait > end) throw new Refused(word, text);   // of a full day, until its end
        await pause(wait);
        if (word === 'E_BUSY' && wait === ASK_AGAIN_MS) await this.whoami();
      } catch (why) {
        if (why.cause !== 'silence' || Date.now() > end) throw why;
        await this.#greet(end);
      }
    }
  }

  /** WHOAMI until it is answered. */
  async #greet(end) {
    for (;;) {
      try {
        return await this.whoami();
      } catch (why) {
        if (why.cause !== 'silence' || Date.now() > end) throw why;
      }
    }
  }
}

const toldOf = (messageId, member) => `${messageId.toString('hex')} ${member}`;

/** What it says is not to be shown any more; its frame stays sealed. */
function forget(message) {
  message.plaintext = message.cek = null;
}
