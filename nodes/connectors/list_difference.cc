// SPDX-License-Identifier: Apache-2.0
#include "nodes/connectors/list_difference.h"

#include <algorithm>
#include <set>

#include "schemas/dates.h"

namespace liaison {

namespace {

constexpr const char* kListAgain = "get the list again from where it is published";
constexpr const char* kListHeld = "look at the list; liaison connector again lets its item pass";

std::string day_of_list(TimeMs time_ms) { return date_text(static_cast<std::int64_t>(time_ms / kDayMs)); }

bool is_followed(const ListRules& rules, const std::string& list_type) {
  return std::find(rules.lists.begin(), rules.lists.end(), list_type) != rules.lists.end();
}

// Al-Qaida, SouthSudan: what may stand in a message as the name of a list.
bool is_list_type(std::string_view text) {
  const auto good = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == ' '; };
  return !text.empty() && text.size() <= kListNameMax && std::all_of(text.begin(), text.end(), good);
}

// Kept words of a field that the configuration does not name any more stay here.
std::optional<std::string> told_value(const ListField* field, const ListRules& rules) {
  const bool named = field != nullptr && std::find(rules.values.begin(), rules.values.end(), field->name) != rules.values.end();
  return named ? field->value : std::nullopt;
}

std::vector<ListFieldChange> changed_list_fields(const ListedEntry& before, const ListedEntry& after, const ListRules& rules) {
  std::map<std::string, std::pair<const ListField*, const ListField*>> names;
  for (const ListField& field : before.fields) names[field.name].first = &field;
  for (const ListField& field : after.fields) names[field.name].second = &field;
  std::vector<ListFieldChange> out;
  for (const auto& [name, both] : names) {
    const auto& [was, is] = both;
    if (was != nullptr && is != nullptr && was->digest == is->digest) continue;
    out.push_back({name, told_value(was, rules), told_value(is, rules)});
  }
  return out;
}

ListChange added_entry(const ListedEntry& entry, const std::string& day) {
  return {ListChange::What::kAdded, entry, {}, entry.listed_on.empty() ? day : entry.listed_on, false};
}

ListChange removed_entry(const ListedEntry& entry, const std::string& day) {
  return {ListChange::What::kRemoved, entry, {}, entry.delisted_on.empty() ? day : entry.delisted_on, false};
}

// The list says the day of an amendment, and not always.
ListChange amended_entry(const ListedEntry& before, const ListedEntry& after, std::vector<ListFieldChange> fields, const std::string& day) {
  const bool dated = after.updated_on > before.updated_on;
  return {ListChange::What::kAmended, after, std::move(fields), dated ? after.updated_on : day, false};
}

}  // namespace

std::string_view word_of(ListChange::What what) {
  switch (what) {
    case ListChange::What::kAdded: return "added";
    case ListChange::What::kAmended: return "amended";
    case ListChange::What::kRemoved: return "removed";
  }
  return "";
}

