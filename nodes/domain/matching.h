// SPDX-License-Identifier: Apache-2.0
// Which offers answer a request for assistance, or a need found on a visit, and why: a proposal for officers, who decide (S/RES/1977 (2011) 15). Every
// reason is said in words, and what speaks against a pair is said too. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "schemas/record.h"

namespace liaison {

struct MatchReason {
  std::string word;      // area, region, language, timing, track_record, other: the words of schemas/assistance_match.fbs
  std::string text;
};

struct SuggestedMatch {
  std::string offer;     // its record id
  std::string provider;
  std::vector<MatchReason> reasons;
  std::vector<std::string> against;     // sentences
  std::uint32_t weight = 0;             // of the reasons; only for the order
};

// What was delivered before: the offers' providers and the areas.
struct TrackRecord {
  std::string provider;
  std::vector<std::string> areas;
};

// The offers that fit, the weightiest first; ties by id. `asked` is a request or a need; an offer that answers another request, is not open, or is
// over by `today` (days since 1970-01-01), and one that shares no area with what is asked although it names areas, is left out.
std::vector<SuggestedMatch> suggest_matches(const Record& asked, const std::vector<Record>& offers, const std::vector<TrackRecord>& before, std::int64_t today);

}  // namespace liaison
