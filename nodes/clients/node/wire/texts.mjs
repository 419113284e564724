// SPDX-License-Identifier: Apache-2.0
// The signed and hashed texts: roster and its succession, policy and its decision. PROTOCOL 1 and 10. Refused with the word of the error.
import { isIP } from 'node:net';

import { exact, isSoundEd25519, isSoundX25519, keyId, need, noteState, parseVkey, same, sha256, splitNote, unb64, unz85 } from './crypto.mjs';

const ID = /^[A-Za-z0-9._-]{1,32}$/;
export const isId = (text) => ID.test(text);
const NETWORK = /^[A-Za-z0-9._-]{1,128}$/;
const map = () => Object.create(null);   // by names that others give, __proto__ among them
const DAY_MS = 86_400_000;
const isSorted = (words) => words.every((word, i) => i === 0 || words[i - 1] < word);

class Lines {
  constructor(text, most, word) {
    Object.assign(this, { word, at: 0 });
    this.need(Buffer.byteLength(text) <= most && text.endsWith('\n') && /^[\x20-\x7e\n]*$/.test(text), 'its length or characters');
    this.lines = text.slice(0, -1).split('\n');
  }

  need(condition, why) { need(condition, this.word, `line ${this.at}: ${why}`); }
  nextIs(word) { return this.at < this.lines.length && this.lines[this.at].split(' ')[0] === word; }

  /** What `pattern` finds in the next line, which is all of it. */
  take(pattern) {
    const found = new RegExp(`^${pattern}$`).exec(this.lines[this.at++] ?? '');
    this.need(found, `expected ${pattern}`);
    return found.slice(1);
  }

  number(text, most = 2n ** 64n - 1n) {
    this.need(/^(0|[1-9][0-9]{0,19})$/.test(text) && BigInt(text) <= most, 'no decimal number');
    return exact(BigInt(text));
  }

  time(text) {
    const at = Date.parse(text);
    this.need(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) && at >= 0 && new Date(at).toISOString().replace('.000', '') === text, 'no time that exists');
    return at;
  }

  previous(text, version) {
    this.need((text === '-') === (version === 1), 'version 1, and no other, has no previous');
    return text === '-' ? null : unb64(text, this.word, 32);
  }

  end() { this.need(this.at === this.lines.length, 'an unknown line'); }
}

export function parseRoster(text) {
  const lines = new Lines(text, 64 * 1024, 'E_ROSTER'), seen = new Set();
  const add = (use, bytes) => {
    lines.need((use === 'curve' || use === 'hpke' ? isSoundX25519 : isSoundEd25519)(bytes), 'not a sound key');
    for (const one of [bytes.toString('hex'), keyId(use, bytes).toString('hex')]) lines.need(!seen.has(one) && seen.add(one), 'a key twice');
    return bytes;
  };
  const addVkey = (use, vkey, type) => {
    let parsed;
    try {
      parsed = parseVkey(vkey);
    } catch {
      lines.need(false, 'no verifier key');
    }
    lines.need(parsed.type === type, 'a verifier key of another type');
    add(use, parsed.key);
    return parsed;
  };
  lines.take('liaison-roster/v1');
  const r = { network: lines.take('network (\\S+)')[0], version: lines.number(lines.take('version (\\S+)')[0]), roots: map(), members: map(), keys: map() };
  lines.need(NETWORK.test(r.network) && r.version >= 1, 'no network name, or version 0');
  r.previous = lines.previous(lines.take('previous (\\S+)')[0], r.version);
  [r.issued, r.expires] = [lines.time(lines.take('issued (\\S+)')[0]), lines.time(lines.take('expires (\\S+)')[0])];
  lines.need(r.expires > r.issued && r.expires - r.issued <= 100 * DAY_MS, 'expires at most 100 days after issued');
  r.threshold = lines.number(lines.take('root-threshold (\\S+)')[0]);
  while (lines.nextIs('root')) {
    const [id, vkey] = lines.take('root (\\S+) (\\S+)');
    addVkey('root', vkey, 1);
    r.roots[id] = vkey;
  }
  const [id, sign, curve, log] = lines.take('broker (\\S+) sign=(\\S+) curve=(\\S+) log=(\\S+)');
  r.broker = { id, sign: add('sign', unb64(sign, 'E_ROSTER', 32)), curve, log };
  add('curve', unz85(curve, 'E_ROSTER', 32));
  lines.need(addVkey('log', log, 1).name === `${r.network}/log/1`, 'the log key has another name');
  while (lines.nextIs('member')) {
    const [member, port, net] = lines.take('member (\\S+) port=(\\S+) net=(\\S+)');
    lines.need(isNet(net), 'no net');
    r.members[member] = { port: lines.number(port, 65535), net };
  }
  while (lines.nextIs('key')) {
    const [name, ...words] = lines.take('key (\\S+) member=(\\S+) use=(sign|curve|hpke|witness) (pub|vkey)=(\\S+) from=(\\S+)' +
      '(?: until=(\\S+)| trusted-below=(\\S+))? status=(active|retired|revoked)(?: reason=(\\S+))?');
    r.keys[name] = parseKey(lines, name, words, add, addVkey, r.members);
  }
  r.quorum = lines.number(lines.take('witness-quorum (\\S+)')[0]);
  r.policyHash = unb64(lines.take('policy-sha256 (\\S+)')[0], 'E_ROSTER', 32);
  r.schemasHash = unb64(lines.take('schemas-sha256 (\\S+)')[0], 'E_ROSTER', 32);
  lines.end();
  const ports = Object.values(r.members).map((m) => m.port);
  lines.need([r.roots, r.members, r.keys].every((of) => Object.keys(of).every(isId)) && isId(r.broker.id), 'no id');
  lines.need(r.threshold >= 1 && r.threshold <= Object.keys(r.roots).length && ports.length && r.quorum <= ports.length, 'a threshold, members or a quorum');
  lines.need(!ports.includes(0) && new Set(ports).size === ports.length, 'a port twice, or none');
  for (const word of ['root', 'member', 'key']) lines.need(isSorted(lines.lines.filter((l) => l.startsWith(word + ' ')).map((l) => l.split(' ')[1])), 'not sorted, or twice');
  return r;
}

