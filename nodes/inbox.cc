// SPDX-License-Identifier: Apache-2.0
#include "nodes/inbox.h"

#include <algorithm>
#include <set>
#include <utility>

#include "nodes/connectors/connector_store.h"
#include "security/audit.h"
#include "security/hash.h"

namespace liaison {

namespace {

constexpr std::uint64_t kLiveMs = 30'000;   // a waiting fetch is answered sooner, if only with nothing

// What the hash in a leaf is a hash of.
bool fits_leaf(const Leaf& leaf, const Bytes& body) {
  if (leaf.leaf_class == LeafClass::kRoster) {
    const auto note = parse_note(text_of(body));
    return note && note->text_hash() == leaf.hash;
  }
  return sha256(body) == leaf.hash;
}

}  // namespace

Result<void> Inbox::load() {
  chains_.clear();
  chains_changed_.clear();
  signers_.clear();
  second_look_.reset();
  Statement* select = TRY(parts_.store.statement("SELECT key_id, sequence FROM chain_in"));
  while (TRY(select->step())) chains_[array_from<KeyId>(select->blob(0)).value_or(KeyId{})] = select->u64(1);
  live_ = false;
  stood_ms_ = 0;   // what this node could not store, the broker did not keep back
  outbox_.log_followed(false);
  return pairs_.load();
}

Result<void> Inbox::save_chains() {
  for (const auto& [key, sequence] : chains_changed_) {
    Statement* upsert = TRY(parts_.store.statement("INSERT OR REPLACE INTO chain_in VALUES (?, ?)"));
    TRY(upsert->bind(1, View(key)).bind(2, sequence).run());
  }
  chains_changed_.clear();
  return pairs_.save();
}

Result<std::optional<KeyId>> Inbox::signer_of(const MemberId& member) {
  if (const auto known = signers_.find(member); known != signers_.end()) return std::optional(known->second);
  const auto stored = TRY(parts_.store.fact("signer." + member.str()));
  return stored ? array_from<KeyId>(*stored) : std::nullopt;
}

Result<void> Inbox::set_signer(const MemberId& member, const KeyId& key) {
  if (TRY(signer_of(member)) != key) TRY(parts_.store.set_fact("signer." + member.str(), key));
  signers_[member] = key;
  return {};
}

// A sentence when the items do not hold together by themselves.
Result<std::optional<std::string>> Inbox::check_items(std::uint64_t from, const Items& items, std::vector<Leaf>& leaves) {
  using Trouble = std::optional<std::string>;
  TimeMs before = from < parts_.mirror.size() ? 0 : parts_.mirror.newest_ms();
  for (const Item& item : items.items) {
    const std::uint64_t index = from + leaves.size();
    const auto leaf = decode_leaf(item.leaf);
    if (!leaf) return Trouble(entry(index) + " of the log is not readable");
    if (leaf->index != index) return Trouble("the broker sent " + entry(leaf->index) + " where " + entry(index) + " was due: one is hidden");
    if (leaf->accept_time_ms < before) return Trouble(entry(index) + " was given an earlier time than the one before it");
    const bool act = leaf->leaf_class == LeafClass::kRoster || leaf->leaf_class == LeafClass::kPolicy;
    if (act && item.body.empty()) return Trouble(entry(index) + " is a roster or policy, and its text is kept back");
    if (!item.body.empty() && !fits_leaf(*leaf, item.body)) return Trouble(entry(index) + " came with other bytes than the log holds");
    if (index == 0 && (leaf->leaf_class != LeafClass::kRoster || leaf->hash != parts_.identity.genesis()))
      return Trouble("the broker's log begins with another roster than the one pinned here");
    if (!TRY(outbox_.fits_acceptance(*leaf)))
      return Trouble(entry(index) + " is not the message of this committee that the broker has accepted there: it was dropped");
    before = leaf->accept_time_ms;
    leaves.push_back(*leaf);
  }
  return Trouble();
}

// A roster among the items names a sealing key of this committee that is not held: what comes after it may be sealed to that
// key and could never be opened, so it is left at the broker. A key that a later pinned roster ends is of the past.
std::optional<std::string> Inbox::missing_key(const Items& items, const std::vector<Leaf>& leaves) const {
  const auto* term = parts_.mandates.newest();
  std::optional<TrustedRoster> before = term == nullptr ? std::nullopt : std::optional(term->trusted);
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    if (leaves[i].leaf_class != LeafClass::kRoster) continue;
    const std::string note(text_of(items.items[i].body));
    auto next = before ? trust_next_roster(*before, note) : trust_first_roster(note);
    if (!next) return std::nullopt;   // take_act says why
    for (const RosterKey* key : next->roster.keys_of(parts_.identity.member, KeyUse::hpke)) {
      const RosterKey* now = parts_.identity.newest_pinned().key(key->id);
      const bool past = now != nullptr && now->status != KeyStatus::active;
      if (key->status == KeyStatus::active && !past && parts_.identity.opening(key->key_id()) == nullptr)
        return "roster " + std::to_string(next->roster.version) + " in " + entry(leaves[i].index) + " names the sealing key " + key->id +
               " of this committee, which this node does not hold: nothing more is fetched until its file is in keys/";
    }
    before = std::move(*next);
  }
  return std::nullopt;
}

