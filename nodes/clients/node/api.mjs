// SPDX-License-Identifier: Apache-2.0
// A node's local HTTP API over its Unix socket, with Node.js alone (18 or newer). nodes/api/README.md says what each path takes and answers;
// `liaison api` prints the same for programs.
//
// Whoever may open the socket acts for the committee. Every write carries an Idempotency-Key that is made once and stays the same however often it is
// sent again, so that a connection that breaks, or a node that starts anew in between, makes nothing twice.
import { randomUUID } from 'node:crypto';
import http from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

const PAUSES_MS = [200, 500, 1000, 2000, 4000, 8000];   // between tries while the node cannot be reached or says "not now"

/** What the node refuses (RFC 9457): the HTTP status, the stable code such as E_POLICY, one sentence, and what to try. */
export class Problem extends Error {
  /** @param {number} status @param {{code?: string, title?: string, detail?: string, hint?: string}} problem */
  constructor(status, { code = '', title = '', detail = '', hint = '' }) {
    super(`${code}: ${detail}${hint ? ` (${hint})` : ''}`);
    Object.assign(this, { name: 'Problem', status, code, title, detail, hint });
  }
}

/**
 * @typedef {object} How how a write is made
 * @property {string} [key] an own Idempotency-Key, such as the number of a case, for a program that may end before it has the answer and asks again when
 *   it runs next; the same key with another body is refused
 * @property {number|string} [ifMatch] the revision that a change is made on
 * @property {boolean} [dryRun] all is checked, nothing stored
 * @property {boolean} [draft] kept for an officer to release
 */

/**
 * @typedef {object} Written a write's answer
 * @property {string} id @property {number} revision @property {string|null} message_id @property {'queued'|'dry_run'} state
 * @property {{member: string, name: string}[]} recipients @property {string} rule @property {string} basis @property {string[]} warnings
 */

export class Api {
  /** @param {string} path the node's socket, [api] socket in its configuration @param {number} [ms] how long one answer may take */
  constructor(path, ms = 30_000) {
    this.path = path;
    this.ms = ms;
  }

  // --- any path

  /** The answer to GET /api/v1PATH. @param {string} path @param {Record<string, unknown>} [query] @returns {Promise<any>} */
  get(path, query = {}) {
    return this.#send('GET', path, query);
  }

  /** POST or PATCH. @param {string} method @param {string} path @param {object} [body] @param {How} [how] @returns {Promise<any>} */
  write(method, path, body = {}, { key = randomUUID(), ifMatch, dryRun, draft } = {}) {
    const headers = { 'Idempotency-Key': key, 'Content-Type': 'application/json' };
    if (ifMatch !== undefined) headers['If-Match'] = `"${ifMatch}"`;
    return this.#send(method, path, { dry_run: dryRun ? 1 : undefined, draft: draft ? 1 : undefined }, JSON.stringify(body), headers);
  }

  /** All entries of a list, one after the other, by its cursors. @param {string} path @param {Record<string, unknown>} [query] @returns {AsyncGenerator<any>} */
  async *items(path, query = {}) {
    for (let cursor; ;) {
      const page = await this.get(path, { ...query, cursor });
      yield* page.items;
      if (!page.next) return;
      cursor = page.next;
    }
  }

