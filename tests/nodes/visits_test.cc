// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/visits.h"

#include "nodes/domain/visit_json.h"
#include "tests/nodes/visits_fixture.h"

namespace liaison {
namespace {

using nlohmann::json;
using Origin = Visits::Origin;

std::string trouble(const Result<Draft>& draft) {
  if (draft) return "ok";
  return std::string(code_name(draft.error().code)) + " " + draft.error().what + " | " + draft.error().hint;
}

TEST(Visits, APlanIsShownAlikeAtEveryCommittee) {
  VisitsExchange exchange;
  const auto id = exchange.plan("1540", with(trip({"Kyrgyzstan"}, "2027-03-08", "2027-03-12"), {{"title", "First visit"}}));
  EXPECT_EQ(id, "1540-V-2026-0001");
  const auto own = *exchange.at("1540").show(id);
  auto other = *exchange.at("1373").show(id);
  EXPECT_EQ(own["delivery"], "accepted");
  EXPECT_EQ(other["delivery"], "received");
  EXPECT_EQ(own["status"], "invited");
  EXPECT_EQ(own["states"][0], (json{{"alpha3", "KGZ"}, {"name", "Kyrgyzstan"}}));
  EXPECT_EQ(own["first_day"], "2027-03-08");
  EXPECT_EQ(own["last_day"], "2027-03-12");
  EXPECT_EQ(own["contact"], "1540 visits desk");
  EXPECT_EQ(own["recipients"], (json{"1267", "1373"}));
  EXPECT_EQ(own["index"], 2);
  other["delivery"] = "accepted";
  EXPECT_EQ(own, other);
}

TEST(Visits, AQueuedPlanHasNoIndexUntilTheLogHasIt) {
  VisitsExchange exchange;
  const auto draft = *exchange.at("1373").plan(trip({"KGZ"}, "2027-03-08"), Origin::kOfficer, kVisitsNow);
  const auto queued = exchange.queue("1373", draft);
  auto shown = *exchange.at("1373").show(draft.record_id);
  EXPECT_EQ(shown["delivery"], "queued");
  EXPECT_TRUE(shown["index"].is_null());
  EXPECT_TRUE(shown["accepted_at"].is_null());
  exchange.accept(queued);
  shown = *exchange.at("1373").show(draft.record_id);
  EXPECT_EQ(shown["delivery"], "accepted");
  EXPECT_EQ(shown["index"], 2);
}

TEST(Visits, NumbersCountUpAndNothingIsStoredByADraft) {
  VisitsExchange exchange;
  for (int i = 0; i < 2; ++i) EXPECT_EQ(exchange.at("1373").plan(trip({"KGZ"}, "2027-03-08"), Origin::kOfficer, kVisitsNow)->record_id, "1373-V-2026-0001");
  for (int i = 1; i <= 11; ++i) exchange.plan("1373", trip({"KGZ"}, "20" + std::to_string(30 + i) + "-03-08"));
  EXPECT_EQ(exchange.at("1373").plan(trip({"KGZ"}, "2060-03-08"), Origin::kOfficer, kVisitsNow)->record_id, "1373-V-2026-0012");
  const TimeMs next_year = kVisitsNow + TimeMs{60} * 86'400'000;
  EXPECT_EQ(exchange.at("1373").plan(trip({"KGZ"}, "2060-03-08"), Origin::kOfficer, next_year)->record_id, "1373-V-2027-0001");
}

TEST(Visits, AnOverlapIsFoundAtAllAndEndsWithItsCause) {
  VisitsExchange exchange;
  const auto a = exchange.plan("1373", trip({"KGZ"}, "2027-03-08", "2027-03-12"));
  const auto draft = *exchange.at("1540").plan(trip({"KGZ"}, "2027-03-10", "2027-03-14"), Origin::kOfficer, kVisitsNow);
  ASSERT_EQ(draft.warnings.size(), 1U);
  EXPECT_NE(draft.warnings[0].find("1373 and 1540 are both in Kyrgyzstan"), std::string::npos);
  exchange.publish("1540", draft);
  for (const auto* id : {"1267", "1373", "1540"}) {
    const auto found = exchange.findings(id);
    ASSERT_EQ(found.size(), 1U) << id;
    EXPECT_EQ(found[0]["kind"], "overlap");
    EXPECT_EQ(found[0]["days"], (json{"2027-03-10", "2027-03-12"}));
    EXPECT_EQ(found[0]["contacts"].size(), 2U);
    EXPECT_EQ(found[0], exchange.findings("1540")[0]);
  }
  EXPECT_EQ(exchange.events("1373")[0]["event"], "visit.changed");
  EXPECT_EQ(exchange.events("1373")[1]["event"], "finding.new");
  EXPECT_EQ((*exchange.at("1373").show(a))["findings"].size(), 1U);

  exchange.change("1540", draft.record_id, {{"components", {{{"start", "2027-04-10"}, {"end", "2027-04-14"}}}}});
  EXPECT_EQ(exchange.findings("1267", "overlap").size(), 0U);
  EXPECT_EQ(exchange.findings("1267", "adjacency").size(), 1U);
  EXPECT_EQ(exchange.events("1267").size(), 3U) << "the change, the end of one finding and another one";

  exchange.change("1373", a, {{"status", "cancelled"}});
  EXPECT_EQ(exchange.findings("1267").size(), 0U);
  EXPECT_EQ(exchange.events("1267")[1]["event"], "finding.ended");
}

TEST(Visits, WhoWatchesIsToldOfEveryChangeInASentenceAndOnlyOnce) {
  VisitsExchange exchange;
  const auto a = exchange.plan("1373", with(trip({"KGZ", "TJK"}, "2027-03-08"), {{"title", "Follow-up"}, {"unverified", true}, {"source", "a page"}}));
  EXPECT_EQ(exchange.events("1267")[0],
            (json{{"event", "visit.changed"}, {"id", a}, {"revision", 1}, {"lead", "1373"}, {"by", "1373"},
                  {"sentence", "1373 plans " + a + ": Kyrgyzstan and Tajikistan, 2027-03-08, not verified: Follow-up"}}));
  EXPECT_TRUE(exchange.events("1373").empty()) << "its sender was told when it was queued";
  EXPECT_EQ(exchange.last_events()[0], exchange.events("1267")[0]);
  exchange.change("1373", a, {{"unverified", false}});
  EXPECT_EQ(exchange.events("1540")[0]["sentence"], "1373 changes " + a + " (revision 2): Kyrgyzstan and Tajikistan, 2027-03-08: Follow-up");
  exchange.answer("1267", a, {{"answer", "comments"}, {"text", "read"}});
  EXPECT_EQ(exchange.events("1373")[0]["sentence"], "1267 answers " + a + " (comments): Kyrgyzstan and Tajikistan, 2027-03-08: Follow-up");
  EXPECT_EQ(exchange.events("1540")[0]["by"], "1267");
}

TEST(Visits, AChangeThatMovesNoDaysKeepsTheTimeOfTheFinding) {
  VisitsExchange exchange;
  const auto a = exchange.plan("1373", trip({"KGZ"}, "2027-03-08"));
  exchange.plan("1540", trip({"KGZ"}, "2027-03-08"));
  const auto since = exchange.findings("1267")[0]["since"];
  exchange.change("1373", a, {{"title", "Another title"}});
  EXPECT_EQ(exchange.findings("1267")[0]["since"], since);
  exchange.change("1373", a, {{"components", {{{"start", "2027-03-07"}, {"end", "2027-03-08"}}}}});
  EXPECT_NE(exchange.findings("1267")[0]["since"], since);
}

TEST(Visits, AFoldAnewGivesEqualTablesWhateverWasQueuedFirst) {
  VisitsExchange exchange;
  const auto a = exchange.plan("1373", trip({"KGZ", "TJK"}, "2027-03-08", "2027-03-12"));
  const auto waiting = exchange.queue("1540", *exchange.at("1540").plan(trip({"KGZ"}, "2027-03-10"), Origin::kOfficer, kVisitsNow));
  const auto comment = exchange.queue("1540", *exchange.at("1540").answer(a, {{"answer", "joins"}, {"body", "GoE"}}, Origin::kOfficer, kVisitsNow));
  exchange.plan("1267", trip({"KGZ"}, "2027-03-01"));
  exchange.answer("1267", a, {{"answer", "advises"}});
  exchange.change("1373", a, {{"note", "moved on"}});
  exchange.accept(waiting);
  exchange.change("1540", "1540-V-2026-0001", {{"components", {{{"start", "2027-03-20"}}}}});
  exchange.accept(comment);
  exchange.answer("1267", a, {{"answer", "declines"}});
  exchange.change("1373", a, {{"status", "approved_by_committee"}});
  for (const auto* id : {"1267", "1373", "1540"}) {
    const auto before = exchange.tables(id);
    EXPECT_GT(before.size(), 2000U);
    exchange.rebuild(id);
    EXPECT_EQ(exchange.tables(id), before) << id;
  }
}

TEST(Visits, TheSameMessageTwiceChangesNothing) {
  VisitsExchange exchange;
  exchange.plan("1373", trip({"KGZ"}, "2027-03-08"));
  const auto queued = exchange.queue("1540", *exchange.at("1540").plan(trip({"KGZ"}, "2027-03-10"), Origin::kOfficer, kVisitsNow));
  exchange.accept(queued);
  const auto before = exchange.tables("1267");
  auto again = queued;
  again.index = 3;
  again.time_ms = kVisitsNow + 2000;
  const auto events = exchange.at("1267").apply(again);
  ASSERT_TRUE(events);
  EXPECT_TRUE(events->empty());
  EXPECT_EQ(exchange.tables("1267"), before);
}

TEST(Visits, ARefusedPlanIsTakenBackWithWhatWasQueuedOnIt) {
  VisitsExchange exchange;
  const auto a = exchange.plan("1373", trip({"KGZ"}, "2027-03-08"));
  exchange.plan("1540", trip({"KGZ"}, "2027-03-08"));
  const auto before = exchange.tables("1373");
  const auto moved = exchange.queue("1373", *exchange.at("1373").change(a, 1, {{"components", {{{"start", "2028-03-08"}}}}}, kVisitsNow));
  const auto after = exchange.queue("1373", *exchange.at("1373").change(a, 2, {{"status", "cancelled"}}, kVisitsNow));
  const auto fresh = exchange.queue("1373", *exchange.at("1373").plan(trip({"KGZ"}, "2027-03-09"), Origin::kOfficer, kVisitsNow));
  EXPECT_NE(exchange.tables("1373"), before);
  ASSERT_TRUE(exchange.at("1373").refused(moved.message_id, Code::kPolicy));
  ASSERT_TRUE(exchange.at("1373").refused(fresh.message_id, Code::kPolicy));
  EXPECT_EQ(exchange.tables("1373"), before);
  auto late = after;
  late.index = 9;
  const auto verdict = exchange.at("1373").apply(late);
  ASSERT_FALSE(verdict);
  EXPECT_EQ(verdict.error().code, Code::kBody);
  ASSERT_TRUE(exchange.at("1373").refused(after.message_id, Code::kPolicy));  // unknown by now
}

TEST(Visits, ARefusedAnswerIsTakenBack) {
  VisitsExchange exchange;
  const auto a = exchange.plan("1373", trip({"KGZ"}, "2027-03-08"));
  const auto before = exchange.tables("1540");
  const auto queued = exchange.queue("1540", *exchange.at("1540").answer(a, {{"answer", "joins"}}, Origin::kOfficer, kVisitsNow));
  EXPECT_EQ(exchange.findings("1540", "participation").size(), 1U);
  ASSERT_TRUE(exchange.at("1540").refused(queued.message_id, Code::kPolicy));
  EXPECT_EQ(exchange.tables("1540"), before);
}

TEST(Visits, ARenamedMessageIsFoundUnderItsNewId) {
  VisitsExchange exchange;
  const auto draft = *exchange.at("1373").plan(trip({"KGZ"}, "2027-03-08"), Origin::kOfficer, kVisitsNow);
  auto queued = exchange.queue("1373", draft);
  MessageId now{};
  now.fill(7);
  ASSERT_TRUE(exchange.at("1373").renamed(queued.message_id, now));
  ASSERT_TRUE(exchange.at("1373").renamed(MessageId{}, queued.message_id));
  queued.message_id = now;
  exchange.accept(queued);
  const auto shown = *exchange.at("1373").show(draft.record_id);
  EXPECT_EQ(shown["message_id"], hex(now));
  EXPECT_EQ(shown["index"], 2);
  EXPECT_EQ((*exchange.at("1373").list({}))["items"].size(), 1U);
}

TEST(Visits, ABodyThatDoesNotFitItsRecordIsAVerdict) {
  VisitsExchange exchange;
  const auto a = exchange.plan("1373", trip({"KGZ"}, "2027-03-08"));
  exchange.change("1373", a, {{"title", "Two"}});
  const auto plan_of = [&](std::uint32_t revision, std::string_view lead) {
    VisitPlan plan;
    plan.lead = member(lead);
    plan.record_id = std::string(lead) + "-V-2026-0001";
    plan.revision = revision;
    if (revision > 1) plan.previous_revision.fill(1);
    plan.states = {{"KGZ", ""}};
    plan.components = {{ComponentMode::on_site, "2027-03-08", "2027-03-08", DatePrecision::day, {}}};
    return plan;
  };
  const auto verdict = [&](std::string_view sender, std::string kind, Bytes body) {
    Draft draft;
    draft.kind = std::move(kind);
    draft.body = std::move(body);
    const auto before = exchange.tables("1540");
    const auto result = exchange.at("1540").apply(exchange.effect(sender, draft));
    EXPECT_EQ(exchange.tables("1540"), before);
    return result ? std::string("ok") : std::string(code_name(result.error().code)) + " " + result.error().what;
  };
  EXPECT_EQ(verdict("1373", "visit.plan", {1, 2, 3}), "E_BODY the body is no visit plan");
  EXPECT_EQ(verdict("1267", "visit.plan", encode_visit_plan(plan_of(1, "1373"))), "E_BODY 1373-V-2026-0001 is led by 1373 and was sent by 1267");
  EXPECT_EQ(verdict("1373", "visit.plan", encode_visit_plan(plan_of(1, "1373"))), "E_BODY revision 1 of 1373-V-2026-0001 does not follow revision 2");
  EXPECT_EQ(verdict("1373", "visit.plan", encode_visit_plan(plan_of(3, "1373"))), "E_BODY revision 3 of 1373-V-2026-0001 names another revision before it");
  EXPECT_EQ(verdict("1267", "visit.plan", encode_visit_plan(plan_of(2, "1267"))), "E_BODY revision 2 of 1267-V-2026-0001 came without the ones before it");
  VisitAnswer answer;
  answer.record_id = "1373-V-2026-0009";
  answer.revision = 1;
  EXPECT_EQ(verdict("1267", "visit.answer", encode_visit_answer(answer)), "E_BODY an answer to 1373-V-2026-0009, which is not known here");
  answer.record_id = a;
  EXPECT_EQ(verdict("1373", "visit.answer", encode_visit_answer(answer)), "E_BODY 1373 answers its own record 1373-V-2026-0001");
  EXPECT_EQ(verdict("1267", "visit.answer", encode_visit_answer(answer)), "E_BODY an answer to a text of 1373-V-2026-0001 that is not the one known here");
  EXPECT_TRUE(verdict("1373", "visit.party", {}).starts_with("E_BODY the kind visit.party"));
  Draft huge;
  huge.kind = "visit.plan";
  huge.body = encode_visit_plan(plan_of(1, "1373"));
  auto effect = exchange.effect("1373", huge);
  effect.index = ~std::uint64_t{0};
  EXPECT_FALSE(exchange.at("1540").apply(effect));
}

TEST(Visits, NothingRestsOnWhatTheLogHoldsLater) {
  VisitsExchange exchange;
  const auto a = exchange.plan("1373", trip({"KGZ"}, "2027-03-08"));   // entry 2
  const auto next = exchange.effect("1373", *exchange.at("1373").change(a, 1, {{"title", "Two"}}, kVisitsNow));
  const auto answer = exchange.effect("1267", *exchange.at("1267").answer(a, {{"answer", "joins"}}, Origin::kOfficer, kVisitsNow));
  const auto before = exchange.tables("1540");
  for (auto early : {next, answer}) {
    early.index = 1;
    const auto verdict = exchange.at("1540").apply(early);
    ASSERT_FALSE(verdict);
    EXPECT_EQ(verdict.error().code, Code::kBody);
    EXPECT_EQ(exchange.tables("1540"), before) << "a fold in log order could not know it either";
  }
}

TEST(Visits, ADamagedStoredBodyIsTheStoresFaultAndNoVerdict) {
  VisitsExchange exchange;
  const auto a = exchange.plan("1373", trip({"KGZ"}, "2027-03-08"));
  const auto draft = *exchange.at("1540").plan(trip({"KGZ"}, "2027-03-08"), Origin::kOfficer, kVisitsNow);
  ASSERT_TRUE(exchange.database("1267").execute("UPDATE visit_revisions SET body = zeroblob(40)"));
  const auto result = exchange.at("1267").apply(exchange.effect("1540", draft));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::kStore);
  EXPECT_EQ(exchange.at("1267").show(a).error().code, Code::kStore);
}

TEST(Visits, OnlyTheOwnerChangesARecord) {
  VisitsExchange exchange;
  const auto a = exchange.plan("1373", trip({"KGZ"}, "2027-03-08"));
  EXPECT_EQ(trouble(exchange.at("1540").change(a, 1, {{"title", "Mine"}}, kVisitsNow)),
            "E_NOT_OWNER 1373-V-2026-0001 belongs to 1373; 1540 cannot change it | answer it instead: liaison visit answer 1373-V-2026-0001");
}

TEST(Visits, AStaleChangeIsRefusedWithBothVersions) {
  VisitsExchange exchange;
  const auto a = exchange.plan("1373", with(trip({"KGZ"}, "2027-03-08"), {{"title", "One"}}));
  exchange.change("1373", a, {{"title", "Two"}});
  const auto text = trouble(exchange.at("1373").change(a, 1, {{"title", "Three"}}, kVisitsNow));
  EXPECT_TRUE(text.starts_with("E_REVISION the change was made on revision 1 (proposed, 2027-03-08, \"One\"); 1373-V-2026-0001 now stands at "
                               "revision 2 (proposed, 2027-03-08, \"Two\"): title was \"One\" and is \"Two\", yours says \"Three\" | "))
      << text;
}

// Two versions that look alike at a glance are told apart all the same.
TEST(Visits, AStaleChangeSaysWhatDiffersWhereTheTitleDoesNot) {
  VisitsExchange exchange;
  const auto a = exchange.plan("1373", with(trip({"KGZ"}, "2027-03-08"), {{"title", "One"}}));
  exchange.change("1373", a, {{"note", "by train"}, {"aims", {"assistance_needs"}}});
  const auto text = trouble(exchange.at("1373").change(a, 1, {{"note", "by air"}, {"contact", "1373 front desk"}}, kVisitsNow));
  EXPECT_NE(text.find("contact is \"1373 visits desk\", yours says \"1373 front desk\"; note was empty and is \"by train\", yours says \"by air\"; "
                      "aims was empty and is assistance_needs"),
            std::string::npos)
      << text;
}

TEST(Visits, AStaleChangeOfDaysTellsThemAsDays) {
  VisitsExchange exchange;
  const auto a = exchange.plan("1373", with(trip({"KGZ"}, "2027-03-08", "2027-03-12"), {{"title", "One"}}));
  const auto days = [](const char* first, const char* last) { return json{{"components", {{{"start", first}, {"end", last}}}}}; };
  exchange.change("1373", a, days("2027-04-05", "2027-04-09"));
  const auto text = trouble(exchange.at("1373").change(a, 1, days("2027-05-03", "2027-05-03"), kVisitsNow));
  EXPECT_NE(text.find("days was 2027-03-08 to 2027-03-12 and is 2027-04-05 to 2027-04-09, yours says 2027-05-03"), std::string::npos) << text;
  json there = days("2027-04-05", "2027-04-09");
  there["components"][0]["places"] = {"Osh"};
  exchange.change("1373", a, there);
  const auto place = trouble(exchange.at("1373").change(a, 2, days("", ""), kVisitsNow));
  EXPECT_NE(place.find("days was 2027-04-05 to 2027-04-09 and is 2027-04-05 to 2027-04-09 at Osh, yours says days not known"), std::string::npos) << place;
}

TEST(Visits, AChangeWithoutADifferenceIsRefused) {
  VisitsExchange exchange;
  const auto a = exchange.plan("1373", trip({"KGZ"}, "2027-03-08"));
  EXPECT_TRUE(trouble(exchange.at("1373").change(a, 1, {{"states", {"KGZ"}}}, kVisitsNow)).starts_with("E_INPUT nothing in this changes"));
  EXPECT_TRUE(trouble(exchange.at("1373").change("1373-V-2026-0099", 1, {}, kVisitsNow)).starts_with("E_UNKNOWN "));
}

TEST(Visits, MarkingAndAudienceCannotDisagree) {
  VisitsExchange exchange;
  auto& node = exchange.at("1373");
  const auto plan = [&](const json& more) { return node.plan(with(trip({"KGZ"}, "2027-03-08"), more), Origin::kOfficer, kVisitsNow); };
  EXPECT_TRUE(trouble(plan({{"marking", "named"}})).starts_with("E_INPUT to: the marking named needs the members"));
  EXPECT_TRUE(trouble(plan({{"marking", "committees"}, {"to", {"1540"}}})).starts_with("E_INPUT to: the marking committees goes to every member"));
  EXPECT_TRUE(trouble(plan({{"marking", "committee_only"}})).starts_with("E_MARKING "));
  EXPECT_TRUE(trouble(plan({{"marking", "secret"}})).starts_with("E_INPUT marking: "));
  EXPECT_TRUE(trouble(plan({{"marking", "named"}, {"to", {"1999"}}})).starts_with("E_INPUT to: \"1999\" is not another member"));
  EXPECT_TRUE(trouble(plan({{"marking", "named"}, {"to", {"1373"}}})).starts_with("E_INPUT to: "));
  EXPECT_EQ(trouble(plan({{"marking", "committees"}, {"to", {"1540", "1267"}}})), "ok");
  EXPECT_EQ(plan({{"marking", "named"}, {"to", {"1540", "1540"}}})->recipients, std::vector{member("1540")});
}

TEST(Visits, TheAudienceIsFixedWhenARecordFirstLeaves) {
  VisitsExchange exchange;
  const auto a = exchange.plan("1373", with(trip({"KGZ"}, "2027-03-08"), {{"marking", "named"}, {"to", {"1540"}}}));
  EXPECT_FALSE(exchange.at("1267").show(a));
  auto& node = exchange.at("1373");
  EXPECT_TRUE(trouble(node.change(a, 1, {{"marking", "committees"}}, kVisitsNow)).starts_with("E_INPUT marking: "));
  EXPECT_TRUE(trouble(node.change(a, 1, {{"to", {"1267", "1540"}}, {"title", "x"}}, kVisitsNow)).starts_with("E_INPUT to: "));
  const auto next = node.change(a, 1, {{"to", {"1540"}}, {"title", "x"}}, kVisitsNow);
  ASSERT_TRUE(next);
  EXPECT_EQ(next->recipients, std::vector{member("1540")});
  EXPECT_EQ(next->marking, "named");
  const auto answer = exchange.at("1540").answer(a, {{"answer", "joins"}}, Origin::kOfficer, kVisitsNow);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->recipients, std::vector{member("1373")});
  EXPECT_EQ(answer->marking, "named");
  node.set_others({member("1267")});
  EXPECT_TRUE(trouble(node.change(a, 1, {{"title", "x"}}, kVisitsNow)).starts_with("E_INPUT to: none of the members"));
}

