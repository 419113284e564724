// SPDX-License-Identifier: Apache-2.0
// Signed frames, their headers, control frames, receipts and proof files: PROTOCOL 2, 3 and 13. What comes from outside is Refused with the protocol's word.
import { big, checkRest, inclusionHolds, join, keyId, leafHash, need, openCheckpoint, openRest, parseLeaf, prefix16, raw, Refused, same,
  sha256, signatureHolds, signed, splitBody, unb64 } from './crypto.mjs';
import * as bodies from './bodies.mjs';
import * as flat from './flat.mjs';
import { decide, findKey, isId, keyValid, parsePolicy, trustRosters } from './texts.mjs';

export const CODES = { 1: 'E_FORMAT', 2: 'E_SIZE', 3: 'E_KEY', 4: 'E_SIGNATURE', 5: 'E_SENDER', 7: 'E_BLOB', 8: 'E_CHAIN', 9: 'E_EQUIVOCATION',
  10: 'E_KEY_REVOKED', 20: 'E_EXPIRED', 21: 'E_SCHEMA', 22: 'E_RECIPIENT', 23: 'E_MARKING', 24: 'E_POLICY', 25: 'E_ENCRYPTION_REQUIRED', 26: 'E_SEAL',
  27: 'E_STALE', 40: 'E_GAP', 41: 'E_QUOTA', 42: 'E_BUSY', 43: 'E_STORAGE_FULL', 44: 'E_CLOCK', 45: 'E_CLOCK_BROKER', 47: 'E_ROSTER_EXPIRED',
  61: 'E_RANGE', 80: 'E_OPEN', 81: 'E_BODY', 82: 'E_DUPLICATE' };
export const NUMBERS = Object.fromEntries(Object.entries(CODES).map(([number, word]) => [word, Number(number)]));
export const [MESSAGE, FETCH, ITEMS, ACCEPTANCE, REFUSAL, WHOAMI, WHOAMI_ANSWER, CHECKPOINT] = [1, 2, 3, 4, 5, 6, 7, 8];
const PAYLOAD_MAX = 128 * 1024;

export function verified(data, identifier, table, word, tablesMax) {
  try {
    return flat.read(data, identifier, table, tablesMax);
  } catch (why) {
    throw new Refused(word, why.message);
  }
}

// --- signed frames

/** The fields of header.fbs. @param {Buffer} data */
export function readHeader(data) {
  const h = verified(data, 'LSNH', flat.HEADER, 'E_FORMAT'), form = (condition, why) => need(condition, 'E_FORMAT', `header: ${why}`);
  form(data.length <= 16 * 1024, 'longer than 16 KiB');
  form(isId(h.sender) && h.recipients.every(isId), 'ids');
  form(h.recipients.length >= 1 && h.recipients.length <= 32 && h.recipients.every((r, i, all) => r !== h.sender && (i === 0 || all[i - 1] < r)), 'recipients');
  form(/^[a-z_.]{1,32}$/.test(h.kind) && /^[a-z_]{1,32}$/.test(h.marking), 'kind or marking');
  form([h.sequence, h.created_at_ms, h.not_after_ms, h.roster_version, h.seen_size].every((n) => n >= 1 && n <= 2n ** 62n), 'numbers');
  form(h.not_after_ms > h.created_at_ms && [1, 2].includes(h.suite), 'times or suite');
  form([h.schema_id, h.previous, h.policy_hash, h.seen_root, h.in_reply_to].every((x) => x.length === 32) && h.nonce.length === 16, 'lengths');
  form(h.key_commitment.length === (h.suite === 2 ? 32 : 0), 'commitment');
  need(!h.blobs.length, 'E_BLOB', 'there are no attachments yet');
  return h;
}

/** A signed frame taken apart; nothing of it is parsed before `check` held. */
export class Frame {
  constructor(data) {
    need(data.length >= 88, 'E_SIZE', 'shorter than its prefix');
    need(same(data.subarray(0, 8), Buffer.from('LSN1\x01\x01\0\0', 'latin1')), 'E_FORMAT', 'prefix');
    const h = data.readUInt32BE(16), b = data.readUInt32BE(20);
    need(h <= 16 * 1024 && b <= 96 * 1024 && data.length === 88 + h + b, 'E_SIZE', 'lengths');
    Object.assign(this, { data, keyId: data.subarray(8, 16), signature: data.subarray(24, 88), header: data.subarray(88, 88 + h), body: data.subarray(88 + h),
      hash: sha256(data) });
  }

