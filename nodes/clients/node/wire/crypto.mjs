// SPDX-License-Identifier: Apache-2.0
// Keys, HPKE, sealed bodies, notes and the Merkle log: schemas/PROTOCOL.md sections 1, 4, 5 and 8. No code of Liaison's own. Bytes are Buffers.
import { createCipheriv, createDecipheriv, createHash, createHmac, createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync, sign,
  verify } from 'node:crypto';

/** What these bytes are not, under the protocol's word for it. */
export class Refused extends Error {
  /** @param {string} word @param {string} [why] */
  constructor(word, why = '') {
    super(`${word}: ${why}`);
    Object.assign(this, { name: 'Refused', word });
  }
}

export function need(condition, word, why) {
  if (!condition) throw new Refused(word, why);
}

export const sha256 = (...parts) => createHash('sha256').update(join(parts)).digest();
export const join = (parts) => Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
export const same = (a, b) => Buffer.compare(a, b) === 0;
export const prefix16 = (word) => Buffer.concat([Buffer.from(word), Buffer.alloc(16)], 16);

export function big(value, size) {
  const out = Buffer.alloc(8);
  out.writeBigUInt64BE(BigInt(value));
  return out.subarray(8 - size);
}

/** Standard, padded and canonical; Refused with `word` otherwise. @param {string} text @param {string} [word] @param {number} [size] */
export function unb64(text, word = 'E_FORMAT', size) {
  const data = Buffer.from(text, 'base64');
  need(data.toString('base64') === text && (size === undefined || data.length === size), word, 'base64');
  return data;
}

const Z85 = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#';

export function z85(data) {
  let out = '';
  for (let at = 0; at < data.length; at += 4) {
    let value = data.readUInt32BE(at), part = '';
    for (let n = 0; n < 5; n++, value = Math.floor(value / 85)) part = Z85[value % 85] + part;
    out += part;
  }
  return out;
}

export function unz85(text, word = 'E_FORMAT', size) {
  need(text.length % 5 === 0 && (size === undefined || text.length / 5 * 4 === size), word, 'Z85');
  const out = Buffer.alloc(text.length / 5 * 4);
  for (let at = 0; at < text.length; at += 5) {
    const digits = [...text.slice(at, at + 5)].map((ch) => Z85.indexOf(ch)), value = digits.reduce((sum, n) => sum * 85 + n, 0);
    need(digits.length === 5 && !digits.includes(-1) && value < 2 ** 32, word, 'Z85');
    out.writeUInt32BE(value, at / 5 * 4);
  }
  need(z85(out) === text, word, 'Z85');
  return out;
}

// --- keys

export const newKey = (type) => generateKeyPairSync(type).privateKey;   // 'ed25519' or 'x25519'
export const raw = (key) => Buffer.from((key.type === 'private' ? createPublicKey(key) : key).export({ format: 'jwk' }).x, 'base64url');
export const rawSecret = (key) => Buffer.from(key.export({ format: 'jwk' }).d, 'base64url');
export const publicKey = (crv, bytes) => createPublicKey({ key: { kty: 'OKP', crv, x: bytes.toString('base64url') }, format: 'jwk' });
export const agreementKey = (secret) => createPrivateKey({ key: join([Buffer.from('302e020100300506032b656e04220420', 'hex'), secret]), format: 'der', type: 'pkcs8' });
export const keyId = (use, bytes) => sha256('liaison/key/v1\0', use, bytes).subarray(0, 8);
export const signed = (key, message) => sign(null, message, key);

export function signatureHolds(bytes, signature, message) {
  try {
    return verify(null, message, publicKey('Ed25519', bytes), signature);
  } catch {
    return false;
  }
}

