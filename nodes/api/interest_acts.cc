// SPDX-License-Identifier: Apache-2.0
#include "nodes/api/interest_acts.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "nodes/domain/filters.h"
#include "nodes/domain/json_fields.h"
#include "schemas/text.h"

namespace liaison {

namespace {

using nlohmann::json;

constexpr const char* kHint = "liaison interest list shows those that there are";

struct NewRecords {
  std::uint64_t records = 0;
  bool more = false;
};

Result<Interest> known_interest(Node& node, const std::string& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number == 0 || text.size() > 18)
    return fail(Code::kInput, "number: \"" + printable(text, 32) + "\" is not the number of an interest", kHint);
  auto found = TRY(Interests(node.store()).find(number));
  if (!found) return fail(Code::kUnknown, "this node keeps no interest " + text, kHint);
  return std::move(*found);
}

Filters with(Filters filters, const std::string& limit, const std::string& cursor) {
  filters["limit"] = limit;
  filters["cursor"] = cursor;
  return filters;
}

// The place in the log of the newest revision; nothing while it is queued.
Result<json> index_of(Node& node, const json& hit) {
  const std::string id = hit["id"];
  const json shown = TRY(hit["kind"] == "visit" ? node.visits().show(id) : node.records().show(id, 0));
  return shown["index"];
}

// Of several entries that were accepted in one millisecond the first ones may have been there.
Result<bool> was_there(Node& node, const Interest& interest, const json& hit) {
  if (interest.seen_size == 0 || hit["changed_at"] != rfc3339_millis(interest.seen_ms)) return false;
  const json index = TRY(index_of(node, hit));
  return index.is_number() && index.get<std::uint64_t>() < interest.seen_size;
}

// Those stand behind all that is newer.
std::string cursor_behind(TimeMs changed_ms) { return "0." + std::to_string(changed_ms + 1) + ".\xFF"; }

Result<NewRecords> news_of(Node& node, const Interest& interest) {
  const json page = TRY(node.views().changed(with(interest.filters(), "1", ""), interest.seen_ms));
  NewRecords out{page["records"].get<std::uint64_t>(), page["more"].get<bool>()};
  if (out.records == 0 || interest.seen_size == 0) return out;
  const json last =
      TRY(node.views().changed(with(interest.filters(), "500", cursor_behind(interest.seen_ms)), interest.seen_ms));
  for (const json& hit : last["items"]) {
    if (TRY(was_there(node, interest, hit))) --out.records;
  }
  return out;
}

json interest_json(const Interest& interest) {
  return {{"number", interest.number == 0 ? json(nullptr) : json(interest.number)},
          {"title", interest.title},
          {"text", interest.text},
          {"kind", interest.kind},
          {"state", interest.state},
          {"committee", interest.committee},
          {"made_by", interest.made_by},
          {"made_at", rfc3339_millis(interest.made_ms)}};
}

Result<json> with_news(Node& node, const Interest& interest) {
  const NewRecords news = TRY(news_of(node, interest));
  json out = interest_json(interest);
  out["new"] = news.records;
  out["more"] = news.more;
  return out;
}

Result<std::string> committee_in(Node& node, const Filters& filters) {
  const std::string committee = filter_text(filters, "committee");
  const auto member = MemberId::parse(committee);
  if (committee.empty() || (member && node.roster().member(*member) != nullptr)) return committee;
  return fail(Code::kInput, "committee: " + in_quotes(committee) + " is no committee of this exchange",
              "write it as 1540");
}

Result<Interest> interest_in(Node& node, const json& fields) {
  TRY(check_object(fields, "", {"title", "text", "state", "kind", "committee"}));
  Filters given;
  for (const auto& [name, value] : fields.items()) {
    given[name] = TRY(read_text(value, name));
    if (auto good = check_text(given[name], kInterestTextBytesMax, Lines::kOne); !good)
      return within(name, good.error());
  }
  Interest out;
  out.title = given["title"];
  if (out.title.empty()) return wrong("title", "is missing", "say in a few words what is of interest");
  out.text = given["text"];
  out.kind = given["kind"];
  out.state = TRY(state_in(given));
  out.committee = TRY(committee_in(node, given));
  if (out.text.empty() && out.kind.empty() && out.state.empty() && out.committee.empty())
    return wrong("text", "is missing, and so are state, kind and committee", "give at least one of them");
  return out;
}

Result<void> audit_interest(Node& node, const Act& act, const char* event, std::uint64_t number, const char* result) {
  return node.store().audit(act.now.wall_ms, event, act.actor, "interest-" + std::to_string(number), result);
}

Result<std::uint64_t> size_in(Node& node, const json& fields) {
  TRY(check_object(fields, "", {"log_size"}));
  const std::uint64_t size = node.mirror().size();
  if (!fields.contains("log_size")) return size;
  const json& given = fields["log_size"];
  if (!given.is_number_unsigned() || given.get<std::uint64_t>() > size)
    return wrong("log_size", "is no size that the log has had here",
                 "give that of the page which was looked at, or leave it out");
  return given.get<std::uint64_t>();
}

}  // namespace