/** An address as inet_ntop prints it, "/", and the number of its fixed bits. */
function isNet(text) {
  const [, address, bits] = /^([0-9a-f.:]+)\/(0|[1-9][0-9]{0,2})$/.exec(text) ?? [], version = isIP(address ?? '');
  const printed = version === 6 && !address.includes('.') ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;
  return version !== 0 && printed === address && Number(bits) <= (version === 4 ? 32 : 128);
}

function parseKey(lines, id, [member, use, name, value, from, until, trustedBelow, status, reason], add, addVkey, members) {
  lines.need((name === 'vkey') === (use === 'witness'), 'a witness key has vkey=, any other pub=');
  const key = use === 'witness' ? addVkey('witness', value, 4).key : add(use, use === 'curve' ? unz85(value, 'E_ROSTER', 32) : unb64(value, 'E_ROSTER', 32));
  const end = until ?? trustedBelow;
  lines.need((until !== undefined) === (status === 'retired') && (trustedBelow !== undefined) === (status === 'revoked'), 'until or trusted-below');
  lines.need(status === 'retired' || (reason !== undefined) === (status === 'revoked'), 'a reason');
  lines.need(isId(member) && (status !== 'active' || members[member]), 'an active key of nobody');
  return { id, member, use, value, key, from: lines.number(from), end: end === undefined ? null : lines.number(end), status };
}

/** At this index of the log. */
export const keyValid = (key, index) => key.from <= index && (key.end === null || index < key.end);
export const findKey = (roster, use, id) => Object.values(roster.keys).find((key) => key.use === use && same(keyId(use, key.key), id));

/** What a sender uses: the newest active one, else a retired one whose end is ahead; undefined otherwise. */
export function newestOf(roster, member, use, index) {
  const rank = (k) => [k.status === 'active' ? 1 : 0, k.from, k.id];
  const found = Object.values(roster.keys).filter((k) => k.member === member && k.use === use && k.status !== 'revoked' && keyValid(k, index));
  found.sort((a, b) => rank(a).reduce((way, x, i) => way || (x < rank(b)[i] ? -1 : x > rank(b)[i] ? 1 : 0), 0));
  return found.at(-1);
}

export function newestKey(roster, member, use, index) {
  const found = newestOf(roster, member, use, index);
  need(found, 'E_RECIPIENT', `${member} has no key to seal to`);
  return found;
}

function signers(note, roots) {
  const states = Object.values(roots).map((vkey) => noteState(note, vkey));
  return states.includes('broken') ? 0 : states.filter((state) => state === 'holds').length;
}

