// SPDX-License-Identifier: Apache-2.0
// What overlap-only plans give away and what they do not, and everything that comes late, twice or from somebody who does not keep to the rules.
#include "nodes/domain/overlaps.h"

#include <gmock/gmock.h>

#include "nodes/domain/overlap_cells.h"
#include "nodes/domain/states.h"
#include "tests/nodes/overlap_fixture.h"

namespace liaison {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

const json kMarch = OverlapExchange::border_visit({"KGZ"}, "2027-03-08", "2027-03-12");
const json kElsewhere = OverlapExchange::border_visit({"TJK"}, "2027-03-08", "2027-03-12");

// Every token that an exchange between these two carried, from the opened bodies.
std::set<Token> tokens_said(const OverlapExchange& exchange) {
  std::set<Token> out;
  for (const auto& one : exchange.said) {
    if (const auto tokens = decode_overlap_tokens(one.body)) out.insert(tokens->tokens.begin(), tokens->tokens.end());
    if (const auto result = decode_overlap_result(one.body)) out.insert(result->again.begin(), result->again.end());
    if (const auto reply = decode_overlap_reply(one.body)) {
      out.insert(reply->again.begin(), reply->again.end());
      out.insert(reply->tokens.begin(), reply->tokens.end());
    }
  }
  return out;
}

// The States for which a token under this key is among these, trying every State in every week of a year and more.
std::set<std::string> guessed(const BlindingKey& key, const std::set<Token>& among) {
  std::set<std::string> found;
  const std::int64_t first = *parse_date("2026-11-30"), last = *parse_date("2027-12-31");
  for (const State& state : States::standard().all()) {
    for (std::int64_t day = first; day <= last; day += 7) {
      Bytes word = bytes_of(view_of(state.alpha3));
      put_u64(word, static_cast<std::uint64_t>((day + 3) / 7));
      if (among.contains(key.blind("liaison/overlap/v1", word))) found.insert(state.alpha3);
    }
  }
  return found;
}

std::vector<OverlapStore::Kept> secrets_of(OverlapExchange& exchange, std::string_view id) {
  auto store = OverlapStore::open(exchange.database(id));
  EXPECT_TRUE(store);
  std::vector<OverlapStore::Kept> out;
  const auto questions = store->questions();
  for (const auto& one : *questions) {
    auto kept = store->kept(one);
    if (kept && *kept) out.push_back(std::move(**kept));
  }
  return out;
}

// Made by another program from the page schemas/PROTOCOL.md 14.2 alone.
TEST(OverlapCells, TokensAreThoseOfTheProtocolPage) {
  const Bytes secret(32, 7);
  const OverlapSide side(secret);
  const auto asked = side.asked({{"KGZ", 2984}});
  EXPECT_EQ(std::count(asked.begin(), asked.end(), *array_from<Token>(*from_hex("6e50fa01ca44519190a2e6d2063ba3aff79e88216444f65d5c6edb098e421161"))), 1);
  EXPECT_EQ(std::count(asked.begin(), asked.end(), *array_from<Token>(*from_hex("c4478fb02813628e69216ea19257c7ac61c1bd6ed50649ebf1f3bbbbe7dd5f66"))), 1);
  EXPECT_THAT(asked, SizeIs(kOverlapAsked));
  EXPECT_TRUE(std::is_sorted(asked.begin(), asked.end()));
}

VisitPlan trip_of(const std::vector<std::string>& states, const std::string& start, const std::string& end, DatePrecision precision = DatePrecision::day) {
  VisitPlan plan;
  for (const std::string& state : states) plan.states.push_back({state, ""});
  plan.components = {{ComponentMode::on_site, start, end, precision, {}}};
  return plan;
}

TEST(OverlapCells, AWeekIsFromMondayToSundayAlsoBefore1970) {
  EXPECT_EQ(cells_of(trip_of({"KGZ"}, "2027-03-08", "2027-03-14"), 0), (std::set<Cell>{{"KGZ", 2984}}));
  EXPECT_EQ(cells_of(trip_of({"KGZ"}, "2027-03-07", "2027-03-08"), 0), (std::set<Cell>{{"KGZ", 2983}, {"KGZ", 2984}}));
  EXPECT_EQ(cells_of(trip_of({"KGZ"}, "1969-12-28", "1970-01-05"), 0), (std::set<Cell>{{"KGZ", -1}, {"KGZ", 0}, {"KGZ", 1}}));
  EXPECT_EQ(last_day_of({"KGZ", 2984}), *parse_date("2027-03-14"));
  EXPECT_EQ(last_day_of({"KGZ", -1}), *parse_date("1969-12-28"));
}

TEST(OverlapCells, TheWindowReachesBeforeAndAfterAndUnknownDaysHaveNoCells) {
  EXPECT_THAT(cells_of(trip_of({"KGZ", "TJK"}, "2027-03-08", "2027-03-08"), 7), SizeIs(6));
  EXPECT_THAT(cells_of(trip_of({"KGZ"}, "2027-03", "2027-03", DatePrecision::month), 0), SizeIs(5));
  EXPECT_THAT(cells_of(trip_of({"KGZ"}, "2027", "2027", DatePrecision::year), 90), IsEmpty());
}

TEST(OverlapCells, OfMoreThanAnAnswerHoldsTheFirstOnesCount) {
  std::vector<std::pair<Cell, std::string>> cells;
  for (std::int64_t week = 0; week < 150; ++week) cells.push_back({{"KGZ", week}, "plan-" + std::to_string(week)});
  cells.push_back({{"KGZ", 0}, "another"});
  const Bytes secret(32, 7);
  const auto own = OverlapSide(secret).own(cells);
  ASSERT_THAT(own.tokens, SizeIs(kOverlapOwn));
  EXPECT_EQ(std::count(own.of.begin(), own.of.end(), "another,plan-0"), 1);
  EXPECT_EQ(std::count(own.of.begin(), own.of.end(), "plan-119"), 1);
  EXPECT_EQ(std::count(own.of.begin(), own.of.end(), "plan-120"), 0);
}

class OverlapsTest : public ::testing::Test {
 protected:
  OverlapExchange exchange;
};

TEST_F(OverlapsTest, WhoIsGivenAllTokensAndNoSecretFindsNoStateHoweverManyAreTried) {
  exchange.hide("1267", OverlapExchange::border_visit({"KGZ"}, "2027-04-05", "2027-04-09", {{"to", {"1540"}}}));
  auto to_1267 = kMarch;
  to_1267["to"] = {"1267"};
  exchange.hide("1540", to_1267);
  ASSERT_THAT(exchange.findings("1540"), SizeIs(1));
  const auto said = tokens_said(exchange);
  Bytes one(32, 0);
  one[0] = 1;
  EXPECT_THAT(guessed(*BlindingKey::from_scalar(one), said), IsEmpty());               // the words as they are
  EXPECT_THAT(guessed(BlindingKey::derive(Bytes(32, 7), "overlap"), said), IsEmpty());  // some other key
  const auto secrets = secrets_of(exchange, "1540");
  ASSERT_FALSE(secrets.empty());
  // Whoever steals the secret finds it: the trial above tries the right words.
  std::set<std::string> with_secret;
  for (const auto& kept : secrets) with_secret.merge(guessed(BlindingKey::derive(kept.secret.expose(), "overlap"), said));
  EXPECT_THAT(with_secret, ElementsAre("KGZ"));
}

// Each plan has eight States in one week, which makes eight pairs; an answer holds 120.
TEST_F(OverlapsTest, APlanThatAnAnswerCouldNotHoldBesideTheOthersIsRefused) {
  const std::vector<std::string> states = {"KGZ", "TJK", "UZB", "TKM", "KAZ", "MNG", "GEO", "ARM"};
  const auto day = [](int week) { return date_text(*parse_date("2027-03-08") + week * 7); };
  for (int week = 0; week < 15; ++week) exchange.hide("1540", OverlapExchange::border_visit(states, day(week), day(week), {{"to", {"1267"}}}));
  const auto refused = exchange.overlaps("1540").plan(OverlapExchange::border_visit({"KGZ"}, day(15), day(15), {{"to", {"1267"}}}), exchange.clock);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kInput);
  EXPECT_EQ(refused.error().what,
            "components: with this plan, 121 pairs of a State and a week would be kept back from 1267, and one answer to it holds 120");
  EXPECT_THAT(refused.error().hint, HasSubstr("plan this one openly"));
  exchange.hide("1540", OverlapExchange::border_visit({"KGZ"}, day(15), day(15), {{"to", {"1373"}}}));   // from whom nothing is kept back yet
  exchange.hide("1540", OverlapExchange::border_visit({"KGZ"}, day(3), day(3), {{"to", {"1267"}}}));     // a pair that is kept back already
}

