// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/silence.h"

#include <algorithm>
#include <map>

#include "nodes/domain/words.h"
#include "schemas/dates.h"

namespace liaison {
namespace {

constexpr std::size_t kTextShown = 400;

std::string days_word(std::uint32_t days) { return std::to_string(days) + (days == 1 ? " full working day" : " full working days"); }
std::string months_word(std::uint32_t months) { return std::to_string(months) + (months == 1 ? " month" : " months"); }
std::string entry(std::uint64_t index) { return "entry " + std::to_string(index) + " of the log"; }

std::string names(const std::vector<MemberId>& members) {
  std::vector<std::string> out;
  for (const MemberId& one : members) out.push_back(one.str());
  return listed(out);
}

// At a character's beginning.
std::string shortened(const std::string& text) {
  if (text.size() <= kTextShown) return text;
  std::size_t end = kTextShown;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end) + " ...";
}

std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return shortened(text);
}

// A word or an extension, at its place in the log.
struct Event {
  TimeMs at = 0;
  std::uint64_t index = 0;
  const SilenceWord* word = nullptr;
  const SilenceExtension* extension = nullptr;
};

std::vector<Event> events_of(const Silence& silence, TimeMs now) {
  std::vector<Event> out;
  for (const auto& word : silence.words) out.push_back({word.at, word.index, &word, nullptr});
  for (const auto& extension : silence.extensions) out.push_back({extension.at, extension.index, nullptr, &extension});
  std::erase_if(out, [now](const Event& one) { return one.at > now; });
  std::stable_sort(out.begin(), out.end(), [](const Event& a, const Event& b) { return std::pair(a.at, a.index) < std::pair(b.at, b.index); });
  return out;
}

// One walk through the log's entries about a proposal.
class Walk {
 public:
  Walk(const Silence& silence, const Holidays& holidays, const WorkingDays& calendar, TimeMs now)
      : silence_(silence), holidays_(holidays), calendar_(calendar), now_(now) {}

  Result<SilenceVerdict> run() {
    say_notices();
    for (const Event& event : events_of(silence_, now_)) {
      if (runs()) TRY(end_before(event.at));
      TRY(take(event));
    }
    if (runs()) TRY(end_before(now_));
    if (runs()) TRY(stand());
    // One that was objected to has a deadline too, if the holidays are known.
    if (verdict_.outcome == SilenceOutcome::kObjected) {
      verdict_.uncounted.reset();
      if (holds_.empty()) static_cast<void>(known_end());
    }
    say_deadline();
    say_end();
    return std::move(verdict_);
  }

 private:
  bool over() const { return is_final(verdict_.outcome); }
  bool unsure() const { return verdict_.outcome == SilenceOutcome::kNotCounted; }
  bool runs() const { return !over() && !unsure(); }
  std::string when(TimeMs at) const { return moment_words(calendar_.station(), at); }
  void say(std::string line) { verdict_.explanation.push_back(std::move(line)); }

  void say_notices() {
    TimeMs last = 0;
    for (const auto& one : silence_.notices) {
      if (one.at && *one.at <= now_) {
        say(one.committee.str() + " was notified on " + when(*one.at) + " (its delivery receipt, " + entry(one.index) + ")");
        last = std::max(last, *one.at);
      } else if (one.left) {
        say(one.committee.str() + " has left the exchange and is not asked any more");
      } else {
        verdict_.not_notified.push_back(one.committee);
        say(one.committee.str() + " was not notified: " + (one.why_not.empty() ? "no delivery receipt of it is in the log" : one.why_not));
      }
    }
    if (!verdict_.not_notified.empty() || last == 0) return;   // where nobody was reached nobody was silent
    verdict_.starts = silence_.from_delivery ? last : silence_.circulated_at;
    ready_ = std::max(last, *verdict_.starts);
  }

  Result<TimeMs> expiry(const MemberId& member) const {
    const Term term{silence_.hold_months + hold_months_more_, TermUnit::kMonths};
    return TRY(calendar_.deadline(first_holds_.at(member), term)).at;
  }

