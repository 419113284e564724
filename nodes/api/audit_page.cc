// SPDX-License-Identifier: Apache-2.0
#include "nodes/api/audit_page.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "nodes/domain/filters.h"
#include "schemas/date_hint.h"
#include "schemas/dates.h"

namespace liaison {

namespace {

using nlohmann::json;

constexpr TimeMs kNever = INT64_MAX;

// A day is its end.
Result<TimeMs> until_in(const Filters& query) {
  const std::string text = filter_text(query, "until");
  if (text.empty()) return kNever;
  if (const auto time = parse_time(text)) return *time;
  const auto day = parse_date(text);
  if (!day || *day < 0) return fail(Code::kInput, "until: \"" + text.substr(0, 32) + "\" is not a day or time", date_hint(text, "write it as 2027-03-08"));
  return (static_cast<TimeMs>(*day) + 1) * kDayMs - 1;
}

Result<std::uint64_t> before_in(const Filters& query) {
  const std::string text = filter_text(query, "cursor");
  std::uint64_t row = INT64_MAX;
  if (text.empty()) return row;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), row);
  if (error == std::errc() && end == text.data() + text.size() && row <= INT64_MAX) return row;
  return fail(Code::kInput, "cursor: not one that a page gave out", "leave it out to begin at the first page");
}

// An event that never happened would give an empty list, which could be taken for the truth.
Result<std::string> event_in(Node& node, const Filters& query) {
  const std::string event = filter_text(query, "event");
  if (event.empty()) return event;
  std::vector<std::string> known;
  Statement* select = TRY(node.store().statement("SELECT DISTINCT event FROM audit ORDER BY event"));
  while (TRY(select->step())) {
    known.push_back(select->text(0));
    const std::string part = known.back().substr(0, known.back().find('.'));
    if (std::find(known.begin(), known.end(), part) == known.end()) known.push_back(part);
  }
  if (known.empty()) return fail(Code::kInput, "event: nothing has been done at this node yet", "leave event out");
  return filter_word(query, "event", {known.begin(), known.end()});
}

// A number is a user's, whole; anything else a name as /etc/passwd has it, or a connector's.
struct Who { std::string user, connector; };
Who who_of(const std::string& by) {
  if (by.empty()) return {};
  const bool number = by.find_first_not_of("0123456789") == std::string::npos;
  const std::string connector = by.starts_with("connector ") ? by : "connector " + by;
  return {number ? "uid " + by : "(" + by + ")", connector};
}

}  // namespace

Result<json> audit_page(Node& node, const std::map<std::string, std::string>& query) {
  TRY(check_filters(query, {"event", "by", "about", "since", "until", "limit", "cursor"}));
  const std::string event = TRY(event_in(node, query));
  const std::string by = filter_text(query, "by"), about = filter_text(query, "about");
  const TimeMs since = TRY(since_of(query)).value_or(0);
  const TimeMs until = TRY(until_in(query));
  const std::uint64_t limit = TRY(limit_of(query));
  const std::uint64_t before = TRY(before_in(query));
  const Who who = who_of(by);
  const std::string what = about.empty() ? "" : ", " + about + ",";
  Statement* select = TRY(node.store().statement(
      "SELECT id, at_ms, event, actor, object, result FROM audit WHERE id < ?1 AND at_ms BETWEEN ?2 AND ?3 AND (?4 = '' OR event = ?4 OR "
      "substr(event, 1, length(?4) + 1) = ?4 || '.') AND (?5 = '' OR instr(replace(actor, ',', ' ') || ' ', ?5 || ' ') > 0 OR "
      "instr(' ' || replace(actor, ',', ' ') || ' ', ' ' || ?8 || ' ') > 0) AND "
      "(?6 = '' OR instr(', ' || object || ',', ?6) > 0) ORDER BY id DESC LIMIT ?7"));
  select->bind(1, before).bind(2, since).bind(3, until).bind(4, std::string_view(event)).bind(5, std::string_view(who.user));
  select->bind(6, std::string_view(what)).bind(7, limit + 1).bind(8, std::string_view(who.connector));
  json page = {{"items", json::array()}, {"next", nullptr}};
  std::uint64_t last = 0;
  while (TRY(select->step())) {
    if (page["items"].size() == limit) {
      page["next"] = std::to_string(last);
      continue;
    }
    last = select->u64(0);
    page["items"].push_back({{"id", last}, {"at", rfc3339_millis(select->u64(1))}, {"event", select->text(2)}, {"actor", select->text(3)},
                             {"object", select->text(4)}, {"result", select->text(5)}});
  }
  return page;
}

}  // namespace liaison
