// SPDX-License-Identifier: Apache-2.0
// A few committees' views of visits and one log that orders what they send: everything but signing, sealing and sockets.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <random>

#include "nodes/domain/visits.h"
#include "tests/doubles/temp_folder.h"
#include "tests/nodes/shared_log.h"

namespace liaison {

struct VisitsNode {
  std::unique_ptr<TempFolder> folder = std::make_unique<TempFolder>();   // gone last
  std::unique_ptr<Database> database;
  std::unique_ptr<Visits> visits;
};

class VisitsExchange {
 public:
  explicit VisitsExchange(std::vector<std::string> members = {"1267", "1373", "1540"}, std::uint32_t window_days = 90) {
    for (const auto& one : members) ids_.push_back(member(one));
    for (const auto& id : ids_) open(id, window_days);
  }

  Visits& at(std::string_view id) { return *nodes_.at(member(id)).visits; }
  Database& database(std::string_view id) { return *nodes_.at(member(id)).database; }

  Effect effect(std::string_view sender, const Draft& draft) { return log_.effect(sender, draft); }

  // Queued at the sender only.
  Effect queue(std::string_view sender, const Draft& draft) {
    auto one = effect(sender, draft);
    last_events_ = applied(sender, one);
    return one;
  }
  // The log takes it: index and time at everybody it concerns.
  void accept(Effect one) {
    const Effect logged = log_.append(std::move(one));
    for (const auto& id : ids_) {
      if (concerns(logged, id)) events_[id.str()] = applied(id.str(), logged);
    }
  }
  void publish(std::string_view sender, const Draft& draft) { accept(queue(sender, draft)); }

  // Plans and publishes; the record's id.
  std::string plan(std::string_view sender, const nlohmann::json& fields, Visits::Origin origin = Visits::Origin::kOfficer) {
    auto draft = at(sender).plan(fields, origin, kVisitsNow);
    if (!draft) {
      ADD_FAILURE() << draft.error().what << " / " << draft.error().hint;
      return {};
    }
    publish(sender, *draft);
    return draft->record_id;
  }
  void change(std::string_view sender, const std::string& record, const nlohmann::json& fields) {
    const auto shown = at(sender).show(record);
    ASSERT_TRUE(shown);
    auto draft = at(sender).change(record, (*shown)["revision"].get<std::uint32_t>(), fields, kVisitsNow);
    ASSERT_TRUE(draft) << draft.error().what;
    publish(sender, *draft);
  }
  void answer(std::string_view sender, const std::string& record, const nlohmann::json& fields, Visits::Origin origin = Visits::Origin::kOfficer) {
    auto draft = at(sender).answer(record, fields, origin, kVisitsNow);
    ASSERT_TRUE(draft) << draft.error().what;
    publish(sender, *draft);
  }

  std::vector<nlohmann::json> findings(std::string_view id, const std::string& kind = "") {
    std::map<std::string, std::string> filters = {{"limit", "500"}};
    if (!kind.empty()) filters["kind"] = kind;
    const auto page = at(id).conflicts(filters);
    EXPECT_TRUE(page);
    return page ? (*page)["items"].get<std::vector<nlohmann::json>>() : std::vector<nlohmann::json>();
  }
  nlohmann::json events(std::string_view id) { return events_[std::string(id)]; }
  nlohmann::json last_events() { return last_events_; }

  // Every row of every table of visits.
  std::string tables(std::string_view id) {
    std::string out;
    for (const auto& [table, order] : std::map<std::string, std::string>{{"visits", "record"},
                                                                         {"visit_revisions", "record, revision"},
                                                                         {"visit_days", "state, lead, reach, first, record, component"},
                                                                         {"visit_consents", "reference, record"},
                                                                         {"visit_answers", "message"},
                                                                         {"visit_recalls", "record"},
                                                                         {"visit_findings", "id"},
                                                                         {"visit_finding_records", "record, finding"}}) {
      out += table + "\n" + rows_of(database(id), table, order);
    }
    return out;
  }
  // Forgets and folds the log anew; with a seed in another order, in which only each record's own messages keep theirs.
  void rebuild(std::string_view id, std::optional<unsigned> seed = std::nullopt) {
    ASSERT_TRUE(database(id).begin());
    ASSERT_TRUE(at(id).clear());
    for (const auto& one : seed ? shuffled(*seed) : log_.entries()) {
      if (!concerns(one, member(id))) continue;
      ASSERT_TRUE(at(id).apply(one));
    }
    ASSERT_TRUE(database(id).commit());
  }

 private:
  void open(const MemberId& id, std::uint32_t window_days) {
    auto& node = nodes_[id];
    Database::Options options;
    options.full_sync = false;
    auto database = Database::open(node.folder->path() / "node.db", options);
    if (!database) throw std::runtime_error(database.error().what);
    node.database = std::move(*database);
    VisitsConfig config;
    config.member = id;
    config.contact = id.str() + " visits desk";
    config.window_days = window_days;
    for (const auto& other : ids_) {
      if (other != id) config.others.push_back(other);
    }
    auto visits = Visits::open(*node.database, config);
    if (!visits) throw std::runtime_error(visits.error().what);
    node.visits = std::move(*visits);
  }
  nlohmann::json applied(std::string_view id, const Effect& one) {
    EXPECT_TRUE(database(id).begin());
    auto events = at(id).apply(one);
    EXPECT_TRUE(events) << events.error().what;
    EXPECT_TRUE(database(id).commit());
    auto out = nlohmann::json::array();
    for (const auto& event : events.value_or(std::vector<ViewEvent>())) out.push_back(event_json(event));
    return out;
  }
  std::vector<Effect> shuffled(unsigned seed) {
    std::map<std::string, std::vector<Effect>> by_record;
    std::vector<std::string> turns;
    for (const auto& one : log_.entries()) {
      const auto plan = decode_visit_plan(one.body);
      const auto answer = decode_visit_answer(one.body);
      const auto record = plan ? plan->record_id : answer ? answer->record_id : decode_visit_recall(one.body)->record_id;
      by_record[record].push_back(one);
      turns.push_back(record);
    }
    std::mt19937 random(seed);
    std::shuffle(turns.begin(), turns.end(), random);
    std::map<std::string, std::size_t> next;
    std::vector<Effect> out;
    for (const auto& record : turns) out.push_back(by_record[record][next[record]++]);
    return out;
  }
  std::vector<MemberId> ids_;
  std::map<MemberId, VisitsNode> nodes_;
  SharedLog log_;
  std::map<std::string, nlohmann::json> events_;
  nlohmann::json last_events_;
};

// A visit of one component on known days.
inline nlohmann::json trip(std::vector<std::string> states, const std::string& start, const std::string& end = "") {
  nlohmann::json component = {{"start", start}};
  if (!end.empty()) component["end"] = end;
  return {{"states", std::move(states)}, {"components", {component}}};
}

// The fields with more of them, or with others in their place.
inline nlohmann::json with(nlohmann::json fields, const nlohmann::json& more) {
  fields.update(more);
  return fields;
}

}  // namespace liaison
