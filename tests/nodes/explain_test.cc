// SPDX-License-Identifier: Apache-2.0
// The table tests/scenarios/explain.txt, row by row, against the policies that stand in it; and what a node says of real messages.
#include "nodes/explain.h"

#include <sstream>

#include "nodes/api/explain.h"
#include "tests/doubles/scenario_table.h"
#include "tests/nodes/node_fixture.h"

namespace liaison {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;


TimeMs day_ms(const std::string& day) { return static_cast<TimeMs>(parse_date(day).value_or(0)) * kDayMs; }

// The log that the file describes: each policy, and the roster that puts it in force.
class Told {
 public:
  void policy(const std::string& day, const std::string& rules) {
    const bool first = file_.empty();
    file_ = TinyExchange::policy_text(first ? 1 : roster_.version + 1, first ? std::nullopt : std::optional(sha256(view_of(file_))), rules);
    const Hash hash = sha256(view_of(file_));
    if (first) {
      tiny_.roster.policy_sha256 = hash;
      roster_ = tiny_.roster;
      pinned_.push_back(*trust_first_roster(tiny_.note()));
      mandates_ = std::make_unique<Mandates>(pinned_);
    } else {
      roster_ = TinyExchange::next_roster(roster_, [&](Roster& roster) { roster.policy_sha256 = hash; });
    }
    add(LeafClass::kPolicy, file_, day);
    add(LeafClass::kRoster, tiny_.signed_note(roster_), day);
  }
  const Mandates& mandates() const { return *mandates_; }