  toSign(networkId) { return join([prefix16('liaison/msg/v1'), networkId, this.data.subarray(4, 24), sha256(this.header), sha256(this.body)]); }
  messageId(networkId) { return sha256('liaison/id/v1\0', this.toSign(networkId)); }

  /** The signature, and then the header, which comes back. */
  check(networkId, key) {
    need(same(this.keyId, keyId('sign', key)) && signatureHolds(key, this.signature, this.toSign(networkId)), 'E_SIGNATURE', 'it does not hold');
    return readHeader(this.header);
  }
}

export function makeFrame(networkId, signKey, header, body) {
  const fixed = join(['LSN1', Buffer.from([1, 1, 0, 0]), keyId('sign', raw(signKey)), big(header.length, 4), big(body.length, 4)]);
  const unsigned = new Frame(join([fixed, Buffer.alloc(64), header, body]));
  return join([fixed, signed(signKey, unsigned.toSign(networkId)), header, body]);
}

export const writeHeader = (fields) => flat.write(flat.HEADER, fields, 'LSNH');

// --- receipts: a list of {message_id, frame_hash, index, pair_seq, verdict}

export const writeReceipt = (covered) => flat.write(flat.RECEIPT, { covered }, 'LSNR');

export function readReceipt(data) {
  const { covered } = verified(data, 'LSNR', flat.RECEIPT, 'E_BODY');
  need(covered.length >= 1 && covered.length <= 256 && covered.every((x) => x.verdict === 0 || CODES[x.verdict]), 'E_BODY', 'count or verdict');
  return covered;
}

// --- control frames: hashes are lists of 32 bytes here and one vector of bytes on the wire, notes are text here

export function writeControl(type, requestId, values = {}) {
  const content = flat.writeControl(type, values);
  return join(['LSN1', Buffer.from([type]), big(requestId, 4), big(content.length, 4), content]);
}

const hashes = (bytes) => Array.from({ length: bytes.length / 32 }, (_, i) => bytes.subarray(32 * i, 32 * i + 32));
const form = (condition) => need(condition, 'E_FORMAT', 'a length or number');
const acceptance = (a) => {
  form(a.frame_hash.length === 32 && a.leaf.length === 52 && a.path.length % 32 === 0 && a.path.length <= 128 * 32);
  return { ...a, path: hashes(a.path), checkpoint: a.checkpoint.toString(), rule: a.rule ?? '', basis: a.basis ?? '' };
};
const READ = {
  [ITEMS]: (x) => {
    form(x.items.length <= 256 && x.items.every((i) => i.leaf.length === 52) && x.consistency.length % 32 === 0 && x.consistency.length <= 128 * 32);
    form(x.items.reduce((sum, i) => sum + i.leaf.length + (i.body?.length ?? 0), 0) <= PAYLOAD_MAX);   // parts that share bytes are counted each time
    return { items: x.items, checkpoint: x.checkpoint.toString(), consistency: hashes(x.consistency) };
  },
  [ACCEPTANCE]: acceptance,
  [REFUSAL]: (x) => {
    form(x.detail <= 2n ** 62n && x.time_ms <= 2n ** 62n && x.frame_hash.length === 32 && CODES[x.code] && (x.signature === null || x.signature.length === 64));
    return { ...x, word: CODES[x.code] };
  },
  [WHOAMI_ANSWER]: (x) => {
    form(isId(x.member) && x.time_ms <= 2n ** 62n && x.heads.every((h) => h.sequence <= 2n ** 62n) && x.heads.length <= 64 && x.heads.every((h) => h.key_id.length === 8 && h.message_id.length === 32 && h.acceptance));
    return { ...x, heads: x.heads.map((h) => ({ ...h, acceptance: acceptance(h.acceptance) })) };
  },
  [CHECKPOINT]: (x) => ({ note: x.note?.toString() ?? '' }),
};

/** {type, requestId, and what the table holds} @param {Buffer} payload */
export function readControl(payload) {
  need(payload.length <= PAYLOAD_MAX, 'E_SIZE', 'longer than 128 KiB');
  need(payload.length >= 13 && payload.subarray(0, 4).toString() === 'LSN1' && payload[4] >= 2 && payload[4] <= 8, 'E_FORMAT', 'no control frame');
  need(payload.readUInt32BE(9) === payload.length - 13, 'E_SIZE', 'the length does not add up');
  const wire = verified(payload.subarray(13), 'LSNW', flat.WIRE, 'E_FORMAT', 1024), type = payload[4];
  need(wire.control_type === type - 1, 'E_FORMAT', "the content is not its type's");
  return { type, requestId: payload.readUInt32BE(5), ...(READ[type] ?? ((x) => x))(wire.control) };
}

