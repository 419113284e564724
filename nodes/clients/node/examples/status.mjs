#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// How the node is. Usage: status.mjs SOCKET
import { Api } from '../api.mjs';

const status = await new Api(process.argv[2]).status();
console.log(`${status.member}: link ${status.link.state}, ${status.log.size} entries, ${status.outbox.queued} queued, ${status.alarms} alarms`);
