#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Plans a visit, after a look at who would be told. Usage: plan_visit.mjs SOCKET STATE FROM TO TITLE [KEY]
// KEY, such as the number of a case, makes it safe to run again: the same visit is not planned twice.
import { Api, Problem } from '../api.mjs';

const [socket, state, start, end, title, key] = process.argv.slice(2);
const api = new Api(socket), visit = { states: [state], components: [{ start, end }], title };
try {
  const would = await api.planVisit(visit, { dryRun: true });
  console.log('goes to', would.recipients.map((r) => r.member).join(', '), 'by', would.basis);
  const made = await api.planVisit(visit, { key });
  console.log('planned', made.id);
  for (const warning of made.warnings) console.log('note:', warning);
} catch (problem) {
  if (!(problem instanceof Problem)) throw problem;
  console.error(`error: ${problem.detail} [${problem.code}]\nhint: ${problem.hint}`);
  process.exitCode = 1;
}
