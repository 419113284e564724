// SPDX-License-Identifier: Apache-2.0
// Visits and answers as the API's JSON: what was read and may stand, printed, reads the same again and survives its bytes.
#include <nlohmann/json.hpp>

#include "nodes/domain/visit_json.h"
#include "tests/fuzz/fuzz.h"

namespace liaison {
namespace {

using nlohmann::json;

VisitPlan blank_visit() {
  VisitPlan plan;
  plan.record_id = "1540-V-2027-0001";
  plan.revision = 1;
  plan.lead = *MemberId::parse("1540");
  return plan;
}

void try_plan(const json& fields) {
  VisitPlan plan = blank_visit();
  const auto audience = read_visit_fields(fields, plan);
  if (!audience) {
    CHECK(!audience.error().what.empty());
    return;
  }
  if (!check_visit_plan(plan)) return;
  VisitPlan again = blank_visit();
  CHECK(read_visit_fields(fields_json(plan), again) && again == plan);
  CHECK(changed_fields(plan, again).empty() && !dates_text(plan).empty());
  CHECK(decode_visit_plan(encode_visit_plan(plan)).value() == plan);
}

void try_answer(const json& fields) {
  VisitAnswer answer;
  answer.record_id = "1540-V-2027-0001";
  answer.revision = 1;
  if (!read_answer_fields(fields, answer) || !check_visit_answer(answer)) return;
  CHECK(decode_visit_answer(encode_visit_answer(answer)).value() == answer);
}

}  // namespace
}  // namespace liaison

FUZZ_ENTRY(draft) {
  using namespace liaison;
  const auto fields = nlohmann::json::parse(data, data + size, nullptr, false);
  if (fields.is_discarded()) return 0;
  try_plan(fields);
  try_answer(fields);
  return 0;
}