// What the other side knows for itself, its own key, opens nothing of the asker's.
TEST_F(OverlapsTest, TheAnswerersOwnKeyFindsNothingInTheQuestion) {
  exchange.hide("1540", kMarch);
  std::set<Token> asked;
  for (const auto& one : exchange.said) {
    if (const auto tokens = decode_overlap_tokens(one.body)) asked.insert(tokens->tokens.begin(), tokens->tokens.end());
  }
  const auto secrets = secrets_of(exchange, "1267");
  ASSERT_THAT(secrets, SizeIs(1));
  EXPECT_THAT(guessed(BlindingKey::derive(secrets[0].secret.expose(), "overlap"), asked), IsEmpty());
}

TEST_F(OverlapsTest, NoAnswerHoldsAsManyWordsAsThereAreStates) { EXPECT_LT(kOverlapOwn, States::standard().all().size()); }

TEST_F(OverlapsTest, EveryQuestionIsAnsweredInTheSameNumberAndSizesWhetherAnythingMeetsOrNot) {
  std::vector<std::vector<std::string>> said;
  for (const json& other : {kMarch, kElsewhere, json()}) {
    OverlapExchange one;
    if (!other.is_null()) one.plan("1267", other);
    one.hide("1540", kMarch);
    EXPECT_THAT(one.findings("1267"), SizeIs(other == kMarch ? 1 : 0));
    said.push_back(one.kinds_between("1540", "1267"));
  }
  EXPECT_THAT(said[0], SizeIs(3));
  EXPECT_EQ(said[0], said[1]);
  EXPECT_EQ(said[0], said[2]);
}

