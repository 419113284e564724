// SPDX-License-Identifier: Apache-2.0
// Reads and writes FlatBuffers as plain objects. JavaScript's own library does not verify what comes from outside: here every offset is held against the
// buffer first (PROTOCOL 2), and an Error is thrown otherwise. The tables are those of schemas/*.fbs, field by field in their order.
import { Builder } from 'flatbuffers';

import { exact } from './crypto.mjs';

const SIZES = { u8: 1, u16: 2, u32: 4, u64: 8 };

/** Fields as [name, type, required]. A type: u8..u64, bytes, string, strings, a Table, [Table], {structs: [[name, bytes]]}, {union: {number: Table}}. */
export class Table {
  constructor(...fields) {
    this.fields = fields;
  }
}

export const HEADER = new Table(['sender', 'string', true], ['schema_id', 'bytes', true], ['kind', 'string', true], ['marking', 'string', true],
  ['recipients', 'strings', true], ['sequence', 'u64'], ['previous', 'bytes', true], ['created_at_ms', 'u64'], ['not_after_ms', 'u64'],
  ['roster_version', 'u64'], ['policy_hash', 'bytes', true], ['seen_size', 'u64'], ['seen_root', 'bytes', true], ['nonce', 'bytes', true],
  ['in_reply_to', 'bytes', true], ['suite', 'u8'], ['key_commitment', 'bytes', true], ['blobs', 'strings', true]);
// The words of a hash are its bytes in their order.
export const RECEIPT = new Table(['covered', { structs: [['message_id', 32], ['frame_hash', 32], ['index', 8], ['pair_seq', 8], ['verdict', 8]] }, true]);
const ITEM = new Table(['leaf', 'bytes', true], ['body', 'bytes']);
const ACCEPTANCE = new Table(['frame_hash', 'bytes', true], ['leaf', 'bytes', true], ['path', 'bytes', true], ['checkpoint', 'bytes', true],
  ['rule', 'string'], ['basis', 'string']);
const HEAD = new Table(['key_id', 'bytes', true], ['sequence', 'u64'], ['message_id', 'bytes', true], ['acceptance', ACCEPTANCE]);
export const CONTROLS = {
  1: new Table(['from', 'u64'], ['max_items', 'u32'], ['wait_ms', 'u32']),
  2: new Table(['items', [ITEM], true], ['checkpoint', 'bytes', true], ['consistency', 'bytes', true]),
  3: ACCEPTANCE,
  4: new Table(['frame_hash', 'bytes', true], ['code', 'u16'], ['detail', 'u64'], ['text', 'string', true], ['time_ms', 'u64'], ['signature', 'bytes']),
  5: new Table(),
  6: new Table(['member', 'string', true], ['heads', [HEAD], true], ['time_ms', 'u64']),
  7: new Table(['note', 'bytes']),
};
export const WIRE = new Table(['control_type', 'u8'], ['control', { union: CONTROLS }, true]);

function fail(why) {
  throw new Error(why);
}

class Reader {
  constructor(data, tablesMax) {
    this.data = data;
    this.tablesLeft = tablesMax;
  }

  number(at, size) {
    if (at < 0 || at + size > this.data.length || at % size) fail('a number outside the buffer, or not aligned');
    return size === 8 ? exact(this.data.readBigUInt64LE(at)) : this.data.readUIntLE(at, size);
  }

  follow(at) {
    const offset = this.number(at, 4);
    if (offset === 0 || offset >= 2 ** 31 || at + offset >= this.data.length) fail('an offset that leads nowhere');
    return at + offset;
  }

  /** [place of the first element, count] */
  vector(at, size) {
    const count = this.number(at, 4);
    if (at + 4 + count * size > this.data.length) fail('a vector that is longer than the buffer');
    return [at + 4, count];
  }

  bytes(at) {
    const [start, count] = this.vector(at, 1);
    return this.data.subarray(start, start + count);
  }

  string(at) {
    const bytes = this.bytes(at);
    if (this.data[at + 4 + bytes.length] !== 0) fail('a string without its end');
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  }