// The curve's prime and d, as in RFC 8032 5.1; only to look at keys, never at secrets.
const PRIME = 2n ** 255n - 19n;
const mod = (x) => ((x % PRIME) + PRIME) % PRIME;
function power(base, exponent) {
  let out = 1n;
  for (base = mod(base); exponent > 0n; exponent >>= 1n, base = mod(base * base)) if (exponent & 1n) out = mod(out * base);
  return out;
}
const inverse = (x) => power(x, PRIME - 2n);
const D = mod(-121665n * inverse(121666n));
const number = (bytes) => BigInt('0x' + Buffer.from(bytes).reverse().toString('hex'));

/** A canonical point of the curve, not of small order. */
export function isSoundEd25519(bytes) {
  const y = bytes.length === 32 ? number(bytes) & ((1n << 255n) - 1n) : PRIME;
  if (y >= PRIME) return false;
  const square = mod((y * y - 1n) * inverse(D * y * y + 1n));
  let x = power(square, (PRIME + 3n) / 8n);
  if (mod(x * x) !== square) x = mod(x * power(2n, (PRIME - 1n) / 4n));
  if (mod(x * x) !== square) return false;
  let point = [x, y];   // the sign of x changes no order
  for (let n = 0; n < 3; n++) {
    const [a, b] = point, k = mod(D * a * a * b * b);
    point = [mod(2n * a * b * inverse(1n + k)), mod((b * b + a * a) * inverse(1n - k))];
  }
  return point[0] !== 0n || point[1] !== 1n;
}

export function isSoundX25519(bytes) {
  if (bytes.length !== 32 || number(bytes) >= PRIME) return false;
  try {
    diffieHellman({ privateKey: agreementKey(Buffer.alloc(32)), publicKey: publicKey('X25519', bytes) });
    return true;
  } catch {   // all zero
    return false;
  }
}

// --- HKDF (RFC 5869) and HPKE (RFC 9180), base mode, single shot

const hmac = (key, ...parts) => createHmac('sha256', key).update(join(parts)).digest();
const extract = (salt, ikm) => hmac(salt.length ? salt : Buffer.alloc(32), ikm);
function expand(prk, info, length) {
  let out = Buffer.alloc(0), block = out;
  for (let i = 1; out.length < length; i++) out = join([out, block = hmac(prk, block, info, Buffer.from([i]))]);
  return out.subarray(0, length);
}
const NONE = Buffer.alloc(0);
const hkdf = (ikm, info, length) => expand(extract(NONE, ikm), Buffer.from(info), length);
const KEM = join(['KEM', big(0x0020, 2)]), HPKE = join(['HPKE', big(0x0020, 2), big(0x0001, 2), big(0x0003, 2)]);
const labeledExtract = (suite, salt, label, ikm) => extract(salt, join(['HPKE-v1', suite, label, ikm]));
const labeledExpand = (suite, prk, label, info, length) => expand(prk, join([big(length, 2), 'HPKE-v1', suite, label, info]), length);

