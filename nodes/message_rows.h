// SPDX-License-Identifier: Apache-2.0
// Messages, own and received, as rows of node.db: sealed bytes, content key, where the log holds them and what became of
// them. No rule of the protocol is here. Used on the node's one thread inside its step; survives a crash with the step.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "nodes/node_store.h"

namespace liaison {

enum class MessageState : std::uint8_t {
  kDraft = 0,      // own, waiting for its signature; message_id is a provisional one
  kSigned = 1,     // own, not yet known to be in the log
  kAccepted = 2,   // own, in the log, some recipient's receipt is missing
  kRefused = 3,    // own, in the log with a verdict, or refused here at signing time
  kDelivered = 4,  // own, every recipient has answered that it took it, or has left the roster
  kReceived = 5,   // of another member
  kNotTaken = 6,   // own, every recipient has answered, and not every one could take it
};

struct MessageRow {
  std::uint64_t id = 0;             // local; grows with time
  MessageId message_id{};
  bool own = false;
  MessageState state = MessageState::kReceived;
  MemberId sender;
  std::string kind, marking;
  std::vector<MemberId> recipients;
  std::string record_id;            // of an own one, and of a received one whose body did not fit its record
  MessageId in_reply_to{};
  std::uint64_t sequence = 0;
  KeyId key_id{};
  std::uint64_t pair_seq = 0;       // of a received one
  TimeMs created_ms = 0;
  std::optional<std::uint64_t> index;
  TimeMs accepted_ms = 0;           // 0 until it is in the log
  Code verdict = Code::kAccepted;   // the log's for an own one, the own judgement for a received one
  std::string rule, basis;
  Hash frame_hash{};
  Bytes content_key;                // 32 bytes, or empty: suite 1, not opened, or only a draft
  std::uint64_t bytes = 0;
  Bytes frame;                      // left empty by the lists
};

// An own message's way out.
struct OutboxRow {
  std::string request_id;
  TimeMs queued_ms = 0, signed_ms = 0, sent_ms = 0;
  // The recipients whose receipts count, and their pair numbers: 0 in a draft. Empty for a kind that nobody answers.
  std::map<MemberId, std::uint64_t> awaited;
  std::optional<Bytes> draft;   // until it is signed; then the frame holds it
};

inline constexpr std::int64_t kLeftTheRoster = -1;
struct DeliveryRow {
  MemberId member;
  std::uint64_t pair_seq = 0;                 // 0 while it is a draft
  std::optional<std::int64_t> verdict;        // a code, or kLeftTheRoster; nothing while the receipt is awaited
  TimeMs at_ms = 0;
  std::uint64_t receipt_index = 0;
};

std::string member_list(const std::vector<MemberId>& members);          // "1267 1373"
std::vector<MemberId> parse_member_list(std::string_view text);

// Every function: kStore when the database fails.
class MessageRows {
 public:
  explicit MessageRows(NodeStore& store) : store_(store) {}

  // Returns the new row's id. The frame of an own one goes to add_outbox.
  Result<std::uint64_t> add(const MessageRow& row);
  Result<std::optional<MessageRow>> find(const MessageId& id);             // with the frame
  Result<std::optional<MessageRow>> find_row(std::uint64_t id);            // with the frame
  Result<std::optional<MessageRow>> find_index(std::uint64_t index);       // with the frame
  // At most two rows whose message_id begins with these hex digits; drafts are left out.
  Result<std::vector<MessageRow>> find_prefix(std::string_view hex_digits);
  struct Known {
    std::uint64_t id = 0;
    MessageState state = MessageState::kReceived;
    std::optional<std::uint64_t> index;
    Hash frame_hash{};
    KeyId key_id{};
  };
  Result<std::optional<Known>> known(const MessageId& id);
  // The frame_hash of the own message that the log holds there, if any; and the highest index of any message.
  Result<std::optional<Hash>> own_at(std::uint64_t index);
  Result<std::uint64_t> newest_index();
  // The newest own message about a record that was refused, without its frame.
  Result<std::optional<MessageRow>> refused_about(std::string_view record_id);
  // Messages about a record that could not be shown (E_BODY), in log order after `after_index`; frames included.
  Result<std::vector<MessageRow>> not_shown(std::string_view record_id, std::uint64_t after_index, std::uint64_t limit);
  // The first message of this kind from this sender that could not be opened (E_OPEN), behind an index and accepted by then; without its frame.
  Result<std::optional<MessageRow>> not_opened(const MemberId& sender, std::string_view kind, std::uint64_t after_index, TimeMs until_ms);
  // Whether there are any of this sender's about the record.
  Result<bool> any_not_shown(std::string_view record_id, const MemberId& sender);
  // Their record was recalled: what opens these received messages is removed, of whatever verdict.
  Result<void> forget_content(const MessageId& id);
  Result<void> forget_not_shown(std::string_view record_id);
  // What a second judgement of a received message found.
  Result<void> set_verdict(std::uint64_t id, Code verdict);
  // How many messages from this index on are signed with the key.
  Result<std::uint64_t> count_signed(const KeyId& key_id, std::uint64_t from_index);
  // Newest first, below `before` (0: from the newest); empty filters match all. Frames and content keys are left out.
  struct Filter { std::optional<bool> own; std::string kind; std::string state; };
  Result<std::vector<MessageRow>> list(const Filter& filter, std::uint64_t before, std::uint64_t limit);
  // Rows in one of the open states (draft, signed, accepted), oldest first, frames included.
  Result<std::vector<MessageRow>> open_rows(MessageState state, std::uint64_t limit);
  // The oldest draft of any kind but these; and how many drafts of a kind there are.
  Result<std::optional<MessageRow>> first_draft(const std::vector<std::string>& but_kinds);
  Result<std::uint64_t> count_drafts(const std::string& kind);
  Result<std::uint64_t> count(MessageState state);   // draft, signed, accepted; others are not counted quickly
  // For the status: how many own messages were refused, and since when the oldest that is not done waits (0: none).
  struct OutboxFacts { std::uint64_t refused = 0; TimeMs oldest_ms = 0; };
  Result<OutboxFacts> outbox_facts();
  // Rows in log order after `after_index` that a rebuild folds; frames included.
  Result<std::vector<MessageRow>> logged_after(std::optional<std::uint64_t> after_index, std::uint64_t limit);

