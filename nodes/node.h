// SPDX-License-Identifier: Apache-2.0
// A committee's node without its shell: what officers ask and what arrives goes in, what is to be sent and told comes out,
// and every change is one transaction of node.db. It owns no socket, thread or clock: time and frames are handed in. One
// thread. After a crash open() reads everything again, and nothing that was released before is lost.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "nodes/domain/holidays.h"
#include "nodes/domain/release_rules.h"
#include "nodes/drafts.h"
#include "nodes/inbox.h"

namespace liaison {

struct NodeSettings {
  std::string contact;               // the office that stands in this committee's records
  std::uint32_t window_days = 90;
  std::uint32_t gap_years = 5;
  Holidays holidays = Holidays::built_in();
  // For this committee's own proposals that are adopted by silence, unless a proposal says another number.
  std::uint32_t silence_days = 5, hold_months = 6, hold_extension_months = 3;
  std::uint32_t wait_days = 5;       // working days of the clocks that a committee may choose
  std::string station = std::string(kHeadquarters);
  std::string closing_hour = "17:00";
  ReleaseRules release;              // which kinds need two officers
  NodeLimits limits;
  std::uint64_t lazy_commit_ms = 50; // how long an acceptance or a bare leaf may wait for its commit: both come again
  Database::Options database;
};

class Node {
 public:
  // `file` is node.db. kStore, kRoster when the stored log does not fit the pinned rosters.
  static Result<std::unique_ptr<Node>> open(const std::filesystem::path& file, Identity identity, const NodeSettings& settings);

  // Queues a message, inside an Attempt when it may still be taken back. Errors: Outbox::submit.
  Result<Submission> submit(const Draft& draft, const std::string& request_id, Outbox::Signing signing, Now now);

  // What the broker sent. ITEMS and a refused FETCH come with the index that was asked for. kStore only: whatever is wrong
  // with the bytes is an alarm, not an error. take_items: false when they are to be asked for again, later.
  Result<bool> take_items(std::uint64_t from, Items items, Now now);
  Result<void> fetch_refused(std::uint64_t from, const Refusal& refusal, Now now);
  Result<void> receive(const Control& control, Now now);
  // What was to leave by the connection that is gone leaves again when WHOAMI has been answered on the next one.
  void link_down() {
    outcome_.sends.clear();
    outbox_->link_down();
    inbox_->link_down();
  }

  // Whatever time brings: signing as tokens come, sending again, alarms. kStore.
  Result<void> tick(Now now);
  // Stores the step when something waits for it or it has been open long enough, and hands out what was waiting. kStore.
  enum class Commit { kWhenDue, kNow };
  Result<NodeOutcome> settle(Now now, Commit commit = Commit::kWhenDue);
  // Milliseconds until tick or settle has something to do; at most `most`.
  std::uint64_t idle_ms(Now now, std::uint64_t most) const;
  // Forgets the step and reads memory from the file again, e.g. when the disk was full. kStore.
  Result<void> reload();

  // Reads the keys that have come into keys/ since; how many.
  Result<std::uint64_t> take_up_keys(const std::filesystem::path& keys, const Secret& passphrase) {
    return liaison::take_up_keys(identity_, keys, passphrase);
  }
  // Removes hpke keys of this committee that a roster ended 30 days ago in the log's time: nothing more can be sealed to them.
  Result<void> forget_old_keys();

  // Folds all views anew from the stored messages; returns how many were folded. kStore, after which the node is of no use any more.
  Result<std::uint64_t> rebuild();

  std::uint64_t cursor() const { return mirror_->size(); }
  std::optional<Inbox::Range> second_look() const { return inbox_->second_look(); }
  std::optional<std::string> publishing_stopped(Now now) const { return outbox_->stopped(now); }
  Outbox& outbox() { return *outbox_; }
  Inbox& inbox() { return *inbox_; }
  Mirror& mirror() { return *mirror_; }
  Mandates& mandates() { return *mandates_; }
  const Mandates& mandates() const { return *mandates_; }
  Alarms& alarms() { return *alarms_; }
  MessageRows& rows() { return *rows_; }
  Views& views() { return *views_; }
  Visits& visits() { return views_->visits(); }
  Records& records() { return views_->records(); }
  Overlaps& overlaps() { return views_->overlaps(); }
  NodeStore& store() { return *store_; }
  Drafts& drafts() { return *drafts_; }
  const ReleaseRules& release_rules() const { return settings_.release; }
  const Identity& identity() const { return identity_; }
  const NodeSettings& settings() const { return settings_; }
  // The roster in force, or the newest pinned one before the first contact.
  const Roster& roster() const;

 private:
  friend class Attempt;
  Node(Identity identity, const NodeSettings& settings) : identity_(std::move(identity)), settings_(settings) {}
  Result<void> load();
  Result<void> make_parts();
  std::vector<MemberId> others() const;
  Result<void> watch(Now now);
  Result<void> watch_schemas(const std::string& roster, Now now);
  Result<void> watch_receipts(Now now);
  Result<void> do_what_is_due(Now now);
  Result<void> fold(const MessageRow& row);

  Identity identity_;
  NodeSettings settings_;
  std::unique_ptr<NodeStore> store_;
  std::unique_ptr<Drafts> drafts_;
  std::unique_ptr<Views> views_;
  std::unique_ptr<MessageRows> rows_;
  std::unique_ptr<Mandates> mandates_;
  std::unique_ptr<Mirror> mirror_;
  std::unique_ptr<Alarms> alarms_;
  std::unique_ptr<Outbox> outbox_;
  std::unique_ptr<Inbox> inbox_;
  NodeOutcome outcome_;
  std::optional<std::uint64_t> step_since_ms_;
  std::uint64_t gaps_watched_ms_ = 0, receipts_watched_ms_ = 0, due_again_ms_ = 0;
};

// An officer's act: unless it is kept it leaves nothing behind, neither rows nor memory nor news. One at a time.
class Attempt {
 public:
  // kStore.
  static Result<Attempt> begin(Node& node);
  Result<void> keep();
  Attempt(Attempt&& other) noexcept : node_(std::exchange(other.node_, nullptr)), sends_(other.sends_), events_(other.events_), urgent_(other.urgent_) {}
  Attempt& operator=(Attempt&&) = delete;
  ~Attempt();

 private:
  explicit Attempt(Node& node);
  Node* node_;
  std::size_t sends_, events_;
  bool urgent_;
};

}  // namespace liaison