  // When it ends if nothing more is said; nothing while it does not.
  Result<std::optional<TimeMs>> end() {
    if (!holds_.empty()) {
      std::optional<TimeMs> first;
      for (const auto& [member, since] : holds_) {
        const TimeMs at = TRY(expiry(member));
        if (!first || at < *first) first = at;
      }
      return first;
    }
    if (!verdict_.starts) return std::optional<TimeMs>();
    if (!deadline_) deadline_ = TRY(calendar_.deadline(*verdict_.starts, {silence_.working_days + days_more_, TermUnit::kWorkingDays}, pauses_));
    // Whoever was notified after that had no time at all: it ends when all are.
    return std::optional(std::max(deadline_->at, ready_));
  }

  // Holidays that are not known stop the counting, and not the walk.
  Result<std::optional<TimeMs>> known_end() {
    verdict_.uncounted.reset();
    auto found = end();
    if (found || found.error().code != Code::kUnknown) return found;
    verdict_.uncounted = found.error();
    return std::optional<TimeMs>();
  }

  void count_anew() {
    deadline_.reset();
    soonest_.reset();
  }

  // The calendar in which the years that are not known have no holidays.
  Result<void> assume() {
    assumed_holidays_ = holidays_;
    const std::string station(calendar_.station().word);
    for (int year = year_of_day(day_at(calendar_.station(), *verdict_.starts)); year <= kLastYear; ++year) {
      if (assumed_holidays_.of(station, year) != nullptr) continue;
      // A file holds at least one holiday: this one is on a weekend, and takes nothing away.
      std::int64_t day = *parse_date(std::to_string(year) + "-01-01");
      while (!is_weekend(day)) ++day;
      const std::string file = Holidays::file_name(station, year);
      TRY(assumed_holidays_.add(file, file, "date,name,source\n" + date_text(day) + ",none that is known,assumed\n"));
    }
    assumed_ = TRY(calendar_of(silence_, assumed_holidays_));
    return {};
  }

  // When it would end by that: never before.
  Result<TimeMs> earliest_end() {
    if (soonest_) return *soonest_;
    if (!assumed_) TRY(assume());
    const Deadline soonest = TRY(assumed_->deadline(*verdict_.starts, {silence_.working_days + days_more_, TermUnit::kWorkingDays}, pauses_));
    soonest_ = std::max(soonest.at, ready_);
    return *soonest_;
  }

  // Nothing ends before a moment at which the time has not begun to run.
  Result<void> end_before(TimeMs at) {
    if (holds_.empty() && (!verdict_.starts || at <= *verdict_.starts)) return {};
    const auto ends = TRY(known_end());
    if (verdict_.uncounted) {
      const TimeMs soonest = TRY(earliest_end());
      if (at > soonest) verdict_.outcome = SilenceOutcome::kNotCounted;
      return {};
    }
    if (!ends || at <= *ends) return {};
    verdict_.outcome = holds_.empty() ? SilenceOutcome::kAdopted : SilenceOutcome::kLapsed;
    verdict_.at = *ends;
    if (!holds_.empty()) verdict_.hold_until = *ends;
    return {};
  }

  Result<void> take(const Event& event) {
    if (event.extension != nullptr) return extend(*event.extension);
    const SilenceWord& word = *event.word;
    verdict_.voices.push_back({word, over()});
    const std::string said = word.committee.str() + " " + word.word + " on " + when(word.at) + " (" + entry(word.index) + ")" +
                             (word.text.empty() ? "" : ": " + one_line(word.text));
    if (over()) {
      say(said + "; late, it changes nothing");
    } else if (unsure()) {
      say(said + "; whether that is in time cannot be told");
    } else if (word.word == "objects") {
      verdict_.outcome = SilenceOutcome::kObjected;
      verdict_.at = word.at;
      verdict_.objecting.push_back(word.committee);
      say(said);
    } else if (word.word == "holds") {
      return hold(word, said);
    } else if (word.word == "releases") {
      release(word, said);
    } else {
      say(said);
    }
    return {};
  }

