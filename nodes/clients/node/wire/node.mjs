// SPDX-License-Identifier: Apache-2.0
// A member's connection to the broker and what it has verified of the log: publishes, fetches, judges, opens, proves; written from schemas/PROTOCOL.md.
// Member (member.mjs) is the comfortable way to use it. Keeps nothing: who starts anew reads the log from its beginning, own messages included.
import { randomBytes } from 'node:crypto';
import * as zmq from 'zeromq';

import { SCHEMAS } from './bodies.mjs';
import { commitment, consistencyHolds, inclusionHolds, keyId, leafHash, need, openBody, openCheckpoint, parseLeaf, raw, rawSecret, Refused, same, sealBody,
  sha256, signatureHolds, Tree, z85 } from './crypto.mjs';
import * as frames from './frames.mjs';
import { decide, findKey, keyValid, newestKey, parsePolicy, trustRosters } from './texts.mjs';

export const ZERO = Buffer.alloc(32);
const STALE_MS = 30 * 86_400_000;

export class Node {
  /**
   * @param {string} member @param {import('./keys.mjs').Keys} keys @param {string[]} notes all rosters so far, as a new node is given them
   * @param {Buffer} genesis the fingerprint of the first, from the authority by voice @param {string} [host] where the broker is
   */
  constructor(member, keys, notes, genesis, host = '127.0.0.1') {
    this.given = trustRosters(notes);
    need(same(this.given[0].hash, genesis), 'E_ROSTER', 'another genesis');
    Object.assign(this, { member, keys, roster: this.given.at(-1), requestId: 0 });
    this.networkId = sha256('liaison/net/v1\0', this.roster.network, genesis);
    need(this.roster.members[member], 'E_ROSTER', `${member} is no member of this roster`);
    this.socket = new zmq.Dealer({ linger: 0, sendTimeout: 5000, curveSecretKey: z85(rawSecret(keys.curve)), curvePublicKey: z85(raw(keys.curve)),
      curveServerKey: this.roster.broker.curve });
    this.socket.connect(`tcp://${host}:${this.roster.members[member].port}`);
    Object.assign(this, { leafData: [], leaves: new Tree(), root: sha256(), size: 0, note: null, sequence: 0, previous: ZERO });
    Object.assign(this, { pairOut: new Map(), pairIn: new Map(), counted: new Set(), seenSequence: new Map() });
    Object.assign(this, { terms: [], retiredSince: new Map(), policies: [] });   // rosters by index; when a key was first shown retired; policies
    Object.assign(this, { received: [], own: [], alarms: [] });
  }

  close() { this.socket.close(); }

  async send(payload) {
    await this.socket.send(payload);
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

  /** Makes this the connection that publishes, and takes up the chain of the own sign key where it ends. */
  async whoami() {
    const answer = await this.ask(frames.WHOAMI), mine = keyId('sign', raw(this.keys.sign));
    need(answer.type === frames.WHOAMI_ANSWER && answer.member === this.member, 'E_SENDER', 'the broker takes us for somebody else');
    for (const head of answer.heads) {
      this.checkAcceptance(head.acceptance);
      if (same(head.key_id, mine)) Object.assign(this, { sequence: head.sequence, previous: head.message_id });
    }
  }

  // --- the log

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
    need(end <= size && size >= this.size, 'E_CHECKPOINT', 'the log was rolled back');
    if (end === size) need(same(ownRoot, root) && !answer.consistency.length, 'E_CHECKPOINT', 'two histories: the checkpoint does not connect');
    else need(consistencyHolds(end, size, ownRoot, root, answer.consistency), 'E_CHECKPOINT', 'the consistency proof does not hold');
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
      return this.alarms.push({ index: leaf.index, why: why.message, frame: body });
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
      return this.#countPairs(frame, header);
    }
    need(leaf.verdict === 0 && header.recipients.includes(this.member), 'E_RECIPIENT', 'not for us');
    need(header.seen_size <= leaf.index && same(header.seen_root, this.leaves.root(header.seen_size)), 'E_CHECKPOINT', 'two histories');
    const verdict = this.#verdict(frame, header, key, term, leaf), opened = { verdict, plaintext: frame.body, pairSeq: 0, cek: null };
    if (header.suite === 2) Object.assign(opened, this.#open(frame, header, verdict));
    return this.received.push({ ...message, ...opened });
  }