TEST(Visits, AParticipationSaysOfWhichDaysItWasGivenWhenTheVisitIsMoved) {
  VisitsExchange exchange;
  const auto a = exchange.plan("1540", trip({"KGZ"}, "2027-03-01", "2027-03-05"));
  exchange.answer("1373", a, {{"answer", "joins"}});
  exchange.answer("1267", a, {{"answer", "advises"}});
  exchange.change("1540", a, {{"title", "Another title"}});
  const auto sentence = [&] { return exchange.findings("1267", "participation").at(0)["sentence"].get<std::string>(); };
  EXPECT_EQ(sentence().find("said so"), std::string::npos) << sentence();
  exchange.change("1540", a, {{"components", {{{"start", "2027-10-04"}, {"end", "2027-10-08"}}}}});
  exchange.answer("1267", a, {{"answer", "advises"}});
  EXPECT_EQ(sentence(), "3 committees in one visit: 1540 leads to Kyrgyzstan, 1373 takes part and 1267 advises; 1373 said so of revision 1, "
                        "then 2027-03-01 to 2027-03-05 (" + a + ": 2027-10-04 to 2027-10-08)");
  const auto shown = *exchange.at("1267").show(a);
  EXPECT_EQ(shown["answers"][0]["said_of"], "revision 1, then 2027-03-01 to 2027-03-05");
  EXPECT_EQ(shown["answers"][2]["said_of"], "");
  const auto was = exchange.findings("1373");
  exchange.rebuild("1373");
  EXPECT_EQ(exchange.findings("1373"), was);
  exchange.answer("1373", a, {{"answer", "joins"}});
  EXPECT_EQ(sentence().find("said so"), std::string::npos) << sentence();
}