/** The parsed rosters of a chain from version 1 on, each with its `hash` and `note`; Refused otherwise. @param {string[]} notes */
export function trustRosters(notes) {
  const chain = [];
  for (const note of notes) {
    need(Buffer.byteLength(note) <= 96 << 10, 'E_NOTE', 'too long to be served');
    const text = splitNote(note)[0], roster = { ...parseRoster(text), hash: sha256(text), note }, before = chain.at(-1);
    if (before) {
      checkFollows(before, roster);
      need(signers(note, before.roots) >= before.threshold, 'E_ROSTER', 'too few roots of the version before');
    } else {
      need(roster.version === 1, 'E_ROSTER', 'the first is not version 1');
    }
    need(signers(note, roster.roots) >= roster.threshold, 'E_ROSTER', 'too few roots');
    chain.push(roster);
  }
  return chain;
}

function checkFollows(before, after) {
  const broker = (r) => [r.broker.id, r.broker.sign.toString('hex'), r.broker.curve, r.broker.log].join();
  need(after.network === before.network && after.version === before.version + 1, 'E_ROSTER', 'not the next version');
  need(same(after.previous, before.hash) && broker(after) === broker(before), 'E_ROSTER', 'another previous, or another broker');
  for (const [id, old] of Object.entries(before.keys)) {
    const now = after.keys[id];
    need(now && ['member', 'use', 'value', 'from'].every((name) => now[name] === old[name]), 'E_ROSTER', `the line of ${id}`);
  }
}

/** @param {string} text */
export function parsePolicy(text) {
  const lines = new Lines(text, 64 * 1024, 'E_POLICY_FILE');
  lines.take('liaison-policy/v1');
  const p = { text, version: lines.number(lines.take('version (\\S+)')[0]), rules: map() };
  lines.need(p.version >= 1, 'version 0');
  p.previous = lines.previous(lines.take('previous (\\S+)')[0], p.version);
  [p.markings, p.kinds] = [lines.take('marking (\\S+(?: \\S+)*)')[0].split(' '), lines.take('kind (\\S+(?: \\S+)*)')[0].split(' ')];
  lines.need(p.markings.every((m) => /^[a-z_]{1,32}$/.test(m)) && new Set(p.markings).size === p.markings.length, 'markings');
  lines.need(p.kinds.every((k) => /^[a-z_.]{1,32}$/.test(k)) && isSorted(p.kinds), 'kinds');
  const [encrypt, except] = lines.take('encrypt (\\S+)(?: except (\\S+(?: \\S+)*))?');
  Object.assign(p, { encrypt, except: except?.split(' ') ?? [] });
  lines.need(p.markings.includes(encrypt) && isSorted(p.except) && p.except.every((k) => p.kinds.includes(k)), 'an encrypt line');
  while (lines.at < lines.lines.length) {
    const [verb, name, sender, kind, upTo, marking, list, basis] =
      lines.take('(allow|deny) (\\S+) publish (\\S+) (\\S+) (<=)?(\\S+) to (\\S+(?: \\S+)*?) under "([^"]+)"');
    const to = list.split(' ');
    lines.need(isId(name) && !p.rules[name] && (sender === '*' || isId(sender)), 'its name or sender');
    lines.need(p.kinds.includes(kind) && p.markings.includes(marking), 'an unknown kind or marking');
    lines.need(list === '*' || (to.every(isId) && isSorted(to)), 'recipients');
    p.rules[name] = { allow: verb === 'allow', sender, kind, marking, upTo: upTo !== undefined, to, basis };
  }
  return p;
}

/** {word, rule, basis} */
export function decide(policy, members, sender, kind, marking, recipients, suite) {
  const rank = (m) => policy.markings.indexOf(m), no = (word, rule) => ({ word, rule: rule ?? 'default', basis: rule ? policy.rules[rule].basis : '' });
  if (rank(marking) < 0) return no('E_MARKING');
  if (!policy.kinds.includes(kind) || !members.includes(sender) || !recipients.length || !recipients.every((r) => members.includes(r))) return no('E_POLICY');
  const matches = (rule) => {
    const fits = rule.upTo ? rank(marking) <= rank(rule.marking) : marking === rule.marking, named = (r) => rule.to[0] === '*' || rule.to.includes(r);
    return ['*', sender].includes(rule.sender) && rule.kind === kind && fits && (rule.allow ? recipients.every(named) : recipients.some(named));
  };
  const found = Object.keys(policy.rules).filter((name) => matches(policy.rules[name])).sort();
  const denies = found.filter((name) => !policy.rules[name].allow), allows = found.filter((name) => policy.rules[name].allow);
  if (denies.length || !allows.length) return no('E_POLICY', denies[0]);
  const open = suite !== 2 && rank(marking) >= rank(policy.encrypt) && !policy.except.includes(kind);
  return no(open ? 'E_ENCRYPTION_REQUIRED' : 'OK', allows[0]);
}
