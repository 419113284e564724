// SPDX-License-Identifier: Apache-2.0
#include "nodes/api/openapi.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "nodes/api/route_table.h"
#include "schemas/record_kind.h"
#include "schemas/visit.h"

namespace liaison {

namespace {

using nlohmann::json;
using Type = RecordField::Type;
using Form = RecordField::Form;

constexpr const char* kSchemas =
#include "nodes/api_schemas.inc"
    ;

constexpr const char* kDay = "^([0-9]{4}-[0-9]{2}-[0-9]{2})?$";

json schema_ref(const std::string& name) { return {{"$ref", "#/components/schemas/" + name}}; }
json ref_parameter(const std::string& name) { return {{"$ref", "#/components/parameters/" + name}}; }

// Given: what may be sent. Told: what the node says, every field of it.
enum class Side { kGiven, kTold };

json schema_of(const RecordField& field, Side side);

json part_schema(const RecordField& field, Side side) {
  json out = {{"type", "object"}, {"properties", json::object()}};
  for (const RecordField& part : field.parts) {
    out["properties"][part.name] = schema_of(part, side);
    if (part.needed || side == Side::kTold) out["required"].push_back(part.name);
  }
  if (side == Side::kGiven) out["additionalProperties"] = false;
  return out;
}

json text_schema(const RecordField& field, Side side) {
  json out = {{"type", "string"}};
  if (field.bytes > 0) out["maxLength"] = field.bytes;   // a character is a byte or more
  switch (field.form) {
    case Form::kState: return side == Side::kTold ? json{{"anyOf", {schema_ref("state"), {{"const", ""}}}}} : schema_ref("state.given");
    case Form::kDate: return schema_ref("date");
    case Form::kDay: out["pattern"] = kDay; break;
    case Form::kLanguage: out["enum"] = {"ar", "zh", "en", "fr", "ru", "es", ""}; break;
    case Form::kTime:
    case Form::kLine:
    case Form::kLines:
    case Form::kMember:
    case Form::kRecord:
    case Form::kSymbol: break;
  }
  return out;
}

json single_schema(const RecordField& field, Side side) {
  switch (field.type) {
    case Type::kFlag: return {{"type", "boolean"}};
    case Type::kNumber:
      return field.most > 0 ? json{{"type", "integer"}, {"minimum", 0}, {"maximum", field.most}} : json{{"type", "integer"}, {"minimum", 0}};
    case Type::kPart: return part_schema(field, side);
    case Type::kWord: {
      json words = field.words;
      if (!field.list) words.push_back("");   // not said
      return {{"enum", std::move(words)}};
    }
    case Type::kText: break;
  }
  return text_schema(field, side);
}

json schema_of(const RecordField& field, Side side) {
  json out = single_schema(field, side);
  if (field.list) {
    out = {{"type", "array"}, {"items", std::move(out)}};
    if (field.most > 0 && field.type != Type::kNumber) out["maxItems"] = field.most;
  }
  // null empties a field; a part that is not said is null.
  const bool nullable = side == Side::kGiven || (field.type == Type::kPart && !field.list);
  if (nullable) out = {{"anyOf", {std::move(out), {{"type", "null"}}}}};
  out["description"] = field.meaning;
  return out;
}

std::vector<const RecordField*> fields_of(const RecordKind& kind) {
  std::vector<const RecordField*> out;
  for (const RecordField& field : record_head_fields()) out.push_back(&field);
  for (const RecordField& field : kind.fields) out.push_back(&field);
  return out;
}

void put_kind(json& schemas, const RecordKind& kind) {
  json given = {{"type", "object"}, {"description", kind.meaning}, {"properties", json::object()}};
  json told = {{"type", "object"}, {"properties", {{"kind", {{"const", kind.kind}}}}}, {"required", {"kind"}}};
  for (const RecordField* field : fields_of(kind)) {
    given["properties"][field->name] = schema_of(*field, Side::kGiven);
    told["properties"][field->name] = schema_of(*field, Side::kTold);
    told["required"].push_back(field->name);
  }
  given["properties"]["kind"] = {{"const", kind.kind}};
  given["properties"]["owner"] = {{"type", "string"}, {"description", "This node's committee; no other one's record is made here."}};
  given["properties"]["marking"] = {{"enum", {"public", "committees", "named"}}, {"description", "committees when left out; fixed by the first message"}};
  given["properties"]["to"] = {{"type", "array"}, {"items", schema_ref("member")}, {"description", "Needed with the marking `named`."}};
  json row = {{"allOf", json::array({schema_ref(kind.kind + ".fields")})}, {"unevaluatedProperties", false}};
  row["properties"]["line"] = {{"type", "integer"}, {"description", "What errors name."}};
  row["properties"]["id"] = {{"type", "string"}, {"description", "Of a record that is known here, which is only compared."}};
  row["properties"]["revision"] = {{"type", "integer"}};
  schemas[kind.kind] = {{"description", kind.meaning}, {"allOf", {schema_ref("record.common"), std::move(told)}}};
  schemas[kind.kind + ".fields"] = std::move(given);
  schemas[kind.kind + ".rows"] = {
      {"type", "object"},
      {"required", {"rows"}},
      {"properties",
       {{"rows", {{"type", "array"}, {"items", std::move(row)}}}, {"historical", {{"type", "boolean"}}}, {"keep_going", {{"type", "boolean"}}}}}};
}

template <class Word>
json words_of() {
  json out = json::array();
  for (const auto word : all_words<Word>()) out.push_back(std::string(word));
  return out;
}

json schemas() {
  json out = json::parse(kSchemas);
  json records = json::array();
  for (const RecordKind& kind : record_kinds()) {
    put_kind(out, kind);
    records.push_back(schema_ref(kind.kind));
  }
  records.push_back(schema_ref("record.gone"));
  out["record"] = {{"anyOf", std::move(records)}};
  json& visit = out["visit.fields"]["properties"];
  visit["kind"]["enum"] = words_of<VisitKind>();
  visit["status"]["enum"] = words_of<VisitStatus>();
  out["component"]["properties"]["mode"]["enum"] = words_of<ComponentMode>();
  return out;
}

json query_parameter(const RouteFilter& filter) {
  return {{"name", filter.name}, {"in", "query"}, {"description", filter.meaning}, {"schema", {{"type", "string"}}}};
}

json parameters_of(const Route& route, const std::string& path) {
  json out = json::array();
  for (std::size_t at = path.find('{'); at != std::string::npos; at = path.find('{', at + 1)) {
    out.push_back({{"name", path.substr(at + 1, path.find('}', at) - at - 1)}, {"in", "path"}, {"required", true}, {"schema", {{"type", "string"}}}});
  }
  for (const RouteFilter& filter : route.filters) out.push_back(query_parameter(filter));
  if (route.traits & Route::kPaged) out.insert(out.end(), {ref_parameter("limit"), ref_parameter("cursor")});
  if (route.traits & Route::kWrite) out.insert(out.end(), {ref_parameter("dry_run"), ref_parameter("idempotency_key")});
  if (route.traits & Route::kDraftable) out.push_back(ref_parameter("draft"));
  if (route.traits & Route::kChange) out.push_back(ref_parameter("if_match"));
  if (route.traits & Route::kTagged) out.push_back(ref_parameter("if_none_match"));
  if (route.answer == "text/event-stream") out.push_back(ref_parameter("last_event_id"));
  return out;
}

json answer_of(const Route& route) {
  const bool text = route.answer.find('/') != std::string::npos;
  json out = {{"description", route.meaning}};
  out["content"][text ? route.answer : "application/json"]["schema"] = text ? json{{"type", "string"}} : schema_ref(route.answer);
  if (route.traits & Route::kTagged)
    out["headers"]["ETag"] = {{"schema", {{"type", "string"}}}, {"description", "\"REVISION-HASH\": If-Match takes it, and the revision alone."}};
  return out;
}

json answers_of(const Route& route) {
  json out = json::object();
  const bool creates = route.method == "POST";
  out[creates ? "201" : "200"] = answer_of(route);
  if (creates) {
    out["200"] = answer_of(route);
    out["200"]["description"] = "A dry run: checked, and nothing stored; or done, where nothing is made.";
  }
  if (route.traits & Route::kDraftable) {
    if (!creates) out["201"] = {{"description", "Kept as a draft."}};
    json& schema = out["201"]["content"]["application/json"]["schema"];
    schema = creates ? json{{"anyOf", json::array({schema_ref(route.answer), schema_ref("draft")})}} : schema_ref("draft");
  }
  if (route.traits & Route::kTagged) out["304"] = {{"description", "Nothing has changed."}};
  const json problem = {{"$ref", "#/components/responses/problem"}};
  for (const char* status : {"400", "404", "503"}) out[status] = problem;
  if (route.traits & Route::kWrite) {
    for (const char* status : {"403", "409", "429"}) out[status] = problem;
  }
  // Mistakes in rows are a result.
  if (route.answer == "imported") out["400"] = {{"description", "Rows with mistakes, and nothing was stored; or a problem."},
      {"content", {{"application/json", {{"schema", schema_ref("imported")}}}, {"application/problem+json", {{"schema", schema_ref("problem")}}}}}};
  return out;
}

json operation_of(const Route& route, const std::string& path, const RecordKind* kind) {
  std::string name = route.name, body = route.body;
  if (kind != nullptr) {
    name += "_" + kind->noun;
    std::replace(name.begin(), name.end(), '-', '_');
    body.replace(body.find("{kind}"), 6, kind->kind);
  }
  json out = {{"operationId", name}, {"summary", route.meaning}, {"responses", answers_of(route)}};
  if (kind != nullptr) out["description"] = kind->meaning;
  const json parameters = parameters_of(route, path);
  if (!parameters.empty()) out["parameters"] = parameters;
  if (!body.empty()) {
    json schema = schema_ref(body);
    if (kind != nullptr && body.ends_with(".fields")) schema["unevaluatedProperties"] = false;
    out["requestBody"] = {{"required", true}, {"content", {{"application/json", {{"schema", std::move(schema)}}}}}};
  }
  std::string method = route.method;
  std::transform(method.begin(), method.end(), method.begin(), [](char c) { return static_cast<char>(c + 32); });
  return json{{method, std::move(out)}};
}

// A path of records by kind is one for each kind, since each has a body of its own.
json paths() {
  json out = json::object();
  for (const Route& route : routes()) {
    if (route.path.starts_with("/records/{kind}")) {
      for (const RecordKind& kind : record_kinds()) {
        const std::string path = "/records/" + kind.kind + route.path.substr(std::string_view("/records/{kind}").size());
        out[path].update(operation_of(route, path, &kind));
      }
    } else {
      out[route.path].update(operation_of(route, route.path, nullptr));
    }
  }
  out["/metrics"] = {{"servers", {{{"url", "/"}}}},
                     {"get", {{"operationId", "metrics"}, {"summary", "Prometheus text; outside the base path"},
                              {"responses", {{"200", {{"description", "metrics"}, {"content", {{"text/plain", {{"schema", {{"type", "string"}}}}}}}}}}}}}};
  return out;
}

json header_parameter(const char* name, bool required, const char* meaning, json schema) {
  return {{"name", name}, {"in", "header"}, {"required", required}, {"description", meaning}, {"schema", std::move(schema)}};
}

json parameters() {
  return {
      {"limit",
       {{"name", "limit"},
        {"in", "query"},
        {"description", "How many."},
        {"schema", {{"type", "integer"}, {"minimum", 1}, {"maximum", 500}, {"default", 50}}}}},
      {"cursor", {{"name", "cursor"}, {"in", "query"}, {"description", "Where the page before ended: its `next`."}, {"schema", {{"type", "string"}}}}},
      {"dry_run",
       {{"name", "dry_run"}, {"in", "query"}, {"description", "1: everything is checked and nothing stored."}, {"schema", {{"enum", {"0", "1"}}}}}},
      {"draft",
       {{"name", "draft"}, {"in", "query"}, {"description", "1: it is kept as a draft instead of done; the answer is a draft."},
        {"schema", {{"enum", {"0", "1"}}}}}},
      {"idempotency_key",
       header_parameter("Idempotency-Key", false, "Needed unless it is a dry run. The same key returns the same answer and does nothing twice.",
                        {{"type", "string"}, {"pattern", "^[A-Za-z0-9._-]{1,64}$"}})},
      {"if_match",
       header_parameter(
           "If-Match", true,
           "The revision that the change is made on, as \"3\", or the ETag. 400 when it is missing, 409 with E_REVISION when there is a newer one.",
           {{"type", "string"}, {"pattern", "^\"[0-9]+(-[0-9a-f]*)?\"$"}})},
      {"if_none_match", header_parameter("If-None-Match", false,
                                         "ETags that are known: 304 when nothing has changed. A revision alone, as \"3\", asks for a newer revision only.",
                                         {{"type", "string"}})},
      {"last_event_id", header_parameter("Last-Event-ID", false,
                                         "The id of the last event that was seen: the stream begins with what came after it, with events.missed first when "
                                         "some of that is not kept any more.",
                                         {{"type", "string"}})}};
}

}  // namespace

const json& openapi_document() {
  static const json document = [] {
    json out = {{"openapi", "3.1.0"}, {"jsonSchemaDialect", "https://json-schema.org/draft/2020-12/schema"}};
    out["info"] = {
        {"title", "Liaison, a committee's node"},
        {"version", LIAISON_VERSION},
        {"license", {{"name", "Apache-2.0"}, {"identifier", "Apache-2.0"}}},
        {"description", "HTTP/1.1 on the node's Unix socket: whoever may open it may act for the committee. nodes/api/README.md says it in words."}};
    out["servers"] = {{{"url", "/api/v1"}}};
    out["paths"] = paths();
    out["components"] = {
        {"schemas", schemas()},
        {"parameters", parameters()},
        {"responses",
         {{"problem", {{"description", "What is wrong and what to try."}, {"content", {{"application/problem+json", {{"schema", schema_ref("problem")}}}}}}}}}};
    return out;
  }();
  return document;
}

const std::string& openapi_text() {
  static const std::string text = openapi_document().dump(2) + "\n";
  return text;
}

}  // namespace liaison