  #open(frame, header, verdict) {
    try {
      const opened = openBody(this.keys.hpke, this.networkId, frame.keyId, frame.header, header.key_commitment, frame.body);
      const last = this.pairIn.get(header.sender) ?? 0n;   // a gap before it is explained by a receipt of the sender, or is an alarm
      if (opened.pairSeq < 1n || opened.pairSeq > 2n ** 62n) return { ...opened, verdict: 'E_FORMAT' };
      if (opened.pairSeq <= last) return { ...opened, verdict: verdict === 'OK' ? 'E_DUPLICATE' : verdict };
      this.pairIn.set(header.sender, opened.pairSeq);
      return opened;
    } catch (why) {
      if (!(why instanceof Refused)) throw why;
      return { verdict: verdict === 'OK' ? why.word : verdict, plaintext: null };
    }
  }

  /** What a recipient finds, as a word: the broker's checks without connection, quota and the clock of now. */
  #verdict(frame, h, key, { roster, policy, members }, leaf) {
    if (h.sender !== key.member) return 'E_SENDER';
    const named = this.terms.find((t) => t.index < leaf.index && t.roster.version === h.roster_version), id = frame.keyId.toString('hex');
    if (!named || !same(named.roster.policyHash, h.policy_hash)) return 'E_FORMAT';
    if (h.sequence <= (this.seenSequence.get(id) ?? 0)) return 'E_CHAIN';
    this.seenSequence.set(id, h.sequence);
    if (!keyValid(key, leaf.index)) return leaf.index < key.from ? 'E_KEY' : 'E_KEY_REVOKED';
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
    const to = fields.recipients.map((r) => [newestKey(this.roster, r, 'hpke', this.leaves.length).key, (this.pairOut.get(r) ?? 0) + 1]);
    const body = sealBody(cek, this.networkId, keyId('sign', raw(this.keys.sign)), header, [...to, [raw(this.keys.hpke), 0]], plaintext);
    return frames.makeFrame(this.networkId, this.keys.sign, header, body);
  }

  receipt(to, covered) {
    return this.build(this.header('receipt', [to], 'public', { suite: 1 }), frames.writeReceipt(covered));
  }

  /** The leaf of an R1 that holds. */
  checkAcceptance(answer) {
    const leaf = parseLeaf(answer.leaf), { size, root } = openCheckpoint(answer.checkpoint, this.roster.broker.log);
    need(leaf.class === 1 && same(leaf.hash, answer.frame_hash), 'E_PROOF', 'R1 is of another frame');
    need(inclusionHolds(leafHash(answer.leaf), leaf.index, size, answer.path, root), 'E_PROOF', 'R1 does not hold');
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
      if (answer.type === frames.REFUSAL) return { refused: { ...answer, signed: this.#isSigned(answer) } };
      if (answer.type !== frames.ACCEPTANCE || !same(answer.frame_hash, frameHash)) continue;
      const leaf = this.checkAcceptance(answer), frame = new frames.Frame(data), header = frames.readHeader(frame.header);
      if (header.sequence === this.sequence + 1) {
        Object.assign(this, { sequence: header.sequence, previous: frame.messageId(this.networkId) });
        this.#countPairs(frame, header);
      }
      return { accepted: { ...answer, ...leaf } };
    }
  }

  #isSigned(refusal) {
    return refusal.signature !== null && signatureHolds(this.roster.broker.sign, refusal.signature, frames.refusalToSign(this.networkId, refusal));
  }

  #countPairs(frame, header) {
    const id = frame.hash.toString('hex');
    if (header.suite !== 2 || header.kind === 'heartbeat' || this.counted.has(id)) return;
    this.counted.add(id);
    for (const r of header.recipients) this.pairOut.set(r, (this.pairOut.get(r) ?? 0) + 1);
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
