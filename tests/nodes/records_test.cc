// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/records.h"

#include <random>

#include "tests/nodes/records_fixture.h"

namespace liaison {
namespace {

using nlohmann::json;

json request(const std::string& state = "KGZ") {
  return {{"states", {state}},
          {"title", "Border posts of " + state},
          {"areas", {"border_control", "licensing"}},
          {"need", "Training of officers\nat two posts"},
          {"received_on", "2026-11-02"},
          {"came_by", "template"}};
}

constexpr const char* kRequest = "assistance.request";

TEST(Records, EveryCommitteeSeesARecordAsItsOwnerWroteIt) {
  RecordsExchange exchange;
  const auto id = exchange.create("1540", kRequest, request());
  EXPECT_EQ(id, "1540-R-2026-0001");
  for (const char* who : {"1267", "1373", "1540"}) {
    const auto shown = exchange.at(who).show(id, kVisitsToday);
    ASSERT_TRUE(shown) << who;
    EXPECT_EQ((*shown)["status"], "received");
    EXPECT_EQ((*shown)["areas"], (json{"border_control", "licensing"}));
    EXPECT_EQ((*shown)["states"][0]["name"], "Kyrgyzstan");
    EXPECT_EQ((*shown)["need"], "Training of officers\nat two posts");
    EXPECT_EQ((*shown)["owner"], "1540");
  }
}

TEST(Records, ARecordReadAsFieldsAndGivenBackIsTheSame) {
  RecordsExchange exchange;
  const auto id = exchange.create("1540", kRequest, request());
  json shown = *exchange.at("1540").show(id, kVisitsToday);
  json fields;
  for (const RecordField& field : record_head_fields()) fields[field.name] = shown[field.name];
  for (const RecordField& field : record_kind(kRequest)->fields) fields[field.name] = shown[field.name];
  EXPECT_TRUE(exchange.at("1540").check_same(id, fields));
  fields["need"] = "Something else";
  const auto differs = exchange.at("1540").check_same(id, fields);
  ASSERT_FALSE(differs);
  EXPECT_EQ(differs.error().code, Code::kRevision);
  EXPECT_NE(differs.error().what.find("need"), std::string::npos);
}

// kVisitsNow is 23 November 2026; on the 24th it is already the day in the east.
TEST(Records, WhatHasHappenedDoesNotLieInTheFuture) {
  RecordsExchange exchange;
  const auto made = [&](const std::string& received_on, Records::Origin origin) {
    json fields = request();
    fields["received_on"] = received_on;
    fields["source"] = "a letter";
    return exchange.at("1540").create(*record_kind(kRequest), fields, origin, kVisitsNow);
  };
  const auto refused = made("2026-11-25", Records::Origin::kOfficer);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kInput);
  EXPECT_EQ(refused.error().what, "received_on: 2026-11-25 is still to come, and this field says what has happened");
  EXPECT_EQ(refused.error().hint, "give a day up to today, 2026-11-23, or leave it out until it has happened");
  EXPECT_FALSE(made("2027", Records::Origin::kHistorical));
  for (const char* good : {"2026-11-24", "2026-11", "2026", "1999-05"}) EXPECT_TRUE(made(good, Records::Origin::kOfficer)) << good;
  EXPECT_TRUE(made("2011-05-31", Records::Origin::kHistorical));
}

TEST(Records, ADayInAPartOfAListDoesNotLieInTheFutureEither) {
  RecordsExchange exchange;
  const json event = {{"type", "workshop"}, {"begins", "2027-03-08"}, {"tasks", {{{"text", "Rooms"}, {"owner", "1540"}, {"done_on", "2027-01-05"}}}}};
  const auto refused = exchange.at("1540").create(*record_kind("event"), event, Records::Origin::kOfficer, kVisitsNow);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what.substr(0, 30), "tasks[0].done_on: 2027-01-05 i");
}

TEST(Records, WhatIsKnownByItsTaskOrItsPostIsCalledSo) {
  RecordsExchange exchange;
  const json duty = {{"type", "report"}, {"authority", "S/RES/1977 (2011)"}, {"what", "Annual report on implementation"}, {"obliged", "1540"},
                     {"due", "2027-01-31"}};
  const auto title = [&](const std::string& id) { return (*exchange.at("1540").show(id, kVisitsToday))["title"]; };
  const auto obligation = exchange.create("1540", "obligation", duty);
  EXPECT_EQ(title(obligation), "Annual report on implementation");
  exchange.publish("1540", *exchange.change("1540", obligation, {{"what", "Report on implementation"}}));
  EXPECT_EQ(title(obligation), "Report on implementation");
  exchange.publish("1540", *exchange.change("1540", obligation, {{"title", "The report"}}));
  exchange.publish("1540", *exchange.change("1540", obligation, {{"what", "Another report"}}));
  EXPECT_EQ(title(obligation), "The report");
}