Result<json> make_interest(Node& node, const json& fields, const Act& act) {
  Interest interest = TRY(interest_in(node, fields));
  const json there = TRY(node.views().changed(with(interest.filters(), "1", ""), 0));
  interest.made_by = act.actor;
  interest.made_ms = act.now.wall_ms;
  interest.seen_size = node.mirror().size();
  interest.seen_ms = node.mirror().newest_ms();
  if (!act.dry_run) {
    interest.number = TRY(Interests(node.store()).add(interest));
    TRY(audit_interest(node, act, "interest.made", interest.number, "kept"));
  }
  json out = interest_json(interest);
  out["there"] = there["records"];
  out["more"] = there["more"];
  return out;
}

Result<json> mark_interest_seen(Node& node, const std::string& number, const json& fields, const Act& act) {
  Interest interest = TRY(known_interest(node, number));
  const std::uint64_t size = TRY(size_in(node, fields));
  if (size > interest.seen_size && !act.dry_run) {
    const Leaf last = TRY(node.mirror().leaf(size - 1));
    TRY(Interests(node.store()).set_seen(interest.number, size, last.accept_time_ms));
    TRY(audit_interest(node, act, "interest.seen", interest.number, "kept"));
    interest.seen_size = size;
    interest.seen_ms = last.accept_time_ms;
  }
  return with_news(node, interest);
}

Result<json> remove_interest(Node& node, const std::string& number, const json& fields, const Act& act) {
  TRY(check_object(fields, "", {}));
  const Interest interest = TRY(known_interest(node, number));
  if (act.dry_run) return interest_json(interest);
  TRY(Interests(node.store()).remove(interest.number));
  TRY(audit_interest(node, act, "interest.removed", interest.number, "removed"));
  return interest_json(interest);
}

Result<json> interests_json(Node& node, const std::map<std::string, std::string>& query) {
  TRY(check_filters(query, {}));
  json out = {{"items", json::array()}, {"next", nullptr}};
  for (const Interest& interest : TRY(Interests(node.store()).all()))
    out["items"].push_back(TRY(with_news(node, interest)));
  return out;
}

Result<json> shown_interest(Node& node, const std::string& number, const std::map<std::string, std::string>& query) {
  TRY(check_filters(query, {"limit", "cursor"}));
  const Interest interest = TRY(known_interest(node, number));
  const json found = TRY(node.views().changed(
      with(interest.filters(), filter_text(query, "limit"), filter_text(query, "cursor")), interest.seen_ms));
  json out = TRY(with_news(node, interest));
  out["items"] = json::array();
  out["next"] = found["next"];
  out["log_size"] = node.mirror().size();
  for (const json& hit : found["items"]) {
    const bool seen = TRY(was_there(node, interest, hit));
    if (!seen) out["items"].push_back(hit);
  }
  return out;
}

Result<json> interests_today_json(Node& node) {
  json out = json::array();
  for (const Interest& interest : TRY(Interests(node.store()).all())) {
    const NewRecords news = TRY(news_of(node, interest));
    if (news.records > 0)
      out.push_back(
          {{"number", interest.number}, {"title", interest.title}, {"new", news.records}, {"more", news.more}});
  }
  return out;
}

}  // namespace liaison
