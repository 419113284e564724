// SPDX-License-Identifier: Apache-2.0
#include "nodes/cli/paper_words.h"

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>

#include "nodes/domain/csv.h"
#include "nodes/cli/table.h"
#include "schemas/visit.h"

namespace liaison {
namespace {

using nlohmann::json;

constexpr std::string_view kTable =
#include "nodes/paper_words_csv.inc"
    ;

std::vector<PaperWord> read_table() {
  const auto csv = parse_csv(kTable);
  CHECK(csv.has_value() && csv->heads.size() == kLanguages.size() + 1 && csv->heads[0] == "key");
  for (std::size_t i = 0; i < kLanguages.size(); ++i) CHECK(csv->heads[i + 1] == word_of(kLanguages[i]));
  std::vector<PaperWord> words;
  for (const auto& row : csv->rows) {
    CHECK(row.cells.size() == csv->heads.size());
    PaperWord& word = words.emplace_back();
    word.key = row.cells[0];
    std::copy(row.cells.begin() + 1, row.cells.end(), word.in.begin());
  }
  return words;
}

const PaperWord* find_word(std::string_view key) {
  static const std::map<std::string_view, const PaperWord*> by_key = [] {
    std::map<std::string_view, const PaperWord*> all;
    for (const auto& word : paper_words()) all.emplace(word.key, &word);
    return all;
  }();
  const auto found = by_key.find(key);
  return found == by_key.end() ? nullptr : found->second;
}

// "03" -> "3".
std::string number(std::string_view digits) { return std::string(digits.substr(digits.find_first_not_of('0'))); }

std::string day_number(std::string_view digits, Language language) { return digits == "01" ? paper_word("day.1", language) : number(digits); }

}  // namespace

const std::vector<PaperWord>& paper_words() {
  static const std::vector<PaperWord> words = read_table();
  return words;
}

const std::string& paper_word(std::string_view key, Language language) {
  const PaperWord* word = find_word(key);
  CHECK(word != nullptr);
  return word->in.at(static_cast<std::size_t>(language));
}

std::string vocabulary_word(std::string_view vocabulary, const std::string& word, Language language) {
  const PaperWord* found = find_word(std::string(vocabulary) + "." + word);
  return found == nullptr ? word : found->in.at(static_cast<std::size_t>(language));
}

std::string filled(std::string_view text, std::initializer_list<std::string_view> values) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::size_t which = text[at] == '%' && at + 1 < text.size() ? static_cast<std::size_t>(text[at + 1]) - '1' : values.size();
    if (which < values.size()) out += *(values.begin() + which), ++at;
    else out += text[at];
  }
  return out;
}

std::string paper_day(std::string_view date, Language language) {
  if (date.size() == 10 && parse_date(date)) {
    return filled(paper_word("date.day", language), {day_number(date.substr(8), language),
                                                     paper_word("month_of." + number(date.substr(5, 2)), language), date.substr(0, 4)});
  }
  if (date.size() == 7 && parse_date(std::string(date) + "-01")) {
    return filled(paper_word("date.month", language), {paper_word("month." + number(date.substr(5, 2)), language), date.substr(0, 4)});
  }
  return std::string(date);
}

std::string paper_days(const json& component, Language language) {
  const std::string start = cell_of(component, "start"), end = cell_of(component, "end"), precision = cell_of(component, "precision");
  const std::string first = paper_day(start, language), last = paper_day(end, language);
  const auto in_words = [&](const char* key) { return filled(paper_word(key, language), {first, last}); };
  std::string text = first;
  if (precision == "unknown") text = paper_word("days_not_known", language);
  else if (precision == "end_day") text = filled(paper_word("date.until", language), {last});
  else if (precision == "period") text = in_words("date.within");
  else if (!end.empty() && start != end) text = in_words(precision == "day" ? "date.days" : "date.months");
  if (cell_of(component, "mode") == "virtual") text += " (" + vocabulary_word("mode", "virtual", language) + ")";
  return text;
}

std::string paper_days_of(const json& components, Language language) {
  std::string text;
  for (const auto& component : components.is_array() ? components : json::array()) text += (text.empty() ? "" : "\n") + paper_days(component, language);
  return text;
}

}  // namespace liaison
