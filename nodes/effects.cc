// SPDX-License-Identifier: Apache-2.0
#include "nodes/effects.h"

namespace liaison {

bool is_domain_kind(std::string_view kind) { return kind == kKindVisitPlan || kind == kKindVisitAnswer || kind == kKindVisitRecall; }

std::string record_of(std::string_view kind, View body) {
  if (kind == kKindVisitPlan) {
    const auto plan = decode_visit_plan(body);
    return plan ? plan->record_id : std::string();
  }
  if (kind == kKindVisitRecall) {
    const auto recall = decode_visit_recall(body);
    return recall ? recall->record_id : std::string();
  }
  const auto answer = kind == kKindVisitAnswer ? decode_visit_answer(body) : Result<VisitAnswer>(fail(Code::kSchema, "no visit"));
  return answer ? answer->record_id : std::string();
}

Result<Code> apply_effect(Visits& visits, const Effect& effect, NodeOutcome& outcome) {
  if (!is_domain_kind(effect.kind)) return Code::kSchema;
  auto news = visits.apply(effect);
  if (!news && news.error().code == Code::kBody) return Code::kBody;
  if (!news) return std::move(news).error();
  for (VisitEvent& one : *news) {
    News event;
    event.name = one.name;
    event.visit = std::move(one);
    outcome.events.push_back(std::move(event));
  }
  return Code::kAccepted;
}

}  // namespace liaison
