// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/finding_words.h"

#include <algorithm>

#include "nodes/domain/states.h"
#include "nodes/domain/visit_json.h"
#include "nodes/domain/words.h"

namespace liaison {
namespace {

std::string span_text(const DaySpan& span) {
  return span.first == span.last ? date_text(span.first) : date_text(span.first) + " to " + date_text(span.last);
}

constexpr std::size_t kStretchesTold = 5;

}  // namespace

std::vector<std::string> codes_of(const VisitPlan& plan) {
  std::vector<std::string> codes;
  for (const auto& state : plan.states) codes.push_back(state.alpha3);
  std::sort(codes.begin(), codes.end());
  return codes;
}

std::vector<std::string> shared_states(const VisitPlan& a, const VisitPlan& b) {
  const auto x = codes_of(a), y = codes_of(b);
  std::vector<std::string> out;
  std::set_intersection(x.begin(), x.end(), y.begin(), y.end(), std::back_inserter(out));
  return out;
}

std::vector<std::string> all_states(const VisitPlan& a, const VisitPlan& b) {
  const auto x = codes_of(a), y = codes_of(b);
  std::vector<std::string> out;
  std::set_union(x.begin(), x.end(), y.begin(), y.end(), std::back_inserter(out));
  return out;
}

std::string names(const std::vector<std::string>& codes) {
  std::vector<std::string> out;
  for (const auto& code : codes) {
    const State* state = States::standard().find(code);
    out.push_back((state != nullptr && state->with_article ? "the " : "") + States::standard().name_of(code));
  }
  return listed(out);
}

std::string spans_text(const std::vector<DaySpan>& spans) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < std::min(spans.size(), kStretchesTold); ++i) out.push_back(span_text(spans[i]));
  if (spans.size() > kStretchesTold) out.push_back(std::to_string(spans.size() - kStretchesTold) + " more");
  return listed(out);
}

Finding about_visit(FindingKind kind, const VisitFacts& visit) {
  Finding finding;
  finding.kind = kind;
  finding.id = std::string(word_of(kind)) + "." + visit.plan.record_id;
  finding.visits = {visit.plan.record_id};
  finding.states = codes_of(visit.plan);
  finding.committees = {visit.plan.lead.str()};
  finding.contacts = {{visit.plan.lead.str(), visit.plan.contact}};
  finding.since = visit.since;
  finding.unverified = visit.plan.unverified;
  return finding;
}

std::string record_and_dates(const VisitPlan& plan) {
  return plan.record_id + ": " + dates_text(plan) + (plan.unverified ? ", not verified" : "");
}

std::string both_in_brackets(const VisitPlan& a, const VisitPlan& b) {
  return " (" + record_and_dates(a) + "; " + record_and_dates(b) + ")";
}

}  // namespace liaison
