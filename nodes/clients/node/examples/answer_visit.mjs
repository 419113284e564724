#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Answers another committee's visit: joins, advises, declines, comments or objects. Usage: answer_visit.mjs SOCKET VISIT ANSWER TEXT
import { Api } from '../api.mjs';

const [socket, visit, answer, text] = process.argv.slice(2);
await new Api(socket).answerVisit(visit, { answer, text });
console.log(`answered ${visit}: ${answer}`);
