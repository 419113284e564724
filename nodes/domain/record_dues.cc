// SPDX-License-Identifier: Apache-2.0
// The page of what is due: obligations of the committees, reports of States, replies, tasks, clocks that run.
#include "nodes/domain/dues.h"
#include "nodes/domain/filters.h"
#include "nodes/domain/json_fields.h"
#include "nodes/domain/record_parts.h"

namespace liaison {
namespace {

using nlohmann::json;

constexpr std::int64_t kDaysAhead = 90;

json span_json(const std::optional<DaySpan>& span) {
  if (!span) return nullptr;
  return span->first == span->last ? json(date_text(span->first)) : json{date_text(span->first), date_text(span->last)};
}

Result<RecordStore::DueQuery> due_query(const Filters& filters, std::int64_t today) {
  TRY(check_filters(filters, {"state", "committee", "until", "all", "limit", "cursor"}));
  RecordStore::DueQuery query;
  query.state = TRY(state_in(filters));
  query.owner = filter_text(filters, "committee");
  query.until = TRY(day_filter(filters, "until")).value_or(today + kDaysAhead);
  query.all = filter_text(filters, "all") == "1";
  query.limit = TRY(limit_of(filters));
  const auto cursor = TRY(cursor_of(filters));
  if (!cursor) return query;
  const auto blank = cursor->id.find(' ');
  query.after_day = cursor->number;
  query.after_record = cursor->id.substr(0, blank);
  query.after_name = blank == std::string::npos ? "" : cursor->id.substr(blank + 1);
  return query;
}

}  // namespace

json due_json(const Record& record, const DueDate& due, std::int64_t today) {
  const auto late = days_late(due, today);
  const bool guessed = due.computed.find(kWithoutHolidays) != std::string::npos;
  return {{"id", record.record_id},
          {"kind", record.kind->kind},
          {"owner", record.owner.str()},
          {"name", due.name},
          {"what", due.what},
          {"title", record.title},
          {"states", states_json(record.states)},
          {"last_day", date_text(due.last_day)},
          {"done", span_json(due.done)},
          {"open", due.open},
          {"days_late", late ? json(*late) : json(nullptr)},
          {"days_left", due.open && !late ? json(due.last_day - today) : json(nullptr)},
          {"sentence", due_words(due, today) + (guessed ? ", holidays not counted" : "")},
          {"basis", due.basis.empty() ? record.paragraph : due.basis},
          {"computed", due.computed},
          {"unverified", record.unverified}};
}

Result<json> Records::dues(const Filters& filters, std::int64_t today) {
  auto query = TRY(due_query(filters, today));
  const auto limit = query.limit++;   // one more tells whether there is a next page
  auto rows = TRY(parts_->store->dues(query));
  json page = {{"items", json::array()}, {"next", nullptr}, {"today", date_text(today)}, {"until", date_text(query.until)}};
  if (rows.size() > limit) {
    rows.resize(limit);
    page["next"] = std::to_string(rows.back().day) + "." + rows.back().record + " " + rows.back().name;
  }
  for (const auto& row : rows) {
    const auto current = TRY(parts_->current(row.record));
    if (!current) continue;
    for (const DueDate& due : dues_of(current->record, parts_->config.waits)) {
      if (due.name == row.name) page["items"].push_back(due_json(current->record, due, today));
    }
  }
  return page;
}

}  // namespace liaison
