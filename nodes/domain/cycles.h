// SPDX-License-Identifier: Apache-2.0
// The life cycles of the kinds of record, as tables: which status may follow which, what must be there first, on what each step rests, and
// the clocks that run. One file for each kind in nodes/domain/cycles/, compiled in; tests/scenarios/ holds what an officer may expect of
// them. Immutable; any thread.
//
//   row,name,from,to,needs,basis
//   move,,received authenticated,duplicate,set goes_on_in,why      from any of these statuses; none: a record begins so
//   clock,circulate,received_on,circulated,7 days,why              from the day in a field until the status is reached, or one after it
//   clock,answers,proposed_on,accepted_by_both,wait,why            likewise, so many working days as the committee has chosen (node.wait_days)
//
// needs, joined by "; ":
//   set FIELD           the field is not empty
//   without FIELD       the field is empty, as long as the record stands so
//   day FIELD           the field has a day, not only a month or a year, and it is not in the future
//   past FIELD          the field has a date, and its last day is over
//   consent ACT         the record names a consent in force, of each of its States, that covers the act (circulate, publish, visit, share)
//   record FIELD        the record named in the field is known here, and was not taken back
//   answer WORD         every committee that the record went to has answered so, and none has objected
//   answer WORD FIELD   likewise, of those that the field names: a list of parts with a `committee`; the owner need not ask itself
//   log WORD            the node reckons the step from the log (Origin::kReckoned); no officer takes it by hand
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/record_kind.h"
#include "schemas/result.h"

namespace liaison {

struct Need {
  enum class What { kSet, kWithout, kDay, kPast, kConsent, kRecord, kAnswer, kLog };
  What what = What::kSet;
  std::string of;      // field, act or word
  std::string by;      // of kAnswer: the field that says who; empty for all
};

struct CycleMove {
  std::vector<std::string> from;      // empty: a record may begin so
  std::string to;
  std::vector<Need> needs;
  std::string basis;
};

inline constexpr std::string_view kWaitTerm = "wait";

struct CycleClock {
  std::string name;
  std::string from;                   // the field with the day on which it starts
  std::string until;                  // the status that stops it
  std::string term;                   // "7 days", "3 working days", or kWaitTerm
  std::string basis;
};

struct Cycle {
  std::string kind;
  std::vector<CycleMove> moves;
  std::vector<CycleClock> clocks;

  const CycleMove* beginning(std::string_view status) const;                        // null: a record does not begin so
  const CycleMove* move(std::string_view from, std::string_view to) const;          // null: there is no such step
  std::vector<std::string> beginnings() const;
  std::vector<std::string> next(std::string_view from) const;                       // in the order of the table
  bool is_over(std::string_view status) const { return next(status).empty(); }
  // Whether a record in this status has `reached` behind it: it is that one, or lies on a way from it.
  bool is_past(std::string_view status, std::string_view reached) const;
};

// The cycle of a kind. Every kind has one: the build fails without its file, and the process ends at its start when a table names a
// status, a field or a need that there is not.
const Cycle& cycle_of(const RecordKind& kind);
// One table as text. kInput with the line for a wrong one.
Result<Cycle> parse_cycle(const RecordKind& kind, std::string_view text);

}  // namespace liaison
