// SPDX-License-Identifier: Apache-2.0
#include "nodes/api/proposals.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "nodes/api/expert_bookings.h"
#include "nodes/domain/extracts.h"
#include "nodes/domain/filters.h"
#include "nodes/domain/joint_visits.h"
#include "nodes/domain/matching.h"
#include "nodes/domain/reviews.h"
#include "nodes/domain/words.h"
#include "schemas/dates.h"

namespace liaison {

namespace {

using nlohmann::json;

constexpr std::size_t kOffersMax = 5'000, kMatchesShown = 50, kPlansMax = 8;

// Who has delivered before, and in what: matches that were delivered, by the provider of their offer.
Result<std::vector<TrackRecord>> track_records(Node& node, const std::vector<Record>& offers) {
  std::map<std::string, const Record*> by_id;
  for (const Record& offer : offers) by_id[offer.record_id] = &offer;
  std::vector<TrackRecord> out;
  for (const Record& match : TRY(node.records().of_kind("assistance.match", kOffersMax))) {
    const std::string& status = match.status();
    if (status != "delivered" && status != "feedback_given" && status != "closed") continue;
    const auto offer = by_id.find(match.value("offer").text);
    if (offer != by_id.end()) out.push_back({offer->second->value("provider").text, texts_of(offer->second->value("areas"))});
  }
  return out;
}

Result<json> matches(Node& node, const Filters& parameters, Now now) {
  TRY(check_filters(parameters, {"record"}));
  const Record asked = TRY(node.records().newest(filter_text(parameters, "record")));
  if (asked.kind->kind != "assistance.request" && asked.kind->kind != "visit.need")
    return fail(Code::kInput, "record: " + asked.record_id + " is " + with_article(asked.kind->noun) + "; offers answer a request or a need",
                "liaison request list shows the ids");
  const auto offers = TRY(node.records().of_kind("assistance.offer", kOffersMax));
  const auto before = TRY(track_records(node, offers));
  const auto found = suggest_matches(asked, offers, before, static_cast<std::int64_t>(now.wall_ms / kDayMs));
  json out = {{"record", asked.record_id}, {"items", json::array()}, {"looked_at", offers.size()}, {"found", found.size()}};
  for (const SuggestedMatch& one : found) {
    if (out["items"].size() == kMatchesShown) break;
    json reasons = json::array();
    for (const MatchReason& reason : one.reasons) reasons.push_back({{"reason", reason.word}, {"text", reason.text}});
    out["items"].push_back({{"offer", one.offer}, {"provider", one.provider}, {"reasons", std::move(reasons)}, {"against", one.against}});
  }
  return out;
}

Result<json> joint_visit(Node& node, const Filters& parameters) {
  TRY(check_filters(parameters, {"plans"}));
  std::vector<json> plans;
  std::string rest = filter_text(parameters, "plans");
  while (!rest.empty() && plans.size() <= kPlansMax) {
    const auto comma = rest.find(',');
    plans.push_back(TRY(node.visits().show(rest.substr(0, comma))));
    rest = comma == std::string::npos ? "" : rest.substr(comma + 1);
  }
  if (plans.size() > kPlansMax) return fail(Code::kInput, "plans: a joint visit is made of at most 8 plans", "name fewer");
  return joint_visit_fields(node.identity().member.str(), plans);
}

Result<DaySpan> period_of(const Filters& parameters) {
  const std::string year = filter_text(parameters, "year");
  if (!year.empty()) {
    const auto span = year.size() == 4 ? span_of(year) : std::nullopt;
    return span ? Result<DaySpan>(*span) : fail(Code::kInput, "year: \"" + year.substr(0, 16) + "\" is not a year", "write it as 2026");
  }
  const auto from = TRY(day_filter(parameters, "from")), to = TRY(day_filter(parameters, "to"));
  if (!from || !to || *to < *from) return fail(Code::kInput, "year: the period is missing", "give a year, or the days from and to");
  return DaySpan{*from, *to};
}

Result<std::vector<json>> visits_in(Node& node, const DaySpan& period, std::uint64_t size) {
  std::vector<json> out;
  Filters filters = {{"from", date_text(period.first)}, {"to", date_text(period.last)}, {"limit", "500"}};
  for (;;) {
    const json page = TRY(node.visits().list(filters));
    for (const json& visit : page["items"]) {
      const bool logged = visit["index"].is_number() && visit["index"].get<std::uint64_t>() < size;
      if (logged) out.push_back(visit);
    }
    if (!page["next"].is_string()) return out;
    filters["cursor"] = page["next"];
  }
}

Result<json> review(Node& node, const Filters& parameters) {
  TRY(check_filters(parameters, {"type", "year", "from", "to", "size"}));
  ReviewBasis basis;
  const std::string type = TRY(filter_word(parameters, "type", {"annual", "comprehensive"}));
  basis.type = type.empty() ? "annual" : type;
  basis.period = TRY(period_of(parameters));
  basis.log_index = node.mirror().size();
  if (const std::string size = filter_text(parameters, "size"); !size.empty()) {
    const auto [end, error] = std::from_chars(size.data(), size.data() + size.size(), basis.log_index);
    if (error != std::errc() || end != size.data() + size.size() || basis.log_index > node.mirror().size())
      return fail(Code::kInput, "size: the log has no " + size.substr(0, 32) + " entries here", "it has " + std::to_string(node.mirror().size()));
  }
  const Hash root = TRY(node.mirror().root_at(basis.log_index));
  basis.log_root = hex(root);
  basis.records = TRY(node.records().as_of(basis.log_index));
  basis.visits = TRY(visits_in(node, basis.period, basis.log_index));
  return review_fields(basis);
}

// A visit or a record, as the API shows it.
Result<json> shown(Node& node, const std::string& id) {
  const auto parsed = parse_record_id(id);
  return parsed && parsed->letter == "V" ? node.visits().show(id) : node.records().show(id, 0);
}

Result<json> extract(Node& node, const Filters& parameters) {
  TRY(check_filters(parameters, {"records", "title", "language"}));
  std::vector<ExtractSource> sources;
  std::string rest = filter_text(parameters, "records");
  while (!rest.empty() && sources.size() <= kExtractRecordsMax) {
    const auto end = rest.find(';');
    ExtractChoice choice = TRY(parse_extract_choice(rest.substr(0, end)));
    json record = TRY(shown(node, choice.record));
    sources.push_back({std::move(record), std::move(choice.fields)});
    rest = end == std::string::npos ? "" : rest.substr(end + 1);
  }
  return extract_fields(node.identity().member.str(), filter_text(parameters, "title"), filter_text(parameters, "language"), sources);
}

}  // namespace

Result<json> proposal(Node& node, const std::string& what, const Filters& parameters, Now now) {
  if (what == "matches") return matches(node, parameters, now);
  if (what == "joint-visit") return joint_visit(node, parameters);
  if (what == "review") return review(node, parameters);
  if (what == "extract") return extract(node, parameters);
  if (what == "bookings") return bookings_page(node, parameters, now);
  return fail(Code::kUnknown, "nothing is proposed under the name " + what.substr(0, 64), "matches, joint-visit, review, extract or bookings");
}

}  // namespace liaison