TEST(Records, AMatchSaysThatItsRequestWasRecalledAndCanOnlyBeEnded) {
  RecordsExchange exchange;
  const auto wanted = exchange.create("1540", kRequest, request());
  const json offered = {{"provider", "EU"}, {"provider_type", "international_organization"}, {"areas", {"licensing"}}, {"text", "Training"}, {"source", "s"}};
  const auto offer = exchange.create("1540", "assistance.offer", offered, Records::Origin::kHistorical);
  const json fields = {{"request", wanted}, {"offer", offer}, {"reasons", {{{"reason", "area"}, {"text", "licensing"}}}}, {"proposed_on", "2026-11-10"}};
  const auto match = exchange.create("1540", "assistance.match", fields);
  EXPECT_EQ((*exchange.at("1540").show(match, kVisitsToday))["rests_on_recalled"], json::array());
  exchange.publish("1540", *exchange.at("1540").recall(wanted, {{"reason", "sent twice"}}));
  for (const char* who : {"1267", "1540"}) {
    const json shown = *exchange.at(who).show(match, kVisitsToday);
    ASSERT_EQ(shown["rests_on_recalled"].size(), 1U) << who;
    EXPECT_EQ(shown["rests_on_recalled"][0]["field"], "request");
    EXPECT_EQ(shown["rests_on_recalled"][0]["id"], wanted);
    EXPECT_EQ(shown["rests_on_recalled"][0]["sentence"], wanted + " was recalled by 1540 on 2026-11-23: sent twice");
    EXPECT_EQ(shown["next"], (json{"declined", "withdrawn"}));
    EXPECT_EQ((*exchange.at(who).list({{"kind", "assistance.match"}}))["items"][0]["rests_on_recalled"], shown["rests_on_recalled"]);
  }
  const json both = {{"status", "accepted_by_both"}, {"requester_accepted_on", "2026-11-11"}, {"provider_accepted_on", "2026-11-11"}};
  const auto step = exchange.change("1540", match, both);
  ASSERT_FALSE(step);
  EXPECT_EQ(step.error().code, Code::kTransition);
  EXPECT_EQ(step.error().what, "request: " + wanted + " was recalled by 1540 on 2026-11-23: sent twice; " + match + " rests on it and goes no further");
  EXPECT_EQ(step.error().hint, "end it: from proposed it may still become declined and withdrawn");
  EXPECT_TRUE(exchange.change("1540", match, {{"note", "the requester was told"}}));
  EXPECT_TRUE(exchange.change("1540", match, {{"status", "withdrawn"}, {"note", "its request was recalled"}}));
}

TEST(Records, OnlyTheOwnerChangesARecordAndTheOthersAnswerIt) {
  RecordsExchange exchange;
  const auto id = exchange.create("1540", kRequest, request());
  const auto changed = exchange.change("1373", id, {{"note", "x"}});
  ASSERT_FALSE(changed);
  EXPECT_EQ(changed.error().code, Code::kNotOwner);
  const auto answer = exchange.at("1373").answer(id, {{"answer", "supports"}});
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_EQ(answer->recipients, (std::vector<MemberId>{member("1267"), member("1540")}));
  exchange.publish("1373", *answer);
  EXPECT_EQ((*exchange.at("1267").show(id, kVisitsToday))["answers"][0]["answer"], "supports");
  const auto own = exchange.at("1540").answer(id, {{"answer", "supports"}});
  ASSERT_FALSE(own);
  EXPECT_EQ(own.error().code, Code::kInput);
}

TEST(Records, AStaleChangeIsRefusedWithBothRevisions) {
  RecordsExchange exchange;
  const auto id = exchange.create("1540", kRequest, request());
  exchange.publish("1540", *exchange.change("1540", id, {{"note", "first"}}));
  const auto stale = exchange.at("1540").change(id, 1, {{"note", "second"}}, kVisitsNow);
  ASSERT_FALSE(stale);
  EXPECT_EQ(stale.error().code, Code::kRevision);
  EXPECT_NE(stale.error().what.find("revision 1 ("), std::string::npos);
  EXPECT_NE(stale.error().what.find("revision 2 ("), std::string::npos);
}

