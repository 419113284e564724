// SPDX-License-Identifier: Apache-2.0
// The wire protocol of Liaison in JavaScript: Member for a committee's own program, Proof for whoever is shown a proof file.
export { Refused } from './wire/crypto.mjs';
export { CODES, Frame, Proof } from './wire/frames.mjs';
export { Keys } from './wire/keys.mjs';
export { Member } from './wire/member.mjs';
export { Node } from './wire/node.mjs';