TEST_F(OverlapsTest, ALongPlanOfManyStatesAsksAsMuchAsAShortOne) {
  OverlapExchange other;
  exchange.hide("1540", kMarch);
  other.hide("1540", OverlapExchange::border_visit({"KGZ", "TJK", "UZB", "KAZ", "TKM"}, "2027-03-01", "2027-05-31"));
  EXPECT_EQ(exchange.kinds_between("1540", "1267"), other.kinds_between("1540", "1267"));
}

TEST_F(OverlapsTest, EveryLaterPlanOfTheOtherGetsAWordOfOneSizeWhetherItMeetsOrNot) {
  exchange.hide("1540", kMarch);
  OverlapExchange other;
  other.hide("1540", kMarch);
  exchange.plan("1267", kMarch);
  other.plan("1267", kElsewhere);
  EXPECT_THAT(exchange.findings("1267"), SizeIs(1));
  EXPECT_THAT(other.findings("1267"), IsEmpty());
  EXPECT_THAT(exchange.kinds_between("1540", "1267"), SizeIs(4));
  EXPECT_EQ(exchange.kinds_between("1540", "1267"), other.kinds_between("1540", "1267"));
}

TEST_F(OverlapsTest, TwoQuestionsOnTheSamePlanHaveNoTokenInCommon) {
  exchange.hide("1540", kMarch);
  exchange.hide("1540", kMarch);
  std::set<Token> seen;
  std::size_t questions = 0;
  for (const auto& one : exchange.said) {
    const auto tokens = decode_overlap_tokens(one.body);
    if (!tokens) continue;
    ++questions;
    seen.insert(tokens->tokens.begin(), tokens->tokens.end());
  }
  EXPECT_EQ(questions, 4U);
  EXPECT_EQ(seen.size(), questions * kOverlapAsked);
}

