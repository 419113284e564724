// SPDX-License-Identifier: Apache-2.0
// The printing half of visit_json.h.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "nodes/domain/states.h"
#include "nodes/domain/visit_json.h"

namespace liaison {
namespace {

using nlohmann::json;

json states_json(const VisitPlan& plan) {
  auto out = json::array();
  for (const auto& state : plan.states) {
    json one = {{"alpha3", state.alpha3}, {"name", States::standard().name_of(state.alpha3)}};
    if (!state.name_in_source.empty()) one["name_in_source"] = state.name_in_source;
    out.push_back(std::move(one));
  }
  return out;
}

json components_json(const VisitPlan& plan) {
  auto out = json::array();
  for (const auto& part : plan.components) {
    out.push_back({{"mode", word_of(part.mode)},
                   {"start", part.start},
                   {"end", part.end},
                   {"precision", word_of(part.precision)},
                   {"places", part.places}});
  }
  return out;
}

json participation_json(const VisitPlan& plan) {
  auto out = json::array();
  for (const auto& one : plan.participation) out.push_back({{"body", one.body}, {"role", word_of(one.role)}, {"note", one.note}});
  return out;
}

json reports_json(const VisitPlan& plan) {
  auto out = json::array();
  for (const auto& one : plan.reports) out.push_back({{"kind", word_of(one.kind)}, {"date", one.date}, {"symbol", one.symbol}});
  return out;
}

json consent_json(const Consent& consent) {
  return {{"status", word_of(consent.status)}, {"date", consent.date}, {"reference", consent.reference}, {"signed_by", consent.signed_by}};
}

}  // namespace

json state_json(const State& state) {
  json names = json::object(), former = json::array();
  for (const auto language : kLanguages) names[std::string(word_of(language))] = state.name_in(language);
  for (const auto& one : States::standard().former_names_of(state.alpha3)) {
    former.push_back({{"name", one.name}, {"from", one.from ? json(*one.from) : json(nullptr)}, {"until", one.until ? json(*one.until) : json(nullptr)}});
  }
  return {{"alpha3", state.alpha3}, {"alpha2", state.alpha2}, {"m49", state.m49}, {"name", state.name}, {"observer", state.observer},
          {"region", state.subregion_name}, {"continent", state.region_name}, {"group", title_of(state.group)}, {"names", std::move(names)},
          {"former_names", std::move(former)}};
}

json fields_json(const VisitPlan& plan) {
  json out = {{"states", states_json(plan)},
              {"components", components_json(plan)},
              {"kind", word_of(plan.kind)},
              {"title", plan.title},
              {"aims", plan.aims},
              {"status", word_of(plan.status)},
              {"consent", consent_json(plan.consent)},
              {"invitation", nullptr},
              {"participation", participation_json(plan)},
              {"paragraph", plan.paragraph},
              {"contact", plan.contact},
              {"note", plan.note},
              {"source", plan.source},
              {"unverified", plan.unverified},
              {"merged_into", plan.merged_into},
              {"reports", reports_json(plan)}};
  if (plan.invitation) {
    out["invitation"] = {{"date", plan.invitation->date}, {"reference", plan.invitation->reference}, {"issuer", plan.invitation->issuer}};
  }
  return out;
}

std::optional<DaySpan> days_of(const VisitPlan& plan) {
  std::optional<DaySpan> all;
  for (const auto& part : plan.components) {
    const auto span = day_span(part);
    if (!span) continue;
    if (!all) all = span;
    all->first = std::min(all->first, span->first);
    all->last = std::max(all->last, span->last);
  }
  return all;
}

json changed_fields(const VisitPlan& before, const VisitPlan& after) {
  const json was = fields_json(before);
  const json is = fields_json(after);
  auto out = json::object();
  for (const auto& [key, value] : is.items()) {
    if (was.at(key) != value) out[key] = {{"from", was.at(key)}, {"to", value}};
  }
  return out;
}

std::string dates_text(const Component& part) {
  if (part.precision == DatePrecision::unknown) return "days not known";
  if (part.start.empty()) return "until " + part.end;
  return part.start == part.end ? part.start : part.start + " to " + part.end;
}

std::string dates_text(const VisitPlan& plan) {
  std::string out;
  for (const auto& part : plan.components) {
    if (!out.empty()) out += " and ";
    out += dates_text(part);
    if (part.mode == ComponentMode::virtual_) out += " virtual";
  }
  return out;
}

}  // namespace liaison