TEST(Visits, TheLastWordOfACommitteeDecidesItsPart) {
  VisitsExchange exchange;
  const auto a = exchange.plan("1373", trip({"KGZ"}, "2027-03-08"));
  exchange.answer("1267", a, {{"answer", "joins"}, {"body", "1267 Monitoring Team"}});
  exchange.answer("1540", a, {{"answer", "comments"}, {"text", "we were there last year"}});
  ASSERT_EQ(exchange.findings("1540", "participation").size(), 1U);
  EXPECT_EQ(exchange.findings("1540", "participation")[0]["committees"], (json{"1373", "1267"}));
  exchange.answer("1540", a, {{"answer", "advises"}});
  EXPECT_EQ(exchange.findings("1373", "participation")[0]["committees"], (json{"1373", "1267", "1540"}));
  exchange.answer("1267", a, {{"answer", "declines"}});
  EXPECT_EQ(exchange.findings("1373", "participation")[0]["committees"], (json{"1373", "1540"}));
  exchange.answer("1540", a, {{"answer", "declines"}});
  EXPECT_TRUE(exchange.findings("1373", "participation").empty());
  const auto shown = *exchange.at("1267").show(a);
  ASSERT_EQ(shown["answers"].size(), 5U);
  EXPECT_EQ(shown["answers"][0]["from"], "1267");
  EXPECT_EQ(shown["answers"][0]["delivery"], "accepted");
  EXPECT_EQ(shown["answers"][1]["text"], "we were there last year");
  EXPECT_EQ(shown["answers"][1]["delivery"], "received");
}