TEST_F(OverlapsTest, NoBodyHoldsAStateADayOrATitleBeforeBothAgree) {
  exchange.hide("1267", kMarch);
  const std::string plan = exchange.hide("1540", kMarch);
  exchange.agree("1540", plan);
  for (const auto& one : exchange.said) {
    const std::string_view body(reinterpret_cast<const char*>(one.body.data()), one.body.size());
    for (const char* word : {"KGZ", "Kyrgyzstan", "2027-03", "Border control", "hidden"}) EXPECT_EQ(body.find(word), body.npos) << one.kind;
  }
  EXPECT_THAT(exchange.records("1540"), IsEmpty());
  exchange.agree("1267", exchange.findings("1267").front()["overlap"]);
  EXPECT_THAT(exchange.records("1540"), SizeIs(2));
  EXPECT_EQ(exchange.records("1540"), exchange.records("1267"));
  EXPECT_THAT(exchange.records("1373"), IsEmpty());
  for (const char* id : {"1267", "1540"}) {
    EXPECT_THAT(exchange.findings(id), IsEmpty());
    EXPECT_EQ((*exchange.at(id).visits().conflicts({{"kind", "overlap"}}))["items"].size(), 1U) << id;
  }
}

TEST_F(OverlapsTest, APlanThatWasShownToOneIsShownToTheNextAsARecordOfItsOwn) {
  exchange.plan("1267", kMarch);
  exchange.plan("1373", kMarch);
  const std::string plan = exchange.hide("1540", kMarch);
  exchange.agree("1540", plan);
  exchange.agree("1267", exchange.findings("1267").front()["overlap"]);
  exchange.agree("1373", exchange.findings("1373").front()["overlap"]);
  EXPECT_THAT(exchange.records("1540"), SizeIs(4));
  EXPECT_THAT(exchange.records("1267"), SizeIs(3));
  EXPECT_THAT(exchange.records("1373"), SizeIs(3));
  const json shown = *exchange.overlaps("1540").show(plan);
  EXPECT_THAT(shown["shown"], SizeIs(2));
  EXPECT_THAT(*exchange.overlaps("1540").list({}), IsEmpty());
}

TEST_F(OverlapsTest, OfSeveralPlansOnlyThoseAgreedToByNameAreShown) {
  const std::string first = exchange.hide("1373", kMarch), second = exchange.hide("1373", kMarch);
  const std::string plan = exchange.hide("1540", kMarch);
  const auto findings = exchange.findings("1373");
  ASSERT_FALSE(findings.empty());
  const auto unnamed = exchange.overlaps("1373").disclose(findings.front()["overlap"], json::object());
  ASSERT_FALSE(unnamed);
  EXPECT_EQ(unnamed.error().code, Code::kInput);
  EXPECT_NE(unnamed.error().hint.find(first), std::string::npos) << unnamed.error().hint;
  exchange.agree("1373", second);
  exchange.agree("1540", plan);
  EXPECT_EQ((*exchange.overlaps("1373").show(second))["shown"].size(), 1U);
  EXPECT_EQ((*exchange.overlaps("1373").show(first))["shown"].size(), 0U);
  EXPECT_THAT(exchange.records("1540"), SizeIs(2));
  exchange.agree("1373", first);   // later, and by name too
  EXPECT_EQ((*exchange.overlaps("1373").show(first))["shown"].size(), 1U);
}

TEST_F(OverlapsTest, TheFindingBeginsAndEndsInTheEvents) {
  exchange.plan("1267", kMarch);
  const std::string plan = exchange.hide("1540", kMarch);
  exchange.withdraw("1540", plan);
  for (const char* id : {"1540", "1267"}) {
    std::vector<std::string> names;
    for (const auto& event : exchange.events[id]) {
      if (event.finding.find("overlap_only") != std::string::npos) names.emplace_back(event.name);
    }
    EXPECT_THAT(names, ElementsAre("finding.new", "finding.ended")) << id;
  }
}