bool is_reference(std::string_view text, bool entity) {
  const auto capital = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (text.size() != 7 || !capital(text[0]) || !capital(text[1]) || text[2] != (entity ? 'e' : 'i') || text[3] != '.') return false;
  return std::all_of(text.begin() + 4, text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Result<void> check_list(const ListVersion& list) {
  if (list.entries.empty()) return fail(Code::kInput, "the list has no entries", kListAgain);
  std::set<std::string_view> seen;
  std::size_t places[2] = {0, 0};
  for (const ListedEntry& entry : list.entries) {
    const std::string place = (entry.entity ? "entity " : "individual ") + std::to_string(++places[entry.entity ? 1 : 0]) + " of the list";
    if (!is_reference(entry.reference, entry.entity))
      return fail(Code::kInput, place + " has a reference number that has not the form QD" + (entry.entity ? "e" : "i") + ".001", kListAgain);
    if (!seen.insert(entry.reference).second) return fail(Code::kInput, "the reference number " + entry.reference + " stands twice in the list", kListAgain);
    if (!is_list_type(entry.list_type)) return fail(Code::kInput, place + ", " + entry.reference + ", says not to which list it belongs", kListAgain);
  }
  return {};
}

std::optional<Error> doubt_about(const KnownList& last, const ListVersion& now, const ListRules& rules) {
  if (now.generated_ms < last.generated_ms)
    return fail(Code::kInput, "the list goes back in time: it is of " + rfc3339(now.generated_ms) + ", and the last good one is of " +
                rfc3339(last.generated_ms), kListHeld);
  if (now.generated_ms == last.generated_ms && !list_changes(last, now, rules).empty())
    return fail(Code::kInput, "the list has the date of the last good one, " + rfc3339(last.generated_ms) + ", and says something else", kListHeld);
  std::set<std::string_view> stands, types, known_types(rules.lists.begin(), rules.lists.end());
  for (const auto& [reference, entry] : last.standing) known_types.insert(entry.list_type);
  for (const ListedEntry& entry : now.entries) {
    const auto before = last.standing.find(entry.reference);
    const bool followed = before != last.standing.end() && is_followed(rules, before->second.list_type);
    if (followed && !known_types.contains(entry.list_type))
      return fail(Code::kInput, entry.reference + " moves to a list that is neither followed nor in the last good one", kListHeld);
    stands.insert(entry.reference);
    types.insert(entry.list_type);
  }
  std::uint64_t gone = 0;
  for (const auto& [reference, entry] : last.standing) {
    if (is_followed(rules, entry.list_type) && !types.contains(entry.list_type))
      return fail(Code::kInput, "no entry of " + entry.list_type + " is left in the list", kListHeld);
    if (!stands.contains(reference)) ++gone;
  }
  const std::uint64_t before = std::max<std::uint64_t>(last.entries, last.standing.size());
  if (gone * 100 > rules.shrink_percent * before)
    return fail(Code::kInput, std::to_string(gone) + " of " + std::to_string(before) + " entries are gone from the list, more than " +
                std::to_string(rules.shrink_percent) + " percent", kListHeld);
  return std::nullopt;
}

std::optional<Error> doubt_about_date(const ListVersion& now, TimeMs clock_ms) {
  if (now.generated_ms <= clock_ms + kDayMs) return std::nullopt;
  return fail(Code::kInput, "the list is of " + rfc3339(now.generated_ms) + ", more than a day ahead of this machine's clock", kListHeld);
}

std::vector<ListChange> list_changes(const KnownList& last, const ListVersion& now, const ListRules& rules) {
  const std::string day = day_of_list(now.generated_ms);
  std::vector<ListChange> out;
  std::set<std::string_view> stands;
  for (const ListedEntry& entry : now.entries) {
    stands.insert(entry.reference);
    const auto before = last.standing.find(entry.reference);
    bool told = is_followed(rules, entry.list_type);
    if (before == last.standing.end()) {
      out.push_back(added_entry(entry, day));
    } else {
      auto fields = changed_list_fields(before->second, entry, rules);
      if (fields.empty()) continue;
      told = told || is_followed(rules, before->second.list_type);
      out.push_back(amended_entry(before->second, entry, std::move(fields), day));
    }
    out.back().told = told;
  }
  for (const auto& [reference, entry] : last.standing) {
    if (stands.contains(reference)) continue;
    out.push_back(removed_entry(entry, day));
    out.back().told = is_followed(rules, entry.list_type);
  }
  std::sort(out.begin(), out.end(), [](const ListChange& a, const ListChange& b) { return a.entry.reference < b.entry.reference; });
  return out;
}

std::string changes_in_words(const std::vector<ListChange>& changes) {
  std::string out;
  for (const ListChange::What what : {ListChange::What::kAdded, ListChange::What::kAmended, ListChange::What::kRemoved}) {
    const auto count = std::count_if(changes.begin(), changes.end(), [&](const ListChange& one) { return one.told && one.what == what; });
    if (count > 0) out += (out.empty() ? "" : ", ") + std::to_string(count) + " " + std::string(word_of(what));
  }
  return out.empty() ? "nothing" : out;
}

}  // namespace liaison
