// SPDX-License-Identifier: Apache-2.0
#include "nodes/cli/bench_visits.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <nlohmann/json.hpp>
#include <random>

#include "nodes/cli/bench_times.h"
#include "nodes/domain/states.h"
#include "nodes/domain/visits.h"
#include "security/hash.h"
#include "security/sqlite.h"

namespace liaison {
namespace {

using nlohmann::json;
using Filters = std::map<std::string, std::string>;

constexpr int kPlans = 300;
constexpr TimeMs kVisitsNow = 1'795'424'400'000;   // 2026-11-23
constexpr TimeMs kMonthMs = 30 * kDayMs;
constexpr std::int64_t kVisitsYears = 20;

class KnownVisits {
 public:
  static Result<KnownVisits> make(const std::filesystem::path& folder) {
    std::filesystem::create_directories(folder);
    KnownVisits known;
    known.database_ = TRY(Database::open(folder / "visits.db", {}));
    VisitsConfig config;
    config.member = *MemberId::parse("1373");
    config.others = {*MemberId::parse("1267"), *MemberId::parse("1540")};
    config.contact = "visits desk";
    known.visits_ = TRY(Visits::open(*known.database_, config));
    return known;
  }

  // Mostly of the past twenty years, the newest last, as a log would have them.
  Result<void> fill(std::uint64_t count) {
    TRY(database_->begin());
    for (std::uint64_t i = 0; i < count; ++i) {
      const auto day = first_day_ + static_cast<std::int64_t>(i) * kVisitsYears * 365 / static_cast<std::int64_t>(count);
      TRY(take(plan_of(i, day)));
      if (i % 500 == 499) TRY(database_->commit());
      if (i % 500 == 499) TRY(database_->begin());
    }
    return database_->commit();
  }

  // An officer's plan: what the draft says of it, and what the views make of it.
  Result<double> plan_ms(std::uint64_t number) {
    const auto& states = States::standard().all();
    const auto day = first_day_ + static_cast<std::int64_t>(random_() % (kVisitsYears * 365));
    const json fields = {{"states", {states[random_() % states.size()].alpha3}}, {"title", "One plan more"},
                         {"components", {{{"start", date_text(day)}, {"end", date_text(day + 4)}}}}};
    const auto start = SteadyClock::now();
    TRY(database_->begin());
    const auto draft = TRY(visits_->plan(fields, Visits::Origin::kOfficer, kVisitsNow));
    TRY(apply(draft.kind, MemberId::parse("1373").value(), draft.body, number));
    TRY(database_->commit());
    return std::chrono::duration<double, std::milli>(SteadyClock::now() - start).count();
  }

  Visits& visits() { return *visits_; }
  std::string random_state() {
    const auto& states = States::standard().all();
    return states[random_() % states.size()].alpha3;
  }
  std::string random_day() { return date_text(first_day_ + static_cast<std::int64_t>(random_() % (kVisitsYears * 365))); }
  std::string random_record() { return records_[random_() % records_.size()]; }