TEST_F(OverlapsTest, AfterAWithdrawalNothingOfTheQuestionIsLeftAtEitherSide) {
  exchange.hide("1267", kElsewhere);
  const std::string plan = exchange.hide("1540", kMarch);
  EXPECT_EQ(secrets_of(exchange, "1540").size(), 3U);   // of two own questions, and of the answer to one
  exchange.withdraw("1540", plan);
  EXPECT_EQ(secrets_of(exchange, "1540").size(), 1U);
  auto store = OverlapStore::open(exchange.database("1267"));
  const auto questions = store->questions();
  for (const auto& one : *questions) {
    if (one.peer != member("1540") || one.asked) continue;
    EXPECT_TRUE(one.ended && one.tokens.empty() && one.again.empty() && one.own.empty());
  }
  const auto again = exchange.overlaps("1540").withdraw(plan);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Code::kTransition);
}

// --- who asks too much

TEST_F(OverlapsTest, APlanThatWasShownCanBeWithdrawnOnceWhatWasShownIsRecalled) {
  const auto plan = exchange.hide("1540", exchange.border_visit({"KGZ"}, "2027-03-08", "2027-03-12"));
  const auto other = exchange.hide("1267", exchange.border_visit({"KGZ"}, "2027-03-10", "2027-03-11"));
  exchange.agree("1540", plan);
  exchange.agree("1267", other);
  const std::string shown = (*exchange.overlaps("1540").show(plan))["shown"][0]["as"];
  const auto early = exchange.overlaps("1540").withdraw(plan);
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().code, Code::kTransition);
  EXPECT_NE(early.error().hint.find("liaison visit recall " + shown), std::string::npos) << early.error().hint;
  const auto recall = exchange.at("1540").visits().recall(shown, {{"reason", "the State has asked for another year"}});
  ASSERT_TRUE(recall) << recall.error().what;
  exchange.publish("1540", *recall);
  exchange.withdraw("1540", plan);
  EXPECT_EQ((*exchange.overlaps("1540").show(plan))["withdrawn"], true);
  const auto questions = exchange.overlaps("1540").questions();
  ASSERT_TRUE(questions);
  for (const auto& one : (*questions)["items"]) {
    if (one["asked_by"] == "1540") {
      EXPECT_EQ(one["state"], "withdrawn") << one.dump();
    }
  }
  for (const char* who : {"1267", "1373", "1540"}) {
    const std::string before = exchange.tables(who);
    EXPECT_EQ(exchange.folded_anew(who), before) << who;
  }
}

TEST_F(OverlapsTest, AQuestionAboutAPlanThatIsOverEndsAndNothingMoreIsSaidOfIt) {
  exchange.hide("1540", exchange.border_visit({"KGZ"}, "2027-03-08", "2027-03-12"));
  exchange.plan("1267", exchange.border_visit({"KGZ"}, "2027-03-10", "2027-03-11"));
  ASSERT_EQ(exchange.findings("1540").size(), 1U);
  exchange.clock = static_cast<TimeMs>(*parse_date("2029-01-01")) * kDayMs - 1;
  exchange.work();
  EXPECT_EQ((*exchange.overlaps("1540").questions())["items"][0]["state"], "finished");
  exchange.clock += 1;
  exchange.work();
  for (const char* who : {"1540", "1267", "1373"}) {
    const auto questions = exchange.overlaps(who).questions();
    ASSERT_TRUE(questions);
    for (const auto& one : (*questions)["items"]) EXPECT_EQ(one["state"], "withdrawn") << who << one.dump();
    const std::string before = exchange.tables(who);
    EXPECT_EQ(exchange.folded_anew(who), before) << who;
  }
  EXPECT_TRUE(exchange.findings("1540").empty());
  const auto said = exchange.kinds_between("1540", "1267").size();
  exchange.plan("1267", exchange.border_visit({"KGZ"}, "2027-07-05", "2027-07-06"));
  EXPECT_EQ(exchange.kinds_between("1540", "1267").size(), said);
}

