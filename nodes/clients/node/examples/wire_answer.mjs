#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Answers each visit of others to one State that has no answer of ours yet. Usage: wire_answer.mjs FOLDER PASSPHRASE_FILE STATE ANSWER TEXT
import { Member } from '../wire.mjs';

const [folder, passphraseFile, state, answer, text] = process.argv.slice(2);
const member = Member.ofFolder(folder, passphraseFile), newest = new Map();
await member.catchUp();
for (const { message, body } of await member.messages()) {
  if (body && message.header.kind === 'visit.plan') newest.set(body.record_id, { message, body });
}
for (const [record, { message, body }] of newest) {
  if (!body.states.some((s) => s.alpha3 === state) || member.records.get(record).recalled || member.answered.has(record)) continue;
  await member.answer(message, { answer, body: `${member.member} secretariat`, text });
  console.log(`answered ${record}: ${answer}`);
}
await member.confirm();
member.close();
