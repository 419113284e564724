#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Finds visits and records by their words, the best first. Usage: search.mjs SOCKET WORD...
import { Api } from '../api.mjs';

const [socket, ...words] = process.argv.slice(2);
let left = 20;
for await (const found of new Api(socket).search(words.join(' '))) {
  console.log(`${found.id}  ${found.title}  ${found.snippet}`);
  if (--left === 0) break;
}