 private:
  VisitPlan plan_of(std::uint64_t number, std::int64_t day) {
    static const std::vector<std::string> leads = {"1267", "1373", "1540"};
    const auto& states = States::standard().all();
    VisitPlan plan;
    plan.lead = *MemberId::parse(leads[number % leads.size()]);
    char serial[16];
    std::snprintf(serial, sizeof serial, "%05llu", static_cast<unsigned long long>(number + 10'000));
    plan.record_id = plan.lead.str() + "-V-2026-" + serial;
    plan.revision = 1;
    plan.status = VisitStatus::conducted;
    plan.title = "Visit on the implementation of resolution 1540 (2004) and what follows from it";
    plan.states.push_back({states[random_() % states.size()].alpha3, ""});
    if (number % 20 == 0) plan.states.push_back({states[(random_() % (states.size() - 1))].alpha3, ""});
    if (plan.states.size() == 2 && plan.states[0].alpha3 == plan.states[1].alpha3) plan.states.pop_back();
    const auto length = static_cast<std::int64_t>(random_() % 5);
    plan.components.push_back({ComponentMode::on_site, date_text(day), date_text(day + length), DatePrecision::day, {"the capital"}});
    plan.consent.status = ConsentStatus::as_source_says;
    plan.contact = plan.lead.str() + " visits desk";
    plan.note = "What was agreed with the Government beforehand, and who will be met on which day.";
    return plan;
  }

  Result<void> take(const VisitPlan& plan) {
    const Bytes body = encode_visit_plan(plan);
    TRY(apply(std::string(kKindVisitPlan), plan.lead, body, records_.size()));
    records_.push_back(plan.record_id);
    if (records_.size() % 10 != 0) return {};
    VisitAnswer answer;
    answer.record_id = plan.record_id;
    answer.revision = 1;
    answer.plan_hash = sha256(body);
    answer.answer = AnswerKind::joins;
    answer.contact = "visits desk";
    const auto sender = *MemberId::parse(plan.lead.str() == "1267" ? "1540" : "1267");
    return apply(std::string(kKindVisitAnswer), sender, encode_visit_answer(answer), records_.size());
  }

  Result<void> apply(const std::string& kind, const MemberId& sender, View body, std::uint64_t number) {
    Effect effect;
    effect.message_id = sha256({view_of(kind), view_of(std::to_string(number)), view_of(std::to_string(index_)), body});
    effect.sender = sender;
    effect.kind = kind;
    effect.marking = "committees";
    effect.recipients = {*MemberId::parse("1267"), *MemberId::parse("1540")};
    effect.index = index_;
    effect.time_ms = kVisitsNow - kMonthMs + index_ * 1000;
    effect.body = body;
    ++index_;
    TRY(visits_->apply(effect));
    return {};
  }

  std::unique_ptr<Database> database_;
  std::unique_ptr<Visits> visits_;
  std::vector<std::string> records_;
  std::uint64_t index_ = 10;
  std::mt19937 random_{7};
  std::int64_t first_day_ = parse_date("2008-01-01").value_or(0);
};

// As the API answers it: the page and its text.
Result<PageTime> measured(std::string key, std::string what, const std::function<Result<json>()>& page) {
  std::vector<double> times;
  for (int i = 0; i < kBenchRounds; ++i) {
    const auto start = SteadyClock::now();
    const json answer = TRY(page());
    const std::string text = answer.dump();
    times.push_back(std::chrono::duration<double, std::milli>(SteadyClock::now() - start).count());
    if (text.size() < 2) return fail(Code::kInternal, what + " is empty");
  }
  return time_of(std::move(key), std::move(what), std::move(times));
}

}  // namespace

Result<std::vector<PageTime>> measure_pages(const std::filesystem::path& folder, std::uint64_t count) {
  auto known = TRY(KnownVisits::make(folder / "visits"));
  TRY(known.fill(count));
  Visits& visits = known.visits();
  const std::int64_t today = static_cast<std::int64_t>(kVisitsNow / kDayMs);
  struct Page { const char* key; const char* what; std::function<Result<json>()> ask; };
  const auto year = [&] { return known.random_day().substr(0, 4); };
  const std::vector<Page> pages = {
      {"list", "a list of 50 visits", [&] { return visits.list(Filters{{"to", known.random_day()}}); }},
      {"list_state", "a list of one State's visits", [&] { return visits.list(Filters{{"state", known.random_state()}}); }},
      {"list_text", "a list of visits with a word that few have", [&] { return visits.list(Filters{{"text", "Ulaanbaatar"}}); }},
      {"show", "one visit", [&] { return visits.show(known.random_record()); }},
      {"calendar_month", "a month of the calendar", [&] {
         const auto day = known.random_day().substr(0, 8);
         return visits.calendar(Filters{{"from", day + "01"}, {"to", day + "28"}});
       }},
      {"calendar_year", "a year of the calendar", [&] {
         const auto one = year();
         return visits.calendar(Filters{{"from", one + "-01-01"}, {"to", one + "-12-31"}});
       }},
      {"state", "a State's page", [&] { return visits.state_page(known.random_state(), today); }},
      {"today", "what an officer begins the day with", [&] { return visits.today(kVisitsNow - kDayMs, today); }},
      {"conflicts", "a list of 50 findings", [&] { return visits.conflicts(Filters{}); }},
      {"conflicts_state", "a list of one State's findings", [&] { return visits.conflicts(Filters{{"state", known.random_state()}}); }},
  };
  std::vector<PageTime> out;
  for (const auto& page : pages) out.push_back(TRY(measured(page.key, page.what, page.ask)));
  std::vector<double> times;
  for (std::uint64_t i = 0; i < kPlans; ++i) times.push_back(TRY(known.plan_ms(count + i)));
  out.push_back(time_of("plan", "one plan more with all its findings, stored", std::move(times)));
  return out;
}

}  // namespace liaison
