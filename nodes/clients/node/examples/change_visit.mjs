#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Gives an own visit another title. Usage: change_visit.mjs SOCKET VISIT TITLE
// A change is made on a revision: if an officer was quicker, the visit is read again and the change is made on theirs.
import { Api } from '../api.mjs';

const [socket, visit, title] = process.argv.slice(2);
const api = new Api(socket);
for (let made; !made;) {
  const before = await api.visit(visit);
  try {
    made = await api.changeVisit(visit, before.revision, { title });
    console.log(`${visit} is now revision ${made.revision}, was: ${before.title}`);
  } catch (problem) {
    if (problem.code !== 'E_REVISION') throw problem;
  }
}
