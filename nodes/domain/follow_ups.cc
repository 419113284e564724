// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/follow_ups.h"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>

namespace liaison {
namespace {

using nlohmann::json;

constexpr std::string_view kClockedMember = "1373";

std::optional<std::int64_t> latest(const VisitPlan& plan, ReportKind kind) {
  std::optional<std::int64_t> day;
  for (const auto& one : plan.reports) {
    if (one.kind == kind) day = std::max(day, parse_date(one.date));
  }
  return day;
}

// What came before it answers an earlier one.
std::optional<std::int64_t> answer_to(const VisitPlan& plan, ReportKind kind, std::int64_t since) {
  const auto day = latest(plan, kind);
  return day && *day >= since ? day : std::nullopt;
}

bool waits_in(const VisitPlan& plan, VisitStatus first, VisitStatus second) { return plan.status == first || plan.status == second; }

}  // namespace

std::int64_t months_later(std::int64_t day, unsigned months) {
  using namespace std::chrono;
  const year_month_day from{sys_days{days{day}}};
  const year_month_day to = from + std::chrono::months{months};
  return sys_days{to.ok() ? to : to.year() / to.month() / last}.time_since_epoch().count();
}

std::int64_t months_earlier(std::int64_t day, unsigned months) {
  using namespace std::chrono;
  const year_month_day from{sys_days{days{day}}};
  const year_month_day to = from - std::chrono::months{months};
  auto earlier = sys_days{to.ok() ? to : to.year() / to.month() / last}.time_since_epoch().count();
  while (months_later(earlier, months) < day) ++earlier;
  return earlier;
}

std::vector<FollowUp> follow_ups(const VisitPlan& plan) {
  std::vector<FollowUp> all;
  if (plan.lead.str() != kClockedMember) return all;
  if (const auto draft = latest(plan, ReportKind::draft)) {
    const auto done = answer_to(plan, ReportKind::state_observations, *draft);
    all.push_back({ReportKind::state_observations, *draft, *draft + kObservationsDays, done,
                   !done && waits_in(plan, VisitStatus::draft_report, VisitStatus::state_comments)});
  }
  if (const auto adopted = latest(plan, ReportKind::final_report)) {
    const auto done = answer_to(plan, ReportKind::state_response, *adopted);
    all.push_back({ReportKind::state_response, *adopted, months_later(*adopted, kResponseMonths), done,
                   !done && waits_in(plan, VisitStatus::report_adopted, VisitStatus::state_response)});
  }
  return all;
}

json follow_ups_json(const VisitPlan& plan) {
  json out = json::array();
  for (const auto& one : follow_ups(plan)) {
    out.push_back({{"awaited", word_of(one.awaited)}, {"since", date_text(one.since)}, {"due", date_text(one.due)},
                   {"done", one.done ? json(date_text(*one.done)) : json(nullptr)}, {"waits", one.waits}});
  }
  return out;
}

}  // namespace liaison
