// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/bookings.h"

#include <algorithm>

#include "nodes/domain/words.h"

namespace liaison {
namespace {

constexpr std::int64_t kYearsMax = 100;  // that are counted for one place

bool touch(const DaySpan& a, const DaySpan& b) { return a.first <= b.last && b.first <= a.last; }
bool holds(const DaySpan& whole, const DaySpan& part) { return whole.first <= part.first && part.last <= whole.last; }
DaySpan common(const DaySpan& a, const DaySpan& b) { return {std::max(a.first, b.first), std::min(a.last, b.last)}; }

std::string days_text(const DaySpan& days) {
  return days.first == days.last ? "on " + date_text(days.first)
                                 : "from " + date_text(days.first) + " to " + date_text(days.last);
}

// "1540-V-2027-0001 (2027-03-08 to 2027-03-12)".
std::string named(const Booking& booking) {
  const bool one = booking.ends.empty() || booking.ends == booking.begins;
  return booking.record + " (" + booking.begins + (one ? "" : " to " + booking.ends) + ")";
}

std::string text_in(const std::vector<RecordField>& parts, const RecordValue& value, std::string_view name) {
  const std::size_t at = place_of(parts, name);
  return at < value.items.size() ? value.items[at].text : std::string();
}

std::optional<Booking> booking_of(const std::vector<RecordField>& parts, const RecordValue& value) {
  Booking out{text_in(parts, value, "record"),
              text_in(parts, value, "role"),
              text_in(parts, value, "begins"),
              text_in(parts, value, "ends"),
              {},
              {},
              false};
  const auto begins = span_of(out.begins), ends = out.ends.empty() ? begins : span_of(out.ends);
  if (!begins || !ends) return std::nullopt;
  out.days = {begins->first, std::max(begins->last, ends->last)};
  out.known = begins->first == begins->last && ends->first == ends->last;
  if (begins->last <= ends->first) out.sure = DaySpan{begins->last, ends->first};
  return out;
}

bool in_period(const DaySpan& days, const BookingPeriod& period) {
  return (!period.from || days.last >= *period.from) && (!period.to || days.first <= *period.to);
}

std::vector<Booking> all_bookings(const Record& place) {
  const auto& parts = place.kind->field("assigned")->parts;
  std::vector<Booking> out;
  for (const RecordValue& value : place.value("assigned").items) {
    if (auto one = booking_of(parts, value)) out.push_back(std::move(*one));
  }
  std::stable_sort(out.begin(), out.end(), [](const Booking& a, const Booking& b) {
    return std::pair(a.days.first, a.days.last) < std::pair(b.days.first, b.days.last);
  });
  return out;
}

// On one day at least, whatever the days are that are not known.
bool surely_meet(const Booking& a, const Booking& b) {
  if (a.sure && b.sure && touch(*a.sure, *b.sure)) return true;
  return (a.sure && holds(*a.sure, b.days)) || (b.sure && holds(*b.sure, a.days));
}

class Finder {
 public:
  Finder(ExpertBookings& out, const BookingPeriod& period, std::int64_t today)
      : out_(out), place_(*out.place), period_(period), today_(today) {}

  void find(const std::vector<Booking>& all) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      for (std::size_t j = i + 1; j < all.size() && all[j].days.first <= all[i].days.last; ++j)
        same_days(all[i], all[j]);
    }
    for (const Booking& one : all) {
      not_available(one);
      wrong_status(one);
    }
    too_many_days(all);
    std::stable_sort(out_.findings.begin(), out_.findings.end(),
                     [](const OverBooked& a, const OverBooked& b) { return a.days.first < b.days.first; });
  }

 private:
  void add(OverBooked one) {
    if (!in_period(one.days, period_)) return;
    one.sentence = place_.value("designation").text + " (" + place_.record_id + ") " + one.sentence;
    if (out_.findings.size() < kOverBookedMax)
      out_.findings.push_back(std::move(one));
    else
      out_.more = true;
  }

  void same_days(const Booking& a, const Booking& b) {
    const DaySpan days = common(a.days, b.days);
    const bool certain = surely_meet(a, b);
    const bool known = a.known && b.known;
    add({OverBooked::Kind::kSameDays,
         certain,
         (certain ? "is bound to two at once" : "may be bound to two at once") +
             std::string(known ? " " + days_text(days) : "") + ": " + named(a) + " and " + named(b) +
             (certain ? "" : "; the dates say no more"),
         {a.record, b.record},
         days});
  }