TEST(Records, ARecallRemovesEveryCopyAndNamesWhatMustBeForgotten) {
  RecordsExchange exchange;
  const auto id = exchange.create("1540", kRequest, request());
  exchange.publish("1373", *exchange.at("1373").answer(id, {{"answer", "comments"}, {"text", "what the State told us"}}));
  const auto recall = exchange.at("1540").recall(id, {{"reason", "wrong State"}});
  ASSERT_TRUE(recall);
  EXPECT_EQ(recall->warnings.size(), 1U);
  exchange.publish("1540", *recall);
  EXPECT_EQ(exchange.at("1267").take_forgotten().size(), 2U);
  const auto shown = exchange.at("1267").show(id, kVisitsToday);
  ASSERT_TRUE(shown);
  EXPECT_EQ((*shown)["recalled"]["reason"], "wrong State");
  EXPECT_FALSE(shown->contains("need"));
  EXPECT_EQ(exchange.tables("1267").find(hex(view_of("two posts"))), std::string::npos);
  EXPECT_TRUE((*exchange.at("1540").show(id, kVisitsToday)).contains("need"));   // the owner keeps its own text
  const auto list = exchange.at("1267").list({});
  EXPECT_TRUE((*list)["items"].empty());
  EXPECT_EQ(exchange.create("1540", kRequest, request()), "1540-R-2026-0002");   // its number is not given out again
}

TEST(Records, WhatTheBrokerRefusedIsTakenBackWithAllThatStoodOnIt) {
  RecordsExchange exchange;
  const auto id = exchange.create("1540", kRequest, request());
  const std::string before = exchange.tables("1540");
  const auto first = exchange.queue("1540", *exchange.change("1540", id, {{"note", "one"}}));
  exchange.queue("1540", *exchange.change("1540", id, {{"note", "two"}}));
  ASSERT_TRUE(exchange.at("1540").refused(first.message_id));
  EXPECT_EQ(exchange.tables("1540"), before);
  const auto other = exchange.queue("1540", *exchange.at("1540").create(*record_kind(kRequest), request(), Records::Origin::kOfficer, kVisitsNow));
  ASSERT_TRUE(exchange.at("1540").refused(other.message_id));
  EXPECT_EQ(exchange.tables("1540"), before);
}

TEST(Records, ARevisionOfAnotherOwnerOrOutOfOrderIsAVerdict) {
  RecordsExchange exchange;
  const auto id = exchange.create("1540", kRequest, request());
  auto second = *exchange.change("1540", id, {{"note", "one"}});
  auto forged = exchange.effect("1373", second);
  forged.index = 500;
  const auto told = exchange.at("1267").apply(forged);
  ASSERT_FALSE(told);
  EXPECT_EQ(told.error().code, Code::kBody);
  const auto record = decode_record(kRequest, second.body);
  auto later = *record;
  later.revision = 3;
  second.body = encode_record(later);
  auto skipped = exchange.effect("1540", second);
  skipped.index = 501;
  const auto gap = exchange.at("1267").apply(skipped);
  ASSERT_FALSE(gap);
  EXPECT_EQ(gap.error().code, Code::kBody);
}

TEST(Records, TheViewsOfARandomHistoryAreThoseOfAFoldAnew) {
  const std::vector<std::string> members = {"1267", "1373", "1540"};
  for (unsigned seed = 1; seed <= 6; ++seed) {
    RecordsExchange exchange;
    std::mt19937 random(seed);
    const auto pick = [&](std::size_t below) { return static_cast<std::size_t>(random() % below); };
    std::vector<std::pair<std::string, std::string>> made;
    for (int step = 0; step < 120; ++step) {
      const std::string& who = members[pick(3)];
      if (made.empty() || pick(3) == 0) {
        const std::vector<std::string> states = {"KGZ", "TJK", "KEN", "PER"};
        made.emplace_back(who, exchange.create(who, kRequest, request(states[pick(4)])));
        continue;
      }
      const auto& [owner, id] = made[pick(made.size())];
      Result<Draft> draft = fail(Code::kInternal, "");
      switch (pick(4)) {
        case 0: draft = exchange.change(owner, id, {{"note", "step " + std::to_string(step)}}); break;
        case 1: draft = exchange.change(owner, id, {{"status", "withdrawn"}, {"note", "step " + std::to_string(step)}}); break;
        case 2: draft = exchange.at(who).answer(id, {{"answer", "comments"}, {"text", "step " + std::to_string(step)}}); break;
        default: if (pick(4) == 0) draft = exchange.at(owner).recall(id, {{"reason", "step"}});
      }
      if (draft) exchange.publish(draft->kind == kKindRecordAnswer ? who : owner, *draft);
    }
    for (const auto& who : members) {
      // The copy that was told live has forgotten what was recalled; a fold of the whole log forgets it in its own time.
      EXPECT_EQ(exchange.tables(who), exchange.folded_anew(who)) << who << ", seed " << seed;
    }
  }
}