 private:
  void add(LeafClass kind, const std::string& text, const std::string& day) {
    const auto added = mandates_->add({index_++, kind, text, day_ms(day)});
    EXPECT_TRUE(added) << added.error().what;
  }
  TinyExchange tiny_;
  std::string file_;
  Roster roster_;
  std::vector<TrustedRoster> pinned_;
  std::unique_ptr<Mandates> mandates_;
  std::uint64_t index_ = 0;
};

struct Table {
  Told told;
  std::vector<ScenarioRow> rows;
};

std::unique_ptr<Table> table() {
  auto out = std::make_unique<Table>();
  std::string day, rules;
  const auto close = [&] {
    if (!day.empty()) out->told.policy(day, rules);
    day.clear();
    rules.clear();
  };
  for (const ScenarioRow& row : scenario_rows("explain.txt", 1, 7)) {
    const std::string& first = row.cells[0];
    if (first.starts_with("rule ")) {
      rules += first.substr(5) + "\n";
    } else if (first.starts_with("policy ")) {
      close();
      day = row.cells[1];
    } else {
      close();
      out->rows.push_back(row);
    }
  }
  return out;
}

SeenBy seen_of(const std::vector<std::string>& cells) {
  SeenBy seen{id_of(cells[5]), id_of(cells[2]), cells[1], cells[3], {}};
  std::istringstream to(cells[4]);
  for (std::string member; to >> member;) seen.recipients.push_back(id_of(member));
  return seen;
}

TEST(Explain, TheTableHoldsRowByRow) {
  const auto all = table();
  ASSERT_THAT(all->rows, SizeIs(testing::Ge(15U)));
  for (const auto& [line, cells] : all->rows) {
    ASSERT_FALSE(cells[6].empty()) << "line " << line;
    const SeenBy seen = seen_of(cells);
    const PolicyWord word = policy_word(all->told.mandates().at_time(day_ms(cells[0]) + kDayMs - 1), seen);
    std::string outcome(word_of(word.reason));
    if (!word.rule.empty()) outcome += " " + word.rule;
    if (word.to_reader_alone) outcome += " alone";
    EXPECT_EQ(outcome, cells[6]) << "line " << line;
    EXPECT_THAT(policy_sentence(word, seen), Not(IsEmpty()));
  }
}

TEST(Explain, ASentenceNamesPolicyRuleAndParagraph) {
  const auto all = table();
  const Mandates& mandates = all->told.mandates();
  const SeenBy seen{id_of("1267"), id_of("1540"), "visit.plan", "named", {id_of("1267")}};
  EXPECT_EQ(policy_sentence(policy_word(mandates.at_time(day_ms("2026-08-02")), seen), seen),
            "policy 1 (roster 1) lets 1540 send visit.plan marked named to 1267: rule plans, S/RES/1977 (2011) 19: visits are told");
  EXPECT_EQ(policy_sentence(policy_word(mandates.newest(), seen), seen),
            "policy 2 (roster 2) does not let 1540 send visit.plan marked named to 1267: no rule allows it");
  EXPECT_EQ(policy_sentence(policy_word(nullptr, seen), seen), "no policy was in force, so that nothing could be sent");
  const auto words = policy_words(mandates, seen);
  ASSERT_THAT(words, SizeIs(2));
  EXPECT_TRUE(words[0].may_see());
  EXPECT_FALSE(words[1].may_see());
}

class Explained : public ThreeNodes {
 protected:
  json ask(const std::string& at, std::map<std::string, std::string> query) {
    const auto found = explained(node(at), query, now_of(stations.at(at)));
    EXPECT_TRUE(found) << found.error().what;
    return found ? *found : json::object();
  }
  Error wrong(std::map<std::string, std::string> query) {
    const auto found = explained(node(), query, now_of(stations.at("1540")));
    EXPECT_FALSE(found);
    return found ? Error{} : found.error();
  }
  std::string said(const json& found) { return found["items"][0]["sentences"].dump(); }
};

TEST_F(Explained, ARecipientThatHasOpenedItByItsReceiptAndOneThatWasNotAddressed) {
  const std::string record = plan("1540", {{"marking", "named"}, {"to", {"1267"}}});
  pass(kSecond);
  const json told = ask("1540", {{"id", record}, {"for", "1267"}});
  EXPECT_EQ(told["answer"], "could");
  EXPECT_EQ(told["items"][0]["reason"], "opened");
  EXPECT_THAT(said(told), HasSubstr("policy 1 (roster 1) lets 1540 send visit.plan marked named to 1267: rule all, a basis"));
  EXPECT_THAT(said(told), AllOf(HasSubstr("to 1267, entry"), HasSubstr("as its receipt of")));
  const json not_told = ask("1540", {{"id", record}, {"for", "1373"}});
  EXPECT_EQ(not_told["answer"], "could_not");
  EXPECT_EQ(not_told["items"][0]["reason"], "not_addressed");
  EXPECT_THAT(said(not_told), HasSubstr("the policy would have allowed it (rule all, a basis): its sender chose the audience"));
  EXPECT_EQ(ask("1267", {{"id", record}, {"for", "1267"}})["items"][0]["reason"], "opened");
  // What it was not told of it does not know, whether or not there is such a record.
  const json elsewhere = ask("1373", {{"id", record}, {"for", "1267"}});
  EXPECT_EQ(elsewhere["answer"], "cannot_know");
  EXPECT_THAT(elsewhere["sentence"].get<std::string>(), HasSubstr("the node of 1540 can say"));
  json other = ask("1373", {{"id", "1540-V-2026-0099"}, {"for", "1267"}});
  EXPECT_EQ(other["reason"], elsewhere["reason"]) << "nothing tells one from the other";
  EXPECT_EQ(ask("1540", {{"id", "1540-V-2026-0099"}, {"for", "1267"}})["reason"], "no_record");
  EXPECT_EQ(ask("1373", {{"id", hex(sent("1540")[0].message_id)}, {"for", "1267"}})["answer"], "cannot_know");
}

TEST_F(Explained, ByItsIdAMessageIsExplainedAsOfADay) {
  const std::string record = plan("1540");
  pass(kSecond);
  const std::string id = hex(sent("1540")[0].message_id);
  EXPECT_EQ(ask("1540", {{"id", id.substr(0, 12)}, {"for", "1373"}})["reason"], "opened");
  EXPECT_EQ(ask("1540", {{"id", id}, {"for", "1373"}, {"on", "2026-01-01"}})["reason"], "before");
  EXPECT_EQ(ask("1540", {{"id", id}, {"for", "1540"}})["reason"], "own");
  EXPECT_EQ(ask("1540", {{"id", id}, {"for", "2001"}})["reason"], "not_member");
  const json third = ask("1267", {{"id", id}, {"for", "1373"}});
  EXPECT_EQ(third["reason"], "addressed");
  EXPECT_THAT(third["sentence"].get<std::string>(), HasSubstr("only its sender 1540 can know"));
  EXPECT_THAT(wrong({{"id", id}, {"for", "1373"}, {"on", "2099-01-01"}}).what, HasSubstr("is still to come"));
  EXPECT_THAT(wrong({{"id", id}}).what, HasSubstr("for: is missing"));
  EXPECT_THAT(wrong({{"id", id}, {"for", "1373"}, {"kind", "visit.plan"}}).what, HasSubstr("stands beside id"));
  EXPECT_THAT(wrong({{"id", id}, {"for", "1373"}, {"on", "30 February"}}).what, HasSubstr("is not a day or time"));
}

TEST_F(Explained, AReceiptThatIsMissingIsSaidAndAMessageThatWaitsHereToo) {
  stations.at("1373").link.reset();
  Station away = std::move(stations.at("1373"));
  stations.erase("1373");
  const std::string record = plan("1540");
  EXPECT_EQ(ask("1540", {{"id", record}, {"for", "1373"}})["items"][0]["reason"], "queued");
  pass(kSecond);
  const json waiting = ask("1540", {{"id", record}, {"for", "1373"}});
  EXPECT_EQ(waiting["items"][0]["reason"], "waiting");
  EXPECT_THAT(said(waiting), HasSubstr("1373 is a recipient, and has not confirmed that it received it"));
}

TEST_F(Explained, ARecalledRecordWasSeenUntilItsRecall) {
  change_roster([](Roster&) {}, "allow all publish * visit.plan <=named to * under \"a basis\"\n"
                                "allow recalls publish * visit.recall <=named to * under \"a basis\"\n");
  run();
  const std::string record = plan("1540");
  pass(kSecond);
  const std::string between = rfc3339_millis(clock.now().wall_ms);
  pass(kDayMs, kDayMs);
  Station& own = stations.at("1540");
  {
    Attempt attempt = *Attempt::begin(node());
    const Draft draft = *node().visits().recall(record, {{"reason", "wrong State"}});
    ASSERT_TRUE(node().submit(draft, "recall", Outbox::Signing::kNow, now_of(own)));
    ASSERT_TRUE(attempt.keep());
  }
  pass(kSecond);
  for (const char* at : {"1540", "1267"}) {
    const json now = ask(at, {{"id", hex(sent("1540")[0].message_id)}, {"for", "1267"}});
    EXPECT_EQ(now["reason"], "recalled") << at;
    EXPECT_THAT(now["sentence"].get<std::string>(), HasSubstr("1267 was a recipient until 1540 recalled the record")) << at;
  }
  EXPECT_EQ(ask("1540", {{"id", hex(sent("1540")[0].message_id)}, {"for", "1267"}, {"on", between}})["reason"], "opened");
  const json whole = ask("1540", {{"id", record}, {"for", "1267"}});
  EXPECT_THAT(whole["sentence"].get<std::string>(), HasSubstr("it was recalled on"));
}

TEST_F(Explained, AfterANewPolicyBothAreSaid) {
  const std::string record = plan("1540");
  pass(kSecond);
  const std::string before = rfc3339(clock.now().wall_ms);
  clock.advance(kDayMs);
  change_roster([](Roster&) {}, "allow only publish 1540 visit.plan <=named to 1373 under \"another basis\"\n");
  pass(kSecond);
  const json told = ask("1540", {{"id", record}, {"for", "1267"}});
  EXPECT_EQ(told["answer"], "could") << "the policy at its place in the log counts";
  EXPECT_EQ(told["items"][0]["policy"]["policy"], 1);
  EXPECT_EQ(told["items"][0]["today"]["may_see"], false);
  EXPECT_THAT(said(told), HasSubstr("today, policy 2 (roster 2) does not let 1540 send visit.plan marked committees to 1267 and 1373: no rule allows it"));
  const std::map<std::string, std::string> could{{"kind", "visit.plan"}, {"from", "1540"}, {"to", "1267"}, {"marking", "named"}, {"for", "1267"}};
  EXPECT_EQ(ask("1540", could)["answer"], "could_not");
  auto then = could;
  then["on"] = before;
  const json was = ask("1540", then);
  EXPECT_EQ(was["answer"], "could");
  EXPECT_EQ(was["today"]["may_see"], false);
  ASSERT_THAT(was["over_time"], SizeIs(2));
  EXPECT_EQ(was["over_time"][1]["rule"], "default");
  then["on"] = "2020-01-01";
  EXPECT_EQ(ask("1540", then)["reason"], "no_policy");
  EXPECT_THAT(wrong({{"kind", "visit.plant"}, {"for", "1267"}}).hint, HasSubstr("did you mean visit.plan?"));
}

}  // namespace
}  // namespace liaison