TEST(Visits, HistoryShowsEveryRevisionAndWhatItChanged) {
  VisitsExchange exchange;
  const auto a = exchange.plan("1373", with(trip({"KGZ"}, "2027-03-08"), {{"title", "One"}}));
  exchange.change("1373", a, {{"status", "approved_by_committee"}});
  exchange.change("1373", a, {{"status", "consent_requested"}, {"consent", {{"date", "2026-11-01"}}}});
  const auto history = *exchange.at("1540").history(a);
  ASSERT_EQ(history["items"].size(), 3U);
  EXPECT_TRUE(history["items"][0]["changed"].empty());
  EXPECT_EQ(history["items"][1]["changed"], (json{{"status", {{"from", "proposed"}, {"to", "approved_by_committee"}}}}));
  EXPECT_TRUE(history["items"][2]["changed"].contains("consent"));
  EXPECT_EQ(history["items"][2]["fields"]["consent"]["status"], "requested");
  EXPECT_EQ(history["items"][2]["index"], 4);
  EXPECT_EQ(exchange.at("1540").history("1540-V-2026-0007").error().code, Code::kUnknown);
}

TEST(Visits, TheListFiltersAndTurnsItsPages) {
  VisitsExchange exchange;
  exchange.plan("1373", with(trip({"KGZ"}, "2027-03-08", "2027-03-12"), {{"note", "with INTERPOL in Bishkek"}}));
  exchange.plan("1373", trip({"TJK", "UZB"}, "2027-05"));
  exchange.plan("1540", trip({"KGZ"}, "2028-01-10"));
  exchange.plan("1267", trip({"FRA"}, ""));
  const auto ids = [&](const std::map<std::string, std::string>& filters) {
    const auto page = exchange.at("1267").list(filters);
    if (!page) return page.error().what;
    std::string out;
    for (const auto& item : (*page)["items"]) out += (out.empty() ? "" : " ") + item["id"].get<std::string>();
    return out;
  };
  EXPECT_EQ(ids({}), "1540-V-2026-0001 1373-V-2026-0002 1373-V-2026-0001 1267-V-2026-0001");
  EXPECT_EQ(ids({{"state", "kyrgyzstan"}}), "1540-V-2026-0001 1373-V-2026-0001");
  EXPECT_EQ(ids({{"state", "UZB"}}), "1373-V-2026-0002");
  EXPECT_EQ(ids({{"committee", "1373"}}), "1373-V-2026-0002 1373-V-2026-0001");
  EXPECT_EQ(ids({{"status", "invited"}}), "1540-V-2026-0001");
  EXPECT_EQ(ids({{"from", "2027-03-12"}, {"to", "2027-05-01"}}), "1373-V-2026-0002 1373-V-2026-0001");
  EXPECT_EQ(ids({{"to", "2027-12-31"}}), "1373-V-2026-0002 1373-V-2026-0001");
  EXPECT_EQ(ids({{"text", "interpol"}}), "1373-V-2026-0001");
  EXPECT_EQ(ids({{"text", "Ouzbékistan"}}), "");
  EXPECT_TRUE(ids({{"state", "Kirgystan"}}).starts_with("state: no State"));
  EXPECT_TRUE(ids({{"colour", "red"}}).starts_with("colour: there is no such filter"));
  EXPECT_TRUE(ids({{"from", "soon"}}).starts_with("from: "));
  EXPECT_TRUE(ids({{"from", "2027-03-12"}, {"to", "2027-03-11"}}).starts_with("to: 2027-03-11 is before 2027-03-12"));
  EXPECT_TRUE(ids({{"status", "done"}}).starts_with("status: "));
  EXPECT_EQ(exchange.at("1267").list({{"status", "invted"}}).error().hint.substr(0, 22), "did you mean invited? ");
  EXPECT_TRUE(ids({{"limit", "0"}}).starts_with("limit: "));
  EXPECT_TRUE(ids({{"cursor", "x"}}).starts_with("cursor: "));
  std::string seen, cursor;
  for (int pages = 0; pages < 4; ++pages) {
    const auto page = *exchange.at("1267").list({{"limit", "1"}, {"cursor", cursor}});
    ASSERT_EQ(page["items"].size(), 1U);
    seen += page["items"][0]["id"].get<std::string>() + " ";
    if (page["next"].is_null()) break;
    cursor = page["next"];
  }
  EXPECT_EQ(seen, "1540-V-2026-0001 1373-V-2026-0002 1373-V-2026-0001 1267-V-2026-0001 ");
  // Pages of what a text is found in are as full as others.
  const auto kyrgyz = *exchange.at("1267").list({{"text", "kyrgyz"}, {"limit", "1"}});
  EXPECT_EQ(kyrgyz["items"][0]["id"], "1540-V-2026-0001");
  const auto rest = *exchange.at("1267").list({{"text", "kyrgyz"}, {"limit", "1"}, {"cursor", kyrgyz["next"].get<std::string>()}});
  EXPECT_EQ(rest["items"].size(), 1U);
  EXPECT_EQ(rest["items"][0]["id"], "1373-V-2026-0001");
  EXPECT_TRUE(rest["next"].is_null());
}