TEST(Records, ListsAreStretchesOfDaysWithACursor) {
  RecordsExchange exchange;
  for (int month = 1; month <= 9; ++month) {
    json fields = request(month % 2 == 0 ? "KGZ" : "TJK");
    fields["received_on"] = "2026-0" + std::to_string(month) + "-10";
    exchange.create("1540", kRequest, fields);
  }
  auto page = *exchange.at("1373").list({{"state", "Kyrgyzstan"}, {"limit", "3"}});
  ASSERT_EQ(page["items"].size(), 3U);
  EXPECT_EQ(page["items"][0]["first_day"], "2026-08-10");
  page = *exchange.at("1373").list({{"state", "KGZ"}, {"limit", "3"}, {"cursor", page["next"].get<std::string>()}});
  ASSERT_EQ(page["items"].size(), 1U);
  EXPECT_EQ(page["items"][0]["first_day"], "2026-02-10");
  EXPECT_TRUE(page["next"].is_null());
  EXPECT_EQ((*exchange.at("1373").list({{"from", "2026-03-01"}, {"to", "2026-04-30"}}))["items"].size(), 2U);
  EXPECT_EQ((*exchange.at("1373").list({{"kind", kRequest}, {"status", "received"}}))["items"].size(), 9U);
  EXPECT_FALSE(exchange.at("1373").list({{"kind", "assistance.requests"}}));
  EXPECT_FALSE(exchange.at("1373").list({{"state", "Kirgistan-Land"}}));
}

TEST(Records, WhatNamesARecordIsShownWithIt) {
  RecordsExchange exchange;
  const auto first = exchange.create("1540", kRequest, request());
  json second = request();
  second["related"] = {first};
  const auto other = exchange.create("1540", kRequest, second);
  const json shown = *exchange.at("1373").show(first, kVisitsToday);
  ASSERT_EQ(shown["named_by"].size(), 1U);
  EXPECT_EQ(shown["named_by"][0]["id"], other);
  EXPECT_EQ((*exchange.at("1373").list({{"record", first}}))["items"].size(), 1U);
}

TEST(Records, ARecordOfOnesOwnThatThereIsNotCannotBeNamed) {
  RecordsExchange exchange;
  const auto first = exchange.create("1540", kRequest, request());
  json second = request("UZB");
  second["related"] = {"1540-R-2026-0077"};
  const auto refused = exchange.at("1540").create(*record_kind(kRequest), second, Records::Origin::kOfficer, kVisitsNow);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kInput);
  EXPECT_TRUE(refused.error().what.starts_with("related: 1540 has no record 1540-R-2026-0077")) << refused.error().what;
  EXPECT_FALSE(refused.error().hint.empty());
  second["related"] = {first, "1373-R-2026-0077"};   // what is another committee's may not have arrived yet
  const auto id = exchange.create("1540", kRequest, second);
  const auto changed = exchange.change("1540", id, {{"consents", {"1540-K-2026-0009"}}});
  ASSERT_FALSE(changed);
  EXPECT_TRUE(changed.error().what.starts_with("consents: 1540 has no record")) << changed.error().what;
  EXPECT_TRUE(exchange.change("1540", id, {{"note", "the references stay"}}));
}

