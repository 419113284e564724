#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Makes a record of any kind from JSON on standard input. Usage: make_record.mjs SOCKET KIND [KEY] < fields.json
// `liaison record kinds` lists the kinds, `liaison record kind NOUN` the fields of one.
import { readFileSync } from 'node:fs';

import { Api } from '../api.mjs';

const [socket, kind, key] = process.argv.slice(2);
const made = await new Api(socket).create(kind, JSON.parse(readFileSync(0, 'utf8')), { key });
console.log(made.id);
