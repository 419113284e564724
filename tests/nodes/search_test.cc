// SPDX-License-Identifier: Apache-2.0
// The index follows the views: what officers write is found, what was changed or taken back is not.
#include <nlohmann/json.hpp>

#include "nodes/domain/views.h"
#include "tests/nodes/records_fixture.h"
#include "tests/nodes/visits_fixture.h"

namespace liaison {
namespace {

using nlohmann::json;

class ViewsSearch : public testing::Test {
 protected:
  ViewsSearch() {
    database_ = std::move(*Database::open(folder_.path() / "node.db", {}));
    VisitsConfig config;
    config.member = member("1540");
    config.others = {member("1267"), member("1373")};
    config.contact = "secretariat";
    views_ = std::move(*Views::open(*database_, config));
  }
  void publish(const Draft& draft, const char* sender = "1540") {
    bodies_.push_back(draft.body);
    Effect effect;
    effect.message_id = sha256({view_of(std::to_string(++index_)), bodies_.back()});
    effect.sender = member(sender);
    effect.recipients = draft.recipients;
    effect.kind = draft.kind;
    effect.marking = draft.marking;
    effect.index = index_;
    effect.time_ms = kVisitsNow + index_;
    effect.body = bodies_.back();
    const auto applied = views_->apply(effect);
    ASSERT_TRUE(applied) << applied.error().what;
  }
  std::string record(const char* kind, const json& fields) {
    const auto draft = views_->records().create(*record_kind(kind), fields, Records::Origin::kOfficer, kVisitsNow);
    EXPECT_TRUE(draft) << draft.error().what;
    publish(*draft);
    return draft->record_id;
  }
  std::vector<std::string> found(const std::map<std::string, std::string>& filters) {
    const auto page = views_->search(filters);
    EXPECT_TRUE(page) << page.error().what;
    std::vector<std::string> out;
    for (const json& hit : (*page)["items"]) out.push_back(hit["id"]);
    return out;
  }
  json request(const std::string& need) { return {{"states", {"KGZ"}}, {"areas", {"licensing"}}, {"need", need}, {"received_on", "2026-11-02"}}; }

  TempFolder folder_;   // gone last
  std::unique_ptr<Database> database_;
  std::unique_ptr<Views> views_;
  std::list<Bytes> bodies_;
  std::uint64_t index_ = 0;
};

TEST_F(ViewsSearch, RecordsAndVisitsAreFoundByTheirWordsInWhateverLanguage) {
  const auto english = record("assistance.request", request("Training of customs officers"));
  const auto arabic = record("assistance.request", request("تدريب على مراقبة الحدود"));
  const auto chinese = record("concern", {{"states", {"KGZ"}}, {"topics", {"border_control"}}, {"text", "加强边境管制"}});
  json fields = trip({"KGZ"}, "2027-03-08", "2027-03-12");
  fields["title"] = "National action plan and customs";
  const auto visit = views_->visits().plan(fields, Visits::Origin::kOfficer, kVisitsNow);
  ASSERT_TRUE(visit);
  publish(*visit);
  EXPECT_EQ(found({{"text", "officer"}}), (std::vector<std::string>{english}));
  EXPECT_EQ(found({{"text", "حدود"}}), (std::vector<std::string>{arabic}));
  EXPECT_EQ(found({{"text", "管制"}}), (std::vector<std::string>{chinese}));
  EXPECT_EQ(found({{"text", "customs"}}).size(), 2U);
  EXPECT_EQ(found({{"text", "customs"}, {"kind", "visit"}}), (std::vector<std::string>{visit->record_id}));
  EXPECT_EQ(found({{"text", "customs"}, {"state", "Kenya"}}), std::vector<std::string>());
}

TEST_F(ViewsSearch, WhatWasChangedIsFoundByItsNewWordsAndWhatWasRecalledByNone) {
  const auto id = record("assistance.request", request("Training of customs officers"));
  const auto changed = views_->records().change(id, 1, {{"need", "A licensing office"}}, kVisitsNow);
  ASSERT_TRUE(changed);
  publish(*changed);
  EXPECT_TRUE(found({{"text", "customs"}}).empty());
  EXPECT_EQ(found({{"text", "office"}}), (std::vector<std::string>{id}));
  const auto recall = views_->records().recall(id, {{"reason", "wrong State"}});
  ASSERT_TRUE(recall);
  publish(*recall);
  EXPECT_TRUE(found({{"text", "office"}}).empty());
}

TEST_F(ViewsSearch, AnAnswerIsFoundWithTheRecordThatItIsTo) {
  const auto id = record("assistance.request", request("Training"));
  RecordAnswer answer;
  answer.record_id = id;
  answer.revision = 1;
  answer.record_hash = sha256(bodies_.back());
  answer.answer = "comments";
  answer.text = "we were at the checkpoint in spring";
  answer.contact = "1373 office";
  Draft draft;
  draft.kind = kKindRecordAnswer;
  draft.marking = "committees";
  draft.recipients = {member("1267"), member("1540")};
  draft.body = encode_record_answer(answer);
  publish(draft, "1373");
  EXPECT_EQ(found({{"text", "checkpoint spring"}}), (std::vector<std::string>{id}));
}

TEST_F(ViewsSearch, ASlipIsRefusedAndNotAnsweredWithNothing) {
  for (const auto& [filters, field] :
       std::vector<std::pair<std::map<std::string, std::string>, std::string>>{{{{"text", "x"}, {"kind", "assistance.requst"}}, "kind"},
                                                                               {{{"text", "x"}, {"state", "Kirgisland"}}, "state"},
                                                                               {{{"text", "x"}, {"limit", "501"}}, "limit"},
                                                                               {{{"words", "x"}}, "words"}}) {
    const auto page = views_->search(filters);
    ASSERT_FALSE(page) << field;
    EXPECT_EQ(page.error().code, Code::kInput);
    EXPECT_NE(page.error().what.find(field), std::string::npos) << page.error().what;
  }
}

}  // namespace
}  // namespace liaison
