// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/dues.h"

#include <algorithm>

#include "nodes/domain/cycles.h"
#include "nodes/domain/terms.h"
#include "nodes/domain/words.h"

namespace liaison {
namespace {

using Form = RecordField::Form;
using Type = RecordField::Type;
using Values = std::vector<RecordValue>;

std::string text_named(const std::vector<RecordField>& fields, const Values& values, std::string_view name) {
  const std::size_t at = place_of(fields, name);
  return at < fields.size() ? values[at].text : std::string();
}

std::string days(std::int64_t count) { return std::to_string(count) + (count == 1 ? " day" : " days"); }

// "before 1 December" names a day that is not in time itself; a kind that can say so has the field `day_excluded`.
bool is_excluded(const std::vector<RecordField>& fields, const Values& values) {
  const std::size_t at = place_of(fields, "day_excluded");
  return at < fields.size() && values[at].flag;
}

void add_marked(const std::vector<RecordField>& fields, const Values& values, const std::string& name, const std::string& what, bool over,
                std::vector<DueDate>& out) {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const auto day = fields[i].done.empty() ? std::nullopt : span_of(values[i].text);
    if (!day) continue;
    DueDate due;
    due.name = name.empty() ? fields[i].name : name;
    due.what = what.empty() ? in_words(fields[i].name) : what;
    due.last_day = day->last - (is_excluded(fields, values) ? 1 : 0);
    const std::string done = text_named(fields, values, fields[i].done);
    due.done = span_of(done);
    due.open = done.empty() && !over;
    if (done.empty() && over) continue;   // nobody waits for it any more
    out.push_back(std::move(due));
  }
}

void add_parts(const RecordField& field, const RecordValue& value, bool over, std::vector<DueDate>& out) {
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    const Values& part = value.items[i].items;
    const std::string what = text_named(field.parts, part, "text");
    add_marked(field.parts, part, field.name + "[" + std::to_string(i) + "]", what.substr(0, what.find('\n')), over, out);
  }
}

// Counted without the holidays that are not known.
std::int64_t weekdays_after(std::int64_t day, std::uint32_t count) {
  while (count > 0) {
    if (!is_weekend(++day)) --count;
  }
  return day;
}

// Sets the last day, and adds to how it was found what does not go without saying.
void count_working(std::int64_t start, std::uint32_t count, const Waits& waits, DueDate& due) {
  due.last_day = weekdays_after(start, count);
  if (!waits.calendar) {
    due.computed += kWithoutHolidays;
    return;
  }
  const Station& station = waits.calendar->station();
  const auto deadline = waits.calendar->deadline(last_moment_of(station, start), {count, TermUnit::kWorkingDays});
  if (deadline) due.last_day = deadline->day;
  else due.computed += std::string(kWithoutHolidays) + ": " + deadline.error().what;
}

void add_clock(const Record& record, const Cycle& cycle, const CycleClock& clock, const Waits& waits, std::vector<DueDate>& out) {
  const auto start = span_of(record.value(clock.from).text);
  const auto term = clock.term == kWaitTerm ? Result<Term>(Term{waits.days, TermUnit::kWorkingDays}) : parse_term(clock.term);
  if (!start || !term) return;
  DueDate due;
  due.name = clock.name;
  due.what = in_words(clock.until);
  due.basis = clock.basis;
  due.computed = term_words(*term) + " after " + record.value(clock.from).text + " (" + in_words(clock.from) + ")";
  if (term->unit == TermUnit::kWorkingDays) count_working(start->last, term->count, waits, due);
  else due.last_day = last_day_of_term(start->last, *term);
  const bool past = cycle.is_past(record.status(), clock.until);
  due.done = past ? span_of(record.value(clock.until + "_on").text) : std::nullopt;
  due.open = !past && !cycle.is_over(record.status());
  if (past || due.open) out.push_back(std::move(due));
}

}  // namespace

std::vector<DueDate> dues_of(const Record& record, const Waits& waits) {
  std::vector<DueDate> out;
  const Cycle& cycle = cycle_of(*record.kind);
  const bool over = !record.status().empty() && cycle.is_over(record.status());
  const auto& fields = record.kind->fields;
  add_marked(fields, record.values, "", record.title, over, out);
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].type == Type::kPart && fields[i].list) add_parts(fields[i], record.values[i], over, out);
  }
  for (const CycleClock& clock : cycle.clocks) add_clock(record, cycle, clock, waits, out);
  return out;
}

std::optional<std::int64_t> days_late(const DueDate& due, std::int64_t today) {
  if (!due.open && !due.done) return std::nullopt;
  const std::int64_t when = due.done ? due.done->first : today;
  return when > due.last_day ? std::optional(when - due.last_day) : std::nullopt;
}

std::string due_words(const DueDate& due, std::int64_t today) {
  const auto late = days_late(due, today);
  const bool exact = due.done && due.done->first == due.done->last;
  if (due.open) return late ? days(*late) + " overdue" : due.last_day == today ? "due today" : days(due.last_day - today) + " left";
  if (!due.done) return "done, day not known";
  if (late) return (exact ? "" : "at least ") + days(*late) + " late";
  return exact || due.done->last <= due.last_day ? "in time" : "done about the last day";
}

}  // namespace liaison
