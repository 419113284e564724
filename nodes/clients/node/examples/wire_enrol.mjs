#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Makes the keys of a member that runs this client instead of liaison-node, and the request for the authority.
// Usage: wire_enrol.mjs FOLDER NETWORK MEMBER PASSPHRASE_FILE
// Then the authority puts MEMBER.request into a roster, and `liaison node trust --dir FOLDER roster-1.note --fingerprint HEX` pins that.
import { Keys } from '../wire.mjs';

const [folder, network, member, passphraseFile] = process.argv.slice(2);
console.log(`give ${new Keys().write(folder, network, member, passphraseFile)} to the authority`);