function aead(key, nonce, aad, plaintext) {
  const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: 16 });
  cipher.setAAD(aad, { plaintextLength: plaintext.length });
  return join([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

function openAead(key, nonce, aad, ct) {
  const decipher = createDecipheriv('chacha20-poly1305', key, nonce, { authTagLength: 16 });
  decipher.setAuthTag(ct.subarray(-16));
  decipher.setAAD(aad, { plaintextLength: ct.length - 16 });
  return join([decipher.update(ct.subarray(0, -16)), decipher.final()]);
}

function hpkeContext(dh, enc, recipient, info) {
  const shared = labeledExpand(KEM, labeledExtract(KEM, NONE, 'eae_prk', dh), 'shared_secret', join([enc, recipient]), 32);
  const context = join([Buffer.from([0]), labeledExtract(HPKE, NONE, 'psk_id_hash', NONE), labeledExtract(HPKE, NONE, 'info_hash', info)]);
  const secret = labeledExtract(HPKE, shared, 'secret', NONE);
  return [labeledExpand(HPKE, secret, 'key', context, 32), labeledExpand(HPKE, secret, 'base_nonce', context, 12)];
}

function hpkeSeal(recipient, info, aad, plaintext) {
  const ephemeral = newKey('x25519'), enc = raw(ephemeral);
  const dh = diffieHellman({ privateKey: ephemeral, publicKey: publicKey('X25519', recipient) });
  return join([enc, aead(...hpkeContext(dh, enc, recipient, info), aad, plaintext)]);
}

export function hpkeOpen(key, enc, info, aad, ct) {
  const dh = diffieHellman({ privateKey: key, publicKey: publicKey('X25519', enc) });   // throws for an all-zero result
  return openAead(...hpkeContext(dh, enc, raw(key), info), aad, ct);
}

// --- sealed bodies (PROTOCOL 8)

export const commitment = (cek) => hkdf(cek, 'liaison commit v1', 32);

function pad(plaintext) {
  let size = 256;
  while (size < plaintext.length + 1) size *= 2;
  return Buffer.concat([plaintext, Buffer.from([0x80])], size);
}

function unpad(padded) {
  let end = padded.length;
  while (end > 0 && padded[end - 1] === 0) end--;
  need(end > 0 && padded[end - 1] === 0x80 && pad(padded.subarray(0, end - 1)).length === padded.length, 'E_OPEN', 'padding');
  return padded.subarray(0, end - 1);
}

const stanzaInfo = (networkId, signKeyId, hpkeKeyId) => join([prefix16('liaison/hpke/v1'), networkId, signKeyId, hpkeKeyId]);
const isBucket = (size) => [0, 1, 2, 3, 4, 5, 6, 7, 8].some((k) => size === 256 << k);

/** to: [[hpke public key, pair_seq]], recipients in header order, then the sender's own with 0. */
export function sealBody(cek, networkId, signKeyId, header, to, plaintext) {
  need(plaintext.length <= 65_535, 'E_SIZE', 'a body longer than 65,535 bytes');
  const aad = sha256(header);
  const stanzas = to.map(([bytes, pairSeq]) => {
    const id = keyId('hpke', bytes);
    return join([id, hpkeSeal(bytes, stanzaInfo(networkId, signKeyId, id), aad, join([cek, big(pairSeq, 8)]))]);
  });
  return join([big(to.length, 2), ...stanzas, aead(hkdf(cek, 'liaison body v1', 32), Buffer.alloc(12), aad, pad(plaintext))]);
}

/** [stanzas as {keyId, enc, ct}, the sealed rest] */
export function splitBody(body) {
  const count = body.length >= 2 ? body.readUInt16BE(0) : 0;
  need(body.length >= 2 + count * 96, 'E_SEAL', 'shorter than its stanzas');
  const stanzas = Array.from({ length: count }, (_, i) => body.subarray(2 + i * 96, 98 + i * 96));
  return [stanzas.map((s) => ({ keyId: s.subarray(0, 8), enc: s.subarray(8, 40), ct: s.subarray(40) })), body.subarray(2 + count * 96)];
}

export function checkRest(rest) {
  need(isBucket(rest.length - 16), 'E_SEAL', 'a length that does not exist');
}

export function openRest(cek, header, committed, rest) {
  need(same(commitment(cek), committed), 'E_OPEN', 'commitment');
  need(isBucket(rest.length - 16), 'E_OPEN', 'a length that does not exist');
  let padded;
  try {
    padded = openAead(hkdf(cek, 'liaison body v1', 32), Buffer.alloc(12), sha256(header), rest);
  } catch {
    throw new Refused('E_OPEN', 'the body');
  }
  return unpad(padded);
}

/** {plaintext, pairSeq, cek}; Refused with E_OPEN otherwise. */
export function openBody(key, networkId, signKeyId, header, committed, body) {
  const mine = keyId('hpke', raw(key));
  need(body.length >= 2 && body.length >= 2 + body.readUInt16BE(0) * 96, 'E_OPEN', 'shorter than its stanzas');
  const [stanzas, rest] = splitBody(body), found = stanzas.filter((s) => same(s.keyId, mine));
  need(found.length === 1 && new Set(stanzas.map((s) => s.keyId.toString('hex'))).size === stanzas.length, 'E_OPEN', 'no stanza, or one twice');
  let opened;
  try {
    opened = hpkeOpen(key, found[0].enc, stanzaInfo(networkId, signKeyId, mine), sha256(header), found[0].ct);
  } catch {
    throw new Refused('E_OPEN', 'the stanza');
  }
  const cek = opened.subarray(0, 32);
  return { plaintext: openRest(cek, header, committed, rest), pairSeq: opened.readBigUInt64BE(32), cek };
}

// --- notes (C2SP signed-note)

const vkeyHash = (name, type, bytes) => sha256(name, '\n', Buffer.from([type]), bytes).subarray(0, 4);

/** {name, hash, type, key}; Refused with E_NOTE for what is no verifier key. @param {string} text */
export function parseVkey(text) {
  const [name, digest, ...rest] = text.split('+'), data = unb64(rest.join('+'), 'E_NOTE', 33);
  need(name && !/[\s\u0000-\u001f]/u.test(name) && [1, 4].includes(data[0]) && isSoundEd25519(data.subarray(1)), 'E_NOTE', 'verifier key');
  need(vkeyHash(name, data[0], data.subarray(1)).toString('hex') === digest, 'E_NOTE', 'the hash of a verifier key');
  return { name, hash: digest, type: data[0], key: data.subarray(1) };
}

/** [text, [[name, hash, signature]]] @param {string} note */
export function splitNote(note) {
  need(Buffer.byteLength(note) <= 1 << 20 && !/[\u0000-\u0009\u000b-\u001f]/u.test(note), 'E_NOTE', 'too long, or a control character');
  const at = note.lastIndexOf('\n\n');
  need(at >= 0 && at + 2 < note.length && note.endsWith('\n'), 'E_NOTE', 'no signature lines after an empty line');
  const lines = note.slice(at + 2, -1).split('\n');
  need(lines.length <= 100, 'E_NOTE', 'more than 100 signatures');
  return [note.slice(0, at + 1), lines.map((line) => {
    const [dash, name, ...rest] = line.split(' '), data = unb64(rest.join(' '), 'E_NOTE');
    need(dash === '\u2014' && name && !/[+\s\u0000-\u001f]/u.test(name) && data.length >= 5, 'E_NOTE', 'signature line');
    return [name, data.subarray(0, 4).toString('hex'), data.subarray(4)];
  })];
}

/** Of this key: "none", "holds", or "broken", which condemns the note. */
export function noteState(note, vkey) {
  const { name, hash, type, key } = parseVkey(vkey), [text, signatures] = splitNote(note);
  const mine = signatures.filter(([n, h]) => n === name && h === hash);
  if (!mine.length) return 'none';
  return type === 1 && mine.every(([, , s]) => s.length === 64 && signatureHolds(key, s, Buffer.from(text))) ? 'holds' : 'broken';
}

// --- Merkle log (RFC 9162 2.1) and checkpoints

export const leafHash = (leaf) => sha256(Buffer.from([0]), leaf);
const nodeHash = (left, right) => sha256(Buffer.from([1]), left, right);

/** Leaf hashes in their order. Keeps the root of each full subtree, so that the root of any size and any path cost a few hashes. */
export class Tree {
  levels = [[]];

  get length() { return this.levels[0].length; }

  append(leaf) {
    this.levels[0].push(leaf);
    for (let level = 0; this.levels[level].length % 2 === 0; level++) {
      (this.levels[level + 1] ??= []).push(nodeHash(...this.levels[level].slice(-2)));
    }
  }

  /** Back to its first leaves. */
  cut(size) {
    this.levels.forEach((roots, level) => { roots.length = Math.floor(size / 2 ** level); });
  }

  #between(start, end) {
    const size = end - start, level = Math.floor(Math.log2(size)), k = 2 ** level;
    return k === size ? this.levels[level][start / size] : nodeHash(this.#between(start, start + k), this.#between(start + k, end));
  }

  root(size = this.length) { return size ? this.#between(0, size) : sha256(); }

  /** RFC 9162 2.1.3.1. */
  path(index, size) {
    const out = [];
    for (let start = 0, end = size; end - start > 1;) {
      const k = 2 ** Math.floor(Math.log2(end - start - 1)), left = index < start + k;
      out.unshift(left ? this.#between(start + k, end) : this.#between(start, start + k));
      [start, end] = left ? [start, start + k] : [start + k, end];
    }
    return out;
  }
}

const half = (n) => Math.floor(n / 2);

export function inclusionHolds(leaf, index, size, path, root) {
  if (index >= size) return false;
  let fn = index, sn = size - 1, r = leaf;
  for (const p of path) {
    if (sn === 0) return false;
    if (fn % 2 || fn === sn) {
      r = nodeHash(p, r);
      while (fn % 2 === 0 && fn) [fn, sn] = [half(fn), half(sn)];
    } else {
      r = nodeHash(r, p);
    }
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && same(r, root);
}

export function consistencyHolds(first, second, firstRoot, secondRoot, proof) {
  if (first > second || (first === 0 && !same(firstRoot, sha256()))) return false;
  if (first === 0 || first === second) return !proof.length && (first === 0 || same(firstRoot, secondRoot));
  if (!proof.length) return false;
  const path = Number.isInteger(Math.log2(first)) ? [firstRoot, ...proof] : [...proof];
  let fn = first - 1, sn = second - 1, fr = path[0], sr = path[0];
  while (fn % 2) [fn, sn] = [half(fn), half(sn)];
  for (const c of path.slice(1)) {
    if (sn === 0) return false;
    if (fn % 2 || fn === sn) {
      [fr, sr] = [nodeHash(c, fr), nodeHash(c, sr)];
      while (fn % 2 === 0 && fn) [fn, sn] = [half(fn), half(sn)];
    } else {
      sr = nodeHash(sr, c);
    }
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && same(fr, firstRoot) && same(sr, secondRoot);
}

/** A number of 64 bits: a BigInt where a Number would not be exact. @param {bigint} value @returns {number|bigint} */
export const exact = (value) => (value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value);

/** A number of 64 bits that one reckons with; beyond 2^53, which no log reaches, it is not exact in JavaScript and refused. */
export function safe(value, word = 'E_FORMAT') {
  need(value <= BigInt(Number.MAX_SAFE_INTEGER), word, 'a number that JavaScript cannot hold');
  return Number(value);
}

export function parseLeaf(leaf) {
  need(leaf.length === 52 && leaf[0] === 1 && leaf[1] >= 1 && leaf[1] <= 5, 'E_FORMAT', 'leaf');
  const out = { class: leaf[1], verdict: leaf.readUInt16BE(2), index: safe(leaf.readBigUInt64BE(4)), acceptTimeMs: safe(leaf.readBigUInt64BE(12)),
    hash: leaf.subarray(20) };
  need(out.verdict === 0 || (out.class === 1 && out.verdict >= 20 && out.verdict <= 27), 'E_FORMAT', 'a verdict that the class cannot have');
  return out;
}

/** {size, root} @param {string} note @param {string} logVkey */
export function openCheckpoint(note, logVkey) {
  let state, text;
  try {
    [state, text] = [noteState(note, logVkey), splitNote(note)[0]];
  } catch (why) {
    throw new Refused('E_CHECKPOINT', String(why));
  }
  const lines = text.slice(0, -1).split('\n');
  need(state === 'holds', 'E_CHECKPOINT', 'signature');
  need(lines.length === 3 && lines[0] === parseVkey(logVkey).name && /^(0|[1-9][0-9]{0,15})$/.test(lines[1]), 'E_CHECKPOINT', 'form');
  return { size: safe(BigInt(lines[1]), 'E_CHECKPOINT'), root: unb64(lines[2], 'E_CHECKPOINT', 32) };
}