Result<Inbox::Taken> Inbox::take(std::uint64_t from, Items items, Now now, NodeOutcome& outcome) {
  if (from > parts_.mirror.size()) return Taken::kRejected;   // asked before this node forgot a step
  const auto checkpoint = parts_.mirror.open(items.checkpoint);
  if (!checkpoint) return reject("checkpoint", checkpoint.error().what, items, now, outcome);
  std::vector<Leaf> leaves;
  leaves.reserve(items.items.size());
  if (const auto trouble = TRY(check_items(from, items, leaves))) return reject("items", *trouble, items, now, outcome);
  if (from < parts_.mirror.size()) return take_again(items, leaves, now, outcome);
  if (const auto missing = missing_key(items, leaves)) {
    live_ = false;
    TRY(parts_.alarms.raise("own_key", "sealing", *missing, {}, now.wall_ms, outcome));
    return Taken::kRejected;
  }
  TRY(parts_.alarms.clear("own_key", "sealing", now.wall_ms, outcome));
  auto extended = parts_.mirror.extend(items.items, {*checkpoint, items.checkpoint}, items.consistency);
  if (!extended && extended.error().code == Code::kCheckpoint) return reject("does not connect", extended.error().what, items, now, outcome);
  if (!extended) return std::move(extended).error();
  outbox_.set_log_broken(std::nullopt);
  watch_clock(leaves, live_ && now.monotonic_ms < taken_ms_ + kLiveMs, now);
  taken_ms_ = now.monotonic_ms;
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    Bytes& body = items.items[i].body;
    if (leaves[i].leaf_class == LeafClass::kRoster || leaves[i].leaf_class == LeafClass::kPolicy) TRY(take_act(leaves[i], body, now, outcome));
    else if (leaves[i].leaf_class == LeafClass::kFrame && !body.empty()) TRY(take_frame(leaves[i], std::move(body), Look::kFirst, now, outcome));
    if (leaves[i].verdict != Code::kAccepted) TRY(outbox_.judge_refusal(leaves[i], now, outcome));
  }
  live_ = !TRY(is_frozen(*checkpoint, items.checkpoint, now, outcome)) && parts_.mirror.size() == checkpoint->size;
  outbox_.log_followed(live_);
  TRY(save_chains());
  return Taken::kYes;
}

Result<Inbox::Taken> Inbox::take_again(const Items& items, const std::vector<Leaf>& leaves, Now now, NodeOutcome& outcome) {
  TRY(parts_.store.begin());
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    if (leaves[i].index >= parts_.mirror.size()) break;
    if (TRY(parts_.mirror.leaf(leaves[i].index)) != leaves[i]) {
      TRY(save_chains());   // what was taken before it stands
      return reject("second look", "the broker now shows another " + entry(leaves[i].index) + " than before", items, now, outcome);
    }
    const Bytes& body = items.items[i].body;
    if (leaves[i].leaf_class != LeafClass::kFrame || body.empty()) continue;
    const auto view = parse_frame(body);
    if (!view || TRY(parts_.rows.known(message_id_of(to_sign(parts_.identity.network, *view))))) continue;
    TRY(take_frame(leaves[i], body, Look::kSecond, now, outcome));
  }
  if (second_look_) {
    second_look_->from = leaves.empty() ? second_look_->to : leaves.back().index + 1;
    if (second_look_->from >= second_look_->to) second_look_.reset();
  }
  TRY(save_chains());
  return Taken::kYes;
}

