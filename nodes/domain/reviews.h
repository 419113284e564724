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

// The fields of a review. `by_state`: what was submitted, asked and found, and, in the areas (a) accounting, (b) physical protection, (c) border
// controls and law enforcement, (d) export and trans-shipment controls with those on funds and services (paragraph 9), what the State's matrix says:
// - The matrix: the newest by day approved, then posted, then of the report, none of them after the period; an approved or posted one goes before
//   any other, a superseded one is none. Those that continue it count with it, unless they stand less far. They stand first among the State's
//   records, and the finding says their status.
// - An area's mark, from the cells for the law and for enforcement of every row that says the area: `yes` only where every cell has yes; otherwise
//   `cited` where some cell has yes or cited; otherwise `unclear` where some cell is unclear. A cell that is not_applicable is passed over, and the
//   mark is not_applicable only where every cell is; no mark where no row says the area or its cells say nothing. It is no measure of compliance:
//   the mark is never stronger than the weakest cell that it calls yes, and no word is a finding.
// `figures`: with the records that each counts, at most 256 named and all counted.
nlohmann::json review_fields(const ReviewBasis& basis);

}  // namespace liaison
