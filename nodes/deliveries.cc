// SPDX-License-Identifier: Apache-2.0
#include "nodes/deliveries.h"

#include "security/audit.h"

namespace liaison {

namespace {

std::string short_id(const MessageRows::Sent& sent) { return hex(sent.message_id).substr(0, 12); }
// What an alarm about it names.
std::string subject_of(const MessageRows::Sent& sent) { return sent.record_id.empty() ? short_id(sent) : sent.record_id; }

}  // namespace

Result<void> Deliveries::expect(MessageRows::Sent sent, TimeMs at_ms) {
  for (const auto& [member, number] : sent.awaited) TRY(left(sent, member, at_ms));
  if (sent.all_answered()) return {};
  awaited_.insert_or_assign(sent.index.value_or(0), std::move(sent));
  if (awaited_.size() > kKeptMax) awaited_.erase(awaited_.begin());
  return {};
}

Result<bool> Deliveries::delivered(const Covered& covered, const MemberId& by, const Leaf& receipt, Now now, NodeOutcome& outcome) {
  const auto kept = awaited_.find(covered.index);
  std::optional<MessageRows::Sent> read;
  if (kept == awaited_.end()) read = TRY(rows_.sent(covered.index, covered.message_id));
  if (kept == awaited_.end() && !read) return false;
  MessageRows::Sent& sent = read ? *read : kept->second;
  if (sent.message_id != covered.message_id || sent.frame_hash != covered.frame_hash) return false;
  // Said before, or by somebody who was not asked.
  if (!TRY(rows_.deliver(sent, by, static_cast<std::int64_t>(covered.verdict), receipt.accept_time_ms, receipt.index))) return true;
  if (covered.verdict != Code::kAccepted) TRY(not_taken(sent, by, covered.verdict, now, outcome));
  else TRY(alarms_.clear("not_taken", by.str() + " " + subject_of(sent), now.wall_ms, outcome));
  TRY(settle(sent));
  News news;
  news.name = "message.delivered";
  news.message_id = covered.message_id;
  news.index = sent.index;
  news.verdict = covered.verdict;
  news.member = by;
  outcome.events.push_back(std::move(news));
  if (kept != awaited_.end() && sent.all_answered()) awaited_.erase(kept);
  return true;
}

Result<void> Deliveries::settle(MessageRows::Sent& sent) {
  if (!sent.all_answered() || (sent.state != MessageState::kAccepted && sent.state != MessageState::kNotTaken)) return {};
  const MessageState state = sent.refusals == 0 ? MessageState::kDelivered : MessageState::kNotTaken;
  if (state == sent.state) return {};
  sent.state = state;
  return rows_.set_state(sent.id, state, Code::kAccepted);
}

// The log holds it for good, and still this member does not know what it says. The alarm ends when the member takes a later
// word about the same record, or this one after all.
Result<void> Deliveries::not_taken(const MessageRows::Sent& sent, const MemberId& by, Code code, Now now, NodeOutcome& outcome) {
  log_warn("message.not_taken", "a recipient received a message and could not take it", {{"member", by.str()}, {"code", code}});
  const std::string about = sent.record_id.empty() ? std::string() : " about " + sent.record_id;
  return alarms_.raise("not_taken", alarms_.subject(by, subject_of(sent), "not_taken"),
                       by.str() + " has received message " + short_id(sent) + about + " and could not take it (" + std::string(code_name(code)) + ": " +
                           std::string(code_sentence(code)) + "): ask the administrator of " + by.str() +
                           "'s node why, and say it again when the cause is mended",
                       {{"message", Bytes(sent.message_id.begin(), sent.message_id.end())}}, now.wall_ms, outcome);
}

Result<void> Deliveries::left(MessageRows::Sent& sent, const MemberId& recipient, TimeMs at_ms) {
  if (mandates_.newest()->has_member(recipient)) return {};
  if (!TRY(rows_.deliver(sent, recipient, kLeftTheRoster, at_ms, 0))) return {};
  return settle(sent);
}

Result<void> Deliveries::roster_changed(Now now) {
  awaited_.clear();
  std::vector<MessageRows::Unanswered> departed;
  TRY(rows_.unanswered(UINT64_MAX, [&](const MessageRows::Unanswered& one) {
    if (!mandates_.newest()->has_member(one.member)) departed.push_back(one);
  }));
  for (const auto& one : departed) {
    auto sent = TRY(rows_.sent_row(one.id));
    if (!sent) return fail(Code::kStore, "node.db has lost an own message");
    TRY(left(*sent, one.member, now.wall_ms));
  }
  return {};
}

}  // namespace liaison
