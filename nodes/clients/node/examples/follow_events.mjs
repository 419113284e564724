#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Prints what happens at the node and goes on where it was when it runs again. Usage: follow_events.mjs SOCKET CURSOR_FILE [COUNT]
// CURSOR_FILE keeps the id of the last event that was printed; COUNT ends it after so many.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

import { Api } from '../api.mjs';

const [socket, cursor, count = Infinity] = process.argv.slice(2);
let left = Number(count);
for await (const [id, event] of new Api(socket).events(existsSync(cursor) ? readFileSync(cursor, 'utf8') : undefined)) {
  console.log(event.event, event.id ?? event.message_id ?? '', event.sentence ?? '');
  writeFileSync(`${cursor}.new`, id);
  renameSync(`${cursor}.new`, cursor);   // whole, however this program ends
  if (--left === 0) break;
}
