// SPDX-License-Identifier: Apache-2.0
// What is still owed after a visit, and by when. The clocks are those of the 1373 Committee (guidelines for follow-up to country visits):
// the State has 30 days for its observations on the draft report, and answers the recommendations within six months of receiving the
// final one. No source gives the other two committees such clocks, and none is made up for them. Pure functions; nothing is stored.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "schemas/visit.h"

namespace liaison {

struct FollowUp {
  ReportKind awaited = ReportKind::state_observations;   // the paper that ends it
  std::int64_t since = 0;                                // the day on which the State received what it answers
  std::int64_t due = 0;                                  // the last day on which the answer is in time
  std::optional<std::int64_t> done;                      // the day on which the answer came
  bool waits = false;                                    // nothing came, and the committee has not gone on without it
};

inline constexpr std::int64_t kObservationsDays = 30;
inline constexpr unsigned kResponseMonths = 6;

// In the order in which they begin; none before the State has a report. Of several reports of one kind the latest counts.
std::vector<FollowUp> follow_ups(const VisitPlan& plan);
// So many calendar months later; the last day of that month when it is shorter: 31 August and six months are 28 or 29 February.
std::int64_t months_later(std::int64_t day, unsigned months);
// The last day from which so many months reach `day` or a later one, as months_later() counts.
std::int64_t months_earlier(std::int64_t day, unsigned months);
// Each {"awaited", "since", "due", "done", "waits"}: days as 2027-03-08, `done` null.
nlohmann::json follow_ups_json(const VisitPlan& plan);

}  // namespace liaison
