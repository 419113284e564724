#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Writes the proof of a message that was received, with the key that opens it. Usage: wire_prove.mjs FOLDER PASSPHRASE_FILE INDEX > proof.json
import { Member } from '../wire.mjs';

const [folder, passphraseFile, index] = process.argv.slice(2);
const member = Member.ofFolder(folder, passphraseFile);
await member.catchUp();
const message = member.received.find((m) => m.index === Number(index));
console.log(member.proof(message.index, message.cek));
member.close();