  void not_available(const Booking& one) {
    const auto begins = span_of(place_.value("begins").text), ends = span_of(place_.value("ends").text);
    const bool early = begins && one.days.first < begins->last, late = ends && one.days.last > ends->first;
    if (!early && !late) return;
    const DaySpan& sure = one.sure ? *one.sure : DaySpan{one.days.last, one.days.first};
    const bool certain = (begins && sure.first < begins->first) || (ends && sure.last > ends->last);
    const std::string limit = early ? "before " + place_.value("begins").text : "after " + place_.value("ends").text;
    add({OverBooked::Kind::kNotAvailable,
         certain,
         (certain ? "is bound to " : "may be bound to ") + named(one) + " " + limit + ", when the expert " +
             (early ? "cannot be asked for yet" : "can no more be asked for"),
         {one.record},
         one.days});
  }

  void wrong_status(const Booking& one) {
    const std::string& status = place_.status();
    if (status == "assigned" || status == "available" || one.days.last < today_) return;
    add({OverBooked::Kind::kStatus,
         true,
         "is " + in_words(status) + " and bound to " + named(one) + " all the same",
         {one.record},
         one.days});
  }

  // Days that two assignments share count once.
  static std::uint64_t days_in(std::vector<DaySpan> spans, const DaySpan& year) {
    std::sort(spans.begin(), spans.end(), [](const DaySpan& a, const DaySpan& b) { return a.first < b.first; });
    std::int64_t days = 0, next = year.first;
    for (const DaySpan& span : spans) {
      const std::int64_t first = std::max(span.first, next), last = std::min(span.last, year.last);
      if (first > last) continue;
      days += last - first + 1;
      next = last + 1;
    }
    return static_cast<std::uint64_t>(days);
  }

  void too_many_days(const std::vector<Booking>& all) {
    const std::uint64_t limit = place_.value("days_a_year").number;
    if (limit == 0 || all.empty()) return;
    std::vector<DaySpan> may, sure;
    std::int64_t last = all.front().days.last;
    for (const Booking& one : all) {
      may.push_back(one.days);
      if (one.sure) sure.push_back(*one.sure);
      last = std::max(last, one.days.last);
    }
    auto year = std::stoll(date_text(all.front().days.first).substr(0, 4));
    for (std::int64_t counted = 0; counted < kYearsMax; ++counted, ++year) {
      const auto days = span_of(std::to_string(year));
      if (!days || days->first > last) return;
      year_of(all, *days, year, {days_in(sure, *days), days_in(may, *days)}, limit);
    }
  }

  struct Counted {
    std::uint64_t least = 0, most = 0;
  };
  void year_of(const std::vector<Booking>& all, const DaySpan& year, std::int64_t number, const Counted& days,
               std::uint64_t limit) {
    if (days.most <= limit) return;
    const bool certain = days.least > limit;
    std::vector<std::string> records;
    for (const Booking& one : all) {
      if (touch(one.days, year)) records.push_back(one.record);
    }
    add({OverBooked::Kind::kTooManyDays, certain,
         (certain ? "is away on " : "may be away on up to ") + std::to_string(certain ? days.least : days.most) +
             " days of " + std::to_string(number) + ", and " + std::to_string(limit) + " are the most",
         std::move(records), year});
  }

  ExpertBookings& out_;
  const Record& place_;
  const BookingPeriod& period_;
  std::int64_t today_;
};

}  // namespace

std::string_view word_of(OverBooked::Kind kind) {
  switch (kind) {
    case OverBooked::Kind::kSameDays:
      return "same_days";
    case OverBooked::Kind::kNotAvailable:
      return "not_available";
    case OverBooked::Kind::kStatus:
      return "status";
    case OverBooked::Kind::kTooManyDays:
      return "too_many_days";
  }
  return "";
}

std::optional<std::int64_t> booked_until(const Record& place) {
  const RecordField* assigned = place.kind->field("assigned");
  if (assigned == nullptr || assigned->type != RecordField::Type::kPart) return std::nullopt;
  std::optional<std::int64_t> last;
  for (const Booking& one : all_bookings(place)) last = std::max(last.value_or(one.days.last), one.days.last);
  if (!last) return std::nullopt;
  return span_of(date_text(*last).substr(0, 4)).value_or(DaySpan{*last, *last}).last;   // too many days are told of a whole year
}

ExpertBookings bookings_of(const Record& place, const BookingPeriod& period, std::int64_t today) {
  ExpertBookings out;
  out.place = &place;
  auto all = all_bookings(place);
  Finder(out, period, today).find(all);
  for (Booking& one : all) {
    if (in_period(one.days, period)) out.bookings.push_back(std::move(one));
  }
  return out;
}

}  // namespace liaison
