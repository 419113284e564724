#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Reads all that the other members said, checks and opens it, and confirms it with signed receipts.
// Usage: wire_follow.mjs FOLDER PASSPHRASE_FILE [AFTER_INDEX]
// A program that remembers the index of the last message it has worked on goes on after it.
import { Member } from '../wire.mjs';

const [folder, passphraseFile, after = -1] = process.argv.slice(2);
const member = Member.ofFolder(folder, passphraseFile);
await member.catchUp();
for (const { message, body } of await member.messages()) {
  const said = body ? `${body.record_id} ${body.title ?? ''}`.trim() : 'cannot be shown';
  if (message.index > Number(after)) console.log(`${message.index}  ${message.header.sender}  ${message.header.kind}  ${message.verdict}  ${said}`);
}
for (const { index, why } of member.alarms) console.log(`alarm: entry ${index}, ${why}`);
console.log(`${await member.confirm()} confirmed; ${member.size} entries under root ${member.root.toString('hex')}`);
member.close();
