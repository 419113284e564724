// SPDX-License-Identifier: Apache-2.0
// Outbox: what the broker says to what was sent, and what the log shows of it.
#include <algorithm>

#include "nodes/effects.h"
#include "nodes/judgement.h"
#include "nodes/outbox.h"
#include "security/audit.h"
#include "security/hash.h"

namespace liaison {

namespace {

constexpr int kDoubtsMax = 2;
constexpr std::size_t kHeadsTold = 16;      // the broker names the keys that logged last; of older ones it says nothing
constexpr std::uint64_t kFreshMs = 5'000;   // an answer this soon after sending tells the broker's clock

constexpr std::uint64_t kLookAtLogMs = 1'000;
constexpr std::uint64_t kRoomToExpireMs = 3'600'000;

bool is_about_key(Code code) { return code == Code::kKey || code == Code::kKeyRevoked; }
bool explained_by_renewal(Code code) { return code == Code::kChain || code == Code::kEquivocation || is_about_key(code); }

std::uint64_t transient_delay(const Refusal& refusal) {
  const std::uint64_t hour = 3'600'000;
  switch (refusal.code) {
    case Code::kQuota:
    case Code::kBusy: return std::clamp<std::uint64_t>(refusal.detail, 50, hour);
    case Code::kGap: return 50;
    case Code::kStorageFull: return 30'000;
    case Code::kClockBroker:
    case Code::kRosterExpired: return 60'000;
    default: return 5'000;
  }
}

}  // namespace

// --- acceptance

Result<void> Outbox::accepted(const Acceptance& acceptance, Now now, NodeOutcome& outcome) {
  const auto waiting = std::find_if(waiting_.begin(), waiting_.end(), [&](const Waiting& w) { return w.frame_hash == acceptance.frame_hash; });
  if (waiting == waiting_.end()) return {};
  const auto leaf = decode_leaf(acceptance.leaf);
  const auto checkpoint = parts_.mirror.open(acceptance.checkpoint);
  const bool holds = leaf && checkpoint && leaf->leaf_class == LeafClass::kFrame && leaf->hash == waiting->frame_hash &&
                     inclusion_holds(leaf_hash(acceptance.leaf), leaf->index, checkpoint->size, acceptance.path, checkpoint->root);
  auto connects = holds ? parts_.mirror.promise({*checkpoint, acceptance.checkpoint}) : Result<void>{};
  if (!connects && connects.error().code != Code::kCheckpoint) return connects;
  if (!holds || !connects) {
    halted_ = holds ? connects.error().what : "an acceptance from the broker proves nothing";
    return parts_.alarms.raise("log", holds ? "acceptance does not connect" : "acceptance", "the log cannot be trusted: " + *halted_,
                               {{"frame", waiting->frame}, {"leaf", acceptance.leaf}, {"checkpoint", bytes_of(view_of(acceptance.checkpoint))},
                                {"own checkpoint", parts_.mirror.seen() ? bytes_of(view_of(parts_.mirror.seen()->note)) : Bytes{}}},
                               now.wall_ms, outcome);
  }
  if (!promised_here_ || promised_here_->checkpoint.size < checkpoint->size) promised_here_ = Mirror::Signed{*checkpoint, acceptance.checkpoint};
  if (waiting->sent_at_ms > kBeforeThisStart && now.monotonic_ms - waiting->sent_at_ms < kFreshMs)
    set_clock_offset(static_cast<std::int64_t>(leaf->accept_time_ms) - static_cast<std::int64_t>(now.wall_ms), {"leaf", acceptance.leaf});
  // The clock may have been set while this node was not running.
  if (!bad_clock_) TRY(parts_.alarms.clear("clock", kRefusedClock, now.wall_ms, outcome));
  tries_ = 1;
  doubts_ = 0;
  send_again_at_ms_ = std::max(hold_until_ms_, now.monotonic_ms + 30'000);
  return logged(waiting, *leaf, acceptance.rule, acceptance.basis, now, outcome);
}

Result<void> Outbox::logged(std::deque<Waiting>::iterator at, const Leaf& leaf, std::string_view rule, std::string_view basis, Now now,
                             NodeOutcome& outcome) {
  const Waiting was = std::move(*at);
  waiting_.erase(at);
  const bool refused = leaf.verdict != Code::kAccepted;
  const bool service = is_service_kind(was.kind);
  const MessageState state = refused ? MessageState::kRefused : service ? MessageState::kDelivered : MessageState::kAccepted;
  TRY(parts_.store.begin());
  TRY(parts_.rows.log(was.row, state, leaf.index, leaf.accept_time_ms, leaf.verdict, rule, basis));
  Chain& chain = chains_[was.key_id];
  if (was.sequence > chain.logged) chain = {std::max(chain.signed_up_to, was.sequence), chain.signed_id, was.sequence, was.id};
  for (const auto& [member, number] : was.pair_seq) pairs_[member].logged = std::max(pairs_[member].logged, number);
  heads_changed_ = true;
  newest_logged_ = std::max(newest_logged_, leaf.index);
  if (refused) return refused_entry(was, leaf, now, outcome);
  if (!service)
    TRY(deliveries_.expect({was.row, state, leaf.index, was.id, was.frame_hash, was.pair_seq, 0, 0, was.record_id}, leaf.accept_time_ms));
  if (Views::folds(was.kind)) {
    const Effect effect{was.id, parts_.identity.member, was.recipients, was.kind, was.marking, was.in_reply_to, leaf.index, leaf.accept_time_ms, was.body};
    TRY(apply_effect(parts_.views, effect, outcome));
  }
  event(outcome, "message.accepted", was.id, was.kind, leaf.index);
  return {};
}

Result<void> Outbox::refused_entry(const Waiting& was, const Leaf& leaf, Now now, NodeOutcome& outcome) {
  log_warn("message.refused", "the broker logged an own message as refused", {{"kind", was.kind}, {"code", leaf.verdict}, {"index", leaf.index}});
  TRY(tell_recipients(was, leaf));
  outcome.urgent = true;
  // Beyond the mirror's end a roster may lie in between: there it is judged when the log has been fetched so far.
  if (leaf.index < parts_.mirror.size()) TRY(judge_refusal(leaf, now, outcome));
  // Said of a frame whose time was not over it is a refusal like any other.
  const bool expired = leaf.verdict == Code::kExpired && leaf.accept_time_ms > was.created_ms + kLifeMs;
  if ((leaf.verdict == Code::kStale || expired) && !is_service_kind(was.kind)) return queue_again(was);
  // What an expired receipt said is still to be said.
  const auto covered = expired && was.kind == kKindReceipt ? decode_receipt(was.body) : Result<std::vector<Covered>>(std::vector<Covered>{});
  for (const Covered& one : covered.value_or(std::vector<Covered>{})) TRY(owed_.add(was.recipients.front(), one));
  if (Views::folds(was.kind)) TRY(parts_.views.refused(was.kind, was.record_id, was.id, leaf.verdict));
  event(outcome, "message.refused", was.id, was.kind, leaf.index, leaf.verdict);
  return {};
}

Result<void> Outbox::judge_refusal(const Leaf& leaf, Now now, NodeOutcome& outcome) {
  if (leaf.leaf_class != LeafClass::kFrame || leaf.verdict == Code::kAccepted || leaf.index > newest_logged_) return {};
  const auto row = TRY(parts_.rows.find_index(leaf.index));
  const auto* term = parts_.mandates.at(leaf.index);
  if (!row || !row->own || row->frame_hash != leaf.hash || term == nullptr || term->policy == nullptr) return {};
  const auto key = term->sign.find(row->key_id);
  if (key == term->sign.end()) return {};
  const auto frame = verify_frame(parts_.identity.network, key->second->key, Bytes(row->frame));
  if (!frame || judge(parts_.mandates, *term, *key->second, *frame, leaf, {}).verdict != Code::kAccepted) return {};
  const std::string about = row->record_id.empty() ? std::string() : " about " + row->record_id;
  return parts_.alarms.raise("log", "refused " + std::to_string(leaf.index),
                             "the broker has logged this committee's " + row->kind + about + " as refused (" + std::string(code_name(leaf.verdict)) +
                                 ") though the policy in force at entry " + std::to_string(leaf.index) +
                                 " allows it: nobody has it. Tell the authority and the other members by another way, and say it again",
                             {{"frame", row->frame}, {"leaf", bytes_of(encode_leaf(leaf))},
                              {"checkpoint", parts_.mirror.seen() ? bytes_of(view_of(parts_.mirror.seen()->note)) : Bytes{}}},
                             now.wall_ms, outcome);
}

// Its pair numbers are used and nobody will see the frame: without this each recipient would see a gap.
Result<void> Outbox::tell_recipients(const Waiting& was, const Leaf& leaf) {
  if (is_service_kind(was.kind)) return {};
  for (const auto& [member, number] : was.pair_seq) TRY(owed_.add(member, {was.id, was.frame_hash, leaf.index, number, leaf.verdict}));
  return {};
}

// Sealed to a key that is no longer good, or too late: the refused frame keeps a row of its own, the message goes back to its place
// among the drafts and is sealed anew.
Result<void> Outbox::queue_again(const Waiting& was) {
  auto row = TRY(parts_.rows.find_row(was.row));
  if (!row) return fail(Code::kStore, "node.db has lost an own message");
  MessageRow draft = *row;
  random_bytes(draft.message_id);
  draft.state = MessageState::kDraft;
  TRY(parts_.rows.sign(draft));
  TRY(parts_.rows.unlog(was.row, was.body));
  const std::uint64_t kept = TRY(parts_.rows.add(*row));
  TRY(parts_.rows.add_outbox(kept, {{}, was.created_ms, was.created_ms, was.created_ms, {}, {}}, was.frame));
  if (Views::folds(was.kind)) TRY(parts_.views.renamed(was.id, draft.message_id));
  return recount();
}

// --- refusal

Result<void> Outbox::refused(const Refusal& refusal, Now now, NodeOutcome& outcome) {
  const auto waiting = std::find_if(waiting_.begin(), waiting_.end(), [&](const Waiting& w) { return w.frame_hash == refusal.frame_hash; });
  if (waiting == waiting_.end()) return {};
  log_info("message.put_off", "the broker did not take a message", {{"code", refusal.code}, {"detail", refusal.detail}, {"sequence", waiting->sequence}});
  if (refusal.code == Code::kClock) {
    const auto* term = parts_.mandates.newest();
    if (term == nullptr || !refusal_signature_holds(refusal, parts_.identity.network, term->roster().broker.sign)) return {};
    bad_clock_ = BadClock{refusal.time_ms, now.monotonic_ms};
    return parts_.alarms.raise("clock", kRefusedClock,
                               "the broker refuses this node's messages because its clock is " + std::to_string(refusal.detail / 1000) +
                                   " s ahead of the broker's (" + rfc3339(refusal.time_ms) + "); set this machine's clock",
                               {{"frame", waiting->frame}}, now.wall_ms, outcome);
  }
  if (is_transient(refusal.code)) {
    if (refusal.code == Code::kQuota) (is_service_kind(waiting->kind) ? receipt_bucket_ : bucket_).empty();
    wait_before_sending(now.monotonic_ms + transient_delay(refusal));
    // Another connection of this committee may be the publishing one now, or the broker has lost its place.
    const bool lost = refusal.code == Code::kBusy || (refusal.code == Code::kGap && refusal.detail < waiting_.front().sequence);
    if (lost && now.monotonic_ms >= asked_at_ms_ + 10'000) {
      asked_at_ms_ = now.monotonic_ms;
      outcome.ask_who = true;
    }
    return {};
  }
  if (explained_by_renewal(refusal.code)) return misplaced(refusal, *waiting, now, outcome);
  return halt(refusal, *waiting, now, outcome);
}

// The log may hold own messages that this node does not know (it was restored), or a roster with a new key is on its way:
// WHOAMI tells. When that has not helped twice, it is no such thing.
Result<void> Outbox::misplaced(const Refusal& refusal, const Waiting& waiting, Now now, NodeOutcome& outcome) {
  if (sign_anew_) return {};
  const bool key = is_about_key(refusal.code);
  if ((!key || log_followed_) && ++doubts_ > kDoubtsMax) return halt(refusal, waiting, now, outcome);
  sign_anew_ = true;
  key_doubted_ = key;
  // A roster that ends this key was logged just now, or lies ahead: it is fetched before anything is signed again.
  asked_at_ms_ = now.monotonic_ms - (key ? std::min(now.monotonic_ms, kAskAgainMs - kLookAtLogMs) : 0);
  outcome.ask_who = outcome.ask_who || !key;
  return {};
}

Result<void> Outbox::halt(const Refusal& refusal, const Waiting& waiting, Now now, NodeOutcome& outcome) {
  halted_for_key_ = is_about_key(refusal.code);
  halted_ = "the broker calls a message of this node wrong (" + std::string(code_name(refusal.code)) + "); nothing more is sent until the cause is found";
  return parts_.alarms.raise("sender", hex(waiting.id), *halted_ + ": " + refusal.text, {{"frame", waiting.frame}}, now.wall_ms, outcome);
}

// --- WHOAMI

Result<void> Outbox::who_am_i(const WhoAmIAnswer& answer, Now now, NodeOutcome& outcome) {
  if (answer.member != parts_.identity.member) {
    halted_ = "the broker takes this node for " + answer.member.str();
    return parts_.alarms.raise("sender", "member", *halted_, {}, now.wall_ms, outcome);
  }
  if (answer.time_ms != 0)
    set_clock_offset(static_cast<std::int64_t>(answer.time_ms) - static_cast<std::int64_t>(now.wall_ms), {"answer to WHOAMI", encode_control(0, answer)});
  if (!TRY(check_heads(answer, now, outcome))) return {};
  if (log_followed_) key_doubted_ = false;
  sign_anew_ = sign_anew_ || any_expires(now);
  if (sign_anew_ && missing_.empty() && !bad_clock_ && !key_doubted_) TRY(sign_anew(answer, now, outcome));
  for (const ChainHead& head : answer.heads) {
    if (head.acceptance) TRY(accepted(*head.acceptance, now, outcome));
  }
  // Only now: what was signed above leaves with all the rest, in order.
  linked_ = true;
  tries_ = 0;
  send_again_at_ms_ = hold_until_ms_ = now.monotonic_ms;
  return {};
}

// A node that was away for long holds frames whose time is over, or nearly: the broker would log them as refused.
bool Outbox::any_expires(Now now) const {
  const TimeMs then = std::max(now.wall_ms, parts_.mirror.newest_ms()) + kRoomToExpireMs;
  return std::any_of(waiting_.begin(), waiting_.end(), [&](const Waiting& one) { return !one.proven && then > one.created_ms + kLifeMs; });
}

// Marks what the log holds by the broker's word. False when the broker knows less than it has accepted before.
Result<bool> Outbox::check_heads(const WhoAmIAnswer& answer, Now now, NodeOutcome& outcome) {
  missing_.clear();
  for (const ChainHead& head : answer.heads) {
    const auto known = TRY(parts_.rows.known(head.message_id));
    if (!known) {
      missing_.push_back(head.message_id);
      sign_anew_ = true;
    }
    for (Waiting& waiting : waiting_) {
      if (waiting.proven || !known || waiting.key_id != head.key_id || waiting.sequence > head.sequence) continue;
      // A node restored from an older copy has signed on a place that the log had given away.
      waiting.proven = !TRY(parts_.rows.displaced(waiting.row, waiting.key_id, waiting.sequence));
    }
  }
  for (const auto& [key, chain] : chains_) {
    const auto head = std::find_if(answer.heads.begin(), answer.heads.end(), [&](const ChainHead& h) { return h.key_id == key; });
    if (chain.logged == 0 || (head != answer.heads.end() && head->sequence >= chain.logged)) continue;
    if (head == answer.heads.end() && answer.heads.size() >= kHeadsTold) continue;
    halted_ = "the broker has forgotten messages of this node that it had accepted: its log was rolled back";
    TRY(parts_.alarms.raise("log", "rollback", *halted_,
                            {{"own checkpoint", parts_.mirror.seen() ? bytes_of(view_of(parts_.mirror.seen()->note)) : Bytes{}}}, now.wall_ms, outcome));
    return false;
  }
  return true;
}

// Everything not in the log gets its place, seal and signature anew: same request, same order, numbers that continue
// what the log holds.
Result<void> Outbox::sign_anew(const WhoAmIAnswer& answer, Now now, NodeOutcome& outcome) {
  const RosterKey* key = own_key();
  if (key == nullptr || parts_.identity.signing(key->key) == nullptr || !parts_.mandates.complete()) return {};
  const KeyId key_id = key->key_id();
  Chain chain;
  std::uint64_t newest = 0;
  for (const ChainHead& head : answer.heads) {
    const auto leaf = head.acceptance ? decode_leaf(head.acceptance->leaf) : Result<Leaf>(Leaf{});
    const std::uint64_t index = leaf ? leaf->index : 0;
    if (head.key_id == key_id) chain = {head.sequence, head.message_id, head.sequence, head.message_id};
    else if (chain.logged == 0 && index >= newest) chain.signed_id = head.message_id;
    newest = std::max(newest, index);
  }
  TRY(parts_.store.begin());
  chain_key_ = key_id;
  chains_[key_id] = chain;
  for (auto& [member, pair] : pairs_) pair.signed_up_to = pair.logged;
  std::deque<Waiting> old;
  old.swap(waiting_);
  for (Waiting& waiting : old) {
    if (!waiting.proven) continue;
    for (const auto& [member, number] : waiting.pair_seq) pairs_[member].signed_up_to = std::max(pairs_[member].signed_up_to, number);
    waiting_.push_back(std::move(waiting));
  }
  sign_anew_ = false;
  heads_changed_ = true;
  for (Waiting& waiting : old) {
    if (waiting.proven) continue;
    auto row = TRY(parts_.rows.find_row(waiting.row));
    const auto way = TRY(parts_.rows.outbox(waiting.row));
    if (!row || !way) return fail(Code::kStore, "node.db has lost an own message");
    const Outgoing letter{waiting.kind, waiting.marking, waiting.recipients, waiting.in_reply_to, waiting.body};
    const ChainPlace place = next_place(letter, now.wall_ms);
    auto composed = compose(parts_.identity, *parts_.mandates.newest(), parts_.mirror, letter, place);
    if (!composed) {
      TRY(refuse_here(*row, composed.error(), outcome));
      continue;
    }
    if (Views::folds(waiting.kind)) TRY(parts_.views.renamed(waiting.id, composed->message_id));
    TRY(put(std::move(*row), letter, place, std::move(*composed), false, *way, now, outcome));
  }
  return {};
}

// --- what the fetched log shows

Result<void> Outbox::found_in_log(const FrameView& view, Bytes bytes, const Leaf& leaf, Now now, NodeOutcome& outcome) {
  const auto waiting = std::find_if(waiting_.begin(), waiting_.end(), [&](const Waiting& w) { return w.frame_hash == leaf.hash; });
  if (waiting != waiting_.end()) {
    PolicyDecision ruling;   // the acceptance, which would tell it, has not come
    const auto* term = leaf.verdict == Code::kPolicy ? parts_.mandates.at(leaf.index) : nullptr;
    if (term != nullptr && term->policy != nullptr)
      ruling = ruling_on(*term, parts_.identity.member, {waiting->kind, waiting->marking, waiting->recipients, waiting->in_reply_to, {}});
    return logged(waiting, leaf, ruling.rule, ruling.basis, now, outcome);
  }
  if (deliveries_.awaits(leaf.index, leaf.hash)) return {};   // accepted for this place, as most are
  const MessageId id = message_id_of(to_sign(parts_.identity.network, view));
  const auto known = TRY(parts_.rows.known(id));
  if (known && known->state != MessageState::kReceived) {
    if (known->index == leaf.index) return {};
    return parts_.alarms.raise("log", "own " + std::to_string(leaf.index),
                               "entry " + std::to_string(leaf.index) + " holds an own message that the broker has accepted for another place",
                               {{"frame", std::move(bytes)}}, now.wall_ms, outcome);
  }
  const SigningKey* key = parts_.identity.own_sign_key(view.key_id);
  const auto frame = verify_frame(parts_.identity.network, key->public_key(), bytes);
  if (!frame)
    return parts_.alarms.raise("log", "own " + std::to_string(leaf.index), "the log holds a message in this committee's name that it did not sign",
                               {{"frame", std::move(bytes)}, {"leaf", bytes_of(encode_leaf(leaf))}}, now.wall_ms, outcome);
  return adopt(*frame, leaf, now, outcome);
}

Result<bool> Outbox::fits_acceptance(const Leaf& leaf) {
  if (leaf.index > newest_logged_) return true;
  const auto own = TRY(parts_.rows.own_at(leaf.index));
  return !own || *own == leaf.hash;
}

Result<void> Outbox::adopt(const VerifiedFrame& frame, const Leaf& leaf, Now now, NodeOutcome& outcome) {
  TRY(parts_.alarms.raise("stolen_key", hex(frame.key_id()),
                          "the log holds message " + std::to_string(frame.header().sequence) +
                              " signed with this committee's key, which this node did not send: "
                              "if this node was not restored from an older copy, the key is stolen and must be revoked at once",
                          {{"frame", frame.bytes()}, {"leaf", bytes_of(encode_leaf(leaf))}}, now.wall_ms, outcome));
  const Header& header = frame.header();
  MessageRow row{0, frame.message_id(), true, MessageState::kAccepted, header.sender, header.kind, header.marking, header.recipients, {}, header.in_reply_to,
                 header.sequence, frame.key_id(), 0, header.created_at_ms, leaf.index, leaf.accept_time_ms, leaf.verdict, {}, {}, frame.frame_hash(), {},
                 frame.size(), frame.bytes()};
  if (is_service_kind(row.kind)) row.state = MessageState::kDelivered;
  if (leaf.verdict != Code::kAccepted) row.state = MessageState::kRefused;
  TRY(open_adopted(row, frame, outcome));
  row.id = TRY(parts_.rows.add(row));
  OutboxRow way{{}, row.created_ms, row.created_ms, row.created_ms, {}, {}};
  if (!is_service_kind(row.kind)) {
    for (const MemberId& member : row.recipients) way.awaited[member] = ++pairs_[member].logged;
  }
  TRY(parts_.rows.add_outbox(row.id, way, row.frame));
  Chain& chain = chains_[row.key_id];
  if (row.sequence > chain.logged) chain = {std::max(chain.signed_up_to, row.sequence), chain.signed_id, row.sequence, row.message_id};
  newest_logged_ = std::max(newest_logged_, leaf.index);
  if (std::erase(missing_, row.message_id) > 0) asked_at_ms_ = 0;
  sign_anew_ = true;
  heads_changed_ = true;
  return {};
}

Result<void> Outbox::open_adopted(MessageRow& row, const VerifiedFrame& frame, NodeOutcome& outcome) {
  const Header& header = frame.header();
  if (header.suite != kSuiteSealed || !header.key_commitment) return {};
  const auto stanzas = stanza_key_ids(frame.body());
  if (!stanzas || stanzas->empty()) return {};
  const AgreementKey* key = parts_.identity.opening(stanzas->back());
  if (key == nullptr) return {};
  const auto opened = open_body(*key, stanzas->back(), parts_.identity.network, frame.key_id(), frame.header_bytes(), *header.key_commitment, frame.body());
  if (!opened) return {};
  row.content_key = bytes_of(opened->content_key.expose());
  row.record_id = Views::record_of(row.kind, opened->plaintext.expose());
  if (row.state == MessageState::kRefused) return parts_.views.given_out(row.record_id);
  const Effect effect{
      row.message_id, row.sender, row.recipients, row.kind, row.marking, row.in_reply_to, row.index, row.accepted_ms, opened->plaintext.expose()};
  if (TRY(apply_effect(parts_.views, effect, outcome)) != Code::kBody) return {};
  TRY(refuse_rivals(row.record_id, outcome));
  TRY(apply_effect(parts_.views, effect, outcome));
  return {};
}

// What waits here was said of a record about which the log holds other words of this committee: these stand.
Result<void> Outbox::refuse_rivals(const std::string& record_id, NodeOutcome& outcome) {
  const Error why = fail(Code::kRevision, "the log holds another message of this committee about " + record_id,
                         "look at it, and say this again if it is still meant");
  for (const MessageState state : {MessageState::kDraft, MessageState::kSigned}) {
    for (const MessageRow& rival : TRY(parts_.rows.open_rows(state, 1'000'000))) {
      if (!Views::folds(rival.kind) || rival.record_id != record_id) continue;
      TRY(refuse_here(rival, why, outcome));
      std::erase_if(waiting_, [&](const Waiting& waiting) { return waiting.row == rival.id; });
    }
  }
  sign_anew_ = true;
  return recount();
}

}  // namespace liaison