  Result<void> hold(const SilenceWord& word, const std::string& said) {
    if (holds_.contains(word.committee)) {
      say(said + "; it holds already");
      return {};
    }
    first_holds_.emplace(word.committee, word.at);
    const TimeMs until = TRY(expiry(word.committee));
    // What a committee may hold is counted from its first hold, so that it cannot be held for ever.
    if (word.at > until) {
      say(said + "; not counted, it has held for the " + months_word(silence_.hold_months + hold_months_more_) + " that there are");
      return {};
    }
    holds_.emplace(word.committee, word.at);
    count_anew();
    say(said + "; the time stands still, at most until " + when(until));
    return {};
  }

  void release(const SilenceWord& word, const std::string& said) {
    const auto held = holds_.find(word.committee);
    if (held == holds_.end()) {
      say(said + "; it holds nothing");
      return;
    }
    pause(held->second, std::max(word.at, held->second + 1), "hold of " + word.committee.str());
    holds_.erase(held);
    count_anew();
    say(said + (holds_.empty() ? "; the time runs on" : "; others still hold"));
  }

  // Pauses that touch are one: there are never more than days.
  void pause(TimeMs from, TimeMs to, const std::string& why) {
    Pause whole{from, to, why};
    for (auto one = pauses_.begin(); one != pauses_.end();) {
      const bool touches = day_at(calendar_.station(), one->from) <= day_at(calendar_.station(), whole.to) &&
                           day_at(calendar_.station(), whole.from) <= day_at(calendar_.station(), one->to);
      if (!touches) {
        ++one;
        continue;
      }
      whole.from = std::min(whole.from, one->from);
      whole.to = std::max(whole.to, one->to);
      if (one->why != why && one->why.size() < kTextShown) whole.why = one->why + ", " + why;
      one = pauses_.erase(one);
    }
    pauses_.push_back(std::move(whole));
  }

  Result<void> extend(const SilenceExtension& more) {
    const std::string said = "the owner gives " + (more.working_days > 0 ? days_word(more.working_days) : months_word(more.hold_months) + " of holding") +
        " more on " +
                             when(more.at) + " (" + entry(more.index) + ")" + (more.why.empty() ? "" : ": " + one_line(more.why));
    const bool again = more.working_days > 0 ? days_more_ > 0 : hold_months_more_ > 0;
    if (over()) {
      say(said + "; late, it changes nothing");
    } else if (unsure()) {
      say(said + "; whether that is in time cannot be told");
    } else if (again) {
      say(said + "; not counted, that is done once");
    } else {
      say(said);
      days_more_ += more.working_days;
      hold_months_more_ += more.hold_months;
      count_anew();
    }
    return {};
  }

  // Nothing has ended it.
  Result<void> stand() {
    if (!holds_.empty()) {
      verdict_.outcome = SilenceOutcome::kOnHold;
      verdict_.hold_until = TRY(known_end());
      TimeMs since = 0;
      for (const auto& [member, at] : holds_) {
        verdict_.holding.push_back(member);
        since = since == 0 ? at : std::min(since, at);
      }
      verdict_.at = since;
    } else if (!verdict_.starts) {
      verdict_.outcome = SilenceOutcome::kNotNotified;
    } else {
      TRY(known_end());
    }
    return {};
  }

  void say_deadline() {
    if (verdict_.uncounted) say("its end cannot be counted: " + verdict_.uncounted->what + "; " + verdict_.uncounted->hint);
    if (!deadline_) return;
    say((silence_.from_delivery ? "the last was notified then; " : "from the circulation; ") + days_word(silence_.working_days) + " from " +
        when(*verdict_.starts) +
        (days_more_ > 0 ? ", and " + std::to_string(days_more_) + " more" : ""));
    for (const std::string& line : deadline_->explanation) say(line);
    verdict_.files = deadline_->files;
    verdict_.deadline = std::move(deadline_);
  }