TEST(Visits, FindingsFilterAndTurnTheirPages) {
  VisitsExchange exchange;
  const auto a = exchange.plan("1373", trip({"KGZ", "TJK"}, "2027-03-08"));
  exchange.plan("1540", trip({"KGZ"}, "2027-03-08"));
  exchange.plan("1267", trip({"TJK"}, "2027-03-20"));
  const auto count = [&](const std::map<std::string, std::string>& filters) {
    const auto page = exchange.at("1540").conflicts(filters);
    return page ? static_cast<int>((*page)["items"].size()) : -1;
  };
  EXPECT_EQ(count({}), 3);
  EXPECT_EQ(count({{"kind", "chain"}}), 1);
  EXPECT_EQ(count({{"kind", "quarrel"}}), -1);
  EXPECT_EQ(count({{"state", "TJK"}}), 2);
  EXPECT_EQ(count({{"committee", "1267"}}), 1);
  EXPECT_EQ(count({{"visit", a}}), 3);
  EXPECT_EQ(count({{"since", "2026-11-23"}}), 3);
  EXPECT_EQ(count({{"since", "2026-11-24"}}), 0);
  const auto first = *exchange.at("1540").conflicts({{"limit", "2"}});
  EXPECT_EQ(first["items"].size(), 2U);
  EXPECT_EQ(count({{"limit", "2"}, {"cursor", first["next"].get<std::string>()}}), 1);
  EXPECT_EQ((*exchange.at("1540").counts())["findings"]["overlap"], 1);
  EXPECT_EQ((*exchange.at("1540").counts())["visits"], 3);
}

