// SPDX-License-Identifier: Apache-2.0
#include "nodes/connectors/list_messages.h"

#include <algorithm>

#include "nodes/api/draft_acts.h"
#include "nodes/api/record_acts.h"
#include "security/hash.h"

namespace liaison {

namespace {

using nlohmann::json;

constexpr std::string_view kListEntryKind = "list.entry";
constexpr std::uint64_t kOldItemsAtOnce = 1'000;

std::string half_of(const Hash& digest) { return hex(digest).substr(0, 32); }

std::string change_item_key(const KeptVersion& version, const ListChange& change) {
  return change.entry.reference + " " + rfc3339_millis(version.generated_ms) + " " + half_of(version.digest);
}

// What another try with the same words does not change.
bool stays_refused(Code code) {
  static const Code kStays[] = {Code::kInput, Code::kBody,       Code::kSize,     Code::kSchema,
                                Code::kMarking, Code::kTransition, Code::kNotOwner, Code::kUnknown};
  return std::find(std::begin(kStays), std::end(kStays), code) != std::end(kStays);
}

struct Made {
  std::string record, draft;
};

// A record that was recalled, or that a database restored from a backup does not have, is begun anew.
Result<std::uint32_t> revision_to_change(Desk& desk, const std::string& record) {
  if (record.empty()) return std::uint32_t{0};
  const auto newest = desk.node.records().newest(record);
  if (newest) return newest->revision;
  if (newest.error().code == Code::kUnknown || newest.error().code == Code::kTransition) return std::uint32_t{0};
  return newest.error();
}

// Of the changes that two versions made, field by field: what it said before the first, and what it says after the second. Words of fields that the
// configuration does not name any more leave the draft.
json both_list_changes(const json& first, const json& second, const std::vector<std::string>& values) {
  std::map<std::string, json> fields;
  const auto take = [&](const json& changes, bool later) {
    for (const json& one : changes) {
      if (!one.is_object() || !one.contains("field") || !one["field"].is_string()) continue;
      const std::string name = one["field"];
      const auto [kept, is_new] = fields.try_emplace(name, json{{"field", name}});
      if (std::find(values.begin(), values.end(), name) == values.end()) continue;
      if (later) kept->second.erase("current");
      for (const char* word : {"previous", "current"}) {
        if (one.contains(word) && (is_new || word == std::string_view("current"))) kept->second[word] = one[word];
      }
    }
  };
  take(first, false);
  take(second, true);
  json out = json::array();
  for (auto& [name, one] : fields) out.push_back(std::move(one));
  return out;
}

// What an open draft says of an entry and what has become of it since, as one: nobody has heard of the first.
json both_said(const KeptDraft& draft, json fields, const std::vector<std::string>& values) {
  const json said = json::parse(draft.fields, nullptr, false);
  const auto word = [](const json& of) { return of.is_object() && of.contains("status") && of["status"].is_string() ? of["status"] : json(""); };
  const json before = word(said), now = fields["status"];
  if (before == "added" && now == "amended") {
    for (const char* stays : {"status", "effective_on", "changes"}) fields.erase(stays);
  } else if (before == "amended" && now == "amended" && said.contains("changes") && said["changes"].is_array()) {
    fields["changes"] = both_list_changes(said["changes"], fields["changes"], values);
  } else if (before == "removed" && now == "added" && !draft.record.empty()) {
    fields["status"] = "amended";   // its record stands as listed
  }
  if (!fields.contains("status") || fields["status"] == before) fields.erase("press_release");   // an officer may have added it
  return fields;
}

Result<Made> make_list_draft(Desk& desk, const ConnectorConfig& config, const std::optional<KeptDraft>& open, const std::string& record,
                             std::uint32_t revision, const json& fields, const Act& act) {
  const Perform perform = [&desk](const Asked& asked, const Act& what) {
    const bool change = asked.method == "PATCH";
    const auto done = change ? change_record(desk.node, asked.path[1], static_cast<std::uint32_t>(asked.revision), asked.body, what)
                             : create_record(desk.node, *record_kind(kListEntryKind), asked.body, what);
    if (done) return Performed{200, *done};
    return Performed{400, {{"code", code_name(done.error().code)}, {"what", done.error().what}, {"number", static_cast<int>(done.error().code)}}};
  };
  const Asked asked = revision == 0 ? Asked{"POST", {"records", std::string(kListEntryKind)}, 0, fields}
                                    : Asked{"PATCH", {"records", record}, revision, fields};
  const auto named = config.lists.find("values");
  const std::vector<std::string> values = named == config.lists.end() ? std::vector<std::string>() : named->second;
  const auto kept = open ? change_draft(desk.node, open->id(), open->version, open->record.empty() ? 0 : revision, both_said(*open, fields, values), act,
                                        perform)
                         : keep_draft(desk.node, asked, act, perform);
  if (!kept) return kept.error();
  if (kept->refused()) return fail(static_cast<Code>(kept->body["number"].get<int>()), kept->body["what"].get<std::string>());
  return Made{revision == 0 ? "" : record, kept->body["id"].get<std::string>()};
}

Result<Made> make_list_message(Desk& desk, const ConnectorConfig& config, ListSaid& said, const std::string& key, const json& fields, std::string record) {
  // Names of connectors and systems have at most 24 characters; with these 32 the id keeps within its 64.
  const Hash of_key = sha256({view_of(config.name), view_of("\n"), view_of(key)});
  Act act;
  act.request_id = request_prefix(config.system) + hex(of_key).substr(0, 32);
  act.now = desk.now;
  act.actor = "connector " + config.name;
  std::uint32_t revision = TRY(revision_to_change(desk, record));
  // A draft says nothing of its record before it is released, and the row of the entry nothing of a record that an officer began.
  if (revision == 0) {
    record = TRY(said.record(fields["reference"]));
    revision = TRY(revision_to_change(desk, record));
  }
  const auto open = TRY(said.draft(fields["reference"], revision == 0 ? "" : record));
  if (open) return make_list_draft(desk, config, open, record, revision, fields, act);
  // A list that went back and forth under one date changes an entry, and its record says no more than before.
  if (revision != 0 && desk.node.records().check_same(record, fields)) return Made{record, ""};
  if (config.as_drafts) return make_list_draft(desk, config, open, record, revision, fields, act);
  const auto made = revision == 0 ? create_record(desk.node, *record_kind(kListEntryKind), fields, act)
                                  : change_record(desk.node, record, revision, fields, act);
  if (!made) return made.error();
  return Made{(*made)["id"].get<std::string>(), ""};
}

// Its item; nothing when it was refused before and nobody asked for another try. A change that was told under this key and is there again is another
// one: a list went back and forth under one date, and a person let it.
Result<std::optional<ConnectorItem>> item_to_tell(Desk& desk, const ConnectorConfig& config, const KeptVersion& version, const ListChange& change) {
  ConnectorItem item;
  item.connector = config.name;
  item.name = change.entry.reference;
  item.kind = kListEntryKind;
  item.made_ms = item.next_ms = desk.now.wall_ms;
  const std::string key = change_item_key(version, change);
  for (std::uint64_t again = 1;; ++again) {
    item.key = again == 1 ? key : key + " " + std::to_string(again);
    const auto found = TRY(desk.store.find(config.name, item.key));
    if (!found) return std::optional(item);
    if (found->state == ConnectorItem::State::kWaiting) return std::optional(*found);
    if (found->state != ConnectorItem::State::kDone) return std::optional<ConnectorItem>{};
  }
}

Result<void> put_item(Desk& desk, ConnectorItem item) {
  const ConnectorItem::State state = item.state;
  if (item.number == 0) {
    item.state = ConnectorItem::State::kWaiting;   // set() counts what has ended
    const auto number = TRY(desk.store.add(item));
    if (!number) return fail(Code::kStore, "an item of connector " + item.connector + " stands twice");
    item.number = *number;
    item.state = state;
  }
  return desk.store.set(item);
}

}  // namespace

std::string list_item_key(const Hash& digest) { return "list " + half_of(digest); }

json list_entry_fields(const ListChange& change, TimeMs generated_ms) {
  const ListedEntry& entry = change.entry;
  json changes = json::array();
  for (const ListFieldChange& field : change.fields) {
    json one = {{"field", field.field}};
    if (field.previous) one["previous"] = *field.previous;
    if (field.current) one["current"] = *field.current;
    changes.push_back(std::move(one));
  }
  json out = {{"title", entry.reference + ", " + entry.list_type}, {"status", word_of(change.what)}, {"reference", entry.reference},
              {"list_type", entry.list_type}, {"subject", entry.entity ? "entity" : "individual"}, {"effective_on", change.effective_on},
              {"changes", std::move(changes)}, {"list_version", rfc3339_millis(generated_ms)}, {"press_release", nullptr},
              {"source", "UN Security Council Consolidated List"}};
  if (!entry.listed_on.empty()) out["listed_on"] = entry.listed_on;
  return out;
}

Result<std::string> ListSaid::record(const std::string& reference) {
  if (!records_) {
    const auto standing = TRY(desk_.node.records().of_kind(std::string(kListEntryKind), kListEntriesMax));
    records_.emplace();
    for (const Record& one : standing) {
      if (one.owner == desk_.node.identity().member) records_->emplace(one.value("reference").text, one.record_id);
    }
  }
  const auto found = records_->find(reference);
  return found == records_->end() ? std::string() : found->second;
}

Result<std::optional<KeptDraft>> ListSaid::draft(const std::string& reference, const std::string& record) {
  if (!drafts_) {
    std::vector<KeptDraft> own;
    for (const KeptDraft& one : TRY(desk_.node.drafts().list(KeptDraft::State::kOpen, std::string(kListEntryKind), 0, kOpenDraftsMax))) {
      if (one.made_by.name != "connector " + config_.name || (one.act != "new" && one.act != "change")) continue;
      auto whole = TRY(desk_.node.drafts().find(one.number));
      if (whole) own.push_back(std::move(*whole));
    }
    drafts_ = std::move(own);
  }
  for (const KeptDraft& one : *drafts_) {
    if (!one.record.empty() && one.record == record) return std::optional(one);
    if (!one.record.empty()) continue;
    const json fields = json::parse(one.fields, nullptr, false);
    if (fields.is_object() && fields.contains("reference") && fields["reference"] == reference) return std::optional(one);
  }
  return std::optional<KeptDraft>{};
}

Result<Told> tell_change(Desk& desk, const ConnectorConfig& config, ListSaid& said, const KeptVersion& version, const ListChange& change,
                         const std::string& record) {
  auto item = TRY(item_to_tell(desk, config, version, change));
  Told out;
  if (!item) return out;
  const auto made = make_list_message(desk, config, said, item->key, list_entry_fields(change, version.generated_ms), record);
  if (!made && !stays_refused(made.error().code)) return within(change.entry.reference, made.error());
  item->state = made ? ConnectorItem::State::kDone : ConnectorItem::State::kFailed;
  item->ended_ms = desk.now.wall_ms;
  item->record = made ? made->record : "";
  item->words = !made ? made.error().what : std::string(word_of(change.what)) + (made->draft.empty() ? "" : ", " + made->draft);
  TRY(put_item(desk, *item));
  out.done = made.has_value();
  out.failed = !made;
  if (made) out.record = made->record;
  return out;
}

Result<void> set_list_item(Desk& desk, const ConnectorConfig& config, const Hash& digest, const std::string& name, ConnectorItem::State state,
                           const std::string& words) {
  const std::string key = list_item_key(digest);
  ConnectorItem item = TRY(desk.store.find(config.name, key)).value_or(ConnectorItem{});
  if (item.number == 0) {
    item.connector = config.name;
    item.key = key;
    item.name = name;
    item.made_ms = desk.now.wall_ms;
  }
  item.state = state;
  item.words = words;
  item.ended_ms = state == ConnectorItem::State::kDone ? desk.now.wall_ms : 0;
  return put_item(desk, std::move(item));
}

Result<void> end_old_list_items(Desk& desk, const ConnectorConfig& config, const KeptVersion& version) {
  for (const auto state : {ConnectorItem::State::kWaiting, ConnectorItem::State::kHeld}) {
    for (ConnectorItem& item : TRY(desk.store.list(config.name, state, 0, kOldItemsAtOnce))) {
      item.state = ConnectorItem::State::kDone;
      item.ended_ms = desk.now.wall_ms;
      item.words = "the list of " + rfc3339(version.generated_ms) + " was taken instead";
      TRY(desk.store.set(item));
    }
  }
  return {};
}

}  // namespace liaison
