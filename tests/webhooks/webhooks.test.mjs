// SPDX-License-Identifier: Apache-2.0
// What the node signs holds for the reference library of Standard Webhooks, and the other way round. WEBHOOK_TOOL is the built webhook_tool.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Webhook } from 'standardwebhooks';

const tool = process.env.WEBHOOK_TOOL;
const folder = await mkdtemp(join(tmpdir(), 'webhooks-'));
after(() => rm(folder, { recursive: true }));

const now = () => Math.floor(Date.now() / 1000);
const newSecret = () => 'whsec_' + randomBytes(32).toString('base64');
const bodies = ['{"test": 2432232314}', '', '{"title":"Une visite à Tachkent, 会議"}', 'x'.repeat(200_000), '{"dots":"1.2.3"}\n'];

let files = 0;
async function keyFile(...lines) {
  const file = join(folder, `keys-${++files}`);
  await writeFile(file, lines.join('\n') + '\n', { mode: 0o600 });
  return file;
}

function run(words, input = '') {
  return new Promise((resolve) => {
    const child = execFile(tool, words, (error, stdout, stderr) => resolve({ status: error ? error.code : 0, stdout: stdout.trim(), stderr: stderr.trim() }));
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

// Ed25519 keys as Standard Webhooks writes them.
function newPair() {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32);
  const point = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  return { privateKey, publicKey, whsk: 'whsk_' + Buffer.concat([seed, point]).toString('base64'), whpk: 'whpk_' + point.toString('base64') };
}

test('the reference library takes what the node signs', async () => {
  const old = newSecret();
  const next = newSecret();
  const file = await keyFile('# old', old, '# next', next);
  for (const body of bodies) {
    const at = now();
    const { stdout: signature } = await run(['sign', file, 'msg_1', String(at)], body);
    const headers = { 'webhook-id': 'msg_1', 'webhook-timestamp': String(at), 'webhook-signature': signature };
    for (const secret of [old, next]) new Webhook(secret).verify(body, headers, { jsonParse: false });
    assert.throws(() => new Webhook(old).verify(body + ' ', headers, { jsonParse: false }));
    assert.throws(() => new Webhook(newSecret()).verify(body, headers, { jsonParse: false }));
  }
});

test('the node takes what the reference library signs', async () => {
  const secret = newSecret();
  const file = await keyFile(newSecret(), secret);
  for (const body of bodies) {
    const at = now();
    const signature = new Webhook(secret).sign('msg_2', new Date(at * 1000), body);
    assert.deepEqual(await run(['verify', file, 'msg_2', String(at), signature, String(at)], body), { status: 0, stdout: '', stderr: '' });
    const other = await run(['verify', file, 'msg_2', String(at), signature, String(at)], body + ' ');
    assert.equal(other.status, 1);
    assert.match(other.stderr, /no signature in webhook-signature is by a key that is trusted here/);
  }
});

test('both say the same of how old a call may be', async () => {
  const secret = newSecret();
  const file = await keyFile(secret);
  for (const off of [-400, -290, 0, 290, 400]) {
    const at = now() + off;
    const signature = new Webhook(secret).sign('msg_3', new Date(at * 1000), '{}');
    const headers = { 'webhook-id': 'msg_3', 'webhook-timestamp': String(at), 'webhook-signature': signature };
    let reference = true;
    try {
      new Webhook(secret).verify('{}', headers);
    } catch {
      reference = false;
    }
    const node = await run(['verify', file, 'msg_3', String(at), signature, String(now())], '{}');
    assert.equal(node.status === 0, reference, `${off} s: ${node.stderr}`);
  }
});

// The reference library has no Ed25519 yet: Node's own cryptography stands in.
test('Ed25519 signatures hold in both directions', async () => {
  const pair = newPair();
  const secret = newSecret();
  const signing = await keyFile(secret, pair.whsk);
  const verifying = await keyFile(pair.whpk);
  for (const body of bodies) {
    const at = now();
    const text = Buffer.from(`msg_4.${at}.${body}`);
    const { stdout } = await run(['sign', signing, 'msg_4', String(at)], body);
    const [first, second] = stdout.split(' ');
    new Webhook(secret).verify(body, { 'webhook-id': 'msg_4', 'webhook-timestamp': String(at), 'webhook-signature': stdout }, { jsonParse: false });
    assert.match(first, /^v1,/);
    assert.match(second, /^v1a,/);
    assert.ok(verify(null, text, pair.publicKey, Buffer.from(second.slice(4), 'base64')));
    const signature = 'v1a,' + sign(null, text, pair.privateKey).toString('base64');
    assert.equal((await run(['verify', verifying, 'msg_4', String(at), signature, String(at)], body)).status, 0);
    assert.equal((await run(['verify', verifying, 'msg_5', String(at), signature, String(at)], body)).status, 1);
  }
});

test('a receiver that uses the reference library reads the event of a message', async () => {
  const secret = newSecret();
  const calls = [];
  const server = createServer((request, response) => {
    const pieces = [];
    request.on('data', (piece) => pieces.push(piece));
    request.on('end', () => {
      const call = { type: request.headers['content-type'] };
      try {
        call.event = new Webhook(secret).verify(Buffer.concat(pieces).toString(), request.headers);
      } catch (error) {
        call.error = error.message;
      }
      calls.push(call);
      response.writeHead(call.event ? 204 : 401).end();
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${server.address().port}/events`;
  try {
    assert.equal((await run(['send', await keyFile(secret), url])).status, 0);
    const stranger = await run(['send', await keyFile(newSecret()), url]);
    assert.equal(stranger.status, 1);
    assert.match(stranger.stdout, /answers 401/);
  } finally {
    server.close();
    server.closeAllConnections();
  }
  assert.deepEqual(calls, [
    {
      type: 'application/cloudevents+json; charset=utf-8',
      event: {
        specversion: '1.0',
        id: '7'.repeat(64),
        source: '/liaison/1540',
        type: 'org.liaison.visit.plan',
        subject: '1540-V-2027-0001',
        time: '2027-03-08T09:30:00.250Z',
        datacontenttype: 'application/json',
        data: { record: '1540-V-2027-0001', accepted_at: '2027-03-08T09:30:00.250Z', data: { title: 'Une visite à Tachkent' } },
      },
    },
    { type: 'application/cloudevents+json; charset=utf-8', error: 'No matching signature found' },
  ]);
});