  async #send(method, path, query, body, headers = {}) {
    for (const ms of [...PAUSES_MS, undefined]) {
      try {
        const answer = await this.#ask(method, path, query, body, headers);
        return judged(answer.statusCode, await textOf(answer));
      } catch (problem) {
        const later = problem instanceof Problem ? problem.status === 503 : true;   // what is no Problem is a connection that broke
        if (!later || ms === undefined) throw problem;
      }
      await pause(ms);
    }
  }

  /** @returns {Promise<http.IncomingMessage>} */
  #ask(method, path, query, body, headers) {
    return new Promise((resolve, reject) => {
      const request = http.request({ socketPath: this.path, method, path: target(path, query), agent: false, timeout: this.ms,
        headers: { ...headers, ...(body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) }) } }, resolve);
      request.on('timeout', () => request.destroy(new Error(`the node did not answer within ${this.ms} ms`)));
      request.on('error', reject);
      request.end(body);
    });
  }

  // --- the node

  status() { return this.get('/status'); }

  // --- visits

  visits(filters) { return this.items('/visits', filters); }
  visit(visit) { return this.get(`/visits/${visit}`); }
  /** @param {object} fields @param {How} [how] @returns {Promise<Written>} */
  planVisit(fields, how) { return this.write('POST', '/visits', fields, how); }
  /** @param {string} visit @param {number} revision @param {object} fields @param {How} [how] @returns {Promise<Written>} */
  changeVisit(visit, revision, fields, how) { return this.write('PATCH', `/visits/${visit}`, fields, { ...how, ifMatch: revision }); }
  /** @param {string} visit @param {{answer: string, text?: string}} fields @param {How} [how] @returns {Promise<Written>} */
  answerVisit(visit, fields, how) { return this.write('POST', `/visits/${visit}/answers`, fields, how); }
  /** @param {string} visit @param {string} reason @param {How} [how] @returns {Promise<Written>} */
  recallVisit(visit, reason, how) { return this.write('POST', `/visits/${visit}/recall`, { reason }, how); }

  // --- records of any other kind

  records(filters) { return this.items('/records', filters); }
  record(record) { return this.get(`/records/${record}`); }
  /** @param {string} kind @param {object} fields @param {How} [how] @returns {Promise<Written>} */
  create(kind, fields, how) { return this.write('POST', `/records/${kind}`, fields, how); }
  /** @param {string} record @param {number} revision @param {object} fields @param {How} [how] @returns {Promise<Written>} */
  change(record, revision, fields, how) { return this.write('PATCH', `/records/${record}`, fields, { ...how, ifMatch: revision }); }
  /** @param {string} record @param {object} fields @param {How} [how] @returns {Promise<Written>} */
  answer(record, fields, how) { return this.write('POST', `/records/${record}/answers`, fields, how); }
  /** @param {string} record @param {string} reason @param {How} [how] @returns {Promise<Written>} */
  recall(record, reason, how) { return this.write('POST', `/records/${record}/recall`, { reason }, how); }
  search(text, filters) { return this.items('/search', { ...filters, text }); }

  // --- what happens, as it happens

  /**
   * Gives [id, event] for ever, and connects again by itself. `lastId`: what was given out last, also in an earlier run: first comes what happened since.
   * When that is not kept any more the event's name is events.missed: read your lists anew. A node that is away or says 503 is waited for as long as it
   * takes once it was there; before, as in every other call.
   * @param {string} [lastId] @returns {AsyncGenerator<[string, any]>}
   */
  async *events(lastId) {
    for (let tries = 0, connected = false; ; tries = Math.min(tries + 1, PAUSES_MS.length - 1)) {
      let answer;
      try {
        answer = await this.#ask('GET', '/events', {}, undefined, lastId ? { 'Last-Event-ID': lastId } : {});
        if (answer.statusCode !== 200) judged(answer.statusCode, await textOf(answer));
        answer.socket.setTimeout(0);   // an hour without an event is no trouble
        [tries, connected] = [0, true];
        lastId ||= '0-0';   // of no run: if this breaks before the first event, all that is kept comes after events.missed
        for await (const [id, event] of stream(answer)) yield [lastId = id, event];
      } catch (problem) {
        if (problem instanceof Problem && problem.status !== 503) throw problem;
        if (!connected && tries === PAUSES_MS.length - 1) throw problem;   // there never was a node
      } finally {
        answer?.destroy();
      }
      await pause(PAUSES_MS[tries]);
    }
  }
}

function target(path, query) {
  const given = Object.entries(query ?? {}).filter(([, value]) => value !== undefined && value !== null);
  return '/api/v1' + path + (given.length ? '?' + new URLSearchParams(given.map(([name, value]) => [name, String(value)])) : '');
}

async function textOf(answer) {
  const parts = [];
  for await (const part of answer) parts.push(part);
  if (!answer.complete) throw new Error('the answer was cut off');
  return Buffer.concat(parts).toString();
}

function judged(status, text) {
  let said;
  try {
    said = JSON.parse(text);
  } catch {
    said = { detail: text.slice(0, 500) };
  }
  if (status < 200 || status > 299) throw new Problem(status, said);
  return said;
}

async function* stream(answer) {
  let rest = '';
  for await (const part of answer.setEncoding('utf8')) {
    const blocks = (rest + part).split('\n\n');
    rest = blocks.pop();
    for (const block of blocks) {
      const fields = Object.fromEntries(block.split('\n').map((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)]));
      if (fields.data) yield [fields.id, JSON.parse(fields.data)];
    }
  }
}
