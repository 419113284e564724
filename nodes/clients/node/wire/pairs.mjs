// SPDX-License-Identifier: Apache-2.0
// The pair sequences of what others sent to this member (PROTOCOL 3): each sealed message says how many its sender has addressed here, so that one which
// the broker keeps back leaves a gap. Numbers of messages are BigInt, since they may have 62 bits.
const PATIENCE_MS = 10 * 60_000;   // then a gap that its sender has not explained is an alarm

/**
 * @typedef {object} Gap
 * @property {string} sender
 * @property {bigint} first @property {bigint} last the missing numbers
 * @property {number} afterIndex @property {number} beforeIndex between the entries that brought the numbers before and after them; -1: none before
 * @property {number} sinceMs when the broker accepted the one after them
 * @property {boolean} told
 */

export class Pairs {
  /** The last number and its index, by sender. */
  last = new Map();
  /** @type {Gap[]} */
  gaps = [];

  /** The number of a message at this index, whose accept_time is atMs. False when it was used already. */
  take(sender, number, index, atMs) {
    const [last, lastIndex] = this.last.get(sender) ?? [0n, -1];
    if (number <= last) {
      const gap = this.#around(sender, number);
      if (gap) this.#fill(gap, number, index);
      return gap !== undefined;
    }
    const gap = { sender, first: last + 1n, last: number - 1n, afterIndex: lastIndex, beforeIndex: index, sinceMs: atMs, told: false };
    if (gap.first <= gap.last) this.gaps.push(gap);
    this.last.set(sender, [number, index]);
    return true;
  }

  /** The sender says that the refused entry at this index used the number; it counts where numbers and entries grow together. */
  explain(sender, number, index, atMs) {
    const [last, lastIndex] = this.last.get(sender) ?? [0n, -1], gap = this.#around(sender, number);
    if (gap && gap.afterIndex < index && index < gap.beforeIndex) this.#fill(gap, number, index);
    else if (number > last && index > lastIndex) this.take(sender, number, index, atMs);
  }

  #around(sender, number) { return this.gaps.find((g) => g.sender === sender && g.first <= number && number <= g.last); }

  /** What is still missing lies on its side of the entry that filled the number. */
  #fill(gap, number, index) {
    const inside = gap.afterIndex < index && index < gap.beforeIndex;
    const below = { ...gap, last: number - 1n, beforeIndex: inside ? index : gap.beforeIndex };
    const above = { ...gap, first: number + 1n, afterIndex: inside ? index : gap.afterIndex };
    this.gaps = [...this.gaps.filter((g) => g !== gap), ...[below, above].filter((g) => g.first <= g.last)];
  }

  /** Gaps that have lasted; each is given once. */
  overdue(nowMs) {
    const found = this.gaps.filter((g) => !g.told && nowMs >= g.sinceMs + PATIENCE_MS);
    for (const gap of found) gap.told = true;
    return found;
  }
}
