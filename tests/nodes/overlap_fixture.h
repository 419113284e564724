// SPDX-License-Identifier: Apache-2.0
// Committees' whole views and one log that orders what they send, with what nodes do by themselves: everything but signing, sealing and sockets.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <list>
#include <map>
#include <nlohmann/json.hpp>

#include "nodes/domain/views.h"
#include "security/hash.h"
#include "tests/nodes/visits_fixture.h"

namespace liaison {

class OverlapExchange {
 public:
  using json = nlohmann::json;
  struct Said { MemberId sender, to; std::string kind; Bytes body; };

  explicit OverlapExchange(std::uint32_t window_days = 90) {
    for (const char* id : {"1267", "1373", "1540"}) ids_.push_back(member(id));
    for (const auto& id : ids_) open(id, window_days);
  }

  Views& at(std::string_view id) { return *nodes_.at(member(id)).views; }
  Overlaps& overlaps(std::string_view id) { return at(id).overlaps(); }
  Database& database(std::string_view id) { return *nodes_.at(member(id)).database; }
  std::vector<Said> said;          // every accepted message, in log order
  TimeMs clock = kVisitsNow;
  std::set<std::string> silent;    // members whose nodes do nothing by themselves

  Effect queue(std::string_view sender, const Draft& draft) {
    Effect out;
    out.sender = member(sender);
    out.recipients = draft.recipients;
    out.kind = draft.kind;
    out.marking = draft.marking;
    out.in_reply_to = draft.in_reply_to;
    out.time_ms = clock;
    bodies_.push_back(draft.body);
    out.body = bodies_.back();
    out.message_id = sha256({view_of(std::to_string(++made_)), out.body});
    auto applied = at(sender).apply(out);
    EXPECT_TRUE(applied) << applied.error().what;
    if (applied) {
      for (auto& event : *applied) events[std::string(sender)].push_back(std::move(event));
    }
    return out;
  }
  // The log takes it; what each other member's node says to it.
  Code accept(Effect one) {
    clock += 1'000;
    one.index = index_++;
    one.time_ms = clock;
    log_.push_back(one);
    said.push_back({one.sender, one.recipients.front(), one.kind, bytes_of(one.body)});
    Code verdict = Code::kAccepted;
    for (const auto& id : ids_) {
      if (!concerns(one, id)) continue;
      auto applied = at(id.str()).apply(one);
      if (!applied) {
        verdict = applied.error().code;
        continue;
      }
      for (auto& event : *applied) events[id.str()].push_back(std::move(event));
    }
    return verdict;
  }
  Code publish(std::string_view sender, const Draft& draft) { return accept(queue(sender, draft)); }
  // A message that no honest node would make.
  Code forge(std::string_view sender, std::string_view to, std::string_view kind, const Bytes& body) {
    bodies_.push_back(body);
    Effect out;
    out.sender = member(sender);
    out.recipients = {member(to)};
    out.kind = kind;
    out.marking = "named";
    out.index = index_++;
    out.time_ms = clock;
    out.body = bodies_.back();
    out.message_id = sha256({view_of(std::to_string(++made_)), out.body});
    const auto applied = at(to).apply(out);
    return applied ? Code::kAccepted : applied.error().code;
  }

  // Everybody's node does what is due until nothing is.
  void work() {
    for (int round = 0; round < 500; ++round) {
      bool any = false;
      for (const auto& id : ids_) {
        if (silent.contains(id.str())) continue;
        auto& own = overlaps(id.str());
        const auto due = own.due(clock);
        ASSERT_TRUE(due) << due.error().what;
        if (!*due) continue;
        ASSERT_TRUE(own.done(**due));
        EXPECT_EQ(publish(id.str(), (*due)->draft), Code::kAccepted);
        any = true;
      }
      if (!any) return;
    }
    FAIL() << "there is always something due";
  }

