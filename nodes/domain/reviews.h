// SPDX-License-Identifier: Apache-2.0
// The annual review, made from the records as they stood at one place in the log (S/RES/1977 (2011) 3 and 9): every figure names the records that it
// counts, so that each can be proved, and whoever has the same records makes the same review again. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "schemas/record.h"
#include "schemas/result.h"

namespace liaison {

struct ReviewBasis {
  std::string type;                     // annual or comprehensive
  DaySpan period;
  std::uint64_t log_index = 0;          // the size of the log up to which records count
  std::string log_root;                 // its Merkle root in hex
  std::vector<Record> records;          // every record as it stood there, of whatever kind
  std::vector<nlohmann::json> visits;   // as the API prints them: id, lead, status, states, first_day, last_day
};

// The fields of a review: `by_state` with the areas (a) accounting, (b) physical protection, (c) border controls and law enforcement, (d) export and
// trans-shipment controls and financing (paragraph 9) as the State's newest matrix marks them, and what was submitted, asked and found; `figures` with
// the records that each counts, at most 256 named and all counted.
nlohmann::json review_fields(const ReviewBasis& basis);

}  // namespace liaison
