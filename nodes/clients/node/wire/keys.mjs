// SPDX-License-Identifier: Apache-2.0
// The four private keys of a member, in the folder form that `liaison node init` writes: encrypted PKCS#8, and the curve key in Z85.
import { createPrivateKey } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';

import { agreementKey, join, newKey, prefix16, raw, rawSecret, same, signed, unz85, z85 } from './crypto.mjs';
import { newestOf } from './texts.mjs';

const passphraseIn = (file) => readFileSync(file, 'utf8').replace(/\n$/, '');

export class Keys {
  /** Fresh ones, unless given. `others`: more that it holds, by use, since keys are replaced over time. */
  constructor({ sign = newKey('ed25519'), witness = newKey('ed25519'), hpke = newKey('x25519'), curve = newKey('x25519'), others = {} } = {}) {
    Object.assign(this, { sign, witness, hpke, curve, others });
  }

  /** As `liaison node init` and `liaison node rotate` have written them. @param {string} folder @param {string} passphraseFile @returns {Keys} */
  static ofFolder(folder, passphraseFile) {
    const passphrase = passphraseIn(passphraseFile), names = readdirSync(`${folder}/keys`).sort(), out = { others: {} };
    const pem = (name) => createPrivateKey({ key: readFileSync(`${folder}/keys/${name}`), passphrase });
    const z85Key = (name) => agreementKey(unz85(readFileSync(`${folder}/keys/${name}`, 'utf8').split('\n')[1], 'E_KEY', 32));
    for (const [use, ending, read] of [['sign', '.pem', pem], ['witness', '.pem', pem], ['hpke', '.pem', pem], ['curve', '.key', z85Key]]) {
      out[use] = read(use + ending);
      out.others[use] = names.filter((name) => name.startsWith(use) && name.endsWith(ending) && name !== use + ending).map(read);
    }
    return new Keys(out);
  }

  held(use) { return [this[use], ...(this.others[use] ?? [])]; }

  /** Of the keys held the one that the roster says is the member's newest at this index; undefined when that is not here. */
  named(roster, member, use, index) {
    const newest = newestOf(roster, member, use, index);
    return this.held(use).find((key) => newest && same(raw(key), newest.key));
  }

  /** Makes the folder with the keys and the request for the authority; the request's file. */
  write(folder, network, member, passphraseFile) {
    const secret = (file, data) => writeFileSync(`${folder}/keys/${file}`, data, { mode: 0o600, flag: 'wx' }), passphrase = passphraseIn(passphraseFile);
    mkdirSync(`${folder}/keys`, { mode: 0o700, recursive: true });
    for (const use of ['sign', 'witness', 'hpke']) secret(`${use}.pem`, this[use].export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase }));
    secret('curve.key', `liaison-curve-secret/v1\n${z85(rawSecret(this.curve))}\n`);
    writeFileSync(`${folder}/${member}.request`, this.enrolment(network, member));
    return `${folder}/${member}.request`;
  }

  /** The request that the authority puts into a roster (PROTOCOL 1). @param {string} network @param {string} member */
  enrolment(network, member) {
    const b64 = (key) => raw(key).toString('base64');
    const text = `liaison-enrolment/v1\nnetwork ${network}\nmember ${member}\nkey curve pub=${z85(raw(this.curve))}\nkey hpke pub=${b64(this.hpke)}\n` +
      `key sign pub=${b64(this.sign)}\nkey witness pub=${b64(this.witness)}\n`;
    const proof = (key) => signed(key, join([prefix16('liaison/pop/v1'), text])).toString('base64');
    return `${text}\npop sign ${proof(this.sign)}\npop witness ${proof(this.witness)}\n`;
  }
}