  static json border_visit(const std::vector<std::string>& states, const std::string& from, const std::string& to, const json& more = json::object()) {
    json fields = {{"states", states}, {"components", {{{"start", from}, {"end", to}}}}, {"title", "Border control"}};
    fields.update(more);
    return fields;
  }
  std::string hide(std::string_view sender, const json& fields) {
    auto acted = overlaps(sender).plan(fields, clock);
    if (!acted) {
      ADD_FAILURE() << acted.error().what << " / " << acted.error().hint;
      return {};
    }
    send(sender, *acted);
    return acted->id;
  }
  std::string plan(std::string_view sender, const json& fields) {
    auto draft = at(sender).visits().plan(fields, Visits::Origin::kOfficer, clock);
    if (!draft) {
      ADD_FAILURE() << draft.error().what << " / " << draft.error().hint;
      return {};
    }
    publish(sender, *draft);
    work();
    return draft->record_id;
  }
  void change(std::string_view sender, const std::string& record, const json& fields) {
    const auto shown = at(sender).visits().show(record);
    ASSERT_TRUE(shown);
    auto draft = at(sender).visits().change(record, (*shown)["revision"].get<std::uint32_t>(), fields, clock);
    ASSERT_TRUE(draft) << draft.error().what;
    publish(sender, *draft);
    work();
  }
  void send(std::string_view sender, const Overlaps::Acted& acted) {
    for (const Draft& draft : acted.drafts) EXPECT_EQ(publish(sender, draft), Code::kAccepted);
    work();
  }
  void withdraw(std::string_view sender, const std::string& id) {
    auto acted = overlaps(sender).withdraw(id);
    ASSERT_TRUE(acted) << acted.error().what;
    send(sender, *acted);
  }
  void agree(std::string_view sender, const std::string& id) {
    auto acted = overlaps(sender).disclose(id, json::object());
    ASSERT_TRUE(acted) << acted.error().what;
    send(sender, *acted);
  }

  std::vector<json> findings(std::string_view id) {
    const auto found = overlaps(id).findings({});
    EXPECT_TRUE(found);
    return found ? found->get<std::vector<json>>() : std::vector<json>();
  }
  std::vector<std::string> records(std::string_view id) {
    std::vector<std::string> out;
    const auto page = at(id).visits().list({{"limit", "500"}});
    EXPECT_TRUE(page);
    for (const auto& one : (*page)["items"]) out.push_back(one["id"].get<std::string>());
    std::sort(out.begin(), out.end());
    return out;
  }
  std::vector<std::string> kinds_between(std::string_view a, std::string_view b) const {
    std::vector<std::string> out;
    for (const Said& one : said) {
      const bool between = (one.sender.str() == a && one.to.str() == b) || (one.sender.str() == b && one.to.str() == a);
      if (between && one.kind.starts_with("overlap.")) out.push_back(one.sender.str() + " " + one.kind + " " + std::to_string(one.body.size()));
    }
    return out;
  }

  // Every row of every folded table.
  std::string tables(std::string_view id) {
    std::string out;
    Database& database = *nodes_.at(member(id)).database;
    for (const char* table : {"overlap_questions", "overlap_hits", "overlap_owed", "overlap_queued"}) {
      auto rows = database.prepare(std::string("SELECT * FROM ") + table + " ORDER BY 1, 2, 3");
      EXPECT_TRUE(rows);
      out += std::string(table) + "\n";
      while (*rows->step()) {
        for (int column = 0; column < 13; ++column) out += hex(rows->blob(column)) + " ";
        out += "\n";
      }
    }
    return out;
  }
  // The same log, folded anew in the same database, as Node::rebuild does.
  std::string folded_anew(std::string_view id) {
    EXPECT_TRUE(at(id).clear());
    for (const Effect& one : log_) {
      if (concerns(one, member(id))) (void)at(id).apply(one);
    }
    return tables(id);
  }

  std::map<std::string, ViewEvents> events;

 private:
  struct Station {
    std::unique_ptr<TempFolder> folder = std::make_unique<TempFolder>();   // gone last
    std::unique_ptr<Database> database;
    std::unique_ptr<Views> views;
  };
  void open(const MemberId& id, std::uint32_t window_days) {
    Station& node = nodes_[id];
    auto database = Database::open(node.folder->path() / "node.db", {});
    ASSERT_TRUE(database);
    node.database = std::move(*database);
    std::vector<MemberId> others = ids_;
    std::erase(others, id);
    VisitsConfig config;
    config.member = id;
    config.others = others;
    config.contact = id.str() + " visits desk";
    config.window_days = window_days;
    auto views = Views::open(*node.database, config);
    ASSERT_TRUE(views) << views.error().what;
    node.views = std::move(*views);
  }

  std::vector<MemberId> ids_;
  std::map<MemberId, Station> nodes_;
  std::list<Bytes> bodies_;
  std::vector<Effect> log_;
  std::uint64_t index_ = 100, made_ = 0;
};

}  // namespace liaison