TEST(Visits, AHistoricalVisitIsImportedAsConductedAndAnsweredWithItsSource) {
  VisitsExchange exchange;
  auto fields = trip({"KGZ"}, "2016-02-24", "2016-02-26");
  EXPECT_TRUE(trouble(exchange.at("1373").plan(with(fields, {{"status", "conducted"}}), Origin::kOfficer, kVisitsNow)).starts_with("E_TRANSITION"));
  const auto a = exchange.plan("1373", with(fields, {{"source", "press release"}, {"unverified", true}}), Origin::kHistorical);
  const auto shown = *exchange.at("1540").show(a);
  EXPECT_EQ(shown["status"], "conducted");
  EXPECT_EQ(shown["consent"]["status"], "as_source_says");
  EXPECT_EQ(shown["unverified"], true);
  EXPECT_TRUE(trouble(exchange.at("1540").answer(a, {{"answer", "joins"}}, Origin::kOfficer, kVisitsNow)).starts_with("E_TRANSITION"));
  exchange.answer("1540", a, {{"answer", "joins"}, {"source", "press release"}});
  EXPECT_EQ(exchange.findings("1267", "participation").size(), 1U);
}

TEST(Visits, ATitleIsMadeWhenNoneIsGiven) {
  VisitsExchange exchange;
  const auto a = exchange.plan("1373", with(trip({"KGZ", "TJK"}, "2027-03-08"), {{"kind", "follow_up"}}));
  EXPECT_EQ((*exchange.at("1373").show(a))["title"], "follow up visit to Kyrgyzstan and Tajikistan");
}

