// SPDX-License-Identifier: Apache-2.0
// The reading half of full_text.h. Only the newest kTextHitsMax hits are read and ranked: a word that every record has costs no more.
#include <algorithm>
#include <charconv>
#include <map>
#include <tuple>

#include "nodes/domain/full_text.h"
#include "nodes/domain/text_marks.h"
#include "nodes/domain/text_tables.h"

namespace liaison {

using namespace text_sql;

namespace {

constexpr std::int64_t kDaysBound = 2'000'000'000, kRowsTakenMax = 1'000;

auto place_of(const TextHit& hit) { return std::tuple(-hit.score, -static_cast<std::int64_t>(hit.changed_ms), std::string_view(hit.record)); }

std::string cursor_of(const TextHit& hit) { return std::to_string(hit.score) + "." + std::to_string(hit.changed_ms) + "." + hit.record; }

// "score.changed.record", as a page gave it out.
Result<TextHit> read_cursor(std::string_view text) {
  const auto bad = [] { return fail(Code::kInput, "cursor: not one that a page gave out", "leave it out to begin at the first page"); };
  TextHit hit;
  const char* end = text.data() + text.size();
  const auto score = std::from_chars(text.data(), end, hit.score);
  if (score.ec != std::errc() || score.ptr == end || *score.ptr != '.') return bad();
  const auto changed = std::from_chars(score.ptr + 1, end, hit.changed_ms);
  if (changed.ec != std::errc() || changed.ptr == end || *changed.ptr != '.' || hit.changed_ms > kWireNumberMax) return bad();
  hit.record.assign(changed.ptr + 1, end);
  return hit;
}

using Counts = std::map<std::string, std::uint64_t>;

std::vector<TextCount> most_frequent(const Counts& counts) {
  std::vector<TextCount> out;
  out.reserve(counts.size());
  for (const auto& [value, records] : counts) out.push_back({value, records});
  std::stable_sort(out.begin(), out.end(), [](const TextCount& a, const TextCount& b) { return a.records > b.records; });
  if (out.size() > kFacetValuesMax) out.resize(kFacetValuesMax);
  return out;
}

TextFacets facets_of(const std::vector<TextHit>& hits) {
  Counts states, kinds, committees, years;
  for (const auto& hit : hits) {
    for (const auto& state : hit.states) ++states[state];
    ++kinds[hit.kind];
    ++committees[hit.owner];
    if (hit.day != TextEntry::kNoDay) ++years[std::to_string(year_of(hit.day))];
  }
  return {most_frequent(states), most_frequent(kinds), most_frequent(committees), most_frequent(years)};
}

Result<void> check(const TextSearch& search) {
  if (search.limit < 1 || search.limit > kTextPageMax) {
    return fail(Code::kInput, "limit: a page has 1 to " + std::to_string(kTextPageMax) + " records", "leave it out for 50");
  }
  if (search.from && search.to && *search.from > *search.to) return fail(Code::kInput, "from: lies after to", "give the earlier day first");
  return {};
}

}  // namespace

Result<std::vector<std::string>> FullText::terms_with(const std::string& prefix) {
  std::vector<std::string> out;
  const std::string behind = prefix + "\xFF";   // no term has this byte
  auto& row = (*sql_)[kTermsWith];
  row.bind(1, std::string_view(prefix)).bind(2, std::string_view(behind)).bind(3, std::uint64_t{kPrefixWordsMax + 1});
  for (;;) {
    const bool any = TRY(row.step());
    if (!any) return out;
    out.push_back(row.text(0));
  }
}

// In the order of rows, the newest changes first; at most one more than kTextHitsMax.
Result<std::vector<TextHit>> FullText::find(const std::string& match, const TextSearch& search) {
  const bool dated = search.from || search.to;
  const std::string state = search.state.empty() ? "" : ";" + search.state + ";";
  auto& row = (*sql_)[kSearch];
  row.bind(1, std::string_view(match)).bind(2, std::string_view(search.kind)).bind(3, std::string_view(state));
  row.bind(4, std::string_view(search.committee)).bind(5, dated ? search.from.value_or(TextEntry::kNoDay + 1) : TextEntry::kNoDay);
  row.bind(6, search.to.value_or(kDaysBound)).bind(7, std::uint64_t{kTextHitsMax + 1});
  // Rows of that day and of all days after it, and those that found their place taken.
  row.bind(8, row_of_day(search.since, UINT64_MAX) + kRowsTakenMax).bind(9, std::uint64_t{search.since});
  std::vector<TextHit> out;
  for (;;) {
    const bool any = TRY(row.step());
    if (!any) return out;
    TextHit hit;
    hit.row = row.i64(0);
    hit.record = row.text(1);
    hit.kind = row.text(2);
    hit.owner = row.text(3);
    hit.states = unfenced(row.text(4));
    hit.day = row.i64(5);
    hit.changed_ms = row.u64(6);
    hit.score = row.i64(7);
    out.push_back(std::move(hit));
  }
}

Result<void> FullText::show(TextHit& hit, const SearchedTerms& terms) {
  auto& row = (*sql_)[kBody];
  row.bind(1, hit.row);
  const bool any = TRY(row.step());
  if (!any) return fail(Code::kStore, hit.record + ": the index has no text of it", "let the views be made anew");
  hit.title = marked(row.text(0), terms);
  hit.snippet = snippet_of(unpacked_texts(row.blob(1)), terms);
  row.reset();
  return {};
}

Result<TextPage> FullText::search(const TextSearch& search) {
  TRY(check(search));
  SearchText searched = TRY(parse_search(search.text));
  const auto filters = filters_of(search);
  const std::string match = TRY(match_of(searched, filters, [this](const std::string& prefix) { return terms_with(prefix); }));
  auto found = TRY(find(match, search));
  TextPage page;
  page.more = found.size() > kTextHitsMax;
  if (page.more) found.pop_back();
  page.records = found.size();
  page.facets = facets_of(found);
  if (search.order == TextSearch::Order::kNewest) {
    for (TextHit& hit : found) hit.score = 0;
  }
  std::sort(found.begin(), found.end(), [](const TextHit& a, const TextHit& b) { return place_of(a) < place_of(b); });
  auto at = found.begin();
  if (!search.cursor.empty()) {
    const TextHit last = TRY(read_cursor(search.cursor));
    at = std::upper_bound(found.begin(), found.end(), last, [](const TextHit& a, const TextHit& b) { return place_of(a) < place_of(b); });
  }
  const auto terms = terms_of(searched);
  for (; at != found.end() && page.hits.size() < search.limit; ++at) {
    TRY(show(*at, terms));
    page.hits.push_back(std::move(*at));
  }
  if (at != found.end()) page.cursor = cursor_of(page.hits.back());
  return page;
}

}  // namespace liaison