TEST_F(OverlapsTest, TheDayOnWhichAQuestionEndsTellsNothingOfThePlansDays) {
  // Two plans with other days, asked about at other times; and one that reaches beyond the first of January on which those end.
  exchange.hide("1540", exchange.border_visit({"KGZ"}, "2026-12-07", "2026-12-11"));
  exchange.clock += 20 * kDayMs;   // in December
  exchange.hide("1540", exchange.border_visit({"KGZ"}, "2028-09-25", "2028-09-29"));
  exchange.hide("1540", exchange.border_visit({"KGZ"}, "2028-10-09", "2028-10-13"));
  const auto words_said = [&] {
    return std::count_if(exchange.said.begin(), exchange.said.end(), [](const auto& one) { return one.kind == kKindOverlapWord; });
  };
  std::map<std::string, std::ptrdiff_t> ended;   // by day, to both others
  for (std::int64_t day = *parse_date("2026-12-14"); day <= *parse_date("2030-01-02"); ++day) {
    exchange.clock = static_cast<TimeMs>(day) * kDayMs;
    const auto before = words_said();
    exchange.work();
    if (words_said() > before) ended[date_text(day)] = words_said() - before;
  }
  EXPECT_EQ(ended, (std::map<std::string, std::ptrdiff_t>{{"2029-01-01", 4}, {"2030-01-01", 2}}));
}

TEST_F(OverlapsTest, NoMoreThanSixteenQuestionsOfAMemberAreAnsweredOnOneDayAndTheRestOnTheNext) {
  auto fields = kMarch;
  fields["to"] = {"1267"};
  for (int i = 0; i < 20; ++i) exchange.hide("1540", fields);
  const auto answered = [&] {
    return std::count_if(exchange.said.begin(), exchange.said.end(), [](const auto& one) { return one.kind == kKindOverlapReply; });
  };
  EXPECT_EQ(answered(), 16);
  exchange.clock += 86'400'000;
  EXPECT_TRUE(exchange.overlaps("1267").restless(exchange.clock));
  exchange.work();
  EXPECT_EQ(answered(), 20);
}

// --- late, twice, out of turn

struct Spoken { OverlapTokens tokens; OverlapReply reply; OverlapResult result; };
Spoken spoken_of(const OverlapExchange& exchange) {
  Spoken out;
  for (const auto& one : exchange.said) {
    if (const auto tokens = decode_overlap_tokens(one.body)) out.tokens = *tokens;
    if (const auto reply = decode_overlap_reply(one.body)) out.reply = *reply;
    if (const auto result = decode_overlap_result(one.body)) out.result = *result;
  }
  return out;
}

TEST_F(OverlapsTest, WhatIsSaidTwiceOutOfTurnOrByTheWrongSideIsRefusedAndChangesNothing) {
  auto fields = kMarch;
  fields["to"] = {"1267"};
  exchange.plan("1267", kMarch);
  exchange.hide("1540", fields);
  const Spoken spoken = spoken_of(exchange);
  const std::string before_1267 = exchange.tables("1267"), before_1540 = exchange.tables("1540");
  const auto expect_body = [&](std::string_view from, std::string_view to, std::string_view kind, const Bytes& body) {
    EXPECT_EQ(exchange.forge(from, to, kind, body), Code::kBody) << from << " " << kind;
  };
  expect_body("1540", "1267", kKindOverlapTokens, encode_overlap_tokens(spoken.tokens));
  expect_body("1267", "1540", kKindOverlapTokens, encode_overlap_tokens(spoken.tokens));   // somebody's own question thrown back
  expect_body("1267", "1540", kKindOverlapReply, encode_overlap_reply(spoken.reply));
  expect_body("1373", "1540", kKindOverlapReply, encode_overlap_reply(spoken.reply));
  expect_body("1540", "1267", kKindOverlapReply, encode_overlap_reply(spoken.reply));
  expect_body("1540", "1267", kKindOverlapResult, encode_overlap_result(spoken.result));
  expect_body("1267", "1540", kKindOverlapResult, encode_overlap_result(spoken.result));
  const auto word = [&](OverlapSaying saying, const std::string& record = "") {
    return encode_overlap_word({spoken.tokens.reference, saying, record, record.empty() ? 0U : 1U});
  };
  expect_body("1267", "1540", kKindOverlapWord, word(OverlapSaying::withdrawn));
  expect_body("1540", "1267", kKindOverlapWord, word(OverlapSaying::ended));
  expect_body("1267", "1540", kKindOverlapWord, word(OverlapSaying::meets, "1540-V-2027-0001"));
  expect_body("1540", "1267", kKindOverlapWord, word(OverlapSaying::meets, "1373-V-2027-0001"));
  expect_body("1373", "1267", kKindOverlapWord, word(OverlapSaying::agrees));
  expect_body("1540", "1267", kKindOverlapWord, bytes_of(view_of("no word at all")));
  EXPECT_EQ(exchange.tables("1267"), before_1267);
  EXPECT_EQ(exchange.tables("1540"), before_1540);
}

