#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Checks a proof file without asking anybody. Usage: verify_proof.mjs FILE FINGERPRINT
// FINGERPRINT is that of the exchange's first roster, 64 hex digits, as the authority says it.
import { readFileSync } from 'node:fs';

import { CODES, Proof, Refused } from '../wire.mjs';

try {
  const proof = new Proof(readFileSync(process.argv[2], 'utf8'), Buffer.from(process.argv[3], 'hex')), said = proof.header;
  console.log(`${said.sender} said ${said.kind} to ${said.recipients.join(', ')}: entry ${proof.leaf.index} of ${proof.size}`);
  console.log(`decided by ${proof.decision.rule}: ${proof.decision.basis}`);
  const answers = Object.entries(proof.delivered).sort();
  console.log('delivered to', answers.filter(([, verdict]) => verdict === 0).map(([member]) => member).join(', ') || 'nobody yet');
  for (const [member, verdict] of answers) if (verdict) console.log(`not taken by ${member}: ${CODES[verdict]}`);
} catch (why) {
  if (!(why instanceof Refused)) throw why;
  console.error(`error: ${why.message}`);
  process.exitCode = 1;
}
