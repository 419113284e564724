// SPDX-License-Identifier: Apache-2.0
// The pages of records: lists, one record, its history, as the API prints them.
#include <algorithm>

#include "nodes/domain/dues.h"
#include "nodes/domain/filters.h"
#include "nodes/domain/json_fields.h"
#include "nodes/domain/record_parts.h"
#include "nodes/domain/states.h"
#include "nodes/domain/words.h"

namespace liaison {
namespace {

using nlohmann::json;

json day_json(std::int64_t day) { return day == kNoRecordDay ? json(nullptr) : json(date_text(day)); }

std::string delivery_of(const MemberId& member, const MemberId& sender, const Place& place) {
  if (sender != member) return "received";
  return place.index ? "accepted" : "queued";
}

json recall_json(const StoredRecordRecall& recall) {
  return {{"by", recall.owner.str()}, {"reason", recall.reason}, {"contact", recall.contact}, {"revision", recall.revision},
          {"message_id", hex(recall.message)}, {"index", index_json(recall.place)}, {"accepted_at", accepted_at(recall.place)}};
}

json record_json(const MemberId& member, const Record& record, const StoredRevision& revision) {
  json out = record_fields_json(record);
  out["id"] = record.record_id;
  out["kind"] = record.kind->kind;
  out["owner"] = record.owner.str();
  out["revision"] = record.revision;
  out["revision_hash"] = hex(revision.hash);
  out["marking"] = revision.marking;
  out["recipients"] = members_json(revision.recipients);
  out["message_id"] = hex(revision.message);
  out["index"] = index_json(revision.place);
  out["accepted_at"] = accepted_at(revision.place);
  out["delivery"] = delivery_of(member, record.owner, revision.place);
  return out;
}

json gone_json(const std::vector<GoneRecord>& gone) {
  json out = json::array();
  for (const auto& one : gone)
    out.push_back({{"field", one.field}, {"id", one.recall.record}, {"by", one.recall.owner.str()}, {"sentence", recall_sentence(one.recall)}});
  return out;
}

Result<json> answers_json(const MemberId& member, const std::vector<StoredRecordAnswer>& answers) {
  json out = json::array();
  for (const auto& one : answers) {
    const auto answer = decode_record_answer(one.body);
    if (!answer) return fail(Code::kStore, "a stored answer to " + one.record + " is damaged: " + answer.error().what);
    out.push_back({{"from", one.sender.str()}, {"answer", answer->answer}, {"text", answer->text}, {"refers_to", answer->refers_to},
                   {"contact", answer->contact}, {"source", answer->source}, {"unverified", answer->unverified}, {"revision", answer->revision},
                   {"message_id", hex(one.message)}, {"index", index_json(one.place)}, {"accepted_at", accepted_at(one.place)},
                   {"delivery", delivery_of(member, one.sender, one.place)}});
  }
  return out;
}

void add_texts(const RecordValue& value, std::vector<std::string>& out) {
  if (!value.text.empty()) out.push_back(value.text);
  for (const RecordValue& one : value.items) add_texts(one, out);
}

Result<RecordQuery> record_query(const Filters& filters) {
  TRY(check_filters(filters, {"kind", "state", "status", "committee", "from", "to", "since", "record", "whole", "limit", "cursor"}));
  RecordQuery query;
  std::vector<std::string_view> kinds;
  for (const RecordKind& kind : record_kinds()) kinds.push_back(kind.kind);
  query.kind = TRY(filter_word(filters, "kind", kinds));
  query.state = TRY(state_in(filters));
  query.owner = filter_text(filters, "committee");
  query.target = filter_text(filters, "record");
  if (query.kind.empty()) {
    query.status = filter_text(filters, "status");
  } else {
    const auto& statuses = record_kind(query.kind)->statuses();
    query.status = TRY(filter_word(filters, "status", {statuses.begin(), statuses.end()}));
  }
  query.from = TRY(day_filter(filters, "from"));
  query.to = TRY(day_filter(filters, "to"));
  if (query.from && query.to && *query.to < *query.from)
    return fail(Code::kInput, "to: " + date_text(*query.to) + " is before " + date_text(*query.from), "give a `to` that is not before `from`");
  query.since = TRY(since_of(filters));
  query.limit = TRY(limit_of(filters));
  if (auto cursor = TRY(cursor_of(filters))) {
    query.after_day = cursor->number;
    query.after_record = std::move(cursor->id);
  }
  return query;
}

}  // namespace

std::string recall_sentence(const StoredRecordRecall& recall) {
  const std::string on = recall.place.index ? " on " + date_text(static_cast<std::int64_t>(recall.place.time_ms / kDayMs)) : std::string();
  return recall.record + " was recalled by " + recall.owner.str() + on + ": " + recall.reason;
}

json Records::Parts::row_json(const RecordRow& row) {
  return {{"id", row.record}, {"kind", row.kind}, {"owner", row.owner}, {"status", row.status}, {"title", row.title}, {"revision", row.revision},
          {"first_day", day_json(row.first)}, {"last_day", day_json(row.last)}, {"changed_at", rfc3339_millis(row.changed_ms)}};
}

Result<json> Records::list(const std::map<std::string, std::string>& filters) {
  auto query = TRY(record_query(filters));
  const auto limit = query.limit++;   // one more tells whether there is a next page
  auto rows = TRY(parts_->store->list(query));
  json page = {{"items", json::array()}, {"next", nullptr}};
  if (rows.size() > limit) {
    rows.resize(limit);
    page["next"] = std::to_string(rows.back().first) + "." + rows.back().record;
  }
  const std::string whole = TRY(filter_word(filters, "whole", {"0", "1"}));
  for (const RecordRow& row : rows) {
    json item = parts_->row_json(row);
    const auto current = TRY(parts_->current(row.record));
    if (whole == "1") item.update(record_json(parts_->config.member, current->record, current->revision));
    item["states"] = states_json(current->record.states);
    const auto gone = TRY(parts_->gone_below(current->record));
    item["rests_on_recalled"] = gone_json(gone);
    item["unverified"] = current->record.unverified;
    item["index"] = index_json(current->revision.place);
    page["items"].push_back(std::move(item));
  }
  return page;
}

Result<json> Records::show(const std::string& record_id, std::int64_t today) {
  auto& parts = *parts_;
  const auto current = TRY(parts.current(record_id));
  const auto recalled = TRY(parts.store->recall(record_id));
  if (!current && !recalled) return TRY(parts.known(record_id)).row.record;   // its error
  json out = {{"id", record_id}};
  if (current) {
    out = record_json(parts.config.member, current->record, current->revision);
    const Cycle& cycle = cycle_of(*current->record.kind);
    const auto gone = TRY(parts.gone_below(current->record));
    out["rests_on_recalled"] = gone_json(gone);
    out["next"] = json::array();
    for (const std::string& to : cycle.next(current->record.status())) {
      if (gone.empty() || cycle.next(to).empty()) out["next"].push_back(to);
    }
    out["dues"] = json::array();
    for (const DueDate& due : dues_of(current->record, parts_->config.waits)) out["dues"].push_back(due_json(current->record, due, today));
    out["consents_now"] = TRY(parts.consents_json(current->record));
  } else {
    const auto revisions = TRY(parts.store->revisions(record_id));
    if (!revisions.empty()) {   // the owner's own text
      const Record was = TRY(stored_record(revisions.back()));
      out = record_json(parts.config.member, was, revisions.back());
    }
    out["owner"] = recalled->owner.str();
    out["revision"] = recalled->revision;
    out["recalled"] = recall_json(*recalled);
  }
  const auto answers = TRY(parts.store->answers(record_id));
  out["answers"] = TRY(answers_json(parts.config.member, answers));
  out["named_by"] = json::array();
  for (const auto& link : TRY(parts.store->links_to(record_id))) out["named_by"].push_back({{"id", link.record}, {"field", link.field}});
  return out;
}

Result<json> Records::history(const std::string& record_id) {
  auto& parts = *parts_;
  const auto revisions = TRY(parts.store->revisions(record_id));
  if (revisions.empty()) return TRY(parts.known(record_id)).row.record;   // its error
  json out = {{"id", record_id}, {"items", json::array()}};
  std::optional<Record> before;
  for (const auto& revision : revisions) {
    Record record = TRY(stored_record(revision));
    json item = {{"revision", revision.revision}, {"revision_hash", hex(revision.hash)}, {"message_id", hex(revision.message)},
                 {"index", index_json(revision.place)}, {"accepted_at", accepted_at(revision.place)},
                 {"delivery", delivery_of(parts.config.member, record.owner, revision.place)}, {"fields", record_fields_json(record)},
                 {"changed", before ? changed_record_fields(*before, record) : json::object()}};
    out["items"].push_back(std::move(item));
    before = std::move(record);
  }
  return out;
}

Result<std::optional<TextEntry>> Records::text_entry(const std::string& record_id) {
  const auto current = TRY(parts_->current(record_id));
  if (!current) return std::optional<TextEntry>();
  const Record& record = current->record;
  TextEntry entry{record_id, record.kind->kind, record.owner, record.states, current->row.first, current->row.changed_ms, record.title, {}};
  for (const std::string* text : {&record.record_id, &record.note, &record.paragraph, &record.source}) {
    if (!text->empty()) entry.texts.push_back(*text);
  }
  for (const RecordValue& value : record.values) add_texts(value, entry.texts);
  for (const auto& one : TRY(parts_->store->answers(record_id))) {
    const auto answer = decode_record_answer(one.body);
    if (answer && !answer->text.empty()) entry.texts.push_back(answer->text);
  }
  return std::optional(std::move(entry));
}

namespace {

bool says_the_same_visit(const Record& a, const Record& b) {
  constexpr std::string_view kAnswered[] = {"plans", "parts", "begins", "ends"};
  return std::all_of(std::begin(kAnswered), std::end(kAnswered), [&](std::string_view field) { return a.value(field) == b.value(field); });
}

}  // namespace

// Whose part it is, and has said last that it joins, to a revision that says the same visit.
Result<std::map<std::string, std::string>> Records::Parts::joined(const Record& joint) {
  std::map<std::string, std::string> out;
  for (const auto& one : TRY(store->answers(joint.record_id))) {
    const bool joins = one.answer == "joins" || one.answer == "advises";
    if (one.answer == "declines" || one.answer == "objects") out.erase(one.sender.str());
    if (!joins || one.sender == joint.owner) continue;
    const auto answer = decode_record_answer(one.body);
    const auto old = answer ? TRY(store->revision(joint.record_id, answer->revision)) : std::nullopt;
    if (!old) continue;
    const Record was = TRY(stored_record(*old));
    if (says_the_same_visit(was, joint)) out[one.sender.str()] = one.answer;
  }
  const auto with_a_part = committees_in(joint, "parts");
  std::erase_if(out, [&](const auto& one) {
    return std::none_of(with_a_part.begin(), with_a_part.end(), [&](const MemberId& member) { return member.str() == one.first; });
  });
  return out;
}

Result<JointWord> Records::joint_word(const std::string& visit) {
  JointWord out;
  const auto id = parse_record_id(visit);
  if (!id || id->letter != "V") return out;
  for (const std::string& record : TRY(parts_->store->joints_of(*id, visit))) {
    const auto current = TRY(parts_->current(record));
    if (!current || current->record.kind->kind != "visit.joint") continue;
    const Record& joint = current->record;
    if (joint.status() == "proposed" || joint.status() == "cancelled") continue;
    out.records.push_back(record);
    for (const auto& [committee, answer] : TRY(parts_->joined(joint))) out.committees[committee] = answer;
  }
  return out;
}

Result<std::vector<Record>> Records::of_kind(const std::string& kind, std::size_t most) {
  RecordQuery query;
  query.kind = kind;
  query.limit = most;
  std::vector<Record> out;
  for (const RecordRow& row : TRY(parts_->store->list(query))) {
    auto current = TRY(parts_->current(row.record));
    out.push_back(std::move(current->record));
  }
  return out;
}

Result<std::vector<Record>> Records::booked_after(std::int64_t day, std::size_t most) {
  std::vector<Record> out;
  for (const std::string& id : TRY(parts_->store->booked_after(day, most))) {
    auto current = TRY(parts_->current(id));
    if (current) out.push_back(std::move(current->record));
  }
  return out;
}

Result<std::vector<Record>> Records::as_of(std::uint64_t size) {
  std::vector<Record> out;
  for (const StoredRevision& revision : TRY(parts_->store->as_of(size))) out.push_back(TRY(stored_record(revision)));
  return out;
}

Result<json> Records::counts() {
  json out = json::object();
  for (const auto& [kind, count] : TRY(parts_->store->counts())) out[kind] = count;
  return out;
}

}  // namespace liaison