TEST(Visits, DatesThatDoNotExistAreInputErrors) {
  VisitsExchange exchange;
  const auto plan = [&](const json& fields) { return trouble(exchange.at("1373").plan(fields, Origin::kOfficer, kVisitsNow)); };
  EXPECT_TRUE(plan(trip({"KGZ"}, "2027-02-30")).starts_with("E_INPUT components"));
  EXPECT_TRUE(plan(trip({"KGZ"}, "2027-03-12", "2027-03-08")).starts_with("E_INPUT components"));
  EXPECT_TRUE(plan({{"states", {"KGZ"}}}).starts_with("E_INPUT components: is missing"));
  EXPECT_TRUE(plan({{"components", {{{"start", "2027"}}}}}).starts_with("E_INPUT states: is missing"));
  const auto past = exchange.at("1373").plan(trip({"KGZ"}, "2020-03-12"), Origin::kOfficer, kVisitsNow);
  ASSERT_TRUE(past);
  EXPECT_EQ(past->warnings.size(), 1U);
}

// A visit of 1540 that may begin: kVisitsNow is 23 November 2026.
std::string scheduled(VisitsExchange& exchange, const std::string& start, const std::string& end) {
  const auto id = exchange.plan("1540", trip({"KGZ"}, start, end));
  exchange.change("1540", id, {{"status", "approved_by_committee"}});
  exchange.change("1540", id, {{"status", "scheduled"}, {"invitation", {{"date", "2026-11-02"}, {"reference", "note 7"}}}});
  return id;
}

