// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/filters.h"

#include <algorithm>
#include <charconv>

#include "nodes/domain/states.h"
#include "nodes/domain/words.h"
#include "schemas/date_hint.h"
#include "schemas/dates.h"
#include "schemas/ids.h"
#include "schemas/text.h"

namespace liaison {

namespace {

constexpr std::uint64_t kPageMax = 500, kPageDefault = 50;

std::string in_quotes(std::string_view text) { return "\"" + printable(text, 64) + "\""; }

}  // namespace

Result<void> check_filters(const Filters& filters, const std::vector<std::string_view>& known) {
  for (const auto& [key, value] : filters) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    return fail(Code::kInput, printable(key, 64) + ": there is no such filter", word_hint(key, known));
  }
  return {};
}

std::string filter_text(const Filters& filters, const std::string& key) {
  const auto found = filters.find(key);
  return found == filters.end() ? std::string() : found->second;
}

Result<std::string> filter_word(const Filters& filters, const std::string& key, const std::vector<std::string_view>& known) {
  const std::string text = filter_text(filters, key);
  if (text.empty() || std::find(known.begin(), known.end(), text) != known.end()) return text;
  return fail(Code::kInput, key + ": " + in_quotes(text) + " is not known", word_hint(text, known));
}

Result<std::uint64_t> limit_of(const Filters& filters) {
  const std::string text = filter_text(filters, "limit");
  if (text.empty()) return kPageDefault;
  std::uint64_t limit = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
  if (error == std::errc() && end == text.data() + text.size() && limit > 0 && limit <= kPageMax) return limit;
  return fail(Code::kInput, "limit: " + in_quotes(text) + " is not a number from 1 to 500", "leave it out for 50");
}

Result<std::optional<Cursor>> cursor_of(const Filters& filters) {
  const std::string text = filter_text(filters, "cursor");
  if (text.empty()) return std::optional<Cursor>();
  Cursor cursor;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), cursor.number);
  if (error != std::errc() || end == text.data() + text.size() || *end != '.') {
    return fail(Code::kInput, "cursor: not one that a page gave out", "leave it out to begin at the first page");
  }
  cursor.id = std::string(end + 1, text.data() + text.size());
  return std::optional(std::move(cursor));
}

Result<std::optional<std::int64_t>> day_filter(const Filters& filters, const std::string& key) {
  const std::string text = filter_text(filters, key);
  if (text.empty()) return std::optional<std::int64_t>();
  const auto day = parse_date(text);
  if (!day) return fail(Code::kInput, key + ": \"" + text.substr(0, 32) + "\" is not a day", date_hint(text, "write it as 2027-03-08"));
  return day;
}

Result<std::optional<std::uint64_t>> since_of(const Filters& filters) {
  const std::string text = filter_text(filters, "since");
  if (text.empty()) return std::optional<std::uint64_t>();
  if (const auto time = parse_time(text)) return time;
  const auto day = parse_date(text);
  if (!day || *day < 0) return fail(Code::kInput, "since: \"" + text.substr(0, 32) + "\" is not a day or time", date_hint(text, "write it as 2027-03-08"));
  return std::optional(static_cast<std::uint64_t>(*day) * 86'400'000);
}

Result<std::string> state_in(const Filters& filters) {
  const std::string text = filter_text(filters, "state");
  if (text.empty()) return std::string();
  const auto found = States::standard().lookup(text);
  if (!found) return within("state", found.error());
  return (*found)->alpha3;
}

}  // namespace liaison
