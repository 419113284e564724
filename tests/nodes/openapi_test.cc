// SPDX-License-Identifier: Apache-2.0
// The API's table, its router, its document and its page for people say the same; what is tagged, and what the audit holds of it.
#include "nodes/api/openapi.h"

#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "nodes/api/route_table.h"
#include "nodes/api/routes.h"
#include "tests/nodes/node_fixture.h"

namespace liaison {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class RecordApi : public OneNode {
 protected:
  RecordApi() {
    change_roster([](Roster&) {}, "allow all publish * visit.plan <=named to * under \"a basis\"\n"
                                    "allow made publish * assistance.request <=named to * under \"a basis\"\n");
    run();
    routes_ = std::make_unique<Routes>(node(), *stations.at("1540").link, "tcp://broker:5601", [this]() -> Result<void> {
      Station& own = stations.at("1540");
      const NodeOutcome outcome = TRY(own.node->settle(now_of(own)));
      own.link->dispatch(outcome, now_of(own));
      return {};
    });
  }
  HttpResponse ask(const std::string& method, const std::string& path, const json& body = {}, std::map<std::string, std::string> headers = {}) {
    if (method != "GET") headers.emplace("idempotency-key", "act-" + std::to_string(++acts_));
    return routes_->answer({method, "/api/v1" + path, {}, std::move(headers), body.is_null() ? "" : body.dump(), {}}, now_of(stations.at("1540")));
  }
  std::string create(const std::string& title) {
    const HttpResponse made = ask("POST", "/records/assistance.request", fields(title));
    EXPECT_EQ(made.status, 201) << made.body;
    return json::parse(made.body)["id"];
  }
  static json fields(const std::string& title) { return {{"title", title}, {"states", {"KGZ"}}, {"areas", {"financing"}}, {"need", "a draft law"}}; }
  std::vector<std::string> audit() {
    auto rows = node().store().database().prepare("SELECT event, actor, object, result FROM audit ORDER BY id");
    std::vector<std::string> out;
    while (*rows->step())
      out.push_back(std::string(rows->text(0)) + " " + std::string(rows->text(1)) + " " + std::string(rows->text(2)) + " " + std::string(rows->text(3)));
    return out;
  }

  std::unique_ptr<Routes> routes_;
  int acts_ = 0;
};

std::string sample_of(const std::string& path) {
  std::string out = std::regex_replace(path, std::regex("\\{kind\\}"), "assistance.request");
  out = std::regex_replace(out, std::regex("\\{name\\}"), "KGZ");
  out = std::regex_replace(out, std::regex("\\{number\\}"), "1");
  const char* id = "1540-R-2026-0001";
  if (path.starts_with("/messages")) id = "00000000";
  if (path.starts_with("/visits")) id = "1540-V-2026-0001";
  if (path.starts_with("/drafts")) id = "draft-1";
  return std::regex_replace(out, std::regex("\\{id\\}"), id);
}

TEST_F(RecordApi, TheRouterAnswersWhateverTheTableHas) {
  for (const Route& route : routes()) {
    const HttpResponse said = ask(route.method, sample_of(route.path), json::object(), {{"if-match", "\"1\""}});
    EXPECT_EQ(said.body.find("there is nothing at"), std::string::npos) << route.method << " " << route.path << ": " << said.body;
    EXPECT_NE(said.status, 405) << route.method << " " << route.path;
  }
}

TEST_F(RecordApi, WhatTheTableHasNotIsNotAnsweredAndTheMethodsThatThereAreAreSaid) {
  for (const char* path : {"/", "/visit", "/visits/1540-V-2026-0001/answers/1", "/records/x/y/z", "/openapi", "/calendar/2027"})
    EXPECT_EQ(ask("GET", path).status, 404) << path;
  const HttpResponse wrong = ask("DELETE", "/visits/1540-V-2026-0001");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.headers.at("Allow"), "GET, PATCH");
  EXPECT_EQ(ask("POST", "/calendar").headers.at("Allow"), "GET");
}

