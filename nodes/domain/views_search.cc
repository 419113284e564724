// SPDX-License-Identifier: Apache-2.0
// What is found by which words: the index follows the views.
#include <nlohmann/json.hpp>

#include "nodes/domain/filters.h"
#include "nodes/domain/json_fields.h"
#include "nodes/domain/views.h"

namespace liaison {
namespace {

using nlohmann::json;

json counts_json(const std::vector<TextCount>& counts) {
  json out = json::array();
  for (const TextCount& one : counts) out.push_back({{"value", one.value}, {"records", one.records}});
  return out;
}

json hit_json(const TextHit& hit) {
  return {{"id", hit.record}, {"kind", hit.kind}, {"owner", hit.owner}, {"states", states_json(hit.states)},
          {"day", hit.day == TextEntry::kNoDay ? json(nullptr) : json(date_text(hit.day))}, {"changed_at", rfc3339_millis(hit.changed_ms)},
          {"title", hit.title.text}, {"snippet", hit.snippet.with("[", "]")}};
}

Result<TextSearch> text_search_of(const Filters& filters) {
  TRY(check_filters(filters, {"text", "kind", "state", "committee", "from", "to", "limit", "cursor"}));
  TextSearch search;
  search.text = filter_text(filters, "text");
  std::vector<std::string_view> kinds = {"visit"};
  for (const RecordKind& kind : record_kinds()) kinds.push_back(kind.kind);
  search.kind = TRY(filter_word(filters, "kind", kinds));
  search.state = TRY(state_in(filters));
  search.committee = filter_text(filters, "committee");
  search.from = TRY(day_filter(filters, "from"));
  search.to = TRY(day_filter(filters, "to"));
  search.limit = TRY(limit_of(filters));
  search.cursor = filter_text(filters, "cursor");
  return search;
}

json page_json(const TextPage& page) {
  json out = {{"items", json::array()}, {"next", page.cursor.empty() ? json(nullptr) : json(page.cursor)}, {"records", page.records}, {"more", page.more}};
  for (const TextHit& hit : page.hits) out["items"].push_back(hit_json(hit));
  out["facets"] = {{"states", counts_json(page.facets.states)}, {"kinds", counts_json(page.facets.kinds)},
                   {"committees", counts_json(page.facets.committees)}, {"years", counts_json(page.facets.years)}};
  return out;
}

}  // namespace

Result<void> Views::index(const std::string& record_id) {
  if (record_id.empty()) return {};
  auto entry = TRY(visits_->text_entry(record_id));
  if (!entry) entry = TRY(records_->text_entry(record_id));
  return entry ? words_->put(*entry) : words_->remove(record_id);
}

Result<json> Views::search(const std::map<std::string, std::string>& filters) {
  const TextSearch search = TRY(text_search_of(filters));
  const TextPage page = TRY(words_->search(search));
  return page_json(page);
}

Result<json> Views::changed(const std::map<std::string, std::string>& filters, TimeMs since) {
  TextSearch search = TRY(text_search_of(filters));
  search.since = since;
  search.order = TextSearch::Order::kNewest;
  const TextPage page = TRY(words_->search(search));
  return page_json(page);
}

}  // namespace liaison
