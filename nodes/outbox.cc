// SPDX-License-Identifier: Apache-2.0
#include "nodes/outbox.h"

#include <algorithm>

#include "nodes/effects.h"
#include "security/audit.h"
#include "security/secret.h"

namespace liaison {

namespace {

constexpr std::uint64_t kSendAgainMs[] = {30'000, 120'000, 600'000, 3'600'000};

std::uint64_t send_again_delay(std::uint64_t tries) { return kSendAgainMs[std::min<std::uint64_t>(tries, std::size(kSendAgainMs) - 1)]; }

// A draft has no message_id yet; rows and views need one that is nobody else's.
MessageId provisional_id() {
  MessageId id{};
  random_bytes(id);
  return id;
}

}  // namespace

Outbox::Outbox(Parts parts, const NodeLimits& limits)
    : parts_(parts), limits_(limits), bucket_(limits.per_second, limits.burst),
      receipt_bucket_(limits.receipts_per_second, limits.receipts_burst), owed_(parts.store, limits.receipt_pause_ms),
      deliveries_(parts.rows, parts.mandates, parts.alarms) {}

const RosterKey* Outbox::own_key() const {
  const auto* term = parts_.mandates.newest();
  return term == nullptr ? nullptr : term->roster().newest(parts_.identity.member, KeyUse::sign, parts_.mirror.size());
}

std::optional<std::string> Outbox::stopped(Now now) const {
  if (!parts_.mandates.complete()) return "waiting for the first contact with the broker, from which the policy comes";
  if (halted_) return halted_;
  if (log_broken_) return log_broken_;
  if (!parts_.alarms.open_subjects("roster").empty()) return "the log holds a roster that this node does not accept";
  if (bad_clock_) return "the clock of this machine and the broker's disagree";
  // What would be signed now would be expired when the broker takes it.
  if (parts_.mirror.newest_ms() > now.wall_ms + kLifeMs) return "the clock of this machine is more than 30 days behind the log";
  const Roster& roster = parts_.mandates.newest()->roster();
  if (std::max(now.wall_ms, parts_.mirror.newest_ms()) > roster.expires_ms) return "the roster expired on " + rfc3339(roster.expires_ms);
  const RosterKey* key = own_key();
  if (key == nullptr) return "the roster has no active signing key of " + parts_.identity.member.str();
  if (parts_.identity.signing(key->key) == nullptr) return "this node does not hold the signing key " + key->id;
  const RosterKey* sealing = roster.newest(parts_.identity.member, KeyUse::hpke, parts_.mirror.size());
  if (sealing == nullptr || parts_.identity.opening(sealing->key_id()) == nullptr) return "this node does not hold its newest sealing key";
  if (!missing_.empty()) return "fetching own messages that this node did not know";
  if (sign_anew_) return "waiting for the broker to say which messages it has";
  return std::nullopt;
}

void Outbox::event(NodeOutcome& outcome, std::string_view name, const MessageId& id, const std::string& kind, std::optional<std::uint64_t> index, Code verdict,
                   const MemberId& member) {
  News news;
  news.name = name;
  news.message_id = id;
  news.kind = kind;
  news.index = index;
  news.verdict = verdict;
  news.member = member;
  outcome.events.push_back(std::move(news));
}

// --- from an officer

Result<Submission> Outbox::submit(const Draft& draft, const std::string& request_id, Signing signing, Now now, NodeOutcome& outcome) {
  Submission out;
  out.warnings = draft.warnings;
  const Outgoing letter{draft.kind, draft.marking, draft.recipients, draft.in_reply_to, draft.body};
  if (draft.body.size() > kPlaintextBytesMax) return fail(Code::kSize, "the message has more than 65,535 bytes", "shorten its texts");
  if (draft.recipients.empty()) return fail(Code::kRecipient, "the message has no recipient", "name at least one other member");
  if (parts_.mandates.complete()) {
    const PolicyDecision decision = TRY(may_send(*parts_.mandates.newest(), parts_.identity.member, letter));
    out.rule = decision.rule;
    out.basis = decision.basis;
  }
  if (TRY(day_is_full(draft.kind, draft.body.size(), drafts_, now.wall_ms))) {
    // Drafts of other kinds take nothing of this kind's share.
    const std::uint64_t of_its_kind = TRY(parts_.rows.count_drafts(draft.kind));
    if (TRY(day_is_full(draft.kind, draft.body.size(), of_its_kind, now.wall_ms)))
      return fail(Code::kQuota, "today's quota of " + draft.kind + " messages is used up", "it starts anew at midnight UTC");
  }
  const auto why = stopped(now);
  if (why) out.warnings.push_back("not sent at once: " + *why);

  MessageRow row;
  row.message_id = provisional_id();
  row.own = true;
  row.state = MessageState::kDraft;
  row.sender = parts_.identity.member;
  row.kind = draft.kind;
  row.marking = draft.marking;
  row.recipients = draft.recipients;
  row.record_id = draft.record_id;
  row.in_reply_to = draft.in_reply_to;
  row.created_ms = now.wall_ms;
  row.rule = out.rule;
  row.basis = out.basis;
  OutboxRow way{request_id, now.wall_ms, 0, 0, {}, {}};
  TRY(parts_.store.begin());

  const bool at_once = signing == Signing::kNow && !why && drafts_ == 0 && waiting_.size() < limits_.unacknowledged &&
                       now.monotonic_ms >= hold_until_ms_ && chain_key_ && own_key()->key_id() == *chain_key_ && bucket_.take(now.monotonic_ms);
  if (at_once) {
    const ChainPlace place = next_place(letter, now.wall_ms);
    Composed composed = TRY(compose(parts_.identity, *parts_.mandates.newest(), parts_.mirror, letter, place));
    row.message_id = composed.message_id;
    out.message_id = composed.message_id;
    const Effect effect{row.message_id, row.sender, row.recipients, row.kind, row.marking, row.in_reply_to, {}, now.wall_ms, draft.body};
    if (TRY(apply_effect(parts_.views, effect, outcome)) != Code::kAccepted) return fail(Code::kInternal, "the views refused an own message");
    TRY(count_day(row.kind, composed.frame.size(), now.wall_ms));
    TRY(put(std::move(row), letter, place, std::move(composed), true, std::move(way), now, outcome));
  } else {
    const Effect effect{row.message_id, row.sender, row.recipients, row.kind, row.marking, row.in_reply_to, {}, now.wall_ms, draft.body};
    if (TRY(apply_effect(parts_.views, effect, outcome)) != Code::kAccepted) return fail(Code::kInternal, "the views refused an own message");
    const std::uint64_t id = TRY(parts_.rows.add(row));
    way.draft = draft.body;
    for (const MemberId& member : row.recipients) way.awaited[member] = 0;
    TRY(parts_.rows.add_outbox(id, way, {}));
    ++drafts_;
    held_day_.reset();
  }
  event(outcome, "message.queued", out.message_id.value_or(kZeroHash), draft.kind);
  outcome.urgent = true;
  return out;
}

Result<void> Outbox::recount() {
  drafts_ = TRY(parts_.rows.count(MessageState::kDraft));
  held_day_.reset();
  return {};
}

// --- signing

ChainPlace Outbox::next_place(const Outgoing& letter, TimeMs now_ms) const {
  const Chain& chain = chains_.at(*chain_key_);
  ChainPlace place{parts_.identity.signing(own_key()->key), chain.signed_up_to + 1, chain.signed_id, {}, now_ms};
  if (is_service_kind(letter.kind)) return place;
  for (const MemberId& member : letter.recipients) {
    const auto pair = pairs_.find(member);
    place.pair_seq[member] = (pair == pairs_.end() ? 0 : pair->second.signed_up_to) + 1;
  }
  return place;
}

Result<void> Outbox::put(MessageRow row, const Outgoing& letter, const ChainPlace& place, Composed composed, bool fresh, OutboxRow way, Now now,
                         NodeOutcome& outcome) {
  row.message_id = composed.message_id;
  row.state = MessageState::kSigned;
  row.sequence = place.sequence;
  row.key_id = composed.key_id;
  row.created_ms = place.now_ms;
  row.frame_hash = composed.frame_hash;
  row.content_key = std::move(composed.content_key);
  row.bytes = composed.frame.size();
  row.frame = std::move(composed.frame);
  way.signed_ms = now.wall_ms;
  way.sent_ms = linked_ ? now.wall_ms : 0;
  way.awaited = place.pair_seq;
  if (fresh) {
    row.id = TRY(parts_.rows.add(row));
    TRY(parts_.rows.add_outbox(row.id, way, row.frame));
  } else {
    TRY(parts_.rows.sign(row));
    TRY(parts_.rows.set_signed(row.id, way, row.frame));
  }
  chains_[row.key_id].signed_up_to = place.sequence;
  chains_[row.key_id].signed_id = row.message_id;
  for (const auto& [member, number] : place.pair_seq) pairs_[member].signed_up_to = number;
  heads_changed_ = true;
  if (waiting_.empty()) {
    tries_ = 1;
    send_again_at_ms_ = now.monotonic_ms + send_again_delay(0);
  }
  if (linked_) outcome.sends.push_back(row.frame);
  waiting_.push_back({row.id, row.message_id, row.frame_hash, row.sequence, row.key_id, row.kind, row.marking, row.record_id, row.recipients,
                      row.in_reply_to, place.pair_seq, std::move(row.frame), bytes_of(letter.body), row.created_ms, linked_ ? now.monotonic_ms : 0, false});
  outcome.urgent = true;
  return {};
}

// The oldest draft, but for kinds whose share of the day is used up. Such a kind waits as a whole, so that what is said of one
// record keeps its order: a committee speaks of a record in one kind. Once signed, it would hold back all that is signed later.
Result<std::optional<MessageRow>> Outbox::next_draft(TimeMs now_ms) {
  std::vector<std::string> held;
  for (;;) {
    auto row = TRY(parts_.rows.first_draft(held));
    if (!row && held.empty()) drafts_ = 0;
    if (!row && !held.empty()) held_day_ = day_of(now_ms);
    if (!row) return row;
    const auto way = TRY(parts_.rows.outbox(row->id));
    if (!way || !way->draft) return fail(Code::kStore, "a draft in node.db has lost its text");
    if (!TRY(day_is_full(row->kind, way->draft->size(), 0, now_ms))) return row;
    held.push_back(row->kind);
  }
}

Result<bool> Outbox::sign_draft(Now now, NodeOutcome& outcome) {
  if (all_held(now.wall_ms) || !bucket_.ready(now.monotonic_ms)) return false;
  auto next = TRY(next_draft(now.wall_ms));
  if (!next) return false;
  MessageRow row = std::move(*next);
  const auto way = TRY(parts_.rows.outbox(row.id));
  if (!way || !way->draft) return fail(Code::kStore, "a draft in node.db has lost its text");
  TRY(parts_.store.begin());
  const Outgoing letter{row.kind, row.marking, row.recipients, row.in_reply_to, *way->draft};
  --drafts_;
  // The policy may have changed since the officer wrote it.
  auto decision = may_send(*parts_.mandates.newest(), parts_.identity.member, letter);
  if (!decision) return TRY(refuse_here(row, decision.error(), outcome)), true;
  const ChainPlace place = next_place(letter, now.wall_ms);
  auto composed = compose(parts_.identity, *parts_.mandates.newest(), parts_.mirror, letter, place);
  if (!composed) return TRY(refuse_here(row, composed.error(), outcome)), true;
  bucket_.take(now.monotonic_ms);
  row.rule = decision->rule;
  row.basis = decision->basis;
  if (Views::folds(row.kind)) TRY(parts_.views.renamed(row.message_id, composed->message_id));
  TRY(count_day(row.kind, composed->frame.size(), now.wall_ms));
  TRY(put(std::move(row), letter, place, std::move(*composed), false, *way, now, outcome));
  return true;
}

Result<void> Outbox::refuse_here(const MessageRow& row, const Error& error, NodeOutcome& outcome) {
  PolicyDecision ruling;
  if (parts_.mandates.complete() && error.code == Code::kPolicy)
    ruling = ruling_on(*parts_.mandates.newest(), parts_.identity.member, {row.kind, row.marking, row.recipients, row.in_reply_to, {}});
  TRY(parts_.rows.refuse(row.id, error.code, ruling.rule, ruling.basis.empty() ? error.what : ruling.basis));
  TRY(parts_.rows.forget_draft(row.id));
  if (Views::folds(row.kind)) TRY(parts_.views.refused(row.kind, row.record_id, row.message_id, error.code));
  log_warn("message.refused", error.what, {{"kind", row.kind}, {"code", error.code}});
  event(outcome, "message.refused", row.message_id, row.kind, {}, error.code);
  outcome.urgent = true;
  return {};
}

Result<bool> Outbox::sign_receipt(Now now, NodeOutcome& outcome) {
  const auto member = owed_.due(now.monotonic_ms);
  if (!member || !receipt_bucket_.ready(now.monotonic_ms)) return false;
  TRY(parts_.store.begin());
  const auto covered = TRY(owed_.next(*member));
  if (!parts_.mandates.newest()->has_member(*member)) return TRY(owed_.said(*member, covered.size(), now.monotonic_ms)), true;
  MessageRow row;
  row.own = true;
  row.sender = parts_.identity.member;
  row.kind = kKindReceipt;
  row.marking = "public";
  row.recipients = {*member};
  const Bytes body = encode_receipt(covered);
  const Outgoing letter{row.kind, row.marking, row.recipients, {}, body};
  const auto decision = may_send(*parts_.mandates.newest(), parts_.identity.member, letter);
  if (!decision) {
    log_warn("receipt.refused", decision.error().what, {{"member", member->str()}});
    owed_.postpone(*member, now.monotonic_ms + 60'000);
    return true;
  }
  row.rule = decision->rule;
  row.basis = decision->basis;
  const ChainPlace place = next_place(letter, now.wall_ms);
  Composed composed = TRY(compose(parts_.identity, *parts_.mandates.newest(), parts_.mirror, letter, place));
  receipt_bucket_.take(now.monotonic_ms);
  TRY(put(std::move(row), letter, place, std::move(composed), true, {{}, now.wall_ms, 0, 0, {}, {}}, now, outcome));
  TRY(owed_.said(*member, covered.size(), now.monotonic_ms));
  return true;
}

Result<void> Outbox::pump(Now now, NodeOutcome& outcome) {
  TRY(watch_clock(now, outcome));
  if (parts_.mandates.complete()) {
    const RosterKey* key = own_key();
    // A new signing key, or the first one of all: its chain begins where the log says that the old one ends.
    if (key != nullptr && parts_.identity.signing(key->key) != nullptr && (!chain_key_ || *chain_key_ != key->key_id())) {
      sign_anew_ = true;
      if (halted_for_key_) TRY(end_halt_for_key(now, outcome));
    }
  }
  if (linked_ && sign_anew_ && !bad_clock_ && missing_.empty() && now.monotonic_ms >= asked_at_ms_ + kAskAgainMs) {
    asked_at_ms_ = now.monotonic_ms;
    outcome.ask_who = true;
  }
  if (may_send_again() && now.monotonic_ms >= send_again_at_ms_) TRY(send_again(now, outcome));
  if (now.monotonic_ms < hold_until_ms_ || (drafts_ == 0 && owed_.count() == 0) || stopped(now)) return {};
  while (waiting_.size() < limits_.unacknowledged) {
    if (owed_.count() > 0 && TRY(sign_receipt(now, outcome))) continue;
    if (drafts_ > 0 && TRY(sign_draft(now, outcome))) continue;
    break;
  }
  return {};
}

bool Outbox::may_send_again() const { return linked_ && !waiting_.empty() && !sign_anew_ && missing_.empty() && !halted_ && !bad_clock_; }

// The broker found fault with a key that is no longer the one to sign with.
Result<void> Outbox::end_halt_for_key(Now now, NodeOutcome& outcome) {
  halted_.reset();
  halted_for_key_ = false;
  doubts_ = 0;
  for (const std::string& subject : parts_.alarms.open_subjects("sender")) TRY(parts_.alarms.clear("sender", subject, now.wall_ms, outcome));
  return {};
}

Result<void> Outbox::send_again(Now now, NodeOutcome& outcome) {
  for (Waiting& waiting : waiting_) {
    if (waiting.sent_at_ms == 0) {
      TRY(parts_.store.begin());
      TRY(parts_.rows.set_sent(waiting.row, now.wall_ms));
      waiting.sent_at_ms = now.monotonic_ms;
    }
    outcome.sends.push_back(waiting.frame);
  }
  send_again_at_ms_ = now.monotonic_ms + send_again_delay(tries_++);
  return {};
}

void Outbox::wait_before_sending(std::uint64_t until_ms) {
  hold_until_ms_ = std::max(hold_until_ms_, until_ms);
  send_again_at_ms_ = hold_until_ms_;
}

Result<void> Outbox::watch_clock(Now now, NodeOutcome& outcome) {
  if (!bad_clock_) return {};
  const auto broker_now = static_cast<std::int64_t>(bad_clock_->broker_ms + (now.monotonic_ms - bad_clock_->at_ms));
  const std::int64_t ahead = static_cast<std::int64_t>(now.wall_ms) - broker_now;
  if (ahead > kClockToleranceMs || ahead < -kClockToleranceMs) return {};
  bad_clock_.reset();
  sign_anew_ = true;
  asked_at_ms_ = 0;
  return parts_.alarms.clear("clock", kRefusedClock, now.wall_ms, outcome);
}

std::optional<std::uint64_t> Outbox::due_at(Now now) const {
  std::optional<std::uint64_t> at;
  const auto sooner = [&](std::uint64_t candidate) { at = at ? std::min(*at, candidate) : candidate; };
  if (may_send_again()) sooner(send_again_at_ms_);
  const auto owed = owed_.due_at();
  if (owed && waiting_.size() < limits_.unacknowledged && !stopped(now)) sooner(std::max({*owed, hold_until_ms_, receipt_bucket_.ready_at()}));
  return at;
}

// --- quotas of the day

Result<bool> Outbox::day_is_full(const std::string& kind, std::size_t bytes, std::uint64_t more, TimeMs now_ms) {
  if (is_service_kind(kind)) return false;
  const std::uint64_t day = day_of(now_ms);
  if (day_.number != day) {
    day_ = {day, {}};
    Statement* select = TRY(parts_.store.statement("SELECT kind, messages, bytes FROM day_counts WHERE day = ?"));
    select->bind(1, day);
    while (TRY(select->step())) day_.counts[select->text(0)] = {select->u64(1), select->u64(2)};
  }
  const auto count = day_.counts.find(kind);
  const auto [messages, used] = count == day_.counts.end() ? std::pair<std::uint64_t, std::uint64_t>{} : count->second;
  return messages + more >= limits_.messages_per_day || used + bytes >= limits_.bytes_per_day;
}

Result<std::uint64_t> Outbox::room(const std::string& kind, TimeMs now_ms) {
  TRY(day_is_full(kind, 0, 0, now_ms));   // turns the page
  const auto count = day_.counts.find(kind);
  const std::uint64_t used = drafts_ + (count == day_.counts.end() ? 0 : count->second.first);
  return limits_.messages_per_day - std::min(limits_.messages_per_day, used);
}

Result<std::map<std::string, std::uint64_t>> Outbox::held(TimeMs now_ms) {
  std::map<std::string, std::uint64_t> out;
  if (drafts_ == 0) return out;
  TRY(day_is_full({}, 0, 0, now_ms));   // turns the page
  for (const auto& [kind, count] : day_.counts) {
    if (!TRY(day_is_full(kind, 0, 0, now_ms))) continue;
    if (const std::uint64_t waiting = TRY(parts_.rows.count_drafts(kind)); waiting > 0) out[kind] = waiting;
  }
  return out;
}

Result<void> Outbox::count_day(const std::string& kind, std::size_t bytes, TimeMs now_ms) {
  if (is_service_kind(kind)) return {};
  TRY(day_is_full(kind, bytes, 0, now_ms));   // turns the page
  auto& [messages, used] = day_.counts[kind];
  ++messages;
  used += bytes;
  heads_changed_ = true;
  return {};
}

// --- memory and rows

Result<void> Outbox::load() {
  TRY(recount());
  TRY(owed_.load());
  deliveries_.load();
  day_ = {};
  chains_.clear();
  pairs_.clear();
  Statement* chains = TRY(parts_.store.statement("SELECT key_id, signed, signed_id, logged, logged_id FROM own_chain"));
  while (TRY(chains->step())) {
    const KeyId key = array_from<KeyId>(chains->blob(0)).value_or(KeyId{});
    chains_[key] = {chains->u64(1), array_from<MessageId>(chains->blob(2)).value_or(kZeroHash), chains->u64(3),
                    array_from<MessageId>(chains->blob(4)).value_or(kZeroHash)};
  }
  Statement* pairs = TRY(parts_.store.statement("SELECT member, signed, logged FROM pair_out"));
  while (TRY(pairs->step())) {
    if (const auto member = MemberId::parse(pairs->text(0))) pairs_[*member] = {pairs->u64(1), pairs->u64(2)};
  }
  newest_logged_ = TRY(parts_.rows.newest_index());
  const auto key = TRY(parts_.store.fact("own.key"));
  chain_key_ = key ? array_from<KeyId>(*key) : std::nullopt;
  heads_changed_ = false;
  return load_waiting();
}

Result<void> Outbox::load_waiting() {
  waiting_.clear();
  for (MessageRow& row : TRY(parts_.rows.open_rows(MessageState::kSigned, limits_.unacknowledged + 1'000))) {
    auto way = TRY(parts_.rows.outbox(row.id));
    auto body = body_of(row);
    if (!way || !body) return fail(Code::kStore, "an own message in node.db has lost its frame");
    waiting_.push_back({row.id, row.message_id, row.frame_hash, row.sequence, row.key_id, row.kind, row.marking, row.record_id, row.recipients,
                        row.in_reply_to, std::move(way->awaited), std::move(row.frame), bytes_of(body->expose()), row.created_ms,
                        way->sent_ms != 0 ? kBeforeThisStart : 0, false});
  }
  std::sort(waiting_.begin(), waiting_.end(), [](const Waiting& a, const Waiting& b) { return a.sequence < b.sequence; });
  return {};
}

Result<void> Outbox::save() {
  if (!heads_changed_) return {};
  TRY(parts_.store.begin());
  for (const auto& [key, chain] : chains_) {
    Statement* upsert = TRY(parts_.store.statement("INSERT OR REPLACE INTO own_chain VALUES (?, ?, ?, ?, ?)"));
    upsert->bind(1, View(key)).bind(2, chain.signed_up_to).bind(3, View(chain.signed_id)).bind(4, chain.logged).bind(5, View(chain.logged_id));
    TRY(upsert->run());
  }
  for (const auto& [member, pair] : pairs_) {
    Statement* upsert = TRY(parts_.store.statement("INSERT OR REPLACE INTO pair_out VALUES (?, ?, ?)"));
    TRY(upsert->bind(1, std::string_view(member.str())).bind(2, pair.signed_up_to).bind(3, pair.logged).run());
  }
  for (const auto& [kind, count] : day_.counts) {
    Statement* upsert = TRY(parts_.store.statement("INSERT OR REPLACE INTO day_counts VALUES (?, ?, ?, ?)"));
    TRY(upsert->bind(1, day_.number).bind(2, std::string_view(kind)).bind(3, count.first).bind(4, count.second).run());
  }
  if (chain_key_) TRY(parts_.store.set_fact("own.key", *chain_key_));
  heads_changed_ = false;
  return {};
}

}  // namespace liaison
