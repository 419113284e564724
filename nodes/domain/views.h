// SPDX-License-Identifier: Apache-2.0
// All that a committee's node knows of the domain, as one fold: the part that a message belongs to gets it. Owned by the node's one thread;
// calls that write happen inside its transaction. After a crash the tables are those of the last commit; clear() and the same messages in
// log order give equal ones.
#pragma once

#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "nodes/domain/full_text.h"
#include "nodes/domain/overlaps.h"
#include "nodes/domain/records.h"
#include "nodes/domain/visits.h"

namespace liaison {

class Views {
 public:
  // `record_defaults`, `waits`: see RecordsConfig.
  static Result<std::unique_ptr<Views>> open(Database& database, const VisitsConfig& config, RecordDefaults record_defaults = {}, Waits waits = {});
  // Before open: the tables of a program of another layout go; their owner folds all messages again. kStore.
  static Result<void> drop(Database& database);
  void set_others(const std::vector<MemberId>& others);

  // Whether a kind of message is folded at all.
  static bool folds(std::string_view kind);
  // Whether such a message takes a record back.
  static bool is_recall(std::string_view kind) { return kind == kKindVisitRecall || kind == kKindRecordRecall; }
  // The record that a body of such a kind speaks of; empty when it cannot be read.
  static std::string record_of(std::string_view kind, View body);

  // Each as Visits says.
  Result<std::vector<ViewEvent>> apply(const Effect& effect);
  std::vector<MessageId> take_forgotten();
  // The words of what was taken away go from the file too, before the receipt of a recall says that the copy is gone. Seconds for 100,000
  // records; nothing when nothing was taken away. kStore.
  Result<void> forget_words();
  Result<bool> is_recalled(const std::string& record_id);
  Result<void> refused(std::string_view kind, const std::string& record_id, const MessageId& message_id, Code code);
  Result<void> given_out(const std::string& record_id);
  Result<void> renamed(const MessageId& was, const MessageId& now);
  // Before all messages are folded anew, and after the last of them, in one transaction; between them nothing is found by its words.
  Result<void> clear();
  Result<void> folded();

  // What was searched for, as the API prints it. Filters: text, kind (visit too), state, committee, from, to; limit, cursor. kInput.
  Result<nlohmann::json> search(const std::map<std::string, std::string>& filters);
  // Of the same filters, what was changed at this time or later, the newest changes first. kInput.
  Result<nlohmann::json> changed(const std::map<std::string, std::string>& filters, TimeMs since);

  Visits& visits() { return *visits_; }
  Records& records() { return *records_; }
  Overlaps& overlaps() { return *overlaps_; }

 private:
  std::unique_ptr<Visits> visits_;
  // The record is found by the words that it has now; one that was taken back or refused by none.
  Result<void> index(const std::string& record_id);
  std::unique_ptr<Records> records_;
  std::unique_ptr<FullText> words_;
  std::unique_ptr<Overlaps> overlaps_;
};

}  // namespace liaison