  value(at, type, depth) {
    if (SIZES[type]) return this.number(at, SIZES[type]);
    at = this.follow(at);
    if (type === 'bytes') return this.bytes(at);
    if (type === 'string') return this.string(at);
    if (type instanceof Table) return this.table(at, type, depth + 1);
    if (type.structs) return this.structs(at, type.structs);
    const [start, count] = this.vector(at, 4);
    return Array.from({ length: count }, (_, i) => {
      const place = this.follow(start + 4 * i);
      return type === 'strings' ? this.string(place) : this.table(place, type[0], depth + 1);
    });
  }

  structs(at, parts) {
    const size = parts.reduce((sum, [, bytes]) => sum + bytes, 0), [start, count] = this.vector(at, size);
    if (start % 8) fail('structs that are not aligned');
    return Array.from({ length: count }, (_, i) => {
      let place = start + i * size;
      return Object.fromEntries(parts.map(([name, bytes]) => {
        const value = bytes === 8 ? this.number(place, 8) : this.data.subarray(place, place + bytes);
        place += bytes;
        return [name, value];
      }));
    });
  }

  table(at, { fields }, depth = 1) {
    if (depth > 8 || --this.tablesLeft < 0) fail('too deep, or too many tables');
    const back = this.number(at, 4), vtable = at - (back >= 2 ** 31 ? back - 2 ** 32 : back), size = this.number(vtable, 2), out = {};
    if (size % 2 || size < 4 || vtable + size > this.data.length) fail('a table of fields outside the buffer');
    fields.forEach(([name, type, required], slot) => {
      const offset = 4 + 2 * slot < size ? this.number(vtable + 4 + 2 * slot, 2) : 0;
      const of = type.union ? type.union[out[`${name}_type`]] ?? fail('an unknown member of a union') : type;
      if (!offset && required) fail(`${name} is missing`);
      out[name] = offset ? this.value(at + offset, of, depth) : SIZES[of] ? 0 : null;
    });
    return out;
  }
}

export function read(data, identifier, table, tablesMax = 256) {
  if (data.length < 8 || data.subarray(4, 8).toString('latin1') !== identifier) fail('another identifier');
  const reader = new Reader(Buffer.from(data), tablesMax);   // a copy, so that offsets and alignment count from 0
  return reader.table(reader.follow(0), table);
}

// --- writing

/** Puts a table of these values into the builder; a field whose value is null or missing is absent. */
export function put(b, { fields }, values) {
  const made = fields.map(([name, type]) => (SIZES[type] || values[name] === undefined || values[name] === null ? 0 : child(b, type, values[name])));
  b.startObject(fields.length);
  fields.forEach(([name, type], slot) => {
    if (made[slot]) b.addFieldOffset(slot, made[slot], 0);
    else if (type === 'u64') b.addFieldInt64(slot, BigInt(values[name] ?? 0), 0n);
    else if (SIZES[type]) b[{ u8: 'addFieldInt8', u16: 'addFieldInt16', u32: 'addFieldInt32' }[type]](slot, Number(values[name] ?? 0), 0);
  });
  return b.endObject();
}

function child(b, type, value) {
  if (type === 'bytes') return b.createByteVector(value);
  if (type === 'string') return b.createString(value);
  if (type instanceof Table) return put(b, type, value);
  if (type.structs) return putStructs(b, type.structs, value);
  const made = value.map((one) => (type === 'strings' ? b.createString(one) : put(b, type[0], one)));
  b.startVector(4, made.length, 4);
  for (const offset of made.reverse()) b.addOffset(offset);
  return b.endVector();
}

function putStructs(b, parts, values) {
  b.startVector(parts.reduce((sum, [, bytes]) => sum + bytes, 0), values.length, 8);
  for (const one of [...values].reverse()) {
    for (const [name, bytes] of [...parts].reverse()) {
      if (bytes === 8) b.addInt64(BigInt(one[name]));
      else for (let at = bytes - 8; at >= 0; at -= 8) b.addInt64(one[name].readBigUInt64LE(at));
    }
  }
  return b.endVector();
}

export function write(table, values, identifier) {
  const b = new Builder(1024);
  b.finish(put(b, table, values), identifier);
  return Buffer.from(b.asUint8Array());
}

/** The content of a control frame of this type. */
export function writeControl(type, values) {
  const b = new Builder(256), inner = put(b, CONTROLS[type - 1], values);
  b.startObject(2);
  b.addFieldInt8(0, type - 1, 0);
  b.addFieldOffset(1, inner, 0);
  b.finish(b.endObject(), 'LSNW');
  return Buffer.from(b.asUint8Array());
}