TEST(Visits, AVisitIsNotUnderWayBeforeItsFirstDay) {
  VisitsExchange exchange;
  const auto later = scheduled(exchange, "2026-11-25", "2026-11-27");
  const auto refused = exchange.at("1540").change(later, 3, {{"status", "under_way"}}, kVisitsNow);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what, "status: a visit is not under way before its first day, and this one begins on 2026-11-25");
  EXPECT_EQ(refused.error().hint, "take the step when that day has come, or correct the days with --from and --to");
  const auto tomorrow = scheduled(exchange, "2026-11-24", "2026-11-27");   // today, in the east
  exchange.change("1540", tomorrow, {{"status", "under_way"}});
  // Nor do its days go into the future again.
  EXPECT_TRUE(trouble(exchange.at("1540").change(tomorrow, 4, trip({"KGZ"}, "2027-03-08"), kVisitsNow)).starts_with("E_TRANSITION status"));
  exchange.change("1540", tomorrow, {{"note", "by train"}});
  EXPECT_TRUE(trouble(exchange.at("1373").plan(trip({"KGZ"}, "2027-03-08"), Origin::kHistorical, kVisitsNow)).starts_with("E_TRANSITION status"));
}

TEST(Visits, WhatHasHappenedDoesNotLieInTheFuture) {
  VisitsExchange exchange;
  const auto trouble_of = [&](const json& fields) {
    const auto draft = exchange.at("1540").plan(with(trip({"KGZ"}, "2027-03-08"), fields), Origin::kOfficer, kVisitsNow);
    return draft ? std::string() : std::string(code_name(draft.error().code)) + " " + draft.error().what;
  };
  EXPECT_EQ(trouble_of({{"invitation", {{"date", "2026-11-25"}}}}),
            "E_INPUT invitation.date: 2026-11-25 is still to come, and this field says what has happened");
  EXPECT_TRUE(trouble_of({{"consent", {{"status", "granted"}, {"date", "2027-01-05"}}}}).starts_with("E_INPUT consent.date: 2027-01-05 is still to come"));
  EXPECT_TRUE(trouble_of({{"reports", {{{"kind", "draft"}, {"date", "2027-04-20"}}}}}).starts_with("E_INPUT reports[0].date: 2027-04-20"));
  EXPECT_EQ(trouble_of({{"invitation", {{"date", "2026-11-24"}}}}), "");
}

TEST(Visits, ALongVisitIsFoundByAnotherInItsMiddle) {
  VisitsExchange exchange;
  exchange.plan("1373", trip({"KGZ"}, "2027-01-01", "2027-12-31"));
  exchange.plan("1540", trip({"KGZ"}, "2027-07-01"));
  exchange.plan("1373", trip({"FRA"}, "2027-08-01"));
  EXPECT_EQ(exchange.findings("1267", "overlap").size(), 1U);
  EXPECT_EQ(exchange.findings("1267", "own_overlap").size(), 1U);
}

}  // namespace
}  // namespace liaison
