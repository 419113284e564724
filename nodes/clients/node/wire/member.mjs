// SPDX-License-Identifier: Apache-2.0
// A member of the exchange by the wire alone: reads what the others say, says something itself, answers with receipts. It is the member's node: no
// liaison-node may run for the same member at the same time. It keeps nothing on disk but the keys; everything it knows stands in the log.
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

import * as bodies from './bodies.mjs';
import { keyId, need, openBody, raw, Refused, same, sha256, splitNote } from './crypto.mjs';
import { CODES, Frame, NUMBERS, readReceipt } from './frames.mjs';
import { Keys } from './keys.mjs';
import { Node, ZERO } from './node.mjs';
import { findKey, parseRoster } from './texts.mjs';

const AGAIN = ['E_QUOTA', 'E_BUSY', 'E_STORAGE_FULL', 'E_CLOCK_BROKER', 'E_ROSTER_EXPIRED'];   // the same bytes may be taken later

export class Member extends Node {
  /** Records by id: {kind, owner, hashes by revision, body, recalled}. */
  records = new Map();
  /** Ids of records that this member has answered. */
  answered = new Set();
  #judged = 0;
  #confirmed = new Set();

  /** From the folder that `liaison node init` and `liaison node trust` have made; its roster says which member it is. */
  static ofFolder(folder, passphraseFile, host = '127.0.0.1') {
    const keys = Keys.ofFolder(folder, passphraseFile), number = (name) => Number(name.split(/[-.]/)[1]);
    const names = readdirSync(`${folder}/trust`).filter((name) => /^roster-\d+\.note$/.test(name)).sort((a, b) => number(a) - number(b));
    const notes = names.map((name) => readFileSync(`${folder}/trust/${name}`, 'utf8'));
    const key = findKey(parseRoster(splitNote(notes.at(-1))[0]), 'sign', keyId('sign', raw(keys.sign)));
    need(key, 'E_ROSTER', 'these keys are in no roster that the folder holds');
    return new Member(key.member, keys, notes, Buffer.from(readFileSync(`${folder}/trust/genesis.sha256`, 'utf8').trim(), 'hex'), host);
  }

  /** Takes everything that the log holds; from then on this member may publish. */
  async catchUp() {
    await this.whoami();
    await this.fetchAll();
    for (const { frame, header, leaf } of this.own.filter((m) => m.leaf.verdict === 0)) {
      if (header.kind === 'receipt') readReceipt(frame.body).forEach((x) => this.#confirmed.add(x.message_id.toString('hex')));
      else if (leaf.verdict === 0) this.#recall(frame, header);
    }
  }

  /** What this member said before, from its own stanza. */
  #recall(frame, header) {
    try {
      const { plaintext } = openBody(this.keys.hpke, this.networkId, frame.keyId, frame.header, header.key_commitment, frame.body);
      this.#said(header.kind, bodies.read(header.kind, plaintext), plaintext);
    } catch (why) {   // sealed to a key that is gone, or a kind that this client does not read
      if (!(why instanceof Refused)) throw why;
    }
  }

  // --- what the others say

