// SPDX-License-Identifier: Apache-2.0
// Reads tests/vectors/*.json with the JavaScript client and judges every case. Usage: vectors.mjs tests/vectors
// Says each case that comes out otherwise than expected; ends with "N cases, N otherwise".
import { readFileSync } from 'node:fs';

import * as bodies from '../../nodes/clients/node/wire/bodies.mjs';
import * as c from '../../nodes/clients/node/wire/crypto.mjs';
import * as frames from '../../nodes/clients/node/wire/frames.mjs';
import * as texts from '../../nodes/clients/node/wire/texts.mjs';

const hex = (text) => Buffer.from(text, 'hex');
const plain = (value) => JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? Number(v) : v?.type === 'Buffer' ? Buffer.from(v.data).toString('hex') : v && typeof v === 'object' && !Array.isArray(v)
  ? Object.fromEntries(Object.entries(v).sort()) : v));

function same(got, expected, what) {
  if (plain(got) !== plain(expected)) throw new c.Refused('E_DIFFERENT', `${what} is ${plain(got).slice(0, 80)}, expected ${plain(expected).slice(0, 80)}`);
}

function asProof(judge) {
  try {
    return judge();
  } catch (why) {
    throw why instanceof c.Refused ? new c.Refused('E_PROOF', why.message) : why;
  }
}

function acceptance(file, one) {
  const a = frames.readControl(hex(one.frame));
  asProof(() => {
    const leaf = c.parseLeaf(a.leaf), { size, root } = c.openCheckpoint(a.checkpoint, file.log_vkey);
    c.need(leaf.class === 1 && c.same(leaf.hash, a.frame_hash) && c.inclusionHolds(c.leafHash(a.leaf), leaf.index, size, a.path, root), 'E_PROOF', 'R1');
  });
}

function sealing(file, one) {
  if (one.expect === 'E_SEAL') return c.splitBody(hex(one.body));   // what anybody sees; its reader says that it does not open
  const reader = c.agreementKey(hex(file.reader_secret));
  const opened = c.openBody(reader, hex(file.network_id), hex(file.sign_key_id), hex(one.header), hex(one.commitment), hex(one.body));
  same([opened.plaintext.toString('hex'), Number(opened.pairSeq)], [one.plaintext, one.pair_seq], 'plaintext and pair sequence');
}

function seals(file, one) {
  const [stanzas, rest] = c.splitBody(hex(one.body));
  c.need(stanzas.map((s) => s.keyId.toString('hex')).join() === one.key_ids.join(), 'E_SEAL', 'other keys, or another order');
  c.checkRest(rest);
}

function record(file, one) {
  const got = bodies.read(one.kind, hex(one.body));
  same(got, one.record, 'the record');
  same(bodies.read(one.kind, bodies.write(one.kind, got)), got, 'the record made again');
}

function body(kind) {
  return (file, one) => {
    const got = bodies.read(kind, hex(one.body));
    same(bodies.read(kind, bodies.write(kind, got)), got, 'the body made again');
  };
}

function frame(file, one) {
  const f = new frames.Frame(hex(one.frame)), h = f.check(hex(file.network_id), hex(file.public_key));
  same([f.messageId(hex(file.network_id)), f.hash, h.sender], [hex(one.message_id), hex(one.frame_hash), one.sender], 'ids and sender');
  same(frames.readHeader(frames.writeHeader(h)), h, 'the header made again');
}

function receipt(file, one) {
  const got = frames.readReceipt(hex(one.body));
  same(got.map((x) => [x.message_id.toString('hex'), x.frame_hash.toString('hex'), x.index, x.pair_seq, x.verdict]), one.covered, 'what it covers');
  same(frames.readReceipt(frames.writeReceipt(got)), got, 'the receipt made again');
}

