// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/happened.h"

#include <algorithm>

#include "nodes/domain/visit_json.h"
#include "nodes/domain/visit_rules.h"
#include "nodes/domain/words.h"
#include "schemas/dates.h"

namespace liaison {
namespace {

// Of a month or a year it is enough that it has begun. Text that is no date is another check's.
bool is_to_come(std::string_view date, std::int64_t today) {
  const auto span = span_of(date);
  return span && span->first > today + kZonesDays;
}

Result<void> check_date(const std::string& field, const std::string& date, std::int64_t today) {
  if (!is_to_come(date, today)) return {};
  return fail(Code::kInput, field + ": " + date + " is still to come, and this field says what has happened",
              "give a day up to today, " + date_text(today) + ", or leave it out until it has happened");
}

bool says_done(const RecordField& field) { return field.type == RecordField::Type::kText && field.name.ends_with("_on"); }

Result<void> check_values(const std::vector<RecordField>& fields, const std::vector<RecordValue>& values, const std::string& before, std::int64_t today) {
  for (std::size_t i = 0; i < fields.size() && i < values.size(); ++i) {
    const std::string name = before + fields[i].name;
    if (says_done(fields[i])) TRY(check_date(name, values[i].text, today));
    if (fields[i].type != RecordField::Type::kPart) continue;
    if (!fields[i].list) TRY(check_values(fields[i].parts, values[i].items, name + ".", today));
    for (std::size_t j = 0; fields[i].list && j < values[i].items.size(); ++j) {
      TRY(check_values(fields[i].parts, values[i].items[j].items, name + "[" + std::to_string(j) + "].", today));
    }
  }
  return {};
}

// In place of what is as it was, nothing: it was looked at when it was said.
std::vector<RecordValue> said_anew(const Record* before, const Record& after) {
  std::vector<RecordValue> values = after.values;
  for (std::size_t i = 0; before != nullptr && i < values.size(); ++i) {
    if (values[i] == before->values[i]) values[i] = {};
  }
  return values;
}

Result<void> check_begun(const VisitPlan* before, const VisitPlan& after, std::int64_t today) {
  if (!has_begun(after.status)) return {};
  if (before != nullptr && before->status == after.status && before->components == after.components) return {};
  const auto days = days_of(after);
  if (!days || days->first <= today + kZonesDays) return {};
  return fail(Code::kTransition,
              "status: a visit is not " + in_words(std::string(word_of(after.status))) + " before its first day, and this one begins on " +
                  date_text(days->first),
              "take the step when that day has come, or correct the days with --from and --to");
}

}  // namespace

Result<void> check_happened(const Record* before, const Record& after, std::int64_t today) {
  return check_values(after.kind->fields, said_anew(before, after), "", today);
}

Result<void> check_happened(const VisitPlan* before, const VisitPlan& after, std::int64_t today) {
  if (before == nullptr || !(before->consent == after.consent)) TRY(check_date("consent.date", after.consent.date, today));
  if (after.invitation && (before == nullptr || !(before->invitation == after.invitation))) {
    TRY(check_date("invitation.date", after.invitation->date, today));
  }
  for (std::size_t i = 0; i < after.reports.size(); ++i) {
    const Report& report = after.reports[i];
    const bool known = before != nullptr && std::find(before->reports.begin(), before->reports.end(), report) != before->reports.end();
    if (!known) TRY(check_date("reports[" + std::to_string(i) + "].date", report.date, today));
  }
  return check_begun(before, after, today);
}

}  // namespace liaison
