// SPDX-License-Identifier: Apache-2.0
#include "nodes/api/expert_bookings.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "nodes/domain/bookings.h"
#include "nodes/domain/filters.h"
#include "nodes/domain/words.h"

namespace liaison {

namespace {

using nlohmann::json;

constexpr TimeMs kDayMs = 86'400'000;
constexpr std::size_t kShownToday = 20;
constexpr const char* kExpertKind = "expert";

struct Places {
  std::vector<Record> records;  // in the order of their ids
  bool more = false;            // there are others that were not looked at
};

Places in_order(std::vector<Record> records) {
  Places out{std::move(records), false};
  out.more = out.records.size() > kExpertPlacesMax;
  if (out.more) out.records.pop_back();
  std::sort(out.records.begin(), out.records.end(),
            [](const Record& a, const Record& b) { return a.record_id < b.record_id; });
  return out;
}

Result<Places> all_places(Node& node) {
  auto records = TRY(node.records().of_kind(kExpertKind, kExpertPlacesMax + 1));
  return in_order(std::move(records));
}

// However many places there are whose assignments are all over.
Result<Places> booked_places(Node& node, std::int64_t today) {
  auto records = TRY(node.records().booked_after(today, kExpertPlacesMax + 1));
  return in_order(std::move(records));
}

Result<Places> one_place(Node& node, const std::string& id) {
  Places out;
  Record record = TRY(node.records().newest(id));
  if (record.kind->kind != kExpertKind)
    return fail(Code::kInput,
                "expert: " + record.record_id + " is " + with_article(record.kind->noun) + " and no expert's place",
                "liaison expert list shows them");
  out.records.push_back(std::move(record));
  return out;
}

json over_booked_of(const Record& place, const OverBooked& one) {
  return {{"expert", place.record_id},      {"kind", word_of(one.kind)},
          {"certain", one.certain},         {"sentence", one.sentence},
          {"records", one.records},         {"days", {date_text(one.days.first), date_text(one.days.last)}},
          {"committee", place.owner.str()}, {"contact", place.contact}};
}

json bookings_json(const ExpertBookings& found) {
  const Record& place = *found.place;
  json out = {{"id", place.record_id},
              {"owner", place.owner.str()},
              {"contact", place.contact},
              {"designation", place.value("designation").text},
              {"status", place.status()},
              {"begins", place.value("begins").text},
              {"ends", place.value("ends").text},
              {"days_a_year", place.value("days_a_year").number},
              {"unverified", place.unverified},
              {"assigned", json::array()},
              {"over_booked", json::array()},
              {"more", found.more}};
  for (const Booking& one : found.bookings)
    out["assigned"].push_back({{"record", one.record}, {"begins", one.begins}, {"ends", one.ends}, {"role", one.role}});
  for (const OverBooked& one : found.findings) out["over_booked"].push_back(over_booked_of(place, one));
  return out;
}

Result<BookingPeriod> period_in(const Filters& query) {
  BookingPeriod out;
  out.from = TRY(day_filter(query, "from"));
  out.to = TRY(day_filter(query, "to"));
  if (out.from && out.to && *out.to < *out.from)
    return fail(Code::kInput, "to: " + date_text(*out.to) + " is before " + date_text(*out.from),
                "give a `to` that is not before `from`");
  return out;
}

Result<void> check_committee(const Filters& query) {
  const std::string committee = filter_text(query, "committee");
  if (committee.empty() || MemberId::parse(committee)) return {};
  return fail(Code::kInput, "committee: \"" + committee.substr(0, 32) + "\" is no committee", "write it as 1540");
}

}  // namespace

Result<json> bookings_page(Node& node, const std::map<std::string, std::string>& query, Now now) {
  TRY(check_filters(query, {"expert", "committee", "from", "to", "limit", "cursor"}));
  const BookingPeriod period = TRY(period_in(query));
  const std::uint64_t limit = TRY(limit_of(query));
  TRY(check_committee(query));
  const std::string expert = filter_text(query, "expert"), committee = filter_text(query, "committee"),
                    cursor = filter_text(query, "cursor");
  const Places places = TRY(expert.empty() ? all_places(node) : one_place(node, expert));
  json page = {
      {"items", json::array()}, {"next", nullptr}, {"looked_at", places.records.size()}, {"more", places.more}};
  for (const Record& place : places.records) {
    if ((!committee.empty() && place.owner.str() != committee) || (!cursor.empty() && place.record_id <= cursor))
      continue;
    const ExpertBookings found = bookings_of(place, period, static_cast<std::int64_t>(now.wall_ms / kDayMs));
    if (expert.empty() && found.bookings.empty() && found.findings.empty()) continue;
    if (page["items"].size() == limit) {
      page["next"] = page["items"].back()["id"];
      break;
    }
    page["items"].push_back(bookings_json(found));
  }
  return page;
}

Result<json> over_booked_json(Node& node, std::int64_t today) {
  const Places places = TRY(booked_places(node, today));
  struct Found {
    std::int64_t first = 0;
    json finding;
  };
  std::vector<Found> all;
  bool more = places.more;
  for (const Record& place : places.records) {
    const ExpertBookings found = bookings_of(place, {today, std::nullopt}, today);
    more = more || found.more;
    for (const OverBooked& one : found.findings) all.push_back({one.days.first, over_booked_of(place, one)});
  }
  std::stable_sort(all.begin(), all.end(), [](const Found& a, const Found& b) { return a.first < b.first; });
  json out = {{"items", json::array()}, {"more", more || all.size() > kShownToday}};
  for (Found& one : all) {
    if (out["items"].size() < kShownToday) out["items"].push_back(std::move(one.finding));
  }
  return out;
}

}  // namespace liaison
