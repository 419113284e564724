// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/extracts.h"

#include <algorithm>
#include <map>
#include <set>

#include "nodes/domain/words.h"
#include "schemas/record_kind.h"
#include "security/hash.h"

namespace liaison {
namespace {

using nlohmann::json;

constexpr std::size_t kLeftOutBytesMax = 8'000;

// How people are reached, who signed, and what was written for the committees alone; also within the parts of a field.
const std::set<std::string>& never_released() {
  static const std::set<std::string> all = {
      "contact",          "contact_point", "reached_by",   "personal_note",      "office",    "note",
      "remarks",          "source",        "legal_source", "enforcement_source", "signed_by", "withdrawn_by",
      "authenticated_by", "read_by",       "issuer",       "consents",           "related"};
  return all;
}

const std::vector<std::string>& visit_fields() {
  static const std::vector<std::string> all = {"title",  "states", "days", "places",
                                               "status", "kind",   "aims", "paragraph"};
  return all;
}

std::string text(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool is_empty(const json& value) {
  if (value.is_structured())
    return std::all_of(value.begin(), value.end(), [](const json& one) { return is_empty(one); });
  return value.is_null() || value == "" || value == 0 || value == false;
}

// One record on its way into the text.
struct Chosen {
  const json* record = nullptr;
  const RecordKind* kind = nullptr;  // null for a visit
  std::string id, noun;
  std::vector<std::string> fields;  // those that say something
  std::vector<std::string> left_out;
};

Error not_this(const std::string& record, const std::string& what, std::string hint) {
  return fail(Code::kInput, "records: " + record + " " + what, std::move(hint));
}

std::string label_of(const std::string& name) {
  std::string out = in_words(name);
  if (!out.empty() && out[0] >= 'a' && out[0] <= 'z') out[0] = static_cast<char>(out[0] - 'a' + 'A');
  return out;
}

// A State by its name, a word of a vocabulary as people read it, all else as it stands.
std::string said(const RecordField* field, const json& value, const std::string& path,
                 std::vector<std::string>& left_out);

std::string part_said(const RecordField* field, const json& part, const std::string& path,
                      std::vector<std::string>& left_out) {
  std::string out;
  for (const auto& [name, value] : part.items()) {
    if (is_empty(value)) continue;
    const std::string whole = path + "." + name;
    if (never_released().contains(name)) {
      if (std::find(left_out.begin(), left_out.end(), whole) == left_out.end()) left_out.push_back(whole);
      continue;
    }
    const RecordField* inner = nullptr;
    if (field != nullptr && place_of(field->parts, name) < field->parts.size())
      inner = &field->parts[place_of(field->parts, name)];
    out += (out.empty() ? "" : ", ") + in_words(name) + " " + said(inner, value, whole, left_out);
  }
  return out;
}

std::string said(const RecordField* field, const json& value, const std::string& path,
                 std::vector<std::string>& left_out) {
  if (value.is_array()) {
    std::string out;
    for (const json& one : value) out += (out.empty() ? "" : "; ") + said(field, one, path, left_out);
    return out;
  }
  if (value.is_object())
    return value.contains("alpha3") ? text(value, "name") : part_said(field, value, path, left_out);
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  if (!value.is_string()) return value.dump();
  const bool word = field != nullptr && field->type == RecordField::Type::kWord;
  return word ? in_words(value.get<std::string>()) : value.get<std::string>();
}

// --- visits

std::string days_said(const json& visit) {
  std::string out;
  for (const json& part : visit.value("components", json::array())) {
    const std::string start = text(part, "start"), end = text(part, "end");
    const std::string days = start.empty()                 ? (end.empty() ? "" : "until " + end)
                             : end.empty() || end == start ? start
                                                           : start + " to " + end;
    if (!days.empty()) out += (out.empty() ? "" : "; ") + days + (text(part, "mode") == "virtual" ? " (virtual)" : "");
  }
  return out;
}

std::string places_said(const json& visit) {
  std::vector<std::string> all;
  for (const json& part : visit.value("components", json::array())) {
    for (const json& place : part.value("places", json::array())) all.push_back(place.get<std::string>());
  }
  all.erase(std::unique(all.begin(), all.end()), all.end());
  std::string out;
  for (const std::string& one : all) out += (out.empty() ? "" : "; ") + one;
  return out;
}

std::string visit_said(const json& visit, const std::string& name) {
  if (name == "days") return days_said(visit);
  if (name == "places") return places_said(visit);
  const json value = visit.value(name, json());
  if (is_empty(value)) return {};
  std::string out;
  const json list = value.is_array() ? value : json::array({value});
  for (const json& one : list) {
    const std::string words = one.is_object()                          ? text(one, "name")
                              : name == "title" || name == "paragraph" ? one.get<std::string>()
                                                                       : in_words(one.get<std::string>());
    out += (out.empty() ? "" : "; ") + words;
  }
  return out;
}

// --- any record

const RecordField* field_of(const RecordKind& kind, const std::string& name) {
  if (const RecordField* own = kind.field(name)) return own;
  const auto& head = record_head_fields();
  const std::size_t at = place_of(head, name);
  return at < head.size() ? &head[at] : nullptr;
}

std::string value_said(Chosen& chosen, const std::string& name) {
  if (chosen.kind == nullptr) return visit_said(*chosen.record, name);
  const json value = chosen.record->value(name, json());
  return is_empty(value) ? std::string() : said(field_of(*chosen.kind, name), value, name, chosen.left_out);
}

std::vector<std::string> known_fields(const Chosen& chosen) {
  if (chosen.kind == nullptr) return visit_fields();
  std::vector<std::string> out;
  for (const RecordField& field : record_head_fields()) out.push_back(field.name);
  for (const RecordField& field : chosen.kind->fields) out.push_back(field.name);
  return out;
}

Result<void> check_record_may_leave(const std::string& owner, const Chosen& chosen) {
  const json& record = *chosen.record;
  if (record.contains("recalled")) return not_this(chosen.id, "was recalled", "name records that stand");
  if (text(record, "marking") == "named")
    return not_this(chosen.id, "is marked for named committees and never leaves in part",
                    "what may be public is a record of its own with another marking");
  const std::string whose = text(record, chosen.kind == nullptr ? "lead" : "owner");
  if (whose != owner)
    return fail(Code::kNotOwner,
                "records: " + chosen.id + " belongs to " + whose + ", which alone releases what it says",
                "ask " + whose + " for an extract of it");
  if (!record.value("index", json()).is_number())
    return not_this(chosen.id, "is not in the log yet, so that nobody could prove what it said",
                    "wait until it is accepted: liaison record status " + chosen.id);
  if (chosen.kind != nullptr && chosen.kind->kind == kKindExtract)
    return not_this(chosen.id, "is itself an extract", "name the records that it was taken from");
  return {};
}

Result<void> check_field(const Chosen& chosen, const std::string& name) {
  const auto known = known_fields(chosen);
  if (never_released().contains(name))
    return not_this(chosen.id, "does not leave with its " + name,
                    "whom to call, notes, sources and signatures stay among the committees");
  if (std::find(known.begin(), known.end(), name) == known.end())
    return not_this(chosen.id, "has no field " + in_words(name).substr(0, 64) + " that may leave",
                    word_hint(name, {known.begin(), known.end()}));
  return {};
}

// Of the fields, those that say something; a field that was asked for by name must.
Result<void> choose(Chosen& chosen, const std::vector<std::string>& asked) {
  const auto& fields = asked.empty() ? safe_fields(chosen.kind == nullptr ? "visit" : chosen.kind->kind) : asked;
  if (fields.empty())
    return not_this(chosen.id,
                    "is " + with_article(chosen.noun) + ", of which nothing leaves unless its fields are named",
                    "write " + chosen.id + ":title,status");
  for (const std::string& name : fields) {
    TRY(check_field(chosen, name));
    if (std::find(chosen.fields.begin(), chosen.fields.end(), name) != chosen.fields.end()) continue;
    std::vector<std::string> none;
    Chosen look{chosen.record, chosen.kind, chosen.id, chosen.noun, {}, {}};
    if (!value_said(look, name).empty())
      chosen.fields.push_back(name);
    else if (!asked.empty())
      return not_this(chosen.id, "says nothing in its field " + name, "leave the field out");
  }
  return {};
}

Result<Chosen> chosen_of(const std::string& owner, const ExtractSource& source) {
  Chosen out;
  out.record = &source.record;
  out.id = text(source.record, "id");
  const auto parsed = parse_record_id(out.id);
  out.kind = parsed && parsed->letter != "V" ? record_kind_of_letter(parsed->letter) : nullptr;
  if (!parsed || (parsed->letter != "V" && out.kind == nullptr))
    return not_this(out.id.substr(0, 64), "is no record", "ids have the form 1540-V-2027-0001");
  out.noun = out.kind == nullptr ? "visit" : out.kind->noun;
  TRY(check_record_may_leave(owner, out));
  TRY(choose(out, source.fields));
  return out;
}

std::string paragraph_of(Chosen& chosen) {
  std::string noun = label_of(chosen.noun);
  std::replace(noun.begin(), noun.end(), '-', ' ');
  std::string out =
      noun + " " + chosen.id + ", revision " + std::to_string(chosen.record->value("revision", 0U)) + "\n";
  for (const std::string& name : chosen.fields) out += label_of(name) + ": " + value_said(chosen, name) + "\n";
  if (chosen.record->value("unverified", false)) out += "Not verified: the source of this was not checked.\n";
  return out;
}

// Every field that says something and does not leave.
void name_left_out(Chosen& chosen) {
  std::set<std::string> beside(chosen.fields.begin(), chosen.fields.end());
  beside.insert("unverified");  // said
  std::vector<std::string> names = known_fields(chosen);
  if (chosen.kind == nullptr)
    names.insert(names.end(),
                 {"participation", "contact", "note", "source", "consent", "invitation", "reports", "merged_into"});
  for (const std::string& name : names) {
    if (beside.contains(name)) continue;
    const bool part = chosen.kind == nullptr && (name == "days" || name == "places");
    if (part ? !visit_said(*chosen.record, name).empty() : !is_empty(chosen.record->value(name, json())))
      chosen.left_out.push_back(name);
  }
}

std::string left_out_of(const Chosen& chosen) {
  std::string out;
  for (const std::string& name : chosen.left_out) out += (out.empty() ? chosen.id + ": " : ", ") + name;
  return out;
}

void add_texts(const json& record, const char* name, std::vector<std::string>& out) {
  for (const json& one : record.value(name, json::array())) {
    const std::string value = one.is_object() ? text(one, "alpha3") : one.get<std::string>();
    if (std::find(out.begin(), out.end(), value) == out.end()) out.push_back(value);
  }
}

}  // namespace

Result<ExtractChoice> parse_extract_choice(const std::string& text) {
  const auto colon = text.find(':');
  ExtractChoice out{text.substr(0, colon), {}};
  if (!parse_record_id(out.record))
    return fail(Code::kInput, "records: \"" + out.record.substr(0, 64) + "\" is not the id of a record",
                "write 1540-V-2027-0001, or 1540-V-2027-0001:title,days");
  std::string rest = colon == std::string::npos ? "" : text.substr(colon + 1);
  while (!rest.empty()) {
    const auto comma = rest.find(',');
    if (comma != 0) out.fields.push_back(rest.substr(0, comma));
    rest = comma == std::string::npos ? "" : rest.substr(comma + 1);
  }
  if (colon != std::string::npos && out.fields.empty())
    return fail(Code::kInput, "records: no field is named behind " + out.record,
                "leave the colon out for the fields that are released of such a record");
  return out;
}

const std::vector<std::string>& safe_fields(const std::string& kind) {
  static const std::map<std::string, std::vector<std::string>> all = {
      {"visit", {"title", "states", "days", "status"}},
      {"visit.joint", {"title", "states", "begins", "ends", "status"}},
      {"assistance.request", {"title", "states", "areas", "dated", "status"}},
      {"assistance.offer", {"title", "provider", "areas", "offered_on", "status"}},
      {"event", {"title", "states", "type", "begins", "ends", "status"}},
      {"guidance", {"title", "symbol", "dated", "status"}},
      {"matrix", {"title", "states", "report_dated", "posted_on", "status"}},
      {"obligation", {"title", "states", "due", "done_on", "status"}},
      {"practice", {"title", "states", "type", "dated", "status"}},
      {"programme", {"title", "begins", "ends", "symbol", "status"}},
      {"resource", {"title", "type", "begins", "ends", "status"}},
      {"review", {"title", "type", "begins", "ends", "symbol", "status"}},
      {"submission", {"title", "states", "type", "dated", "received_on", "symbol", "status"}}};
  static const std::vector<std::string> none;
  const auto found = all.find(kind);
  return found == all.end() ? none : found->second;
}

Result<json> extract_fields(const std::string& owner, const std::string& title, const std::string& language,
                            const std::vector<ExtractSource>& sources) {
  if (title.empty())
    return fail(Code::kInput, "title: is missing", "say what the extract is, as people should read it");
  if (!language.empty() && language != "en")
    return fail(Code::kInput,
                "language: the text is put together in English, and not in \"" + language.substr(0, 16) + "\"",
                "leave it out; a translation is a change of the text and the languages");
  if (sources.empty())
    return fail(Code::kInput, "records: nothing is named to be released", "name at least one record");
  if (sources.size() > kExtractRecordsMax)
    return fail(Code::kInput, "records: an extract is taken from at most 256 records", "make several");
  std::string body = title + "\n", left_out;
  std::vector<std::string> states, consents;
  json releases = json::array();
  std::set<std::string> ids;
  for (const ExtractSource& source : sources) {
    Chosen chosen = TRY(chosen_of(owner, source));
    if (!ids.insert(chosen.id).second) return not_this(chosen.id, "is named twice", "name all its fields behind one");
    body += "\n" + paragraph_of(chosen);
    name_left_out(chosen);
    const std::string line = left_out_of(chosen);
    const bool room = left_out.size() + line.size() < kLeftOutBytesMax;
    if (!line.empty() && room) left_out += (left_out.empty() ? "" : "\n") + line;
    add_texts(source.record, "states", states);
    add_texts(source.record, "consents", consents);
    releases.push_back(
        {{"record", chosen.id}, {"revision", source.record.value("revision", 0U)}, {"fields", chosen.fields}});
  }
  while (body.ends_with('\n')) body.pop_back();
  return json{{"title", title},
              {"states", states},
              {"releases", std::move(releases)},
              {"text", body},
              {"left_out", left_out},
              {"languages", {"en"}},
              {"consents", consents},
              {"digest", extract_digest(body)}};
}

std::string extract_digest(std::string_view text) { return hex(sha256(view_of(text))); }

Result<void> check_digest(const Record& extract) {
  const std::string& digest = extract.value("digest").text;
  if (digest.empty() || digest == extract_digest(extract.value("text").text)) return {};
  return fail(Code::kInput, "digest: is not the SHA-256 of the text that leaves", "leave it out; the node reckons it");
}

json published_json(const json& record) {
  json releases = json::array();
  for (const json& one : record.value("releases", json::array()))
    releases.push_back({{"record", one.value("record", json())}, {"revision", one.value("revision", json())}});
  json out = {{"format", "liaison-extract/v1"}, {"releases", std::move(releases)}};
  for (const char* name :
       {"id", "revision", "title", "paragraph", "languages", "digest", "decision", "decided_on", "released_on"})
    out[name] = record.value(name, json());
  return out;
}

json revealed_json(const json& record) {
  static const std::set<std::string> published = {"title",    "paragraph",  "languages",   "digest",
                                                  "decision", "decided_on", "released_on", "text"};
  json out = json::array();
  std::vector<std::string> names = {"owner"};
  for (const RecordField& field : record_head_fields()) names.push_back(field.name);
  for (const RecordField& field : record_kind(kKindExtract)->fields) names.push_back(field.name);
  for (const std::string& name : names) {
    const json value = record.value(name, json());
    if (!published.contains(name) && !is_empty(value)) out.push_back({{"field", name}, {"value", value}});
  }
  return out;
}

}  // namespace liaison
