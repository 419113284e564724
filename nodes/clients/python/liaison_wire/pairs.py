# SPDX-License-Identifier: Apache-2.0
"""The pair sequences of what others sent to this member (PROTOCOL 3): each sealed message says how many its sender has addressed here, so that one which
the broker keeps back leaves a gap."""
from dataclasses import dataclass, replace

PATIENCE_MS = 10 * 60_000   # then a gap that its sender has not explained is an alarm


@dataclass
class Gap:
    sender: str
    first: int           # the missing numbers
    last: int
    after_index: int     # between the entries that brought the numbers before and after them; -1 when there was none before
    before_index: int
    since_ms: int        # when the broker accepted the one after them
    told: bool = False


class Pairs:
    def __init__(self):
        self.last, self.gaps = {}, []   # the last number and its index, by sender

    def take(self, sender, number, index, at_ms):
        """The number of a message at this index, whose accept_time is at_ms. False when it was used already."""
        last, last_index = self.last.get(sender, (0, -1))
        if number <= last:
            gap = self.around(sender, number)
            if gap:
                self.fill(gap, number, index)
            return gap is not None
        if number > last + 1:
            self.gaps.append(Gap(sender, last + 1, number - 1, last_index, index, at_ms))
        self.last[sender] = number, index
        return True

    def explain(self, sender, number, index, at_ms):
        """The sender says that the refused entry at this index used the number; it counts where numbers and entries grow together."""
        last, last_index = self.last.get(sender, (0, -1))
        gap = self.around(sender, number)
        if gap and gap.after_index < index < gap.before_index:
            self.fill(gap, number, index)
        elif number > last and index > last_index:
            self.take(sender, number, index, at_ms)

    def around(self, sender, number):
        return next((g for g in self.gaps if g.sender == sender and g.first <= number <= g.last), None)

    def fill(self, gap, number, index):
        """What is still missing lies on its side of the entry that filled the number."""
        self.gaps.remove(gap)
        inside = gap.after_index < index < gap.before_index
        below = replace(gap, last=number - 1, before_index=index if inside else gap.before_index)
        above = replace(gap, first=number + 1, after_index=index if inside else gap.after_index)
        self.gaps += [g for g in (below, above) if g.first <= g.last]

    def overdue(self, now_ms):
        """Gaps that have lasted; each is given once."""
        found = [g for g in self.gaps if not g.told and now_ms >= g.since_ms + PATIENCE_MS]
        for gap in found:
            gap.told = True
        return found