const FILES = {
  header: { cases: (file, one) => { const h = frames.readHeader(hex(one.header)); same([h.sequence, h.recipients], [one.sequence, one.recipients], 'header'); } },
  frame: { cases: frame },
  sealing: { cases: sealing, seals },
  merkle: {
    leaf: (file, one) => { const l = c.parseLeaf(hex(one.leaf)); same([l.class, l.verdict, l.index], [one.leaf_class, one.verdict, one.index], 'the leaf'); },
    inclusion: (file, one) => c.need(c.inclusionHolds(hex(one.leaf_hash), one.index, one.size, one.path.map(hex), hex(one.root)), 'E_PROOF', ''),
    consistency: (file, one) => c.need(c.consistencyHolds(one.first, one.second, hex(one.first_root), hex(one.second_root), one.proof.map(hex)), 'E_PROOF', ''),
  },
  checkpoint: { cases: (file, one) => { const { size, root } = c.openCheckpoint(one.note, file.log_vkey); same([size, root], [one.size, hex(one.root)], 'size and root'); } },
  roster: { cases: (file, one) => { texts.parseRoster(one.text); }, chains: (file, one) => { texts.trustRosters(one.notes); } },
  policy: {
    files: (file, one) => { texts.parsePolicy(one.file); },
    cells: (file, one) => {
      const { word, rule } = texts.decide(texts.parsePolicy(file.policy), file.members, one.sender, one.kind, one.marking, one.recipients, one.suite);
      same(rule, one.rule || rule, 'rule');
      c.need(word === 'OK', word, '');
    },
  },
  bodies: { 'visit.plan': body('visit.plan'), 'visit.answer': body('visit.answer'), 'visit.recall': body('visit.recall'), receipt },
  records: { records: record, 'record.answer': body('record.answer'), 'record.recall': body('record.recall') },
  wire: {
    cases: (file, one) => { const x = frames.readControl(hex(one.frame)); same([x.type, x.requestId], [one.type, one.request_id], 'type and request'); },
    refusals: (file, one) => {
      const r = frames.readControl(hex(one.frame));
      c.need(r.signature && c.signatureHolds(hex(file.broker_sign), r.signature, frames.refusalToSign(hex(file.network_id), r)), 'E_SIGNATURE', '');
    },
    acceptances: acceptance,
  },
  ids: {
    keys: (file, one) => c.need((one.use === 'sign' ? c.isSoundEd25519 : c.isSoundX25519)(hex(one.public)), 'E_KEY', ''),
    verifier_keys: (file, one) => { same(c.parseVkey(one.vkey).key, hex(one.public), 'the key'); },
    base64: (file, one) => { same(c.unb64(one.text, 'E_INPUT'), hex(one.bytes), 'bytes'); },
    z85: (file, one) => { same(c.unz85(one.text, 'E_INPUT'), hex(one.bytes), 'bytes'); },
  },
  proof: { cases: (file, one) => { same(Object.keys(asProof(() => new frames.Proof(one.file, hex(file.fingerprint))).delivered).length, one.receipts, 'receipts'); } },
};

let count = 0;
const otherwise = [], folder = process.argv[2];
for (const [name, lists] of Object.entries(FILES)) {
  const file = JSON.parse(readFileSync(`${folder}/${name}.json`));
  for (const [listed, check] of Object.entries(lists)) {
    for (const one of file[listed]) {
      let got = 'OK';
      count++;
      try {
        check(file, one);
      } catch (why) {
        got = why instanceof c.Refused && why.word !== 'E_DIFFERENT' ? why.word : String(why.stack);
      }
      if (got !== one.expect) otherwise.push(`${name}.json, ${listed}, ${one.name}: ${got}, expected ${one.expect}`);
    }
  }
  if (name === 'merkle') {
    const tree = new c.Tree();
    file.roots.forEach((root, n) => {
      if (n) tree.append(hex(file.leaves[n - 1]));
      if (tree.root().toString('hex') !== root) otherwise.push(`root of ${n}`);
    });
  }
  if (name === 'ids') {
    for (const { kind, id } of file.schemas) if (bodies.SCHEMAS[kind]?.toString('hex') !== id) otherwise.push(`the schema id of ${kind}`);
    if (Object.keys(bodies.SCHEMAS).length !== file.schemas.length) otherwise.push('kinds that are none');
  }
}
console.log([...otherwise, `${count} cases, ${otherwise.length} otherwise`].join('\n'));
process.exit(otherwise.length || !count ? 1 : 0);
