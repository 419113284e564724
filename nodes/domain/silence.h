// SPDX-License-Identifier: Apache-2.0
// Decisions by silence: a proposal, who was notified of it and when, what was said and when, and how long; from these, how it stands at a moment
// and why. Every time is the accept time of an entry of the log. A committee that was not notified is never silent. Pure functions over what they
// are given; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nodes/domain/working_days.h"
#include "schemas/ids.h"

namespace liaison {

// One committee that is asked. Without `at` it was not notified, and `why_not` says what is known of that.
struct SilenceNotice {
  MemberId committee;
  std::optional<TimeMs> at;
  MessageId message{};           // its delivery receipt
  std::uint64_t index = 0;       // that receipt's entry
  std::string why_not = {};
  bool left = false;             // the exchange: it is not asked any more
};

// What a committee said: objects, holds, releases, or a word that changes nothing.
struct SilenceWord {
  MemberId committee;
  std::string word, text;
  TimeMs at = 0;
  MessageId message{};
  std::uint64_t index = 0;
};

// The owner made the time longer, or the holds; each counts once.
struct SilenceExtension {
  TimeMs at = 0;
  std::uint32_t working_days = 0, hold_months = 0;
  std::string why = {};
  MessageId message{};
  std::uint64_t index = 0;
};

struct Silence {
  TimeMs circulated_at = 0;
  MessageId message{};                 // the proposal's first revision
  std::uint64_t index = 0;
  bool from_delivery = true;           // else the time runs from the circulation; who was not notified is missing all the same
  std::uint32_t working_days = 0;
  std::uint32_t hold_months = 0;       // how long a committee may hold, counted from its first hold
  std::string station, closing_hour;   // empty: New York, 17:00
  std::vector<SilenceNotice> notices;  // one for each committee that is asked
  std::vector<SilenceWord> words;      // in log order
  std::vector<SilenceExtension> extensions;
};

// kNotCounted: it may be over or not, since the holidays of a year are not known.
enum class SilenceOutcome { kOpen, kNotNotified, kOnHold, kAdopted, kObjected, kLapsed, kNotCounted };
// "open", "not_notified", "on_hold", "adopted", "objected", "lapsed", "not_counted".
std::string_view silence_word(SilenceOutcome outcome);
// Nothing that is said later changes it.
inline bool is_final(SilenceOutcome outcome) {
  return outcome == SilenceOutcome::kAdopted || outcome == SilenceOutcome::kObjected || outcome == SilenceOutcome::kLapsed;
}

struct SilenceVoice {
  SilenceWord word;
  bool late = false;             // after the end: it changes nothing
};

struct SilenceVerdict {
  SilenceOutcome outcome = SilenceOutcome::kOpen;
  std::optional<TimeMs> starts;           // from when the working days run
  std::optional<Deadline> deadline;       // while the time runs and when it has run out; none while it stands still or not all are notified
  std::optional<TimeMs> hold_until;       // the last millisecond of the hold that ends first
  std::optional<TimeMs> at;               // since when the outcome stands; none while it is open
  std::vector<MemberId> not_notified, holding, objecting;
  std::vector<SilenceVoice> voices;       // in log order
  std::vector<std::string> files;         // of holidays
  std::optional<Error> uncounted;         // why its end cannot be counted: the file of holidays to add. Then there is no deadline
  std::vector<std::string> explanation;   // lines for people, the first event first; the last one is the outcome
};

// How it stands when `now` is the time of the log: the last millisecond of the deadline is in time, and silence is adopted one millisecond later.
// Holidays that are not known can only make the end later: what was said before the earliest day that it could be is in time in any case, and an
// objection ends it. kInput for a station, an hour or numbers that cannot be. `holidays` may be forgotten afterwards.
Result<SilenceVerdict> reckon_silence(const Silence& silence, const Holidays& holidays, TimeMs now);
// The calendar that the proposal names. kInput, kConfig.
Result<WorkingDays> calendar_of(const Silence& silence, const Holidays& holidays);

}  // namespace liaison