Result<void> Inbox::take_act(const Leaf& leaf, const Bytes& body, Now now, NodeOutcome& outcome) {
  const NodeStore::Act act{leaf.index, leaf.leaf_class, std::string(text_of(body)), leaf.accept_time_ms};
  if (auto added = parts_.mandates.add(act); !added) {
    // Not stored among the acts: the old one stays in force here, and nothing is published on a page that is not trusted.
    const bool roster = leaf.leaf_class == LeafClass::kRoster;
    return parts_.alarms.raise(roster ? "roster" : "policy", entry(leaf.index),
                               std::string("the log holds a ") + (roster ? "roster" : "policy") + " that this node does not accept: " + added.error().what,
                               {{"act", body}, {"leaf", bytes_of(encode_leaf(leaf))}}, now.wall_ms, outcome);
  }
  TRY(parts_.store.add_act(act));
  if (leaf.leaf_class != LeafClass::kRoster) return {};
  const auto* term = parts_.mandates.newest();
  log_info("roster.accepted", "a roster takes effect", {{"version", term->roster().version}, {"index", leaf.index}});
  std::vector<MemberId> others = term->members;
  std::erase(others, parts_.identity.member);
  parts_.views.set_others(std::move(others));
  TRY(watch_revocations(term->roster(), now, outcome));
  return outbox_.deliveries().roster_changed(now);
}

Result<void> Inbox::take_frame(const Leaf& leaf, Bytes body, Look look, Now now, NodeOutcome& outcome) {
  const auto strange = [&](const std::string& what, Bytes frame) {
    return parts_.alarms.raise(
        "let_through", entry(leaf.index), entry(leaf.index) + " of the log " + what + ": the broker should never have accepted it",
        {{"frame", std::move(frame)}, {"leaf", bytes_of(encode_leaf(leaf))}, {"checkpoint", note_bytes(parts_.mirror.covering())}}, now.wall_ms,
        outcome);
  };
  const auto view = parse_frame(body);
  if (!view) return strange("is no signed message", std::move(body));
  if (parts_.identity.signs_with(view->key_id)) return outbox_.found_in_log(*view, std::move(body), leaf, now, outcome);
  if (leaf.verdict != Code::kAccepted) return {};   // not due to anybody but its sender
  const auto* term = parts_.mandates.at(leaf.index);
  if (term == nullptr || term->policy == nullptr) return strange("came before any policy was in force", std::move(body));
  const auto key = term->sign.find(view->key_id);
  if (key == term->sign.end()) return strange("is signed with a key that is not in the roster", std::move(body));
  auto frame = verify_frame(parts_.identity.network, key->second->key, Bytes(body));
  if (!frame) return strange("does not verify (" + std::string(code_name(frame.error().code)) + ")", std::move(body));
  const auto& recipients = frame->header().recipients;
  if (!std::binary_search(recipients.begin(), recipients.end(), parts_.identity.member)) return {};
  return take_message(*term, *key->second, *frame, leaf, look, now, outcome);
}

