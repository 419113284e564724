// SPDX-License-Identifier: Apache-2.0
// A member's connection to the broker and what it has verified of the log: publishes, fetches, judges, opens, proves; written from schemas/PROTOCOL.md.
// Member (member.mjs) is the comfortable way to use it. Keeps nothing: who starts anew reads the log from its beginning, own messages included.
import { randomBytes } from 'node:crypto';
import * as zmq from 'zeromq';

import { SCHEMAS } from './bodies.mjs';
import { commitment, consistencyHolds, inclusionHolds, keyId, leafHash, need, openBody, openCheckpoint, parseLeaf, raw, rawSecret, Refused, same, sealBody,
  sha256, signatureHolds, Tree, z85 } from './crypto.mjs';
import * as frames from './frames.mjs';
import { Pairs } from './pairs.mjs';
import { decide, findKey, keyValid, newestKey, parsePolicy, trustRosters } from './texts.mjs';

export const ZERO = Buffer.alloc(32);
const STALE_MS = 30 * 86_400_000;
const HEADS_MAX = 16;   // in an answer to WHOAMI

/** Whether a frame takes a place in its sender's chain: accepted, or one that should stand there as a refused entry. */
const inItsPlace = (verdict) => verdict === 'OK' || (frames.NUMBERS[verdict] >= 20 && frames.NUMBERS[verdict] <= 27);

export class Node {
  /**
   * @param {string} member @param {import('./keys.mjs').Keys} keys @param {string[]} notes all rosters so far, as a new node is given them
   * @param {Buffer} genesis the fingerprint of the first, from the authority by voice @param {string} [host] where the broker is
   * @param {string} [cursor] what an earlier run has kept of Node.cursor: the log must go on from there
   */
  constructor(member, keys, notes, genesis, host = '127.0.0.1', cursor = '') {
    this.given = trustRosters(notes);
    need(same(this.given[0].hash, genesis), 'E_ROSTER', 'another genesis');
    Object.assign(this, { member, keys, roster: this.given.at(-1), requestId: 0 });
    this.networkId = sha256('liaison/net/v1\0', this.roster.network, genesis);
    need(this.roster.members[member], 'E_ROSTER', `${member} is no member of this roster`);
    const curve = keys.named(this.roster, member, 'curve', Number.MAX_SAFE_INTEGER) ?? keys.curve;   // of the newest roster that is known before connecting
    this.socket = new zmq.Dealer({ linger: 0, sendTimeout: 5000, curveSecretKey: z85(rawSecret(curve)), curvePublicKey: z85(raw(curve)),
      curveServerKey: this.roster.broker.curve });
    this.socket.connect(`tcp://${host}:${this.roster.members[member].port}`);
    Object.assign(this, { leafData: [], leaves: new Tree(), root: sha256(), size: 0, note: null, sequence: 0, previous: ZERO });
    Object.assign(this, { held: new Map(), seen: 0 });   // roots by size that the log must still show; the largest size that was signed or kept
    Object.assign(this, { chains: new Map(), pairs: new Pairs(), pairOut: new Map(), counted: new Map(), seenSequence: new Map(), signers: new Map() });
    Object.assign(this, { terms: [], retiredSince: new Map(), policies: [] });   // rosters by index; when a key was first shown retired; policies
    Object.assign(this, { received: [], own: [], alarms: [] });
    const [size, root] = cursor.trim().split(' ');
    if (cursor) this.#hold(Number(size), Buffer.from(root, 'hex'));
  }

  close() { this.socket.close(); }

  async send(payload) {
    try {
      await this.socket.send(payload);
    } catch (why) {   // libzmq gives up a connection whose key was refused; then there is nowhere to send to, for ever
      throw why.code === 'EAGAIN' ? new Error(`${this.member}: there is no connection to the broker`, { cause: 'silence' }) : why;
    }
  }

  async receive(ms = 5000) {
    this.socket.receiveTimeout = ms;
    let parts;
    try {
      parts = await this.socket.receive();
    } catch (why) {
      throw why.code === 'EAGAIN' ? new Error(`${this.member}: the broker did not answer`, { cause: 'silence' }) : why;
    }
    return frames.readControl(parts[0]);
  }

  async ask(type, values, ms = 5000) {
    const requestId = ++this.requestId;
    await this.send(frames.writeControl(type, requestId, values));
    for (;;) {
      const answer = await this.receive(ms);
      if (answer.requestId === requestId) return answer;
    }
  }

