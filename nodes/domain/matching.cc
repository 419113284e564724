// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/matching.h"

#include <algorithm>
#include <set>

#include "nodes/domain/states.h"
#include "nodes/domain/words.h"

namespace liaison {
namespace {

constexpr std::uint32_t kAreaWeight = 8, kTypeWeight = 4, kRegionWeight = 3, kLanguageWeight = 2, kTrackWeight = 2, kTimingWeight = 1;

// The area of a need, the areas of a request.
std::vector<std::string> areas_of(const Record& asked) {
  auto areas = texts_of(asked.value("areas"));
  for (auto& one : texts_of(asked.value("area"))) areas.push_back(std::move(one));
  return areas;
}

std::vector<std::string> common(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  std::vector<std::string> out;
  for (const auto& one : a) {
    if (std::find(b.begin(), b.end(), one) != b.end()) out.push_back(one);
  }
  return out;
}

std::string words_of(std::vector<std::string> words) {
  for (auto& word : words) word = in_words(std::move(word));
  return listed(words);
}

void add(SuggestedMatch& match, std::uint32_t weight, const std::string& word, std::string text) {
  match.reasons.push_back({word, std::move(text)});
  match.weight += weight;
}

void weigh_region(const Record& asked, const Record& offer, SuggestedMatch& match) {
  const auto regions = texts_of(offer.value("regions"));
  const auto named = common(asked.states, offer.states);
  if (!named.empty()) add(match, 2 * kRegionWeight, "region", "the offer names " + States::standard().name_of(named.front()));
  else if (!offer.states.empty()) match.against.push_back("the offer is for other States");
  if (regions.empty()) return;
  for (const auto& state : asked.states) {
    const State* known = States::standard().find(state);
    const std::string group = known == nullptr ? "" : std::string(word_of(known->group));
    if (std::find(regions.begin(), regions.end(), group) == regions.end())
      match.against.push_back("the offer is for other regions than that of " + States::standard().name_of(state));
    else add(match, kRegionWeight, "region", States::standard().name_of(state) + " is of the group " + in_words(group) + ", for which the offer is");
  }
}

void weigh_timing(const Record& offer, std::int64_t today, SuggestedMatch& match) {
  const auto from = span_of(offer.value("able_from").text), until = span_of(offer.value("able_until").text);
  if (from && from->first > today) match.against.push_back("the provider is able from " + offer.value("able_from").text + " on");
  if (until) add(match, kTimingWeight, "timing", "the provider is able until " + offer.value("able_until").text);
  else if (from && from->first <= today) add(match, kTimingWeight, "timing", "the provider is able since " + offer.value("able_from").text);
}

bool is_over(const Record& offer, std::int64_t today) {
  for (const char* field : {"valid_until", "able_until"}) {
    const auto until = span_of(offer.value(field).text);
    if (until && until->last < today) return true;
  }
  return false;
}

}  // namespace

std::vector<SuggestedMatch> suggest_matches(const Record& asked, const std::vector<Record>& offers, const std::vector<TrackRecord>& before,
                                            std::int64_t today) {
  const auto areas = areas_of(asked);
  std::vector<SuggestedMatch> out;
  for (const Record& offer : offers) {
    const std::string& other = offer.value("request").text;
    if (offer.status() != "open" || is_over(offer, today) || (!other.empty() && other != asked.record_id)) continue;
    SuggestedMatch match{offer.record_id, offer.value("provider").text, {}, {}, 0};
    const auto offered = texts_of(offer.value("areas"));
    const auto shared = common(areas, offered);
    if (!offered.empty() && !areas.empty() && shared.empty()) continue;
    if (!shared.empty()) add(match, kAreaWeight * static_cast<std::uint32_t>(shared.size()), "area", "both name " + words_of(shared));
    else if (offered.empty()) add(match, 1, "other", "a general programme, which names no areas");
    if (other == asked.record_id && !other.empty()) add(match, 4 * kAreaWeight, "other", "the offer was made for this very request");
    const auto types = common(texts_of(asked.value("types")), texts_of(offer.value("types")));
    if (!types.empty()) add(match, kTypeWeight, "other", "both name " + words_of(types));
    weigh_region(asked, offer, match);
    const auto languages = common(texts_of(asked.value("languages")), texts_of(offer.value("languages")));
    if (!languages.empty()) add(match, kLanguageWeight, "language", "both work in " + words_of(languages));
    weigh_timing(offer, today, match);
    for (const TrackRecord& past : before) {
      if (past.provider != match.provider) continue;
      const auto same = common(areas, past.areas);
      add(match, kTrackWeight, "track_record", match.provider + " delivered before" + (same.empty() ? std::string() : ", in " + words_of(same)));
      break;
    }
    out.push_back(std::move(match));
  }
  std::sort(out.begin(), out.end(),
            [](const SuggestedMatch& a, const SuggestedMatch& b) { return a.weight != b.weight ? a.weight > b.weight : a.offer < b.offer; });
  return out;
}

}  // namespace liaison