  Result<void> sign(const MessageRow& row);          // message_id, state, sequence, key, created, hash, content key, rule
  Result<void> log(std::uint64_t id, MessageState state, std::uint64_t index, TimeMs accepted_ms, Code verdict, std::string_view rule,
                   std::string_view basis);
  // The row is a draft again: no place in the log, no frame, and this text.
  Result<void> unlog(std::uint64_t id, View draft);
  Result<void> set_state(std::uint64_t id, MessageState state, Code verdict);
  // Refused here, before it was in the log.
  Result<void> refuse(std::uint64_t id, Code verdict, std::string_view rule, std::string_view basis);
  // A logged message of the same key and sequence that was found after this row was made.
  Result<bool> displaced(std::uint64_t id, const KeyId& key_id, std::uint64_t sequence);

  Result<void> add_outbox(std::uint64_t id, const OutboxRow& row, View frame);   // an empty frame for a draft
  Result<std::optional<OutboxRow>> outbox(std::uint64_t id);
  // signed_ms, sent_ms and awaited of `row`; the draft is forgotten.
  Result<void> set_signed(std::uint64_t id, const OutboxRow& row, View frame);
  Result<void> set_sent(std::uint64_t id, TimeMs sent_ms);
  Result<void> forget_draft(std::uint64_t id);

  // An own message and its answers so far.
  struct Sent {
    std::uint64_t id = 0;
    MessageState state = MessageState::kDraft;
    std::optional<std::uint64_t> index;
    MessageId message_id{};
    Hash frame_hash{};
    std::map<MemberId, std::uint64_t> awaited;
    std::uint64_t answers = 0, refusals = 0;   // refusals: those of them whose verdict is a code and not 0
    std::string record_id;
    bool all_answered() const { return answers == awaited.size(); }
  };
  // The own message of this id at this place in the log, as a receipt names both; nothing when another one or none is there.
  Result<std::optional<Sent>> sent(std::uint64_t index, const MessageId& id);
  Result<std::optional<Sent>> sent_row(std::uint64_t id);
  // Counts the answer, also in `sent`. False when it counts nothing: this member is not awaited, or has answered; but a 0
  // takes the place of a code that this member said before.
  Result<bool> deliver(Sent& sent, const MemberId& member, std::int64_t verdict, TimeMs at_ms, std::uint64_t receipt_index);
  Result<std::vector<DeliveryRow>> deliveries(std::uint64_t id);   // one for each that is awaited, in order of members
  // The receipts that accepted messages still await; `before_ms`: only messages that were accepted before it.
  struct Unanswered { std::uint64_t id = 0; MemberId member; TimeMs accepted_ms = 0; };
  Result<void> unanswered(TimeMs before_ms, const std::function<void(const Unanswered&)>& each);

 private:
  Result<std::optional<MessageRow>> one(Statement* select);
  Result<std::uint64_t> newest_run();
  Result<std::optional<std::uint64_t>> row_of(const MessageId& id);
  NodeStore& store_;
};

}  // namespace liaison