export const refusalToSign = (networkId, r) =>
  join([prefix16('liaison/rcpt/v1'), networkId, r.frame_hash, big(r.code, 2), big(r.detail, 8), big(r.time_ms, 8)]);

// --- a proof file

const proofNeed = (condition, why) => need(condition, 'E_PROOF', why);
const bytes = (text, size) => {
  proofNeed(typeof text === 'string', 'no base64');
  return unb64(text, 'E_PROOF', size);
};

/** A proof file, judged; Refused when anything of it does not hold. `plaintext` when it has a content key, `delivered` {member: verdict}, 0 where the
 * member took it. */
export class Proof {
  /** @param {string} text @param {Buffer|null} [fingerprint] the SHA-256 of the first roster's text that you were told */
  constructor(text, fingerprint = null) {
    proofNeed(Buffer.byteLength(text) <= 16 << 20, 'too long');
    let p;
    try {
      p = JSON.parse(text);
    } catch {
      throw new Refused('E_PROOF', 'no JSON');
    }
    const written = [...text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)].filter(([, colon]) => colon).length;
    proofNeed(written === countNames(p), 'a field twice');
    const place = ['index', 'leaf', 'path'];
    fields(p, ['format', 'network', 'genesis_sha256', 'rosters', 'policies', 'frame', 'checkpoint', 'receipts', ...place], ['content_key']);
    proofNeed(p.format === 'liaison-proof/v1' && /^[0-9a-f]{64}$/.test(p.genesis_sha256), 'format or fingerprint');
    for (const [name, inner] of [['rosters', 'note'], ['policies', 'file'], ['receipts', 'frame']]) {
      proofNeed(Array.isArray(p[name]) && p[name].length <= 1000 && (p[name].length || name === 'receipts'), name);
      p[name].forEach((one) => fields(one, [...place, inner]));
    }
    this.genesis = Buffer.from(p.genesis_sha256, 'hex');
    proofNeed(fingerprint === null || same(fingerprint, this.genesis), 'another exchange');
    this.rosters = trustRosters(p.rosters.map((x) => x.note));
    proofNeed(same(this.rosters[0].hash, this.genesis) && this.rosters[0].network === p.network, 'another genesis or network');
    this.networkId = sha256('liaison/net/v1\0', p.network, this.genesis);
    Object.assign(this, openCheckpoint(p.checkpoint, this.rosters.at(-1).broker.log));
    this.rosterAt = this.#inOrder(p.rosters, 2, this.rosters.map((r) => r.hash));
    proofNeed(this.rosterAt[0] === 0, 'roster 1 is not the first entry');
    const files = p.policies.map((x) => ({ policy: parsePolicy(x.file), hash: sha256(x.file) }));
    this.policyAt = this.#inOrder(p.policies, 3, files.map((f) => f.hash));
    this.#message(p, files);
    this.delivered = {};
    for (const one of [...p.receipts].sort((a, b) => a.index - b.index)) {   // a later 0 replaces an earlier code, nothing else a first answer
      const [member, verdicts] = this.#receipt(one);
      for (const verdict of verdicts) if (!Object.hasOwn(this.delivered, member) || verdict === 0) this.delivered[member] = verdict;
    }
  }

  #placed(one, type, hash) {
    const data = bytes(one.leaf), path = one.path.map((x) => bytes(x, 32)), leaf = parseLeaf(data);
    proofNeed(leaf.class === type && same(leaf.hash, hash) && leaf.index === one.index, 'another leaf');
    proofNeed(path.length <= 64 && inclusionHolds(leafHash(data), leaf.index, this.size, path, this.root), 'not in the log');
    return leaf;
  }

  #inOrder(listed, type, found) {
    const leaves = listed.map((one, i) => this.#placed(one, type, found[i]));
    proofNeed(leaves.every((leaf, i) => leaf.verdict === 0 && (i === 0 || leaves[i - 1].index < leaf.index)), 'order or verdict');
    return leaves.map((leaf) => leaf.index);
  }

  #rosterFor(index) {
    const at = this.rosterAt.filter((from) => from < index).length;
    proofNeed(at, 'before any roster');
    return this.rosters[at - 1];
  }

  /** By a key that is good at its index, then and by the last roster. */
  #frame(data, index) {
    const frame = new Frame(data), roster = this.#rosterFor(index), key = findKey(roster, 'sign', frame.keyId);
    need(key && roster.members[key.member], 'E_KEY', 'not in the roster then');
    for (const version of [roster, this.rosters.at(-1)]) need(version.keys[key.id] && keyValid(version.keys[key.id], index), 'E_KEY_REVOKED', key.id);
    const header = frame.check(this.networkId, key.key);
    proofNeed(header.sender === key.member, 'another sender');
    return [frame, header];
  }

  #message(p, files) {
    const data = bytes(p.frame), [frame, h] = this.#frame(data, p.index), roster = this.#rosterFor(p.index);
    Object.assign(this, { frame, header: h, leaf: this.#placed(p, 1, sha256(data)), plaintext: null });
    const seen = this.rosters[h.roster_version - 1];
    proofNeed(h.roster_version <= roster.version && same(seen.policyHash, h.policy_hash), 'what it saw');
    const at = files.findIndex((f, i) => same(f.hash, roster.policyHash) && this.policyAt[i] < p.index);
    proofNeed(at >= 0, 'the policy in force is missing');
    this.decision = decide(files[at].policy, Object.keys(roster.members), h.sender, h.kind, h.marking, h.recipients, h.suite);
    const { verdict } = this.leaf;
    if ([0, 23, 24, 25].includes(verdict)) proofNeed(this.decision.word === (CODES[verdict] ?? 'OK'), 'the policy says otherwise');
    if (verdict === 0) {
      proofNeed(this.leaf.acceptTimeMs <= h.not_after_ms, 'expired');
      if (h.suite === 2) checkSeal(roster, frame, h);
    }
    if (h.suite === 2 && typeof p.content_key === 'string') this.#open(p.content_key);
  }

  #open(contentKey) {
    const h = this.header;
    this.plaintext = openRest(bytes(contentKey, 32), this.frame.header, h.key_commitment, splitBody(this.frame.body)[1]);
    if (bodies.isPlain(h.kind) && same(bodies.SCHEMAS[h.kind], h.schema_id)) bodies.read(h.kind, this.plaintext);
  }

  #receipt(one) {
    const [frame, h] = this.#frame(bytes(one.frame), one.index), said = this.header;
    proofNeed(h.kind === 'receipt' && h.suite === 1 && said.recipients.includes(h.sender) && h.recipients.join() === said.sender, 'no receipt of it');
    proofNeed(this.#placed(one, 1, frame.hash).verdict === 0, 'a refused receipt');
    const mine = readReceipt(frame.body).filter((x) => same(x.message_id, this.frame.messageId(this.networkId)) && same(x.frame_hash, this.frame.hash) &&
      x.index === this.leaf.index);
    proofNeed(mine.length, 'about something else');
    return [h.sender, mine.map((x) => x.verdict)];
  }
}

/** The stanzas are the recipients' and the sender's, in this order. */
export function checkSeal(roster, frame, h) {
  const [stanzas, rest] = splitBody(frame.body), holders = stanzas.map((s) => findKey(roster, 'hpke', s.keyId));
  need(holders.map((k) => k?.member).join() === [...h.recipients, h.sender].join(), 'E_SEAL', 'another holder');
  checkRest(rest);
  return holders;
}

const countNames = (value) => (value === null || typeof value !== 'object' ? 0
  : Object.values(value).reduce((sum, one) => sum + countNames(one), Array.isArray(value) ? 0 : Object.keys(value).length));

function fields(one, needed, allowed = []) {
  const names = one && typeof one === 'object' && !Array.isArray(one) ? Object.keys(one) : [];
  proofNeed(needed.every((name) => names.includes(name)) && names.every((name) => needed.includes(name) || allowed.includes(name)), 'fields');
  proofNeed(Number.isSafeInteger(one.index) && one.index >= 0 && Array.isArray(one.path), 'index or path');
  const texts = ['note', 'file', 'checkpoint', 'network', 'genesis_sha256'].filter((name) => needed.includes(name));
  proofNeed(texts.every((name) => typeof one[name] === 'string'), 'texts');
}
