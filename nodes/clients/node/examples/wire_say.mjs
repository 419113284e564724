#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Publishes a record of any kind but visits, from JSON on standard input. Usage: wire_say.mjs FOLDER PASSPHRASE_FILE KIND < fields.json
import { readFileSync } from 'node:fs';

import { Member, Refused } from '../wire.mjs';

const [folder, passphraseFile, kind] = process.argv.slice(2);
const member = Member.ofFolder(folder, passphraseFile);
try {
  await member.catchUp();
  const { id, entry } = await member.make(kind, JSON.parse(readFileSync(0, 'utf8')));
  console.log(`${id} is entry ${entry.index}, allowed by ${entry.rule}: ${entry.basis}`);
} catch (why) {
  if (!(why instanceof Refused)) throw why;
  console.error(`error: ${why.message}`);
  process.exitCode = 1;
} finally {
  member.close();
}
