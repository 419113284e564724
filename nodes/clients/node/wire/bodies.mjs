// SPDX-License-Identifier: Apache-2.0
// Bodies of visits and of records of every kind, of what is answered to them and of their recall: made, read and judged from the pages schemas/*.fbs
// alone, PROTOCOL 14. A body's values are plain: texts and words are strings, flags booleans, a part is an object of its fields or null, hashes Buffers.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { need as needs, sha256 } from './crypto.mjs';
import * as flat from './flat.mjs';
import { verified } from './frames.mjs';
import { isId } from './texts.mjs';

// Beside this client where it was copied to another place with them, else in the tree that it is part of.
const PAGES = ['../schemas/', '../../../../schemas/'].map((path) => fileURLToPath(new URL(path, import.meta.url))).find((path) => existsSync(path + 'wire.fbs'));
if (!PAGES) throw new Error('the pages schemas/*.fbs are neither in this tree nor in schemas/ beside wire.mjs');
const pageText = (name) => readFileSync(`${PAGES}${name}.fbs`, 'utf8');
const included = (text) => [...text.matchAll(/include "([a-z_]+)\.fbs"/g)].map(([, name]) => name);
const RULES = '\\((?:"[^"]*"|[^")])*\\)';
const rulesOf = (text) => Object.fromEntries([...(text ?? '').matchAll(/(\w+)(?:: ("[^"]*"))?/g)].map(([, name, value]) => [name, (value ?? '').replaceAll('"', '')]));
const need = (condition, why) => needs(condition, 'E_BODY', why);
const bare = (name) => name.replace(/_$/, '');

/** One line of a page: name, what it is (text, word, number, flag, part), whether it is a list, and its rules. */
class Field {
  constructor(name, type, rules, enums, tables) {
    const of = type.replace(/[[\]]/g, '');
    this.name = bare(name);
    this.list = type.startsWith('[');
    this.rules = rulesOf(rules);
    [this.words, this.parts] = [enums[of], tables[of]];
    this.what = of === 'string' ? 'text' : this.parts ? 'part' : this.words ? 'word' : of === 'bool' ? 'flag' : this.list ? 'bytes' : 'number';
    this.form = this.rules.form ?? 'line';
    this.most = Number(this.rules.most ?? (this.list ? 32 : 1_000_000_000));
    this.bytes = Number(this.rules.bytes ?? (this.form === 'lines' ? 16 * 1024 : 512));
    const width = { uint: 'u32', ulong: 'u64' }[of] ?? 'u8', table = this.parts && tableOf(this.parts);
    this.type = this.parts ? (this.list ? [table] : table) : this.what === 'text' ? (this.list ? 'strings' : 'string') : this.list ? 'bytes' : width;
  }
}

const tableOf = (fields) => new flat.Table(...fields.map((f) => [f.name, f.type, 'required' in f.rules]));

/** What a page says with what it includes. */
class Page {
  constructor(name) {
    const own = pageText(name), text = [own, ...included(own).map(pageText)].join('\n').replace(/\/\/[^\n]*/g, ''), enums = {}, tables = {}, rules = {};
    for (const [, word, words] of text.matchAll(/enum (\w+) : ubyte \{([^}]*)\}/g)) enums[word] = words.split(',').map((w) => bare(w.trim())).slice(1);
    let waiting = [...text.matchAll(new RegExp(`table (\\w+) (${RULES} )?\\{([^}]*)\\}`, 'g'))];
    while (waiting.length) {   // a table may stand before the one that it is made of
      const names = waiting.map(([, word]) => word);
      for (const [, word, said, lines] of waiting) {
        const fields = [...lines.matchAll(new RegExp(`(\\w+):(\\[?\\w+\\]?)\\s*(${RULES})?;`, 'g'))];
        if (fields.some(([, , type]) => names.includes(type.replace(/[[\]]/g, '')))) continue;
        tables[word] = fields.map(([, field, type, more]) => new Field(field, type, more, enums, tables));
        rules[word] = rulesOf(said);
      }
      waiting = waiting.filter(([, word]) => !tables[word]);
    }
    const root = /root_type (\w+);/.exec(text)[1];
    Object.assign(this, { enums, fields: tables[root], rules: rules[root], identifier: /file_identifier "(\w{4})";/.exec(text)[1] });
    this.table = tableOf(this.fields);
    this.id = sha256(own, ...included(own).map(pageText));
  }
}

const kindOf = (name, text) => /\(kind: "([a-z_.]+)"/.exec(text)?.[1] ?? /^\/\/ Kind ([a-z_.]+)[:.]/.exec(text)?.[1] ?? (name === 'receipt' ? 'receipt' : null);
const named = readdirSync(PAGES).filter((f) => f.endsWith('.fbs')).map((f) => f.slice(0, -4)).map((name) => [kindOf(name, pageText(name)), name]);
/** The page of each kind. @type {Record<string, Page>} */
export const KINDS = Object.fromEntries(named.filter(([kind]) => kind && kind !== 'receipt').map(([kind, name]) => [kind, new Page(name)]));
/** The schema id of each kind. @type {Record<string, Buffer>} */
export const SCHEMAS = Object.fromEntries([...Object.entries(KINDS).map(([kind, page]) => [kind, page.id]), ['receipt', sha256(pageText('receipt'))]]);
export const isRecord = (kind) => KINDS[kind]?.rules.kind === kind;
/** Kinds whose bodies are written and read here: all but overlap.*, which want the arithmetic of PROTOCOL 14.2. */
export const isPlain = (kind) => kind in KINDS && !kind.startsWith('overlap.');

// --- writing

function flatValue(field, value) {
  if (value === undefined || value === null || value === '' || value?.length === 0) {
    if (!('required' in field.rules)) return null;
    value = field.list && field.what !== 'bytes' ? [] : { part: {}, text: '', bytes: Buffer.alloc(0) }[field.what] ?? 0;
  }
  const one = (v) => (field.what === 'part' ? flatValues(field.parts, v) : field.what === 'word' ? field.words.indexOf(v) + 1 : v);
  if (field.what === 'bytes' || !field.list) return field.what === 'flag' ? Number(value) : one(value);
  return field.what === 'word' ? Buffer.from(value.map(one)) : value.map(one);
}

const flatValues = (fields, values) => Object.fromEntries(fields.map((f) => [f.name, flatValue(f, values[f.name])]));

/** The body of a message of this kind; Refused if a recipient would refuse it. @param {string} kind @param {object} body @returns {Buffer} */
export function write(kind, body) {
  needs(isPlain(kind), 'E_SCHEMA', `bodies of ${kind} are not written here`);
  const page = KINDS[kind], data = flat.write(page.table, flatValues(page.fields, isRecord(kind) ? { ...body, head: body } : body), page.identifier);
  read(kind, data);
  return data;
}

// --- reading and judging

function plainValue(field, got) {
  const word = (n) => (n === 0 ? '' : field.words[n - 1] ?? '?');
  if (field.what === 'part') return field.list ? (got ?? []).map((one) => plain(field.parts, one)) : got && plain(field.parts, got);
  if (field.what === 'text') return got ?? (field.list ? [] : '');
  if (field.what === 'word') return field.list ? [...(got ?? [])].map(word) : word(got);
  return field.what === 'flag' ? got === 1 : field.what === 'bytes' ? Buffer.from(got ?? []) : got;
}

const plain = (fields, got) => Object.fromEntries(fields.map((f) => [f.name, plainValue(f, got[f.name])]));

/** What such a body says; Refused with E_BODY when it may not say so. @param {string} kind @param {Buffer} data @returns {any} */
export function read(kind, data) {
  needs(isPlain(kind), 'E_SCHEMA', `bodies of ${kind} are not read here`);
  const page = KINDS[kind], got = plain(page.fields, verified(data, page.identifier, page.table, 'E_BODY', 512));
  if (isRecord(kind)) return readRecord(page, got);
  ({ 'visit.plan': checkPlan, 'visit.answer': checkAnswer, 'record.answer': checkAnswer }[kind] ?? checkRecall)(got, kind);
  return got;
}

function readRecord(page, { head, ...rest }) {
  const record = { ...head, ...rest }, [owner, letter] = idParts(record.record_id) ?? [];
  need(owner === record.owner && letter === page.rules.letter, 'the id, or its owner');
  checkRevision(record);
  need(textBytes(rest) + textBytes({ ...head, record_id: '', owner: '' }) <= 61_440, 'the texts together');
  checkFields(page.fields.find((f) => f.name === 'head').parts, head);
  checkFields(page.fields.filter((f) => f.name !== 'head'), rest);
  return record;
}

function checkRevision({ revision, previous_revision: previous }) {
  need(previous.length === 32 && revision >= 1 && (revision === 1) === previous.equals(Buffer.alloc(32)), 'revision');
}

const textBytes = (value) => (typeof value === 'string' ? Buffer.byteLength(value) : value === null || typeof value !== 'object' || Buffer.isBuffer(value) ? 0
  : Object.values(value).reduce((sum, one) => sum + textBytes(one), 0));
const FORBIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef]|[\ufffe\uffff]|\p{Noncharacter_Code_Point}/u;

function checkText(text, most = 512, lines = false) {
  need(Buffer.byteLength(text) <= most, 'a text that is too long');
  need(!FORBIDDEN.test(text) && (lines || !/[\n\t]/.test(text)), 'a character that may not stand in a text');
  need(text === text.normalize('NFC'), 'not in normal form C');
}

/** First and last day of a year, a month or a day; null for what does not exist. */
function span(text) {
  const found = /^(\d{4})(?:-(\d\d)(?:-(\d\d))?)?$/.exec(text);
  if (!found || found[1] === '0000') return null;
  const [year, month, day] = found.slice(1).map((x) => (x === undefined ? undefined : Number(x)));
  const last = new Date(Date.UTC(2000, month ?? 12, 0)), iso = (m, d) => `${found[1]}-${String(m).padStart(2, '0')}-${String(d).padStart(2, '0')}`;
  last.setUTCFullYear(year, month ?? 12, 0);
  if (month === 0 || month > 12 || day === 0 || day > last.getUTCDate()) return null;
  return [iso(month ?? 1, day ?? 1), iso(month ?? 12, day ?? last.getUTCDate())];
}

/** [owner, letter] of a record's id; null for what is none. */
export function idParts(text) {
  const found = /^([A-Za-z0-9._-]{1,32})-([A-Z]{1,2})-\d{4}-(\d{4}|[1-9]\d{4,8})$/.exec(text);
  return found && Number(found[3]) > 0 ? [found[1], found[2]] : null;
}

const isTime = (t) => /^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{3})?Z$/.test(t) && span(t.slice(0, 10)) !== null && t >= '1970';
const HOLDS = { time: isTime, member: isId, state: (t) => /^[A-Z]{3}$/.test(t), language: (t) => ['ar', 'zh', 'en', 'fr', 'ru', 'es'].includes(t),
  symbol: (t) => t.includes('/'), date: (t) => (span(t)?.[0] ?? '') >= '1870', day: (t) => t.length === 10 && (span(t)?.[0] ?? '') >= '1870' };

function checkOne(field, value) {
  if (field.what === 'text') {
    checkText(value, field.bytes, field.form === 'lines');
    if (value && field.form === 'record') need(idParts(value) && (!field.rules.of || field.rules.of.split(',').includes(idParts(value)[1])), 'the id of a record');
    else if (value) need((HOLDS[field.form] ?? (() => true))(value), field.form);
  } else if (field.what === 'number') {
    need(value <= field.most, 'a number that is too large');
  } else if (field.what === 'word') {
    need(value === '' || field.words.includes(value), 'a word of no list');
  } else if (field.what === 'part' && value !== null) {
    checkFields(field.parts, value);
  }
}

function checkFields(fields, values) {
  for (const field of fields.filter((f) => f.what !== 'bytes')) {
    const value = values[field.name], empty = field.what === 'part' && !field.list ? value === null : !value || value.length === 0;
    need(!('needed' in field.rules && empty), `${field.name} is missing`);
    if (field.list) {
      need(value.length <= field.most, 'too many entries');
      need(field.what === 'part' || (value.every(Boolean) && new Set(value).size === value.length), 'an empty entry, or one twice');
    }
    for (const one of field.list ? value : [value]) checkOne(field, one);
    if (field.rules.after && value) {
      const first = span(values[field.rules.after]), second = span(value);
      need(!first || !second || second[1] >= first[0], 'a date before the one that it comes after');
    }
  }
}

// What section 14 asks of the kinds that are older than the rules in the pages.

const leadOf = (id) => {
  const parts = idParts(id);
  need(parts && parts[1] === 'V', 'record id');
  return parts[0];
};
const LENGTHS = { day: [[10], [10]], month: [[7], [7]], year: [[4], [4]], end_day: [[0], [10]], period: [[4, 7], [4, 7]], unknown: [[0], [0]] };

function checkComponent(part) {
  const lengths = LENGTHS[part.precision], ends = [part.start, part.end];
  need(['on_site', 'virtual'].includes(part.mode) && lengths && ends.every((text, i) => lengths[i].includes(text.length)), 'mode, precision or dates of another form');
  const spans = ends.filter(Boolean).map(span);
  need(spans.every((s) => s && s[0] >= '1870') && (spans.length < 2 || spans[1][1] >= spans[0][0]), 'a date that does not exist, or the end before the start');
  need(part.places.length <= 32, 'places');
  part.places.forEach((place) => checkText(place, 128));
}

function checkPlan(p) {
  need(leadOf(p.record_id) === p.lead, 'lead');
  checkRevision(p);
  need([p.status, p.kind, p.consent.status, ...p.participation.map((x) => x.role), ...p.reports.map((x) => x.kind)].every((w) => w && w !== '?'), 'a word');
  const codes = p.states.map((s) => s.alpha3);
  need(codes.length >= 1 && codes.length <= 16 && new Set(codes).size === codes.length && codes.every((x) => /^[A-Z]{3}$/.test(x)), 'States');
  p.states.forEach((s) => checkText(s.name_in_source, 128));
  need(p.components.length >= 1 && p.components.length <= 8 && p.participation.length <= 32 && p.reports.length <= 16, 'too many, or none');
  p.components.forEach(checkComponent);
  need(p.aims.length <= 16 && p.aims.every((aim) => /^[a-z_]{1,40}$/.test(aim)), 'aims');
  for (const [holder, lines] of [[p.consent, ['reference', 'signed_by']], [p.invitation, ['reference', 'issuer']]]) {
    need(!holder || holder.date === '' || (holder.date.length === 10 && span(holder.date)), 'a date of consent or invitation');
    if (holder) lines.forEach((name) => checkText(holder[name]));
  }
  p.participation.forEach((x) => { need(x.body, 'a body'); checkText(x.body, 128); checkText(x.note); });
  p.reports.forEach((x) => { need(HOLDS.day(x.date), 'a day'); checkText(x.symbol); });
  need((p.status === 'merged') === Boolean(p.merged_into) && p.merged_into !== p.record_id, 'where a merged visit goes on');
  if (p.merged_into) leadOf(p.merged_into);
  checkText(p.paragraph, 128);
  ['title', 'contact', 'source'].forEach((name) => checkText(p[name]));
  checkText(p.note, 16 * 1024, true);
}

function checkAnswer(a, kind) {
  const hash = kind === 'visit.answer' ? a.plan_hash : a.record_hash;
  need(kind === 'visit.answer' ? leadOf(a.record_id) : idParts(a.record_id), 'id');
  need(hash.length === 32 && a.revision >= 1 && a.answer && a.answer !== '?' && (!a.refers_to || idParts(a.refers_to)), 'hash, revision, answer or what it refers to');
  checkText(a.body ?? '', 128);
  checkText(a.text, 16 * 1024, true);
  checkText(a.contact);
  checkText(a.source);
}

function checkRecall(r, kind) {
  const hash = kind === 'visit.recall' ? r.plan_hash : r.record_hash;
  need(kind === 'visit.recall' ? leadOf(r.record_id) : idParts(r.record_id), 'id');
  need(hash.length === 32 && r.revision >= 1 && r.reason, 'hash, revision or reason');
  checkText(r.reason);
  checkText(r.contact);
}
