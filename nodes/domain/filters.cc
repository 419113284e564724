// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/filters.h"

#include <algorithm>
#include <charconv>

#include "nodes/domain/words.h"
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

}  // namespace liaison
