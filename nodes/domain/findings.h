// SPDX-License-Identifier: Apache-2.0
// What two visits, or one visit and its answers, mean for coordination. A finding is a pure function of the records that
// stand now, so that it ends when its cause ends and a fold in any order gives the same ones. Dates that are only known
// to the month never make an overlap; years, periods and unknown days make no finding at all. What rests on a source that
// was not checked says so. Which pairs are compared, visit_store.h says. Findings warn and never block. Pure functions; any thread.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "schemas/ids.h"
#include "schemas/visit.h"

namespace liaison {

enum class FindingKind : std::uint8_t { overlap = 1, adjacency, own_overlap, participation, chain, region, waiting, gap, overlap_only };
std::string_view word_of(FindingKind kind);
std::optional<FindingKind> parse_finding_kind(std::string_view word);
const std::vector<std::string_view>& finding_kinds();

// How many free days may lie between two visits of a chain, and between two committees' visits to one region.
inline constexpr std::int64_t kChainDays = 7;
// How long nobody may have gone to a State before the next visit makes a finding; see node.gap_years.
inline constexpr std::uint32_t kGapYears = 5;

// What two visits can mean, and the id of that finding; the order of the two does not matter.
inline constexpr FindingKind kPairKinds[] = {FindingKind::overlap, FindingKind::adjacency, FindingKind::own_overlap, FindingKind::chain, FindingKind::region};
std::string pair_id(FindingKind kind, std::string_view a, std::string_view b);

struct Finding {
  std::string id;                        // kind and record ids: the same cause has the same id everywhere
  FindingKind kind = FindingKind::overlap;
  std::string sentence;                  // why, in plain English
  std::vector<std::string> visits;
  std::vector<std::string> states;       // alpha-3
  std::vector<std::string> committees;
  std::optional<DaySpan> days;           // an overlap's first common days, else first to last day of what it speaks of
  std::optional<std::int64_t> gap_days;  // free days between; none when it is no matter of nearness
  struct Contact { std::string committee, contact; };
  std::vector<Contact> contacts;
  std::vector<std::string> suggest;      // merge, back_to_back, inform; answer, take_up, change of one that waits
  std::vector<std::string> waits_for;    // committees, of one that waits
  TimeMs since = 0;                      // when the newest of the facts that make it was accepted
  bool unverified = false;               // one of the facts that make it was not checked against its source
};

struct VisitFacts {
  VisitPlan plan;
  TimeMs since = 0;                      // when its days, States and standing came to be as they are
};

// What a committee last said about taking part: joins or advises.
struct Taking {
  MemberId committee;
  AnswerKind degree = AnswerKind::joins;
  std::string contact;
  TimeMs since = 0;
  bool unverified = false;
  std::string said_of = {};              // "revision 1, then 2027-03-01" when the visit has other days since; else empty
};

// What a committee said of a plan, in log order.
struct Said {
  MemberId committee;
  AnswerKind answer = AnswerKind::comments;
  std::uint32_t revision = 0;
  std::string contact;
  TimeMs since = 0;
  bool unverified = false;
};
// A committee that the plan invites, and since when it does.
struct Invited {
  std::string committee;
  TimeMs since = 0;
};

// Overlap or adjacency of two committees' visits to a State, or their visits to States of one region; own overlap or chain of one
// committee's. At most one, and none when either visit does not stand. The order of the two does not matter.
std::optional<Finding> finding_of_pair(const VisitFacts& a, const VisitFacts& b, std::uint32_t window_days);
// A chain of one visit with several States; none otherwise.
std::optional<Finding> finding_of_route(const VisitFacts& visit);
// Two or more committees in one visit; none when nobody else takes part.
std::optional<Finding> finding_of_participation(const VisitFacts& visit, const std::vector<Taking>& taking);

// An answer that is waited for before a visit is over: that of a committee that is invited; the lead's to an offer to take part that its
// plan does not take up, and to an objection that no later revision follows. One for all of a visit; none when nothing waits.
std::optional<Finding> finding_of_waiting(const VisitFacts& visit, const std::vector<Invited>& invited, const std::vector<Said>& said);
// More than `years` calendar years between the end of the last visit to a State by any committee and the first day of this one, as far
// as days are known: of a month or a year the nearer end counts. None when either does not stand.
std::optional<Finding> finding_of_gap(const VisitFacts& visit, const std::string& state, const VisitFacts& before, std::uint32_t years);

// As the API prints it; `since` included.
nlohmann::json finding_json(const Finding& finding);

// How far a component's days can be relied on.
enum class Certainty { kDay, kMonth, kNone };
Certainty certainty_of(DatePrecision precision);

}  // namespace liaison