TEST_F(OverlapsTest, BytesThatAreNoTokensAreRefused) {
  OverlapTokens tokens{{1}, std::vector<Hash>(kOverlapAsked), "a desk"};
  for (std::size_t i = 0; i < tokens.tokens.size(); ++i) tokens.tokens[i] = sha256(view_of("number " + std::to_string(i)));
  std::sort(tokens.tokens.begin(), tokens.tokens.end());
  EXPECT_EQ(exchange.forge("1540", "1267", kKindOverlapTokens, encode_overlap_tokens(tokens)), Code::kBody);
  const Bytes secret(32, 1);
  const OverlapSide side(secret);
  tokens.tokens = side.asked({});
  EXPECT_EQ(exchange.forge("1540", "1267", kKindOverlapTokens, encode_overlap_tokens(tokens)), Code::kAccepted);
  std::swap(tokens.tokens[3], tokens.tokens[4]);
  tokens.reference = {2};
  EXPECT_EQ(exchange.forge("1540", "1267", kKindOverlapTokens, encode_overlap_tokens(tokens)), Code::kBody);
}

TEST_F(OverlapsTest, AnAnswerThatCrossesAWithdrawalChangesNothingAndIsNoFault) {
  exchange.silent = {"1267", "1373"};
  exchange.plan("1267", kMarch);
  const std::string plan = exchange.hide("1540", kMarch);
  const auto due = exchange.overlaps("1267").due(exchange.clock);   // made before the withdrawal came
  ASSERT_TRUE(due && *due);
  exchange.withdraw("1540", plan);
  exchange.silent.clear();
  ASSERT_TRUE(exchange.overlaps("1267").done(**due));
  EXPECT_EQ(exchange.publish("1267", (*due)->draft), Code::kAccepted);
  exchange.work();
  for (const char* id : {"1267", "1373", "1540"}) {
    EXPECT_THAT(exchange.findings(id), IsEmpty());
    EXPECT_EQ(exchange.tables(id), exchange.folded_anew(id)) << id;
  }
}

TEST_F(OverlapsTest, WhatTheOtherPlansBetweenItsAnswerAndTheResultIsNotLost) {
  exchange.silent = {"1540"};
  exchange.hide("1540", kMarch);   // answered, and the result is still to come
  exchange.plan("1267", kMarch);
  EXPECT_THAT(exchange.findings("1267"), IsEmpty());
  exchange.silent.clear();
  exchange.work();
  EXPECT_THAT(exchange.findings("1267"), SizeIs(1));
  EXPECT_THAT(exchange.findings("1540"), SizeIs(1));
  for (const char* id : {"1267", "1540"}) EXPECT_EQ(exchange.tables(id), exchange.folded_anew(id)) << id;
}

TEST_F(OverlapsTest, WhatTheBrokerRefusesIsNotTriedAgain) {
  exchange.silent = {"1267"};
  exchange.hide("1540", kMarch);
  exchange.silent.clear();
  auto& own = exchange.overlaps("1267");
  const auto due = own.due(exchange.clock);
  ASSERT_TRUE(due && *due);
  ASSERT_TRUE(own.done(**due));
  const Effect queued = exchange.queue("1267", (*due)->draft);
  ASSERT_TRUE(exchange.at("1267").refused(queued.kind, (*due)->draft.record_id, queued.message_id, Code::kPolicy));
  const auto after = own.due(exchange.clock);
  ASSERT_TRUE(after);
  EXPECT_FALSE(*after);
  EXPECT_EQ((*own.questions())["items"][0]["state"], "asked");
}

