// SPDX-License-Identifier: Apache-2.0
#include "nodes/api/draft_acts.h"

#include <algorithm>
#include <charconv>

#include "nodes/api/messages.h"
#include "nodes/domain/filters.h"
#include "schemas/message.h"
#include "security/audit.h"

namespace liaison {

namespace {

using nlohmann::json;
using State = KeptDraft::State;

constexpr std::string_view kDraftStates[] = {"open", "released", "discarded"};

json officer_json(const Officer& officer) {
  if (officer.name.empty()) return nullptr;
  return {{"uid", officer.uid ? json(*officer.uid) : json(nullptr)}, {"name", officer.name}};
}
json time_json(TimeMs at_ms) { return at_ms == 0 ? json(nullptr) : json(rfc3339_millis(at_ms)); }
json text_or_null(const std::string& text) { return text.empty() ? json(nullptr) : json(text); }

constexpr std::string_view kProcedure = "procedure";

// Of a procedure: what its owner states or gives is reckoned when it is released.
bool is_reckoned(std::string_view act) { return act == "close" || act == "extend"; }

bool of_visit(const std::string& kind) { return kind == kKindVisitPlan || kind == kKindVisitAnswer || kind == kKindVisitRecall; }

// As the command line calls what is changed.
std::string noun_of(const std::string& kind) {
  const RecordKind* known = record_kind(kind);
  return known == nullptr ? "visit" : known->noun;
}

// What kind of draft an act makes; nothing for one that cannot be kept.
std::optional<KeptDraft> draft_of(const Asked& asked) {
  KeptDraft out;
  const auto& path = asked.path;
  const bool post = asked.method == "POST", visits = path[0] == "visits";
  if (!visits && path[0] != "records") return std::nullopt;
  const std::size_t base = visits ? 1 : 2;   // records are made below their kind
  const RecordKind* kind = !visits && path.size() > 1 ? record_kind(path[1]) : nullptr;
  if (post && (visits || kind != nullptr) && (path.size() == base || (path.size() == base + 1 && path[base] == "import"))) {
    out.kind = visits ? std::string(kKindVisitPlan) : kind->kind;
    out.act = path.size() == base ? "new" : "import";
    return out;
  }
  if (path.size() < 2) return std::nullopt;
  out.record = path[1];
  if (!post && path.size() == 2) {
    const auto parsed = parse_record_id(path[1]);
    const RecordKind* of = parsed ? record_kind_of_letter(parsed->letter) : nullptr;
    if (!visits && of == nullptr) return std::nullopt;
    out.kind = visits ? std::string(kKindVisitPlan) : of->kind;
    out.act = "change";
    out.on_revision = asked.revision;
    return out;
  }
  if (post && !visits && path.size() == 3 && is_reckoned(path[2])) {
    out.act = path[2];
    out.kind = kProcedure;
    return out;
  }
  if (!post || path.size() != 3 || (path[2] != "answers" && path[2] != "recall")) return std::nullopt;
  out.act = path[2] == "recall" ? "recall" : "answer";
  out.kind = (visits ? "visit." : "record.") + out.act;
  return out;
}

// The other way.
Asked asked_of(const KeptDraft& draft) {
  Asked out;
  out.method = draft.act == "change" ? "PATCH" : "POST";
  const bool visits = of_visit(draft.kind);
  out.path = {visits ? "visits" : "records"};
  if (draft.record.empty() && !visits) out.path.push_back(draft.kind);
  if (!draft.record.empty()) out.path.push_back(draft.record);
  if (draft.act == "import") out.path.emplace_back("import");
  if (draft.act == "answer") out.path.emplace_back("answers");
  if (draft.act == "recall" || is_reckoned(draft.act)) out.path.push_back(draft.act);
  out.revision = draft.on_revision;
  out.body = json::parse(draft.fields, nullptr, false);
  return out;
}

json draft_json(Node& node, const KeptDraft& draft) {
  return {{"id", draft.id()}, {"version", draft.version}, {"state", kDraftStates[static_cast<std::size_t>(draft.state)]}, {"kind", draft.kind},
          {"act", draft.act}, {"record", text_or_null(draft.record)}, {"on_revision", draft.on_revision == 0 ? json(nullptr) : json(draft.on_revision)},
          {"made_by", officer_json(draft.made_by)}, {"made_at", time_json(draft.made_ms)}, {"changed_by", officer_json(draft.changed_by)},
          {"changed_at", time_json(draft.changed_ms)}, {"four_eyes", node.release_rules().needs_two(draft.kind)},
          {"ended_by", officer_json(draft.ended_by)}, {"ended_at", time_json(draft.ended_ms)}, {"outcome", text_or_null(draft.outcome)}};
}

Result<KeptDraft> known_draft(Node& node, const std::string& id) {
  const auto number = draft_number(id);
  if (!number)
    return fail(Code::kInput, "id: \"" + id.substr(0, 64) + "\" is not the id of a draft", "ids have the form draft-7; liaison draft list shows them");
  auto found = TRY(node.drafts().find(*number));
  if (!found) return fail(Code::kUnknown, "this node keeps no " + id, "liaison draft list --state all shows those that there are");
  return std::move(*found);
}

Result<KeptDraft> open_draft(Node& node, const std::string& id, std::uint64_t version) {
  KeptDraft draft = TRY(known_draft(node, id));
  if (draft.state != State::kOpen)
    return fail(Code::kTransition, id + " was " + std::string(kDraftStates[static_cast<std::size_t>(draft.state)]) + " by " + draft.ended_by.name +
                (draft.outcome.empty() ? "" : " as " + draft.outcome), "liaison audit list --about " + id + " says when");
  if (draft.version != version)
    return fail(Code::kRevision, id + " now stands at version " + std::to_string(draft.version) + ", changed by " + draft.changed_by.name +
                ", and you have seen version " + std::to_string(version), "look at it again: liaison draft show " + id);
  return draft;
}

// Reasons that may be gone by the time it is released.
bool may_pass(const json& problem) {
  static const Code kMayPass[] = {Code::kTransition, Code::kPolicy, Code::kMarking, Code::kEncryptionRequired, Code::kRecipient,
                                  Code::kQuota,      Code::kBusy,   Code::kKey,     Code::kHalted};
  const std::string code = problem.is_object() ? problem.value("code", "") : "";
  return std::any_of(std::begin(kMayPass), std::end(kMayPass), [&](Code one) { return code_name(one) == code; });
}

// --- a record that has moved on

std::string short_text(const json& value) {
  std::string text = value.is_string() ? value.get<std::string>() : value.is_null() ? "nothing" : value.dump(-1, ' ', false, json::error_handler_t::replace);
  if (text.empty()) return "nothing";
  constexpr std::size_t kShown = 80;
  if (text.size() <= kShown) return text;
  std::size_t end = kShown - 3;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;   // not within a character
  return text.substr(0, end) + "...";
}

// What an answer, a recall or a procedure's end is written to; 0 when the record stands nowhere, which performing it says.
Result<std::uint64_t> revision_now(Node& node, const KeptDraft& draft) {
  const auto history = of_visit(draft.kind) ? node.visits().history(draft.record) : node.records().history(draft.record);
  if (!history && history.error().code == Code::kStore) return history.error();
  if (!history || (*history)["items"].empty()) return std::uint64_t{0};
  return (*history)["items"].back()["revision"].get<std::uint64_t>();
}

// Null while the record stands at the revision that the change was made on; else both versions, field by field, and what the draft says.
Result<json> moved_on(Node& node, const KeptDraft& draft) {
  if (draft.on_revision == 0 || draft.state != State::kOpen) return json(nullptr);
  const bool visit = of_visit(draft.kind);
  const auto history = visit ? node.visits().history(draft.record) : node.records().history(draft.record);
  if (!history && history.error().code == Code::kStore) return history.error();
  if (!history) return json(nullptr);   // it stands nowhere; performing it says so
  json was, now;
  for (const json& one : (*history)["items"]) {
    if (one["revision"] == draft.on_revision) was = one["fields"];
    now = one;
  }
  if (now.is_null() || now["revision"] == draft.on_revision) return json(nullptr);
  const json fields = json::parse(draft.fields, nullptr, false);
  json out = {{"on_revision", draft.on_revision}, {"revision", now["revision"]}, {"fields", json::object()}};
  for (const auto& [name, value] : now["fields"].items()) {
    const json before = was.is_object() ? was.value(name, json()) : json();
    if (before == value && !fields.contains(name)) continue;
    out["fields"][name] = {{"was", before}, {"now", value}, {"draft", fields.value(name, json())}};
  }
  return out;
}

Error moved_error(const KeptDraft& draft, const json& moved) {
  std::string fields;
  for (const auto& [name, one] : moved["fields"].items()) {
    if (one["was"] == one["now"]) continue;
    fields += (fields.empty() ? "" : "; ") + name + " was " + short_text(one["was"]) + " and is " + short_text(one["now"]);
    if (!one["draft"].is_null()) fields += ", the draft says " + short_text(one["draft"]);
  }
  const std::string now = std::to_string(moved["revision"].get<std::uint64_t>());
  return fail(Code::kRevision, draft.record + " now stands at revision " + now + ", and " + draft.id() + " was made on revision " +
              std::to_string(draft.on_revision) + ": " + fields,
              "put it on revision " + now + " if it still holds (liaison " + noun_of(draft.kind) + " change " + draft.id() + " --revision " + now +
                  "), or discard it");
}

// --- who did it

DraftHands hands_of(const KeptDraft& draft) { return {draft.made_by.uid, draft.changed_by.uid, !draft.origin.empty()}; }

std::string hands_text(const KeptDraft& draft, const std::string& released_by) {
  const bool changed = draft.version > 1 && draft.changed_by.name != draft.made_by.name;
  return "made by " + draft.made_by.name + (changed ? ", changed by " + draft.changed_by.name : "") + ", released by " + released_by;
}

Result<void> audit_draft(Node& node, const Act& act, const char* event, const KeptDraft& draft, const char* result) {
  return node.store().audit(act.now.wall_ms, event, act.actor, draft.id() + ", " + draft.kind + (draft.record.empty() ? "" : ", " + draft.record), result);
}

// The draft, with what would happen now.
Result<json> with_trial(Node& node, const KeptDraft& draft, const Act& asker, const Performed& trial) {
  json out = draft_json(node, draft);
  out["fields"] = json::parse(draft.fields, nullptr, false);
  out["would"] = trial.refused() ? json(nullptr) : trial.body;
  out["refused"] = trial.refused() ? trial.body : json(nullptr);
  out["moved_on"] = TRY(moved_on(node, draft));
  const auto may = check_release(node.release_rules(), draft.kind, hands_of(draft), asker.uid);
  out["you_may_release"] = may.has_value();
  out["release_note"] = may ? json(nullptr) : json(may.error().what);
  return out;
}

// Tried before it is kept, so that what is wrong in its form is told to the one who wrote it.
Performed tried(const KeptDraft& draft, const Act& act, const Perform& perform) {
  Act trial = act;
  trial.request_id.clear();
  trial.dry_run = true;
  trial.preview = draft.act != "import";
  trial.draft = draft.id();
  return perform(asked_of(draft), trial);
}

bool may_be_kept(const Performed& trial) { return !trial.refused() || may_pass(trial.body); }

}  // namespace

Result<Performed> keep_draft(Node& node, const Asked& asked, const Act& act, const Perform& perform) {
  auto draft = draft_of(asked);
  if (draft && node.overlaps().is_hidden(draft->record)) draft.reset();
  if (!draft) return fail(Code::kInput, "draft: this act cannot be kept as a draft", "leave draft out; nodes/api/README.md lists the acts that can be");
  if (draft->act == "answer" || draft->act == "recall" || is_reckoned(draft->act)) draft->on_revision = TRY(revision_now(node, *draft));
  draft->fields = asked.body.dump(-1, ' ', false, json::error_handler_t::replace);
  draft->made_by = draft->changed_by = {act.uid, act.actor};
  draft->made_ms = draft->changed_ms = act.now.wall_ms;
  draft->origin = origin_of(act.request_id);
  Performed trial = tried(*draft, act, perform);
  if (act.dry_run || !may_be_kept(trial)) return trial;
  draft->number = TRY(node.drafts().add(*draft));
  TRY(audit_draft(node, act, "draft.made", *draft, "kept"));
  json shown = TRY(with_trial(node, *draft, act, trial));
  return Performed{201, std::move(shown)};
}

Result<Performed> change_draft(Node& node, const std::string& id, std::uint64_t version, std::uint64_t on_revision, const json& fields, const Act& act,
                               const Perform& perform) {
  KeptDraft draft = TRY(open_draft(node, id, version));
  if (draft.act == "import") return fail(Code::kTransition, id + " is a file of rows, which is not changed here", "discard it and import the mended file");
  if (on_revision != 0 && draft.on_revision == 0) return fail(Code::kInput, "on_revision: " + id + " speaks of no record that there was", "leave it out");
  if (fields.empty() && on_revision == 0) return fail(Code::kInput, "nothing in this changes " + id, "give at least one field that differs");
  json all = json::parse(draft.fields, nullptr, false);
  for (const auto& [name, value] : fields.items()) {
    if (value.is_null()) all.erase(name);
    else all[name] = value;
  }
  if (all.contains("overlap_only")) return fail(Code::kInput, "overlap_only: a plan that is kept back is no draft", "plan it without --draft");
  draft.fields = all.dump(-1, ' ', false, json::error_handler_t::replace);
  if (on_revision != 0) draft.on_revision = on_revision;
  draft.changed_by = {act.uid, act.actor};
  draft.changed_ms = act.now.wall_ms;
  Performed trial = tried(draft, act, perform);
  if (act.dry_run || !may_be_kept(trial)) return trial;
  TRY(node.drafts().change(draft));
  draft.version += 1;
  TRY(audit_draft(node, act, "draft.changed", draft, "kept"));
  json shown = TRY(with_trial(node, draft, act, trial));
  return Performed{200, std::move(shown)};
}

Result<Performed> release_draft(Node& node, const std::string& id, std::uint64_t version, const Act& act, const Perform& perform) {
  KeptDraft draft = TRY(open_draft(node, id, version));
  if (auto may = check_release(node.release_rules(), draft.kind, hands_of(draft), act.uid); !may) {
    log_warn("draft.not_released", may.error().what, {{"draft", id}, {"by", act.actor}});
    return may.error();
  }
  const json moved = TRY(moved_on(node, draft));
  if (!moved.is_null()) return moved_error(draft, moved);
  Act release = act;
  release.draft = id;
  release.hands = hands_of(draft);
  // Where it came from stays with its message, so that no connector sends it back there.
  if (!draft.origin.empty()) release.request_id = request_prefix(draft.origin) + act.request_id;
  release.actor = hands_text(draft, act.actor);
  Performed done = perform(asked_of(draft), release);
  if (done.refused() || act.dry_run) return done;
  draft.state = State::kReleased;
  draft.ended_by = {act.uid, act.actor};
  draft.ended_ms = act.now.wall_ms;
  draft.outcome = done.body.contains("id") ? done.body["id"].get<std::string>() : std::to_string(done.body["created"].size()) + " records";
  TRY(node.drafts().end(draft));
  done.body["draft"] = id;
  return done;
}

Result<json> discard_draft(Node& node, const std::string& id, const Act& act) {
  KeptDraft draft = TRY(known_draft(node, id));
  draft = TRY(open_draft(node, id, draft.version));
  draft.state = State::kDiscarded;
  draft.ended_by = {act.uid, act.actor};
  draft.ended_ms = act.now.wall_ms;
  if (act.dry_run) return draft_json(node, draft);
  TRY(node.drafts().end(draft));
  TRY(audit_draft(node, act, "draft.discarded", draft, "discarded"));
  return draft_json(node, draft);
}

Result<json> draft_page(Node& node, const std::map<std::string, std::string>& query) {
  TRY(check_filters(query, {"state", "kind", "limit", "cursor"}));
  const std::string word = TRY(filter_word(query, "state", {"open", "released", "discarded", "all"}));
  std::optional<State> state = State::kOpen;
  if (word == "released") state = State::kReleased;
  if (word == "discarded") state = State::kDiscarded;
  if (word == "all") state.reset();
  std::vector<std::string_view> kinds;
  for (const SchemaLine& line : schema_list()) kinds.push_back(line.kind);
  const std::string kind = TRY(filter_word(query, "kind", kinds));
  const std::uint64_t limit = TRY(limit_of(query));
  const std::string cursor = filter_text(query, "cursor");
  const auto before = cursor.empty() ? std::optional<std::uint64_t>(0) : draft_number(cursor);
  if (!before) return fail(Code::kInput, "cursor: not one that a page gave out", "leave it out to begin at the first page");
  auto drafts = TRY(node.drafts().list(state, kind, *before, limit + 1));
  json page = {{"items", json::array()}, {"next", nullptr}};
  if (drafts.size() > limit) {
    drafts.pop_back();
    page["next"] = drafts.back().id();
  }
  for (const KeptDraft& draft : drafts) page["items"].push_back(draft_json(node, draft));
  return page;
}

Result<json> shown_draft(Node& node, const std::string& id, const Act& asker, const Perform& perform) {
  const KeptDraft draft = TRY(known_draft(node, id));
  if (draft.state != State::kOpen) return draft_json(node, draft);
  const Performed trial = tried(draft, asker, perform);
  return with_trial(node, draft, asker, trial);
}

}  // namespace liaison
