// SPDX-License-Identifier: Apache-2.0
#include "schemas/visit.h"

#include <gtest/gtest.h>
#include <schemas/visit_plan_generated.h>

#include <functional>
#include <set>

#include "tests/schemas/samples.h"

namespace liaison {
namespace {

// Empty when the changed plan passes, else the field the sentence names; sender and recipient judge alike.
std::string trouble(const std::function<void(VisitPlan&)>& change) {
  VisitPlan plan = samples::plan();
  change(plan);
  const auto judged = check_visit_plan(plan);
  EXPECT_EQ(decode_visit_plan(encode_visit_plan(plan)).has_value(), judged.has_value());
  if (judged) return "";
  EXPECT_EQ(judged.error().code, Code::kBody);
  return judged.error().what.substr(0, judged.error().what.find(':'));
}

std::string answer_trouble(const std::function<void(VisitAnswer&)>& change) {
  VisitAnswer answer = samples::answer();
  change(answer);
  const auto judged = check_visit_answer(answer);
  EXPECT_EQ(decode_visit_answer(encode_visit_answer(answer)).has_value(), judged.has_value());
  return judged ? "" : judged.error().what.substr(0, judged.error().what.find(':'));
}

Component dated(DatePrecision precision, std::string start, std::string end) {
  return {ComponentMode::on_site, std::move(start), std::move(end), precision, {}};
}
std::string date_trouble(DatePrecision precision, const std::string& start, const std::string& end) {
  return trouble([&](VisitPlan& p) { p.components = {dated(precision, start, end)}; });
}

TEST(VisitPlan, ComesBackAsItWas) {
  const VisitPlan plan = samples::plan();
  const auto back = decode_visit_plan(encode_visit_plan(plan));
  ASSERT_TRUE(back) << back.error().what;
  EXPECT_EQ(*back, plan);
}

TEST(VisitPlan, WithoutInvitationAimsOrPlacesComesBackToo) {
  VisitPlan plan = samples::plan();
  plan.invitation.reset();
  plan.aims.clear();
  plan.participation.clear();
  plan.consent = {};
  plan.note.clear();
  plan.unverified = true;
  plan.components = {dated(DatePrecision::unknown, "", "")};
  const auto back = decode_visit_plan(encode_visit_plan(plan));
  ASSERT_TRUE(back) << back.error().what;
  EXPECT_EQ(*back, plan);
}

TEST(VisitPlan, AReportHasAKindADayAndOneLine) {
  const auto with = [](Report report) { return trouble([&](VisitPlan& p) { p.reports = {std::move(report)}; }); };
  for (const auto word : all_words<ReportKind>()) EXPECT_EQ(with({*parse_word<ReportKind>(word), "2027-04-20", ""}), "") << word;
  EXPECT_EQ(with({static_cast<ReportKind>(7), "2027-04-20", ""}), "reports.kind");
  EXPECT_EQ(with({ReportKind::draft, "2027-04-31", ""}), "reports.date");
  EXPECT_EQ(with({ReportKind::draft, "2027-04", ""}), "reports.date");
  EXPECT_EQ(with({ReportKind::draft, "1869-12-31", ""}), "reports.date");
  EXPECT_EQ(with({ReportKind::draft, "", ""}), "reports.date");
  EXPECT_EQ(with({ReportKind::draft, "2027-04-20", "two\nlines"}), "reports.symbol");
  EXPECT_EQ(trouble([](VisitPlan& p) { p.reports.resize(17, {ReportKind::draft, "2027-04-20", ""}); }), "reports");
}

TEST(VisitPlan, AMergedVisitAndNoOtherNamesTheOneInWhichItGoesOn) {
  const auto with = [](VisitStatus status, std::string into) {
    return trouble([&](VisitPlan& p) {
      p.status = status;
      p.merged_into = std::move(into);
    });
  };
  EXPECT_EQ(with(VisitStatus::merged, "1373-V-2026-0004"), "");
  EXPECT_EQ(with(VisitStatus::merged, ""), "merged_into");
  EXPECT_EQ(with(VisitStatus::scheduled, "1373-V-2026-0004"), "merged_into");
  EXPECT_EQ(with(VisitStatus::merged, samples::plan().record_id), "merged_into");
  EXPECT_EQ(with(VisitStatus::merged, "the other one"), "merged_into");
}

TEST(VisitPlan, TheSameRecordIsTheSameBytes) {
  EXPECT_EQ(encode_visit_plan(samples::plan()), encode_visit_plan(samples::plan()));
}

TEST(VisitPlan, ARecordIdIsOfItsLeadAndHasOneSpelling) {
  const auto with = [](std::string id) { return trouble([&](VisitPlan& p) { p.record_id = std::move(id); }); };
  for (const char* good : {"1540-V-2026-0001", "1540-V-2026-9999", "1540-V-2026-10000"})
    EXPECT_EQ(with(good), "") << good;
  for (const char* bad :
       {"", "1373-V-2026-0001", "1540-V-2026-1", "1540-V-2026-0000", "1540-V-26-0001", "1540-V-2026-00001",
        "1540-V-2026-000a", "1540-V-2026-0001 ", "1540-A-2026-0001", "1540-V-2026", "1540-V-2026-0001-2"}) {
    EXPECT_EQ(with(bad), "id") << bad;
  }
}

TEST(VisitPlan, OnlyTheFirstRevisionHasNoPrevious) {
  EXPECT_EQ(trouble([](VisitPlan& p) { p.revision = 0; }), "revision");
  EXPECT_EQ(trouble([](VisitPlan& p) { p.revision = 1; }), "previous_revision");
  EXPECT_EQ(trouble([](VisitPlan& p) { p.previous_revision = kZeroHash; }), "previous_revision");
  EXPECT_EQ(trouble([](VisitPlan& p) { p.revision = 1, p.previous_revision = kZeroHash; }), "");
}

TEST(VisitPlan, AStateIsThreeCapitalsNamedOnce) {
  for (const char* bad : {"", "KG", "kgz", "KGZZ", "K1Z", "\xff\xff\xff"})
    EXPECT_EQ(trouble([&](VisitPlan& p) { p.states[0].alpha3 = bad; }), "states") << bad;
  EXPECT_EQ(trouble([](VisitPlan& p) { p.states[1].alpha3 = "KGZ"; }), "states");
  EXPECT_EQ(trouble([](VisitPlan& p) { p.states.clear(); }), "states");
}

TEST(VisitPlan, ListsEndAtTheirLimits) {
  EXPECT_EQ(trouble([](VisitPlan& p) { p.components.assign(kComponentsMax, p.components[1]); }), "");
  EXPECT_EQ(trouble([](VisitPlan& p) { p.components.assign(kComponentsMax + 1, p.components[1]); }), "components");
  EXPECT_EQ(trouble([](VisitPlan& p) { p.components.clear(); }), "components");
  EXPECT_EQ(trouble([](VisitPlan& p) { p.components[1].places.assign(kPlacesMax, "Osh"); }), "");
  EXPECT_EQ(trouble([](VisitPlan& p) { p.components[1].places.assign(kPlacesMax + 1, "Osh"); }), "components.places");
  EXPECT_EQ(trouble([](VisitPlan& p) { p.aims.assign(kAimsMax + 1, "action_plan"); }), "aims");
  EXPECT_EQ(trouble([](VisitPlan& p) { p.participation.assign(kParticipationMax + 1, p.participation[0]); }),
            "participation");
}

TEST(VisitPlan, EachPrecisionHasItsForm) {
  EXPECT_EQ(date_trouble(DatePrecision::day, "2027-03-08", "2027-03-08"), "");
  EXPECT_EQ(date_trouble(DatePrecision::month, "2027-03", "2027-04"), "");
  EXPECT_EQ(date_trouble(DatePrecision::year, "2005", "2005"), "");
  EXPECT_EQ(date_trouble(DatePrecision::end_day, "", "2027-03-12"), "");
  EXPECT_EQ(date_trouble(DatePrecision::period, "2018", "2023"), "");
  EXPECT_EQ(date_trouble(DatePrecision::period, "2018-05", "2023-01"), "");
  EXPECT_EQ(date_trouble(DatePrecision::unknown, "", ""), "");
  EXPECT_EQ(date_trouble(DatePrecision::day, "2027-03", "2027-03"), "components");
  EXPECT_EQ(date_trouble(DatePrecision::day, "", "2027-03-08"), "components");
  EXPECT_EQ(date_trouble(DatePrecision::month, "2027-03-08", "2027-03-08"), "components");
  EXPECT_EQ(date_trouble(DatePrecision::year, "2027", ""), "components");
  EXPECT_EQ(date_trouble(DatePrecision::end_day, "2027-03-08", "2027-03-12"), "components");
  EXPECT_EQ(date_trouble(DatePrecision::period, "2018-05-01", "2023-01-01"), "components");
  EXPECT_EQ(date_trouble(DatePrecision::unknown, "2027", "2027"), "components");
}

TEST(VisitPlan, ADayThatDoesNotExistIsRefused) {
  for (const char* bad :
       {"2027-02-29", "2027-04-31", "2027-13-01", "2027-00-01", "2027-01-00", "2027/01/01", "20x7-01-01"}) {
    EXPECT_EQ(date_trouble(DatePrecision::day, bad, "2028-01-01"), "components.start") << bad;
    EXPECT_EQ(date_trouble(DatePrecision::day, "2020-01-01", bad), "components.end") << bad;
    EXPECT_EQ(trouble([&](VisitPlan& p) { p.consent.date = bad; }), "consent.date") << bad;
    EXPECT_EQ(trouble([&](VisitPlan& p) { p.invitation->date = bad; }), "invitation.date") << bad;
  }
  EXPECT_EQ(date_trouble(DatePrecision::day, "2028-02-29", "2028-02-29"), "");
}

TEST(VisitPlan, AnEndBeforeItsStartIsRefused) {
  EXPECT_EQ(date_trouble(DatePrecision::day, "2027-03-12", "2027-03-08"), "components.end");
  EXPECT_EQ(date_trouble(DatePrecision::month, "2027-03", "2027-02"), "components.end");
  EXPECT_EQ(date_trouble(DatePrecision::period, "2023", "2018"), "components.end");
}

TEST(VisitPlan, AYearThatIsASlipOfTheHandIsRefused) {
  EXPECT_EQ(date_trouble(DatePrecision::year, "0202", "2027"), "components");
  EXPECT_EQ(date_trouble(DatePrecision::end_day, "", "0202-01-01"), "components");
}

TEST(VisitPlan, WordsOutsideTheVocabulariesAreRefused) {
  for (const int bad : {0, 19, 255})
    EXPECT_EQ(trouble([&](VisitPlan& p) { p.status = static_cast<VisitStatus>(bad); }), "status") << bad;
  EXPECT_EQ(trouble([](VisitPlan& p) { p.kind = static_cast<VisitKind>(13); }), "kind");
  EXPECT_EQ(trouble([](VisitPlan& p) { p.components[0].mode = static_cast<ComponentMode>(0); }), "components.mode");
  EXPECT_EQ(trouble([](VisitPlan& p) { p.components[0].precision = static_cast<DatePrecision>(7); }),
            "components.precision");
  EXPECT_EQ(trouble([](VisitPlan& p) { p.consent.status = static_cast<ConsentStatus>(0); }), "consent.status");
  EXPECT_EQ(trouble([](VisitPlan& p) { p.participation[0].role = static_cast<ParticipationRole>(9); }),
            "participation.role");
  EXPECT_EQ(trouble([](VisitPlan& p) { p.aims = {"Action Plan"}; }), "aims");
}

TEST(VisitPlan, UncleanTextIsRefusedInEveryField) {
  const std::string unclean = "a\u202eb";
  EXPECT_EQ(trouble([&](VisitPlan& p) { p.title = unclean; }), "title");
  EXPECT_EQ(trouble([&](VisitPlan& p) { p.states[0].name_in_source = unclean; }), "states.name_in_source");
  EXPECT_EQ(trouble([&](VisitPlan& p) { p.components[1].places = {unclean}; }), "components.places");
  EXPECT_EQ(trouble([&](VisitPlan& p) { p.consent.reference = unclean; }), "consent.reference");
  EXPECT_EQ(trouble([&](VisitPlan& p) { p.consent.signed_by = unclean; }), "consent.signed_by");
  EXPECT_EQ(trouble([&](VisitPlan& p) { p.invitation->reference = unclean; }), "invitation.reference");
  EXPECT_EQ(trouble([&](VisitPlan& p) { p.invitation->issuer = unclean; }), "invitation.issuer");
  EXPECT_EQ(trouble([&](VisitPlan& p) { p.participation[0].body = unclean; }), "participation.body");
  EXPECT_EQ(trouble([&](VisitPlan& p) { p.participation[0].note = unclean; }), "participation.note");
  EXPECT_EQ(trouble([&](VisitPlan& p) { p.paragraph = unclean; }), "paragraph");
  EXPECT_EQ(trouble([&](VisitPlan& p) { p.contact = unclean; }), "contact");
  EXPECT_EQ(trouble([&](VisitPlan& p) { p.note = unclean; }), "note");
  EXPECT_EQ(trouble([&](VisitPlan& p) { p.source = unclean; }), "source");
  EXPECT_EQ(trouble([](VisitPlan& p) { p.title = "two\nlines"; }), "title");
}

TEST(VisitPlan, ManyAimsThatShareOneLongTextBuyNoMemory) {
  flatbuffers::FlatBufferBuilder b;
  const auto text = b.CreateString(std::string(30'000, 'a'));
  const auto aims = b.CreateVector(std::vector<flatbuffers::Offset<flatbuffers::String>>(8'000, text));
  const auto states = b.CreateVector(std::vector<flatbuffers::Offset<fbs::StateRef>>{});
  const auto components = b.CreateVector(std::vector<flatbuffers::Offset<fbs::Component>>{});
  const auto bodies = b.CreateVector(std::vector<flatbuffers::Offset<fbs::Participation>>{});
  const auto reports = b.CreateVector(std::vector<flatbuffers::Offset<fbs::Report>>{});
  const auto hash = b.CreateVector(Bytes(32));
  const auto lead = b.CreateString("1540");
  const auto consent = fbs::CreateConsent(b, fbs::ConsentStatus::granted, text, text, text);
  b.Finish(fbs::CreateVisitPlan(b, text, 1, hash, lead, fbs::VisitStatus::closed, fbs::VisitKind::first, text, states,
                                components, aims, consent, 0, bodies, text, text, text, text, false, text, reports),
           "LSNV");
  const auto decoded = decode_visit_plan({b.GetBufferPointer(), b.GetSize()});
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().what, "the visit plan holds a list longer than allowed");
}

TEST(VisitAnswer, ComesBackAsItWas) {
  const auto back = decode_visit_answer(encode_visit_answer(samples::answer()));
  ASSERT_TRUE(back) << back.error().what;
  EXPECT_EQ(*back, samples::answer());
}

TEST(VisitAnswer, IsJudgedFieldByField) {
  EXPECT_EQ(answer_trouble([](VisitAnswer& a) { a.record_id = "V-2026-0001"; }), "id");
  EXPECT_EQ(answer_trouble([](VisitAnswer& a) { a.record_id = ""; }), "id");
  EXPECT_EQ(answer_trouble([](VisitAnswer& a) { a.record_id = "a-V-b-V-2026-0001"; }), "");
  EXPECT_EQ(answer_trouble([](VisitAnswer& a) { a.revision = 0; }), "revision");
  EXPECT_EQ(answer_trouble([](VisitAnswer& a) { a.answer = static_cast<AnswerKind>(0); }), "answer");
  EXPECT_EQ(answer_trouble([](VisitAnswer& a) { a.answer = static_cast<AnswerKind>(6); }), "answer");
  EXPECT_EQ(answer_trouble([](VisitAnswer& a) { a.body = "two\nlines"; }), "body");
  EXPECT_EQ(answer_trouble([](VisitAnswer& a) { a.text = "two\nlines"; }), "");
  EXPECT_EQ(answer_trouble([](VisitAnswer& a) { a.text = std::string(16 * 1024 + 1, 'x'); }), "text");
  EXPECT_EQ(answer_trouble([](VisitAnswer& a) { a.contact = "\x07"; }), "contact");
}

TEST(VisitAnswer, APlanIsNoAnswer) {
  EXPECT_EQ(decode_visit_answer(encode_visit_plan(samples::plan())).error().code, Code::kBody);
  EXPECT_EQ(decode_visit_plan(encode_visit_answer(samples::answer())).error().code, Code::kBody);
}

template <class Enum>
void words_match(std::size_t count, const char* const* names) {
  const auto words = all_words<Enum>();
  ASSERT_EQ(words.size(), count);
  for (std::size_t i = 0; i < count; ++i) {
    EXPECT_EQ(parse_word<Enum>(words[i]), static_cast<Enum>(i + 1));
    EXPECT_EQ(word_of(static_cast<Enum>(i + 1)), words[i]);
    const std::string_view name = names[i + 1];
    EXPECT_EQ(name.substr(0, words[i].size()), words[i]);
    EXPECT_TRUE(name.size() == words[i].size() || name == "virtual_") << name;
  }
  EXPECT_FALSE(parse_word<Enum>("invalid"));
  EXPECT_FALSE(parse_word<Enum>(""));
}

TEST(VisitWords, AreThoseOfTheSchemaInItsOrder) {
  words_match<DatePrecision>(6, fbs::EnumNamesDatePrecision());
  words_match<ComponentMode>(2, fbs::EnumNamesComponentMode());
  words_match<VisitStatus>(18, fbs::EnumNamesVisitStatus());
  words_match<VisitKind>(12, fbs::EnumNamesVisitKind());
  words_match<ConsentStatus>(6, fbs::EnumNamesConsentStatus());
  words_match<ParticipationRole>(6, fbs::EnumNamesParticipationRole());
  words_match<AnswerKind>(5, fbs::EnumNamesAnswerKind());
}

TEST(VisitDates, AComponentSpansAllTheDaysItMayTouch) {
  const auto span = [](DatePrecision precision, const char* start, const char* end) {
    const auto days = day_span(dated(precision, start, end));
    return days ? date_text(days->first) + " " + date_text(days->last) : std::string("none");
  };
  EXPECT_EQ(span(DatePrecision::day, "2027-03-08", "2027-03-12"), "2027-03-08 2027-03-12");
  EXPECT_EQ(span(DatePrecision::month, "2028-02", "2028-02"), "2028-02-01 2028-02-29");
  EXPECT_EQ(span(DatePrecision::year, "2005", "2005"), "2005-01-01 2005-12-31");
  EXPECT_EQ(span(DatePrecision::period, "2018", "2023-04"), "2018-01-01 2023-04-30");
  EXPECT_EQ(span(DatePrecision::end_day, "", "2027-03-12"), "2027-03-12 2027-03-12");
  EXPECT_EQ(span(DatePrecision::unknown, "", ""), "none");
}

TEST(VisitDates, DaysCountFromTheEpoch) {
  EXPECT_EQ(parse_date("1970-01-01"), 0);
  EXPECT_EQ(parse_date("1969-12-31"), -1);
  EXPECT_EQ(parse_date("2026-11-23"), 20'780);
  for (const std::int64_t day : {-36'524, -1, 0, 20'780, 100'000}) EXPECT_EQ(parse_date(date_text(day)), day);
  for (const char* bad : {"", "2027", "2027-03", "2027-03-8", "2027-03-08T", "2027-02-30"})
    EXPECT_FALSE(parse_date(bad)) << bad;
}

}  // namespace
}  // namespace liaison
