// SPDX-License-Identifier: Apache-2.0
// A few committees' views of records and one log that orders what they send: everything but signing, sealing and sockets.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "nodes/domain/records.h"
#include "tests/doubles/temp_folder.h"
#include "tests/nodes/shared_log.h"

namespace liaison {

struct RecordsNode {
  std::unique_ptr<TempFolder> folder = std::make_unique<TempFolder>();   // gone last
  std::unique_ptr<Database> database;
  std::unique_ptr<Records> records;
};

class RecordsExchange {
 public:
  explicit RecordsExchange(const std::vector<std::string>& members = {"1267", "1373", "1540"}) {
    for (const auto& one : members) ids_.push_back(member(one));
    for (const auto& id : ids_) nodes_[id] = open(id);
  }

  std::uint64_t log_size() const { return log_.size(); }
  Records& at(std::string_view id) { return *nodes_.at(member(id)).records; }
  Database& database(std::string_view id) { return *nodes_.at(member(id)).database; }

  Effect effect(std::string_view sender, const Draft& draft) { return log_.effect(sender, draft); }
  // Queued at the sender only.
  Effect queue(std::string_view sender, const Draft& draft) {
    auto one = effect(sender, draft);
    EXPECT_TRUE(at(sender).apply(one));
    return one;
  }
  // The log takes it: index and time at everybody it concerns.
  void accept(Effect one) {
    const Effect logged = log_.append(std::move(one));
    for (const auto& id : ids_) {
      if (concerns(logged, id)) apply(at(id.str()), logged);
    }
  }
  void publish(std::string_view sender, const Draft& draft) { accept(queue(sender, draft)); }

  // Makes and publishes; the record's id.
  std::string create(std::string_view sender, std::string_view kind, const nlohmann::json& fields, Records::Origin origin = Records::Origin::kOfficer) {
    auto draft = at(sender).create(*record_kind(kind), fields, origin, kVisitsNow);
    if (!draft) {
      ADD_FAILURE() << draft.error().what << " / " << draft.error().hint;
      return {};
    }
    publish(sender, *draft);
    return draft->record_id;
  }
  Result<Draft> change(std::string_view sender, const std::string& record, const nlohmann::json& fields) {
    const auto shown = at(sender).show(record, 0);
    if (!shown) return shown.error();
    return at(sender).change(record, (*shown)["revision"].get<std::uint32_t>(), fields, kVisitsNow);
  }

  // Every row of every table of records.
  std::string tables(Database& database) {
    std::string out;
    for (const auto& [table, order] : std::map<std::string, std::string>{{"records", "record"},
                                                                         {"record_keys", "state, kind, first, record"},
                                                                         {"record_links", "target, record, field"},
                                                                         {"record_dues", "open, day, record, name"},
                                                                         {"record_revisions", "record, revision"},
                                                                         {"record_answers", "message"},
                                                                         {"record_recalls", "record"}}) {
      out += table + "\n" + rows_of(database, table, order);
    }
    return out;
  }
  std::string tables(std::string_view id) { return tables(database(id)); }

  // The same log, folded by a node that begins with nothing; own messages, too.
  std::string folded_anew(std::string_view id) {
    RecordsNode fresh = open(member(id));
    for (const Effect& one : log_.entries()) {
      if (concerns(one, member(id))) apply(*fresh.records, one);
    }
    return tables(*fresh.database);
  }

 private:
  static void apply(Records& records, const Effect& one) {
    const auto applied = records.apply(one);
    if (!applied) {
      EXPECT_EQ(applied.error().code, Code::kBody) << applied.error().what;
    }
  }
  RecordsNode open(const MemberId& id) {
    RecordsNode node;
    auto database = Database::open(node.folder->path() / "node.db", {});
    EXPECT_TRUE(database);
    node.database = std::move(*database);
    std::vector<MemberId> others = ids_;
    std::erase(others, id);
    auto records = Records::open(*node.database, {id, others, id.str() + " secretariat"});
    EXPECT_TRUE(records);
    node.records = std::move(*records);
    return node;
  }

  std::vector<MemberId> ids_;
  std::map<MemberId, RecordsNode> nodes_;
  SharedLog log_;
};

}  // namespace liaison