TEST_F(RecordApi, TheTablesFiltersAreThoseThatListsTake) {
  for (const Route& route : routes()) {
    if (route.method != "GET" || (route.filters.empty() && (route.traits & Route::kPaged) == 0)) continue;
    std::vector<std::string> names;
    for (const RouteFilter& filter : route.filters) names.push_back(filter.name);
    if (route.traits & Route::kPaged) names.insert(names.end(), {"limit", "cursor"});
    std::map<std::string, std::string> query;
    for (const std::string& name : names) query[name] = "";
    const auto with = [&](const std::string& name) {
      query[name] = "";
      return routes_->answer({"GET", "/api/v1" + sample_of(route.path), query, {}, "", {}}, now_of(stations.at("1540"))).body;
    };
    EXPECT_EQ(with(names[0]).find("there is no such filter"), std::string::npos) << route.path;
    if (route.path == "/messages/{id}/proof") continue;
    EXPECT_THAT(with("colour"), HasSubstr("there is no such filter")) << route.path;
  }
}

void refs_in(const json& value, std::set<std::string>& out) {
  if (value.is_object() && value.contains("$ref")) out.insert(value["$ref"].get<std::string>());
  if (!value.is_structured()) return;
  for (const auto& one : value) refs_in(one, out);
}

TEST(OpenApi, EveryReferenceLeadsSomewhere) {
  std::set<std::string> refs;
  refs_in(openapi_document(), refs);
  EXPECT_GT(refs.size(), 30U);
  for (const std::string& one : refs) EXPECT_TRUE(openapi_document().contains(json::json_pointer(one.substr(1)))) << one;
}