Result<void> Inbox::take_message(const Mandates::Term& term, const RosterKey& key, const VerifiedFrame& frame, const Leaf& leaf, Look look, Now now,
                                 NodeOutcome& outcome) {
  const Header& header = frame.header();
  const bool late = look == Look::kSecond;
  const std::uint64_t last = chains_[frame.key_id()];
  const auto signer = TRY(signer_of(header.sender));
  const bool superseded = last > 0 && signer && *signer != frame.key_id();
  const Judgement judgement = judge(parts_.mandates, term, key, frame, leaf, late ? KeySeen{} : KeySeen{last, superseded});
  // What the log holds twice is never accepted the second time, at least because its sequence is used.
  if ((late || judgement.verdict != Code::kAccepted) && TRY(parts_.rows.known(frame.message_id())))
    return let_through(frame, leaf, Code::kDuplicate, now, outcome);
  if (header.sequence > last) chains_[frame.key_id()] = chains_changed_[frame.key_id()] = header.sequence;
  const bool in_its_place = judgement.verdict == Code::kAccepted || is_refused_entry(judgement.verdict);
  if (!late && in_its_place) TRY(set_signer(header.sender, frame.key_id()));
  if (judgement.verdict != Code::kAccepted) TRY(let_through(frame, leaf, judgement.verdict, now, outcome));
  MessageRow row{0, frame.message_id(), false, MessageState::kReceived, header.sender, header.kind, header.marking, header.recipients, {}, header.in_reply_to,
                 header.sequence, frame.key_id(), 0, header.created_at_ms, leaf.index, leaf.accept_time_ms, judgement.verdict, judgement.rule,
                 judgement.basis, frame.frame_hash(), {}, frame.size(), {}};
  if (header.kind == kKindReceipt) {
    if (judgement.verdict == Code::kAccepted) TRY(take_receipt(frame, leaf, now, outcome));
  } else {
    const Code opened = TRY(open(frame, row, leaf, look, now, outcome));
    if (row.verdict == Code::kAccepted) row.verdict = opened;
    TRY(take_up(row, outcome));
  }
  row.frame = frame.bytes();
  TRY(parts_.rows.add(row));
  if (judgement.verdict == Code::kAccepted && row.verdict == Code::kBody) TRY(not_shown(frame, row, leaf, now, outcome));
  if (late && row.verdict == Code::kAccepted) TRY(ConnectorStore(parts_.store).look_again(leaf.index));
  if (late && row.verdict == Code::kAccepted && !row.record_id.empty()) TRY(judge_again(row.record_id, leaf.index, now, outcome));
  return check_gossip(frame, leaf, now, outcome);
}

// The verdict goes to its sender and to those who watch.
Result<void> Inbox::take_up(const MessageRow& row, NodeOutcome& outcome) {
  TRY(outbox_.owed().add(row.sender, {row.message_id, row.frame_hash, row.index.value_or(0), row.pair_seq, row.verdict}));
  News news;
  news.name = "message.received";
  news.message_id = row.message_id;
  news.kind = row.kind;
  news.member = row.sender;
  news.index = row.index;
  news.verdict = row.verdict;
  outcome.events.push_back(std::move(news));
  outcome.urgent = true;
  return {};
}

// A message that was kept back has come: what was said on top of it is judged once more, in log order, and its senders are
// told when it can be taken now. Any committee's: answers name the same record.
Result<void> Inbox::judge_again(const std::string& record_id, std::uint64_t after_index, Now now, NodeOutcome& outcome) {
  std::set<MemberId> senders;
  for (;;) {
    auto rows = TRY(parts_.rows.not_shown(record_id, after_index, 64));
    if (rows.empty()) break;
    after_index = rows.back().index.value_or(after_index);
    for (MessageRow& row : rows) {
      if (row.content_key.empty()) continue;   // its record was recalled
      const auto body = body_of(row);
      if (!body) return within("a stored message", body.error());
      const Effect effect{row.message_id, row.sender, row.recipients, row.kind, row.marking, row.in_reply_to, row.index, row.accepted_ms, body->expose()};
      row.verdict = TRY(apply_effect(parts_.views, effect, outcome));
      if (row.verdict != Code::kAccepted) continue;
      TRY(parts_.rows.set_verdict(row.id, row.verdict));
      if (row.index) TRY(ConnectorStore(parts_.store).look_again(*row.index));
      TRY(take_up(row, outcome));
      senders.insert(row.sender);
    }
  }
  for (const MemberId& sender : senders) {
    if (TRY(parts_.rows.any_not_shown(record_id, sender))) continue;
    TRY(parts_.alarms.clear("not_shown", sender.str() + " " + record_id, now.wall_ms, outcome));
  }
  return {};
}