  /**
   * What has come since the last call, receipts left out: {message, body}. Waits up to waitMs when there is nothing. What is wrong with a message stands in
   * its verdict, and then its body is null.
   */
  async messages(waitMs = 0) {
    if (this.#judged === this.received.length) await this.fetch(waitMs);
    const come = this.received.slice(this.#judged);
    this.#judged = this.received.length;
    return come.filter((m) => m.header.kind !== 'receipt').map((message) => ({ message, body: this.#bodyOf(message) }));
  }

  #bodyOf(message) {
    const { kind, sender } = message.header;
    if (message.verdict !== 'OK' || !bodies.isPlain(kind)) return null;
    try {
      const body = bodies.read(kind, message.plaintext);
      this.#fold(kind, sender, body, message.plaintext);
      return body;
    } catch (why) {
      if (!(why instanceof Refused)) throw why;
      message.verdict = why.word;
      return null;
    }
  }

  #fold(kind, sender, body, plaintext) {
    const record = this.#after(kind, sender, body, plaintext);
    if (record) this.records.set(body.record_id, record);
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
  async confirm() {
    const id = (m) => m.messageId.toString('hex');
    const waiting = this.received.slice(0, this.#judged).filter((m) => m.header.kind !== 'receipt' && !this.#confirmed.has(id(m)));
    for (const sender of new Set(waiting.map((m) => m.header.sender))) {
      const mine = waiting.filter((m) => m.header.sender === sender);
      for (let at = 0; at < mine.length; at += 256) {
        const part = mine.slice(at, at + 256);
        await this.publishAll(this.receipt(sender, part.map((m) => ({ message_id: m.messageId, frame_hash: m.frame.hash, index: m.index, pair_seq: m.pairSeq,
          verdict: NUMBERS[m.verdict] ?? 0 }))));
        part.forEach((m) => this.#confirmed.add(id(m)));
      }
    }
    return waiting.length;
  }

  // --- what this member says

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
   * when it may not be said: it is in the log then as a refused entry, which its recipients are told.
   */
  async say(kind, body, { to, marking = 'committees', inReplyTo = ZERO } = {}) {
    const recipients = (to ?? Object.keys(this.roster.members).filter((m) => m !== this.member)).sort(), plaintext = bodies.write(kind, body);
    const whole = bodies.read(kind, plaintext);
    this.#after(kind, this.member, whole, plaintext);   // before the first byte leaves
    const data = this.build(this.header(kind, recipients, marking, { in_reply_to: inReplyTo }), plaintext), entry = await this.publishAll(data);
    if (entry.verdict) {
      const frame = new Frame(data);
      for (const member of recipients) {   // its number is used up at each of them
        await this.publishAll(this.receipt(member, [{ message_id: frame.messageId(this.networkId), frame_hash: frame.hash, index: entry.index,
          pair_seq: this.pairOut.get(member), verdict: entry.verdict }]));
      }
      throw new Refused(CODES[entry.verdict], `${entry.rule} (${entry.basis})`);
    }
    this.#said(kind, whole, plaintext);
    return entry;
  }

  /** A new record of any kind but visits: the page's fields and those of the head. {id, entry} */
  async make(kind, fields, how) {
    need(bodies.isRecord(kind), 'E_SCHEMA', `there is no kind of record ${kind}`);
    const id = this.nextId(bodies.KINDS[kind].rules.letter);
    return { id, entry: await this.say(kind, { ...fields, record_id: id, revision: 1, previous_revision: ZERO, owner: this.member }, how) };
  }

  /** An answer to another committee's visit or record, as it is now, to all who have it. */
  answer(message, fields) {
    const { record_id: id } = bodies.read(message.header.kind, message.plaintext), { kind, hashes } = this.records.get(id), visit = kind === 'visit.plan';
    const to = [...message.header.recipients, message.header.sender].filter((m) => m !== this.member);
    const body = { ...fields, record_id: id, revision: hashes.length, [visit ? 'plan_hash' : 'record_hash']: hashes.at(-1) };
    return this.say(visit ? 'visit.answer' : 'record.answer', body, { to, marking: message.header.marking, inReplyTo: message.messageId });
  }

  /** Sends until the broker has it: the same bytes again after a silence or while it says later. Refused when it never will. */
  async publishAll(data, ms = 60_000) {
    const end = Date.now() + ms;
    for (;;) {
      let outcome;
      try {
        outcome = await this.publish(data);
      } catch (why) {
        if (why.cause !== 'silence' || Date.now() > end) throw why;
        continue;
      }
      if (outcome.accepted) return outcome.accepted;
      const { word, text, detail } = outcome.refused, wait = ['E_QUOTA', 'E_BUSY'].includes(word) ? Number(detail) : 1000;
      if (!AGAIN.includes(word) || Date.now() + wait > end) throw new Refused(word, text);
      await pause(wait);
    }
  }
}
