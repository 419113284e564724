// SPDX-License-Identifier: Apache-2.0
#include "broker/exchange.h"

#include <algorithm>
#include <map>

#include "security/hash.h"
#include "security/note.h"

namespace liaison {

namespace {

Entry entry_of(Admitted&& admitted, std::uint64_t index, TimeMs accept_time_ms) {
  const VerifiedFrame& frame = admitted.frame;
  Entry entry;
  entry.leaf = {LeafClass::kFrame, admitted.verdict, index, accept_time_ms, frame.frame_hash()};
  entry.body = frame.bytes();
  entry.key_id = frame.key_id();
  entry.sequence = frame.header().sequence;
  entry.message_id = frame.message_id();
  entry.sender = frame.header().sender;
  entry.kind = frame.header().kind;
  entry.recipients = frame.header().recipients;
  entry.rule = std::move(admitted.rule);
  entry.basis = std::move(admitted.basis);
  return entry;
}

}  // namespace

Outcome Exchange::decide(std::vector<Arrival> arrivals, const Now& now, Room room) {
  Outcome outcome;
  Fold open = fold_;   // what the fold will be: a batch sees its own frames
  std::map<MemberId, std::size_t> unacknowledged;
  const TimeMs accept_time_ms = std::max(last_accept_ms_, now.wall_ms);
  for (Arrival& arrival : arrivals) {
    const Standing standing{charter_, open, size_ + outcome.entries.size(), accept_time_ms, now, !clock_.halted(), room,
                            unacknowledged[arrival.member]};
    Judgement judgement = judge(arrival.member, std::move(arrival.payload), standing, quotas_);
    Answer answer{arrival.member, arrival.peer, Logged{outcome.entries.size()}};
    if (auto* admitted = std::get_if<Admitted>(&judgement)) {
      outcome.entries.push_back(entry_of(std::move(*admitted), standing.index, accept_time_ms));
      fold_in(open, outcome.entries.back());
      unacknowledged[arrival.member] += 1;
    } else if (auto* again = std::get_if<Again>(&judgement)) {
      answer.what = std::move(*again);
    } else {
      answer.what = std::move(std::get<TurnedAway>(judgement));
    }
    outcome.answers.push_back(std::move(answer));
  }
  outcome.touched = touched_by(open, outcome.entries);
  return outcome;
}

Error Exchange::halted() const {
  return fail(Code::kHalted, clock_.reason(), "set the clock, then run: liaison broker clock confirm --dir FOLDER");
}

Outcome Exchange::alone(LeafClass leaf_class, const Hash& hash, const std::string& text, const Now& now) const {
  Outcome outcome;
  Entry entry;
  entry.leaf = {leaf_class, Code::kAccepted, size_, std::max(last_accept_ms_, now.wall_ms), hash};
  entry.body = bytes_of(view_of(text));
  outcome.entries.push_back(std::move(entry));
  return outcome;
}

Result<TrustedRoster> Exchange::check_roster(const std::string& note, const std::optional<Hash>& with_policy, const Now& now) const {
  if (clock_.halted()) return halted();
  const TrustedRoster* before = charter_.roster();
  TrustedRoster next = TRY(before == nullptr ? trust_first_roster(note) : trust_next_roster(*before, note));
  if (next.roster.expires_ms <= now.wall_ms) {
    return fail(Code::kRoster, "this roster expired on " + rfc3339(next.roster.expires_ms), "have the roots sign one with a later expires line");
  }
  if (before != nullptr && next.roster.policy_sha256 != with_policy && !charter_.has_policy(next.roster.policy_sha256)) {
    return fail(Code::kRoster, with_policy ? "this roster names another policy than the file beside it" : "this roster names a policy that is not in the log",
                "apply it in one call with the policy file that it was made with");
  }
  return next;
}

Result<Outcome> Exchange::decide_roster(const std::string& note, const Now& now) const {
  const TrustedRoster next = TRY(check_roster(note, std::nullopt, now));
  return alone(LeafClass::kRoster, next.text_hash, note, now);
}

Result<Outcome> Exchange::decide_policy(const std::string& file, const Now& now) const {
  if (clock_.halted()) return halted();
  const Policy policy = TRY(parse_policy(file));
  const Hash hash = sha256(view_of(file));
  const TrustedRoster* roster = charter_.roster();
  if (roster == nullptr) return fail(Code::kPolicyFile, "a policy needs a roster that names it", "apply the first roster and its policy together");
  if (charter_.complete()) {
    TRY(check_policy_succession(*charter_.policy(), charter_.policy_hash(), policy));
  } else if (hash != charter_.policy_hash() || policy.previous) {
    return fail(Code::kPolicyFile, "this is not the policy that the first roster names", "apply the file that the roster was made with");
  }
  return alone(LeafClass::kPolicy, hash, file, now);
}

Result<void> Exchange::apply(const std::vector<Entry>& entries) {
  for (const Entry& entry : entries) {
    if (entry.leaf.leaf_class == LeafClass::kRoster) TRY(charter_.add_roster(entry));
    if (entry.leaf.leaf_class == LeafClass::kPolicy) TRY(charter_.add_policy(entry));
    fold_in(fold_, entry);
    size_ = entry.leaf.index + 1;
    last_accept_ms_ = entry.leaf.accept_time_ms;
  }
  // Only the day that quotas are counted on is of use in memory; the store keeps them all.
  const std::uint64_t today = day_of(last_accept_ms_);
  while (!fold_.usage.empty() && fold_.usage.begin()->first.day < today) fold_.usage.erase(fold_.usage.begin());
  return {};
}

void Exchange::resume(std::uint64_t size, TimeMs last_accept_ms, Fold fold) {
  size_ = size;
  last_accept_ms_ = last_accept_ms;
  fold_ = std::move(fold);
}

}  // namespace liaison