  void say_end() {
    const auto& ends = verdict_.deadline;
    switch (verdict_.outcome) {
      case SilenceOutcome::kOpen:
        return say("open: nobody has objected" + (ends ? "; the last millisecond in time is " + when(std::max(ends->at, ready_)) : "; its end is not known"));
      case SilenceOutcome::kNotCounted: return say("not counted: whether its time is over cannot be told, since " + verdict_.uncounted->what);
      case SilenceOutcome::kNotNotified:
        if (verdict_.not_notified.empty()) return say("not notified: nobody was reached, and so nobody was silent");
        return say("not notified: " + names(verdict_.not_notified) + (verdict_.not_notified.size() == 1 ? " was" : " were") +
            " not reached, and who was not reached is not silent");
      case SilenceOutcome::kOnHold:
        return say("on hold by " + names(verdict_.holding) + "; it lapses when the hold is not given up until " + when(*verdict_.hold_until) +
                   (verdict_.not_notified.empty() ? "" : "; " + names(verdict_.not_notified) + " not notified"));
      case SilenceOutcome::kAdopted: return say("adopted by silence: nobody objected until " + when(*verdict_.at));
      case SilenceOutcome::kObjected: return say("objected by " + names(verdict_.objecting) + " on " + when(*verdict_.at) + ", in time");
      case SilenceOutcome::kLapsed: return say("lapsed: the hold was not given up until " + when(*verdict_.at));
    }
  }

  static constexpr int kLastYear = 2037;   // as working_days.h

  const Silence& silence_;
  const Holidays& holidays_;
  const WorkingDays& calendar_;
  TimeMs now_;
  TimeMs ready_ = 0;                                // when all were notified
  SilenceVerdict verdict_;
  std::map<MemberId, TimeMs> holds_, first_holds_;
  std::vector<Pause> pauses_;
  std::uint32_t days_more_ = 0, hold_months_more_ = 0;
  std::optional<Deadline> deadline_;                // of what is known so far
  std::optional<TimeMs> soonest_;                   // likewise; see earliest_end
  Holidays assumed_holidays_;                       // of which assumed_ is made
  std::optional<WorkingDays> assumed_;              // while it is not needed, nothing: it takes twenty files of holidays
};

}  // namespace

std::string_view silence_word(SilenceOutcome outcome) {
  switch (outcome) {
    case SilenceOutcome::kOpen: return "open";
    case SilenceOutcome::kNotNotified: return "not_notified";
    case SilenceOutcome::kOnHold: return "on_hold";
    case SilenceOutcome::kAdopted: return "adopted";
    case SilenceOutcome::kObjected: return "objected";
    case SilenceOutcome::kLapsed: return "lapsed";
    case SilenceOutcome::kNotCounted: return "not_counted";
  }
  return "";
}

Result<WorkingDays> calendar_of(const Silence& silence, const Holidays& holidays) {
  std::uint32_t closing = WorkingDays::kClosingMinute;
  if (!silence.closing_hour.empty()) closing = TRY(parse_closing_hour(silence.closing_hour, "closing_hour"));
  auto calendar = WorkingDays::of(holidays, silence.station.empty() ? kHeadquarters : std::string_view(silence.station), closing);
  if (!calendar) return fail(calendar.error().code, "duty_station: " + calendar.error().what, calendar.error().hint);
  return calendar;
}

Result<SilenceVerdict> reckon_silence(const Silence& silence, const Holidays& holidays, TimeMs now) {
  if (silence.working_days == 0) return fail(Code::kInput, "working_days: the proposal does not say how many it gives", "make a new one that does");
  const WorkingDays calendar = TRY(calendar_of(silence, holidays));
  return Walk(silence, holidays, calendar, now).run();
}

}  // namespace liaison