  /**
   * Makes this the connection that publishes, and takes up the chain of the own sign key where it ends; a new key's begins after the member's newest
   * message.
   */
  async whoami() {
    const answer = await this.ask(frames.WHOAMI), mine = keyId('sign', raw(this.keys.sign)).toString('hex');
    need(answer.type === frames.WHOAMI_ANSWER && answer.member === this.member, 'E_SENDER', 'the broker takes us for somebody else');
    answer.heads.forEach((head) => this.checkAcceptance(head.acceptance));
    const heads = new Map(answer.heads.map((head) => [head.key_id.toString('hex'), head]));   // that of the newest message first
    for (const [key, sequence] of this.chains) {
      const shown = heads.has(key) ? heads.get(key).sequence >= sequence : heads.size === HEADS_MAX;
      need(shown, 'E_CHECKPOINT', 'the broker has forgotten messages of this member');
    }
    Object.assign(this, { sequence: heads.get(mine)?.sequence ?? 0, previous: answer.heads[0]?.message_id ?? ZERO });
  }

  // --- the log

  /** How much of the log was seen, and its root, as a line for a file: given back at the next start, it shows a log that was cut or rewritten since. */
  get cursor() { return `${this.size} ${this.root.toString('hex')}`; }

  /** The log has this root at this size, now or once that much of it is here: signed by the broker, or kept by an earlier run. */
  #hold(size, root) {
    const known = size <= this.leaves.length ? this.leaves.root(size) : this.held.get(size) ?? root;
    need(same(known, root), 'E_CHECKPOINT', 'two histories: the log is not the one that was signed before');
    if (size > this.leaves.length) this.held.set(size, root);
    this.seen = Math.max(this.seen, size);
  }

  /** Takes what is new, checks it, opens what is for us. How many entries came. Nothing of an answer that does not connect is used. */
  async fetch(waitMs = 0) {
    const start = this.leaves.length, answer = await this.ask(frames.FETCH, { from: start, max_items: 256, wait_ms: waitMs }, waitMs + 5000);
    if (answer.type === frames.REFUSAL) throw new Refused(answer.word, answer.text);
    need(answer.type === frames.ITEMS, 'E_FORMAT', 'no answer to a fetch');
    try {
      this.#connect(answer, start);
    } catch (why) {
      this.leaves.cut(start);
      this.leafData.length = start;
      throw why;
    }
    for (const { leaf, body } of answer.items) this.#take(parseLeaf(leaf), body);
    if (this.leaves.length === this.size) {   // what explains a gap would be here
      for (const { sender, first, last, beforeIndex } of this.pairs.overdue(Date.now())) {
        const why = `before which message ${first} to ${last} of ${sender} to this member never arrived: ask ${sender} what it said`;
        this.alarms.push({ index: beforeIndex, why, frame: null });
      }
    }
    return answer.items.length;
  }

  async fetchAll() {
    while (await this.fetch());
  }

  /** The log with these entries is the one that the checkpoint signs, and goes on from the one seen before. */
  #connect(answer, start) {
    let last = this.leafData.length ? parseLeaf(this.leafData.at(-1)).acceptTimeMs : 0;
    answer.items.forEach(({ leaf: data }, n) => {
      const leaf = parseLeaf(data);
      need(leaf.index === start + n && leaf.acceptTimeMs >= last, 'E_CHECKPOINT', 'a hole in the log, or time went back');
      last = leaf.acceptTimeMs;
      this.leafData.push(data);
      this.leaves.append(leafHash(data));
    });
    const { size, root } = openCheckpoint(answer.checkpoint, this.roster.broker.log), end = this.leaves.length, ownRoot = this.leaves.root();
    need(end <= size && size >= this.seen, 'E_CHECKPOINT', 'the log was rolled back');
    if (end === size) need(same(ownRoot, root) && !answer.consistency.length, 'E_CHECKPOINT', 'two histories: the checkpoint does not connect');
    else need(consistencyHolds(end, size, ownRoot, root, answer.consistency), 'E_CHECKPOINT', 'the consistency proof does not hold');
    for (const [at, signed] of this.held) {
      need(at > end || same(this.leaves.root(at), signed), 'E_CHECKPOINT', 'two histories: the log is not the one that was signed before');
    }
    this.#hold(size, root);
    for (const at of this.held.keys()) if (at <= end) this.held.delete(at);
    Object.assign(this, { size, root, note: answer.checkpoint });
  }

  /** What decides an entry at this index. */
  #termAt(index) {
    const { roster } = this.terms.filter((t) => t.index < index).at(-1);
    return { roster, members: Object.keys(roster.members), policy: this.policies.find((p) => same(p.hash, roster.policyHash)).policy };
  }

  #take(leaf, body) {
    if (leaf.class === 2) return this.#takeRoster(leaf, body.toString());
    if (leaf.class === 3) {
      need(same(sha256(body), leaf.hash), 'E_POLICY_FILE', "not the leaf's");
      return this.policies.push({ index: leaf.index, hash: leaf.hash, policy: parsePolicy(body.toString()) });
    }
    if (!body) return undefined;
    try {
      return this.#takeFrame(leaf, body);
    } catch (why) {   // the broker should have refused it: kept as evidence, and not answered
      if (!(why instanceof Refused)) throw why;
      return this.alarms.push({ index: leaf.index, why: `which the broker should have refused: ${why.message}`, frame: body });
    }
  }

  #takeRoster(leaf, note) {
    const chain = trustRosters([...this.terms.map((t) => t.roster.note), note]), roster = chain.at(-1), given = this.given[chain.length - 1];
    need(same(roster.hash, leaf.hash) && (!given || same(given.hash, roster.hash)), 'E_ROSTER', "not the leaf's, or another than at enrolment");
    need(chain.length === 1 || this.policies.some((p) => same(p.hash, roster.policyHash)), 'E_ROSTER', 'its policy is no entry yet');
    for (const key of Object.values(roster.keys)) {
      if (key.status === 'retired' && !this.retiredSince.has(key.id)) this.retiredSince.set(key.id, leaf.acceptTimeMs);
    }
    this.terms.push({ index: leaf.index, roster });
    if (roster.version > this.roster.version) this.roster = roster;
  }

  #takeFrame(leaf, body) {
    const frame = new frames.Frame(body), term = this.#termAt(leaf.index), key = findKey(term.roster, 'sign', frame.keyId);
    need(same(frame.hash, leaf.hash), 'E_FORMAT', "the frame is not the leaf's");
    need(key, 'E_KEY', 'not in the roster then');
    const header = frame.check(this.networkId, key.key), message = { index: leaf.index, leaf, frame, header, messageId: frame.messageId(this.networkId) };
    if (header.sender === this.member) {   // our own, refused ones too: a node that starts anew counts from them
      this.own.push(message);
      return this.#count(frame, header);
    }
    need(leaf.verdict === 0 && header.recipients.includes(this.member), 'E_RECIPIENT', 'not for us');
    need(header.seen_size <= leaf.index && same(header.seen_root, this.leaves.root(header.seen_size)), 'E_CHECKPOINT', 'two histories');
    const verdict = this.#verdict(frame, header, key, term, leaf), opened = { verdict, plaintext: frame.body, pairSeq: 0, cek: null, recordId: null };
    if (header.suite === 2) Object.assign(opened, this.#open(frame, header, verdict, leaf));
    else if (header.kind === 'receipt' && verdict === 'OK') opened.verdict = this.#hearOfGaps(frame.body, header.sender);
    return this.received.push({ ...message, ...opened });
  }

  /** The key that one of the frame's stanzas is for: an older one may still be asked for. */
  opening(frame) {
    const ids = new Set();
    for (let at = 2; at + 96 <= frame.body.length; at += 96) ids.add(frame.body.toString('hex', at, at + 8));
    return this.keys.held('hpke').find((key) => ids.has(keyId('hpke', raw(key)).toString('hex'))) ?? this.keys.hpke;
  }

  #open(frame, header, verdict, leaf) {
    try {
      const opened = openBody(this.opening(frame), this.networkId, frame.keyId, frame.header, header.key_commitment, frame.body);
      // Whoever made a frame that is out of its place must not use up the sender's numbers.
      if (!inItsPlace(verdict) || header.kind === 'heartbeat') return { ...opened, pairSeq: 0 };
      if (opened.pairSeq < 1n || opened.pairSeq > 2n ** 62n) return { ...opened, verdict: verdict === 'OK' ? 'E_FORMAT' : verdict };
      const first = this.pairs.take(header.sender, opened.pairSeq, leaf.index, leaf.acceptTimeMs);
      return { ...opened, verdict: verdict === 'OK' && !first ? 'E_DUPLICATE' : verdict };
    } catch (why) {
      if (!(why instanceof Refused)) throw why;
      return { verdict: verdict === 'OK' ? why.word : verdict, plaintext: null };
    }
  }

  /** What a receipt says of numbers that never come (PROTOCOL 3); its verdict. */
  #hearOfGaps(plaintext, sender) {
    let covered;
    try {
      covered = frames.readReceipt(plaintext);
    } catch (why) {   // one that does not decode is ignored
      if (!(why instanceof Refused)) throw why;
      return why.word;
    }
    for (const { message_id: id, frame_hash: hash, index, pair_seq: number, verdict } of covered) {
      const about = verdict >= 20 && verdict <= 27 && index < this.leafData.length && number >= 1 && number <= 2n ** 62n;
      const leaf = about && !this.own.some((m) => same(m.messageId, id)) ? parseLeaf(this.leafData[Number(index)]) : null;
      if (leaf?.class !== 1 || !same(leaf.hash, hash) || leaf.verdict !== verdict) continue;
      this.pairs.explain(sender, BigInt(number), leaf.index, leaf.acceptTimeMs);
    }
    return 'OK';
  }

  /** What a recipient finds, as a word: the broker's checks without connection, quota and the clock of now. */
  #verdict(frame, h, key, term, leaf) {
    const found = this.#chainVerdict(frame, h, key, leaf.index) ?? this.#entryVerdict(frame, h, term, leaf);
    if (inItsPlace(found)) this.signers.set(h.sender, frame.keyId.toString('hex'));
    return found;
  }

  /** What is wrong with the frame's place in its sender's chain; null when nothing is. */
  #chainVerdict(frame, h, key, index) {
    if (h.sender !== key.member) return 'E_SENDER';
    const named = this.terms.find((t) => t.index < index && t.roster.version === h.roster_version), id = frame.keyId.toString('hex');
    if (!named || !same(named.roster.policyHash, h.policy_hash)) return 'E_FORMAT';
    if (this.seenSequence.has(id) && (this.signers.get(h.sender) ?? id) !== id) return 'E_KEY';   // superseded: another key of this member has spoken after it
    if (h.sequence <= (this.seenSequence.get(id) ?? 0)) return 'E_CHAIN';
    this.seenSequence.set(id, h.sequence);
    if (!keyValid(key, index)) return index < key.from ? 'E_KEY' : 'E_KEY_REVOKED';
    return null;
  }

  #entryVerdict(frame, h, { roster, policy, members }, leaf) {
    if (leaf.acceptTimeMs > h.not_after_ms) return 'E_EXPIRED';
    if (!SCHEMAS[h.kind] || !same(SCHEMAS[h.kind], h.schema_id)) return 'E_SCHEMA';
    if (!h.recipients.every((r) => members.includes(r))) return 'E_RECIPIENT';
    const { word } = decide(policy, members, h.sender, h.kind, h.marking, h.recipients, h.suite);
    if (word !== 'OK') return word;
    if (h.kind === 'receipt') return h.suite === 1 && h.recipients.length === 1 ? 'OK' : 'E_SEAL';
    return h.suite === 2 ? this.#sealVerdict(frame, h, roster, leaf) : 'E_SEAL';
  }

  #sealVerdict(frame, h, roster, leaf) {
    try {
      const holders = frames.checkSeal(roster, frame, h);
      if (holders.some((k) => leaf.index < k.from)) return 'E_SEAL';
      const stale = (k) => (k.status === 'revoked' ? leaf.index >= k.end : k.status === 'retired' && leaf.acceptTimeMs >= this.retiredSince.get(k.id) + STALE_MS);
      return holders.some(stale) ? 'E_STALE' : 'OK';
    } catch (why) {
      return why.word;
    }
  }

  // --- publishing

  header(kind, recipients, marking = 'committees', changes = {}) {
    const now = Date.now();
    return { sender: this.member, schema_id: SCHEMAS[kind], kind, marking, recipients: [...recipients].sort(), sequence: this.sequence + 1, previous: this.previous,
      created_at_ms: now, not_after_ms: now + 30 * 86_400_000, roster_version: this.roster.version, policy_hash: this.roster.policyHash, seen_size: this.size,
      seen_root: this.root, nonce: randomBytes(16), in_reply_to: ZERO, suite: 2, key_commitment: Buffer.alloc(0), blobs: [], ...changes };
  }

  /** A whole frame; sealed when the header says suite 2. */
  build(fields, plaintext) {
    if (fields.suite !== 2) return frames.makeFrame(this.networkId, this.keys.sign, frames.writeHeader(fields), plaintext);
    const cek = randomBytes(32), header = frames.writeHeader({ ...fields, key_commitment: commitment(cek) });
    const hpke = (m) => newestKey(this.roster, m, 'hpke', this.leaves.length).key;
    const to = [...fields.recipients.map((r) => [hpke(r), (this.pairOut.get(r) ?? 0) + 1]), [hpke(this.member), 0]];
    const body = sealBody(cek, this.networkId, keyId('sign', raw(this.keys.sign)), header, to, plaintext);
    return frames.makeFrame(this.networkId, this.keys.sign, header, body);
  }

  receipt(to, covered) {
    return this.build(this.header('receipt', [to], 'public', { suite: 1 }), frames.writeReceipt(covered));
  }

  /** The leaf of an R1 that holds; the log will have to hold it, too. */
  checkAcceptance(answer) {
    const leaf = parseLeaf(answer.leaf), { size, root } = openCheckpoint(answer.checkpoint, this.roster.broker.log);
    need(leaf.class === 1 && same(leaf.hash, answer.frame_hash), 'E_PROOF', 'R1 is of another frame');
    need(inclusionHolds(leafHash(answer.leaf), leaf.index, size, answer.path, root), 'E_PROOF', 'R1 does not hold');
    this.#hold(size, root);
    return leaf;
  }

  /**
   * Sends a frame's bytes: {accepted: R1 with its leaf, whose verdict may be a refused entry's} or {refused: refusal}. After a silence the same bytes may be
   * sent again: what is logged already is answered with its first R1.
   */
  async publish(data, ms = 5000) {
    const frameHash = sha256(data);
    await this.send(data);
    for (;;) {
      const answer = await this.receive(ms);
      const about = answer.type === frames.REFUSAL && answer.requestId === 0 && [frameHash, ZERO].some((hash) => same(hash, answer.frame_hash));
      if (about) return { refused: { ...answer, signed: this.#isSigned(answer) } };
      if (answer.type !== frames.ACCEPTANCE || !same(answer.frame_hash, frameHash)) continue;
      const leaf = this.checkAcceptance(answer), frame = new frames.Frame(data), header = frames.readHeader(frame.header);
      if (header.sequence === this.sequence + 1) {
        Object.assign(this, { sequence: header.sequence, previous: frame.messageId(this.networkId) });
      }
      this.#count(frame, header);
      return { accepted: { ...answer, ...leaf } };
    }
  }

  #isSigned(refusal) {
    return refusal.signature !== null && signatureHolds(this.roster.broker.sign, refusal.signature, frames.refusalToSign(this.networkId, refusal));
  }

  /** An own frame that is logged: its place in the chain, and its number for each recipient. */
  #count(frame, header) {
    const id = frame.hash.toString('hex'), key = frame.keyId.toString('hex'), known = this.chains.get(key) ?? 0;
    if (header.sequence > known) this.chains.set(key, header.sequence);
    if (header.suite !== 2 || header.kind === 'heartbeat' || this.counted.has(id)) return;
    for (const r of header.recipients) this.pairOut.set(r, (this.pairOut.get(r) ?? 0) + 1);
    this.counted.set(id, new Map(header.recipients.map((r) => [r, this.pairOut.get(r)])));
  }

  // --- proving

  /** The proof file of an own message, or of a received one, under the newest checkpoint; with its content key, its holder can read the body. */
  proof(index, cek) {
    const b64 = (data) => data.toString('base64');
    const placed = (at, inner) => ({ ...inner, index: at, leaf: b64(this.leafData[at]), path: this.leaves.path(at, this.size).map(b64) });
    const { frame, messageId } = [...this.own, ...this.received].find((m) => m.index === index);
    const receipts = this.received.filter((m) => m.header.kind === 'receipt' && m.verdict === 'OK' &&
      frames.readReceipt(m.plaintext).some((x) => same(x.message_id, messageId)));
    return JSON.stringify({ format: 'liaison-proof/v1', network: this.roster.network, genesis_sha256: this.given[0].hash.toString('hex'),
      rosters: this.terms.map((t) => placed(t.index, { note: t.roster.note })), policies: this.policies.map((p) => placed(p.index, { file: p.policy.text })),
      checkpoint: this.note, receipts: receipts.map((m) => placed(m.index, { frame: b64(m.frame.data) })), ...placed(index, { frame: b64(frame.data) }),
      ...(cek ? { content_key: b64(cek) } : {}) });
  }
}
