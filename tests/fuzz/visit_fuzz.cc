// SPDX-License-Identifier: Apache-2.0
// Bodies of visit.plan, visit.answer and visit.recall.
#include "schemas/visit.h"

#include "tests/fuzz/fuzz.h"

namespace liaison {
namespace {

void check_plan(const VisitPlan& plan) {
  CHECK(check_visit_plan(plan));
  CHECK(decode_visit_plan(encode_visit_plan(plan)).value() == plan);
  for (const auto& component : plan.components) {
    const auto span = day_span(component);
    CHECK(span.has_value() == (component.precision != DatePrecision::unknown));
    if (span) CHECK(span->first <= span->last && parse_date(date_text(span->first)) == span->first);
  }
}

void check_answer(const VisitAnswer& answer) {
  CHECK(check_visit_answer(answer));
  CHECK(decode_visit_answer(encode_visit_answer(answer)).value() == answer);
}

void check_recall(const VisitRecall& recall) {
  CHECK(check_visit_recall(recall));
  CHECK(decode_visit_recall(encode_visit_recall(recall)).value() == recall);
}

}  // namespace
}  // namespace liaison

FUZZ_ENTRY(visit) {
  using namespace liaison;
  const View bytes{data, size};
  if (fuzz::settles(bytes, decode_visit_plan, encode_visit_plan)) check_plan(*decode_visit_plan(bytes));
  if (fuzz::settles(bytes, decode_visit_answer, encode_visit_answer)) check_answer(*decode_visit_answer(bytes));
  if (fuzz::settles(bytes, decode_visit_recall, encode_visit_recall)) check_recall(*decode_visit_recall(bytes));
  return 0;
}