TEST(OpenApi, EveryRouteStandsInItOnceUnderANameOfItsOwn) {
  std::set<std::string> names;
  for (const auto& [path, item] : openapi_document()["paths"].items()) {
    for (const auto& [method, operation] : item.items()) {
      if (method == "servers") continue;
      EXPECT_TRUE(names.insert(operation["operationId"]).second) << operation["operationId"];
      EXPECT_TRUE(operation["responses"].is_object());
    }
  }
  const json& paths = openapi_document()["paths"];
  for (const Route& route : routes()) {
    std::string method = route.method;
    std::transform(method.begin(), method.end(), method.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const bool by_kind = route.path.starts_with("/records/{kind}");
    for (const RecordKind& kind : record_kinds()) {
      const std::string path = by_kind ? std::regex_replace(route.path, std::regex("\\{kind\\}"), kind.kind) : route.path;
      EXPECT_TRUE(paths.contains(path) && paths[path].contains(method)) << method << " " << path;
    }
  }
}

TEST(OpenApi, DraftsAreOfferedWhereTheyAreTakenAndTheirAnswerIsNamed) {
  const json& paths = openapi_document()["paths"];
  const json offered = {{"$ref", "#/components/parameters/draft"}};
  for (const auto& [path, method, taken] : {std::tuple("/visits", "post", true), {"/visits/{id}", "patch", true}, {"/records/{id}/recall", "post", true},
                                            {"/visits/{id}/disclose", "post", false}, {"/records/{id}/close", "post", true},
                                            {"/records/{id}/extend", "post", true}, {"/interests", "post", false}}) {
    const json& operation = paths[path][method];
    const json& parameters = operation["parameters"];
    EXPECT_EQ(std::find(parameters.begin(), parameters.end(), offered) != parameters.end(), taken) << path;
    if (!taken) continue;
    EXPECT_NE(operation["responses"]["201"].dump().find("#/components/schemas/draft"), std::string::npos) << path;
  }
}

TEST(OpenApi, AKindsSchemaIsItsPage) {
  const json& schemas = openapi_document()["components"]["schemas"];
  for (const RecordKind& kind : record_kinds()) {
    const json& given = schemas.at(kind.kind + ".fields")["properties"];
    for (const RecordField& field : kind.fields) EXPECT_EQ(given.at(field.name)["description"], field.meaning) << kind.kind;
    EXPECT_TRUE(schemas.at(kind.kind)["allOf"][1]["required"].size() > kind.fields.size());
  }
  const json& request = schemas.at("assistance.request.fields")["properties"];
  EXPECT_EQ(request["areas"]["anyOf"][0]["maxItems"], 15);
  EXPECT_EQ(request["status"]["anyOf"][0]["enum"][0], "received");
}

// `GET /visits?state=&...` and `GET /visits/{id}` in the first column.
TEST(OpenApi, ThePageForPeopleListsTheSameRoutes) {
  std::ifstream in(std::string(LIAISON_SOURCE_DIR) + "/nodes/api/README.md");
  std::set<std::string> said, known;
  const std::regex row("^\\| `([A-Z]+ /[^?` ]*)[?`].*");
  std::smatch match;
  for (std::string line; std::getline(in, line);) {
    if (std::regex_match(line, match, row) && match[1] != "GET /metrics") said.insert(match[1]);
  }
  for (const Route& route : routes()) known.insert(route.method + " " + route.path);
  EXPECT_EQ(said, known);
}

TEST_F(RecordApi, ARecordThatHasNotChangedIsNotSentAgain) {
  const std::string id = create("One");
  run();
  const HttpResponse first = ask("GET", "/records/" + id);
  ASSERT_EQ(first.status, 200);
  const std::string tag = first.headers.at("ETag");
  EXPECT_THAT(tag, ::testing::StartsWith("\"1-"));
  for (const std::string& match : {tag, "W/" + tag, "\"x\", " + tag, std::string("*"), std::string("\"1\"")}) {
    const HttpResponse same = ask("GET", "/records/" + id, {}, {{"if-none-match", match}});
    EXPECT_EQ(same.status, 304) << match;
    EXPECT_EQ(same.body, "");
    EXPECT_EQ(same.headers.at("ETag"), tag);
  }
  for (const char* match : {"\"2\"", "\"1-0000000000000000\"", "1", ""})
    EXPECT_EQ(ask("GET", "/records/" + id, {}, {{"if-none-match", match}}).status, 200) << match;
  const HttpResponse changed = ask("PATCH", "/records/" + id, {{"note", "more"}}, {{"if-match", tag}});
  ASSERT_EQ(changed.status, 200) << changed.body;
  run();
  EXPECT_EQ(ask("GET", "/records/" + id, {}, {{"if-none-match", tag}}).status, 200);
  const HttpResponse stale = ask("PATCH", "/records/" + id, {{"note", "other"}}, {{"if-match", tag}});
  EXPECT_EQ(stale.status, 409);
  EXPECT_THAT(stale.body, HasSubstr("E_REVISION"));
  EXPECT_EQ(ask("PATCH", "/records/" + id, {{"note", "other"}}).status, 400) << "a change names the revision that was seen";
  EXPECT_EQ(ask("GET", "/openapi.json").body, openapi_text());
}

TEST_F(RecordApi, ListsWithinListsWithoutEndAreRefused) {
  const std::string deep = "{\"title\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}";
  for (const char* path : {"/visits", "/visits/import", "/records/practice/import"}) {
    const HttpResponse said =
        routes_->answer({"POST", std::string("/api/v1") + path, {{"draft", "1"}}, {{"idempotency-key", "deep"}}, deep, {}}, now_of(stations.at("1540")));
    EXPECT_EQ(said.status, 400);
    EXPECT_THAT(said.body, HasSubstr("lists within lists"));
  }
}

TEST_F(RecordApi, AListMayHaveWholeRecords) {
  create("One");
  const HttpResponse page =
      routes_->answer({"GET", "/api/v1/records", {{"whole", "1"}, {"kind", "assistance.request"}}, {}, "", {}}, now_of(stations.at("1540")));
  ASSERT_EQ(page.status, 200) << page.body;
  EXPECT_EQ(json::parse(page.body)["items"][0]["need"], "a draft law");
}

TEST_F(RecordApi, ARecordHasTheSameAuditRowWhicheverWayItCame) {
  const std::string alone = create("One");
  const json rows = {{"rows", {fields("Two"), fields("Three")}}};
  ASSERT_EQ(ask("POST", "/records/assistance.request/import", rows).status, 201);
  json wrong = rows;
  wrong["rows"][1]["areas"] = {"nothing"};
  EXPECT_EQ(ask("POST", "/records/assistance.request/import", wrong).status, 400);
  EXPECT_THAT(audit(), ElementsAre("record.created unknown " + alone + " queued", "record.created unknown 1540-R-2026-0002 queued",
                                   "record.created unknown 1540-R-2026-0003 queued", "record.imported unknown 2 request records queued"));
  const json visit = {{"states", {"KGZ"}}, {"components", {{{"start", "2030-03-01"}}}}};
  ASSERT_EQ(ask("POST", "/visits/import", {{"rows", {visit}}}).status, 201);
  ASSERT_THAT(audit(), SizeIs(6));
  EXPECT_EQ(audit()[4], "visit.planned unknown 1540-V-2026-0001 queued");
}

}  // namespace
}  // namespace liaison