// --- officers

TEST_F(OverlapsTest, WhatCannotBeComparedIsRefusedWithWhatToTry) {
  const auto expect = [&](json fields, const std::string& says) {
    const auto made = exchange.overlaps("1540").plan(fields, exchange.clock);
    ASSERT_FALSE(made) << says;
    EXPECT_EQ(made.error().code, Code::kInput);
    EXPECT_THAT(made.error().what, HasSubstr(says));
    EXPECT_FALSE(made.error().hint.empty());
  };
  auto marked = kMarch;
  marked["marking"] = "committees";
  expect(marked, "marking: ");
  auto year = kMarch;
  year["components"] = {{{"start", "2027"}}};
  expect(year, "components: no days are known");
  auto many = OverlapExchange::border_visit({"KGZ", "TJK", "UZB", "KAZ", "TKM", "AFG", "IRN", "PAK"}, "2027-01-01", "2027-12-31");
  expect(many, "one question holds 232");
  auto unknown = kMarch;
  unknown["states"] = {"Ruritania"};
  expect(unknown, "states");
  EXPECT_THAT(*exchange.overlaps("1540").list({}), IsEmpty());
}

TEST_F(OverlapsTest, NothingIsAgreedWhereNothingMeets) {
  const std::string plan = exchange.hide("1540", kMarch);
  const auto code = [&](const std::string& id, const json& fields = json::object()) {
    const auto acted = exchange.overlaps("1540").disclose(id, fields);
    return acted ? Code::kAccepted : acted.error().code;
  };
  EXPECT_EQ(code(plan), Code::kTransition);
  EXPECT_EQ(code("1540-hidden-9"), Code::kUnknown);
  EXPECT_EQ(code("overlap-0000000000000000"), Code::kUnknown);
  EXPECT_EQ(code(plan, {{"to", "2001"}}), Code::kInput);
  exchange.plan("1267", kMarch);
  EXPECT_EQ(code(plan, {{"to", "1373"}}), Code::kTransition);
  exchange.agree("1540", plan);
  EXPECT_EQ(code(plan), Code::kTransition);
}

TEST_F(OverlapsTest, AnAgreementWithoutAnOverlapShowsNothing) {
  const std::string plan = exchange.hide("1540", kMarch);
  const Spoken spoken = spoken_of(exchange);
  const Bytes agrees = encode_overlap_word({spoken.tokens.reference, OverlapSaying::agrees, {}, 0});
  for (const char* other : {"1267", "1373"}) exchange.forge(other, "1540", kKindOverlapWord, agrees);
  exchange.work();
  EXPECT_THAT(exchange.records("1267"), IsEmpty());
  EXPECT_THAT(exchange.records("1540"), IsEmpty());
}

TEST_F(OverlapsTest, TheOwnerSeesItsPlanInListsAndNobodyElseDoes) {
  const std::string plan = exchange.hide("1540", kMarch);
  const json list = *exchange.overlaps("1540").list({{"state", "Kyrgyzstan"}, {"from", "2027-03-01"}, {"to", "2027-03-31"}});
  ASSERT_THAT(list, SizeIs(1));
  EXPECT_EQ(list[0]["id"], plan);
  EXPECT_EQ(list[0]["delivery"], "overlap only");
  EXPECT_THAT(*exchange.overlaps("1540").list({{"state", "TJK"}}), IsEmpty());
  EXPECT_THAT(*exchange.overlaps("1540").list({{"from", "2027-04-01"}}), IsEmpty());
  EXPECT_THAT(*exchange.overlaps("1540").list({{"committee", "1267"}}), IsEmpty());
  EXPECT_THAT(*exchange.overlaps("1267").list({}), IsEmpty());
}

}  // namespace
}  // namespace liaison
