// SPDX-License-Identifier: Apache-2.0
// A member by the wire that does what standard input says, a command of JSON a line: {"do": NAME, ...}; a line of JSON comes back for each. With drive.py
// the same tests ask both languages. Usage: drive.mjs FOLDER PASSPHRASE_FILE [CURSOR]
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

import { Member, Refused } from '../../nodes/clients/node/wire.mjs';

const [folder, passphraseFile, cursor] = process.argv.slice(2);
const member = Member.ofFolder(folder, passphraseFile, undefined, cursor && readFileSync(cursor, 'utf8'));

const COMMANDS = {
  catch_up: async () => void await member.catchUp(),
  messages: async ({ wait_ms: waitMs = 0 }) => (await member.messages(waitMs)).map(({ message: m, body }) =>
    [m.index, m.header.kind, m.verdict, body && (body.title || body.record_id)]),
  // so many, at once
  make: ({ kind, fields, times = 1 }) => Promise.all(Array.from({ length: times }, async () => {
    const { id, entry } = await member.make(kind, fields);
    return [id, entry.index];
  })),
  confirm: () => member.confirm(),
  settle: () => member.settle(),
  patience: ({ seconds }) => void (member.patienceMs = seconds * 1000),
  cursor: () => member.cursor,
  alarms: () => member.alarms.map(({ index, why }) => [index, why]),
  records: () => [...member.records.keys()].sort(),
  kept: () => member.received.filter((m) => m.header.kind !== 'receipt' && (m.plaintext || m.cek)).map((m) => m.index),
};
for await (const line of createInterface({ input: process.stdin })) {
  const { do: name, ...rest } = JSON.parse(line);
  let answer;
  try {
    answer = await COMMANDS[name](rest);
  } catch (why) {
    if (!(why instanceof Refused) && why.cause !== 'silence') throw why;
    answer = { error: why instanceof Refused ? why.message : 'silence' };
  }
  console.log(JSON.stringify(answer ?? null));
}
member.close();