TEST(Records, AConsentIsNotTakenFromUnderAStepThatNeededItNorAStateAdded) {
  RecordsExchange exchange;
  const auto consent_of = [&](const std::string& state) {
    return exchange.create("1540", "consent", {{"states", {state}}, {"acts", {"circulate"}}, {"status", "granted"}, {"given_on", "2026-11-01"},
                                               {"reference", "note 1"}});
  };
  const auto kyrgyz = consent_of("KGZ"), mongolian = consent_of("MNG");
  json fields = request();
  fields["consents"] = {kyrgyz};
  const auto id = exchange.create("1540", kRequest, fields);
  const auto step = [&](const json& change) {
    const auto draft = exchange.change("1540", id, change);
    ASSERT_TRUE(draft) << draft.error().what;
    exchange.publish("1540", *draft);
  };
  step({{"status", "authenticated"}, {"authenticated_by", "Permanent Mission"}});
  step({{"status", "acknowledged"}, {"acknowledged_on", "2026-11-03"}});
  EXPECT_TRUE(exchange.change("1540", id, {{"states", {"KGZ", "MNG"}}})) << "no step has needed a consent yet";
  step({{"status", "circulated"}, {"circulated_on", "2026-11-04"}});
  const auto refused = [&](const json& change, const std::string& state) {
    const auto draft = exchange.change("1540", id, change);
    ASSERT_FALSE(draft) << change.dump();
    EXPECT_EQ(draft.error().code, Code::kTransition);
    EXPECT_NE(draft.error().what.find("needs the consent of " + state + " to circulate"), std::string::npos) << draft.error().what;
  };
  refused({{"consents", json::array()}}, "Kyrgyzstan");
  refused({{"states", {"KGZ", "MNG"}}}, "Mongolia");
  refused({{"states", {"KGZ", "MNG"}}, {"consents", {mongolian}}}, "Kyrgyzstan");
  step({{"states", {"KGZ", "MNG"}}, {"consents", {kyrgyz, mongolian}}});
  EXPECT_TRUE(exchange.change("1540", id, {{"states", {"KGZ"}}, {"consents", {kyrgyz}}}));
}

TEST(Records, AConsentIsForItsOwnerAndTheCommitteesThatItNamesAndForAllWhenItNamesNone) {
  RecordsExchange exchange;
  // What 1373 hears when a request of its own, told to both others, is to be circulated on such a consent of 1540.
  const auto circulated = [&](const json& committees) -> std::string {
    json consent = {{"states", {"KGZ"}}, {"acts", {"circulate"}}, {"status", "granted"}, {"given_on", "2026-11-01"}, {"reference", "note 1"}};
    if (!committees.empty()) consent["committees"] = committees;
    json fields = request();
    fields["consents"] = {exchange.create("1540", "consent", consent)};
    const auto id = exchange.create("1373", kRequest, fields);
    for (const json& step : {json{{"status", "authenticated"}, {"authenticated_by", "Permanent Mission"}},
                             json{{"status", "acknowledged"}, {"acknowledged_on", "2026-11-03"}}}) {
      const auto draft = exchange.change("1373", id, step);
      if (!draft) return draft.error().what;
      exchange.publish("1373", *draft);
    }
    const auto draft = exchange.change("1373", id, {{"status", "circulated"}, {"circulated_on", "2026-11-04"}});
    return draft ? "ok" : draft.error().what;
  };
  EXPECT_EQ(circulated(json::array()), "ok");
  EXPECT_EQ(circulated({"1267", "1373"}), "ok") << "its owner need not be named";
  EXPECT_NE(circulated({"1373"}).find("is for 1373 only, and not for 1267"), std::string::npos);
  EXPECT_NE(circulated({"1267", "1540"}).find("is for 1267 and 1540 only, and not for 1373"), std::string::npos) << "who makes it is one of those who see it";
}

TEST(Records, ARecordThatIsKeptWithoutItsConsentMayLoseAStateAndGainsNone) {
  RecordsExchange exchange;
  const auto consent = exchange.create("1540", "consent", {{"states", {"KGZ", "MNG"}}, {"acts", {"circulate"}}, {"status", "granted"},
                                                           {"given_on", "2026-11-01"}, {"reference", "note 1"}});
  json fields = request();
  fields.update({{"states", {"KGZ", "MNG"}}, {"consents", {consent}}, {"status", "circulated"}, {"source", "the old files"}});
  const auto id = exchange.create("1540", kRequest, fields, Records::Origin::kHistorical);
  const auto withdrawal = exchange.change("1540", consent, {{"status", "withdrawn"}, {"withdrawn_on", "2026-11-10"}, {"withdrawn_by", "note 9"}});
  ASSERT_TRUE(withdrawal) << withdrawal.error().what;
  exchange.publish("1540", *withdrawal);
  EXPECT_TRUE(exchange.change("1540", id, {{"states", {"KGZ"}}}));
  EXPECT_FALSE(exchange.change("1540", id, {{"states", {"KGZ", "MNG", "UZB"}}}));
}

}  // namespace
}  // namespace liaison