// A pair number that lies far beyond any count of messages is refused as malformed: it could not be stored. One in a frame
// that takes no place in its sender's chain is not counted: whoever made it must not use up the sender's numbers.
Result<Code> Inbox::open(const VerifiedFrame& frame, MessageRow& row, const Leaf& leaf, Look look, Now now, NodeOutcome& outcome) {
  const Header& header = frame.header();
  const auto stanzas = stanza_key_ids(frame.body());
  const auto place = std::lower_bound(header.recipients.begin(), header.recipients.end(), parts_.identity.member) - header.recipients.begin();
  if (!stanzas || !header.key_commitment || static_cast<std::size_t>(place) >= stanzas->size()) return Code::kOpen;
  const KeyId& key_id = (*stanzas)[static_cast<std::size_t>(place)];
  const AgreementKey* key = parts_.identity.opening(key_id);
  if (key == nullptr) return Code::kOpen;
  const auto opened = open_body(*key, key_id, parts_.identity.network, frame.key_id(), frame.header_bytes(), *header.key_commitment, frame.body());
  if (!opened) return Code::kOpen;
  ++opened_;
  if (row.verdict != Code::kAccepted && !is_refused_entry(row.verdict)) return Code::kAccepted;
  if (!is_service_kind(header.kind)) {
    if (opened->pair_seq == 0 || opened->pair_seq > (std::uint64_t{1} << 62)) return Code::kFormat;
    row.pair_seq = opened->pair_seq;
    if (TRY(pairs_.take(header.sender, opened->pair_seq, leaf.index, now.wall_ms)) == PairsIn::Finding::kDuplicate) return Code::kDuplicate;
  }
  if (row.verdict != Code::kAccepted) return Code::kAccepted;
  row.content_key = bytes_of(opened->content_key.expose());
  const Effect effect{row.message_id, header.sender, header.recipients, header.kind, header.marking, header.in_reply_to, leaf.index, leaf.accept_time_ms,
                      opened->plaintext.expose()};
  const Code verdict = TRY(apply_effect(parts_.views, effect, outcome));
  TRY(forget_recalled(row, effect.body, verdict, now, outcome));
  if (verdict == Code::kBody || look == Look::kSecond) row.record_id = Views::record_of(header.kind, opened->plaintext.expose());
  const bool of_recalled = verdict == Code::kBody && TRY(parts_.views.is_recalled(row.record_id));
  if (of_recalled && !Views::is_recall(header.kind)) row.content_key.clear();
  return verdict == Code::kSchema ? Code::kAccepted : verdict;   // a kind without a view is only kept
}

// The views name what must not be readable any more; the message at hand has no row yet.
Result<void> Inbox::forget_recalled(MessageRow& row, View body, Code verdict, Now now, NodeOutcome& outcome) {
  for (const MessageId& id : parts_.views.take_forgotten()) {
    if (id == row.message_id) row.content_key.clear();
    else TRY(parts_.rows.forget_content(id));
  }
  if (!Views::is_recall(row.kind) || verdict != Code::kAccepted) return {};
  TRY(parts_.views.forget_words());
  // What could not be shown of it never will be: nobody need be asked.
  const std::string record_id = Views::record_of(row.kind, body);
  std::set<MemberId> senders;
  std::uint64_t after_index = 0;
  for (;;) {
    const auto rows = TRY(parts_.rows.not_shown(record_id, after_index, 64));
    if (rows.empty()) break;
    after_index = rows.back().index.value_or(UINT64_MAX);
    for (const MessageRow& one : rows) senders.insert(one.sender);
  }
  for (const MemberId& sender : senders) TRY(parts_.alarms.clear("not_shown", sender.str() + " " + record_id, now.wall_ms, outcome));
  return parts_.rows.forget_not_shown(record_id);
}

Result<void> Inbox::take_receipt(const VerifiedFrame& frame, const Leaf& leaf, Now now, NodeOutcome& outcome) {
  const auto covered = decode_receipt(frame.body());
  if (!covered) {
    log_warn("receipt.unreadable", covered.error().what, {{"member", frame.header().sender.str()}, {"index", leaf.index}});
    return {};
  }
  for (const Covered& one : *covered) {
    if (TRY(outbox_.deliveries().delivered(one, frame.header().sender, leaf, now, outcome))) continue;
    TRY(close_gap(frame.header().sender, one, now));
  }
  return {};
}

// The sender says why a number of its pair sequence will never arrive; the mirrored leaf must say the same.
Result<void> Inbox::close_gap(const MemberId& sender, const Covered& covered, Now now) {
  if (!is_refused_entry(covered.verdict) || covered.pair_seq == 0 || covered.pair_seq > (std::uint64_t{1} << 62)) return {};
  if (covered.index >= parts_.mirror.size()) return {};
  const Leaf leaf = TRY(parts_.mirror.leaf(covered.index));
  if (leaf.leaf_class != LeafClass::kFrame || leaf.hash != covered.frame_hash || leaf.verdict != covered.verdict) return {};
  return pairs_.explain(sender, covered.pair_seq, covered.index, now.wall_ms);
}

}  // namespace liaison
