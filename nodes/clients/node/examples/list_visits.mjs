#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Lists all visits, however many pages they fill. Usage: list_visits.mjs SOCKET [STATE]
import { Api } from '../api.mjs';

const [socket, state] = process.argv.slice(2);
for await (const visit of new Api(socket).visits({ state, limit: 500 })) {
  const states = visit.states.map((s) => s.name).join(', ');
  console.log(`${visit.id}  ${visit.first_day}  ${visit.last_day}  ${states}: ${visit.title} (${visit.status})`);
}
