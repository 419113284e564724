// SPDX-License-Identifier: Apache-2.0
// Events as CloudEvents 1.0 has them: what leaves says no more than the connector's rule lets through; what comes is read strictly.
#include "nodes/connectors/cloud_event.h"

#include <gmock/gmock.h>

#include "tests/doubles/member.h"

namespace liaison {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

Parcel parcel_of(json content) {
  Parcel out;
  out.id = std::string(64, 'a');
  out.kind = "visit.plan";
  out.record = "1540-V-2027-0001";
  out.accepted_ms = 1'804'498'200'250;
  out.content = std::move(content);
  return out;
}

TEST(CloudEvent, AMessageIsAnEventOfItsKind) {
  const json content = {{"accepted_at", "x"}, {"record", "1540-V-2027-0001"}, {"data", {{"title", "A visit"}}}};
  const json event = json::parse(cloud_event_text(member("1373"), parcel_of(content)));
  EXPECT_EQ(event, (json{{"specversion", "1.0"},
                         {"id", std::string(64, 'a')},
                         {"source", "/liaison/1373"},
                         {"type", "org.liaison.visit.plan"},
                         {"subject", "1540-V-2027-0001"},
                         {"time", "2027-03-08T09:30:00.250Z"},
                         {"datacontenttype", "application/json"},
                         {"data", content}}));
}

TEST(CloudEvent, WhatTheRuleKeepsBackIsNotInTheEnvelopeEither) {
  const json event = json::parse(cloud_event_text(member("1373"), parcel_of({{"data", {{"title", "A visit"}}}})));
  EXPECT_FALSE(event.contains("subject"));
  EXPECT_FALSE(event.contains("time"));
}

TEST(CloudEvent, EveryTryHasTheSameBytes) {
  EXPECT_EQ(cloud_event_text(member("1373"), parcel_of({{"b", 1}, {"a", 2}})), cloud_event_text(member("1373"), parcel_of({{"a", 2}, {"b", 1}})));
}

TEST(CloudEvent, WhatLeavesCanBeRead) {
  const auto read = read_cloud_event(cloud_event_text(member("1373"), parcel_of({{"record", "1540-V-2027-0001"}})));
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(read->source, "/liaison/1373");
  EXPECT_EQ(read->subject, "1540-V-2027-0001");
  const auto test = read_cloud_event(test_event_text(member("1373"), "test-1", "case-files", 1'804'498'200'250));
  ASSERT_TRUE(test) << test.error().what;
  EXPECT_EQ(test->type, "org.liaison.test");
  EXPECT_EQ(test->data["test"], true);
  EXPECT_THAT(test->data["words"].get<std::string>(), HasSubstr("This is a test"));
}

json minimal() { return {{"specversion", "1.0"}, {"id", "1"}, {"source", "/x"}, {"type", "t"}, {"data", json::object()}}; }

TEST(CloudEvent, ForeignWritersOfTheFormatAreUnderstood) {
  for (const char* time : {"2027-03-08T09:30:00Z", "2027-03-08T09:30:00.123456789Z", "2027-03-08T09:30:00+02:00", "2027-03-08T09:30:00.5-11:30"}) {
    json event = minimal();
    event["time"] = time;
    EXPECT_TRUE(read_cloud_event(event.dump())) << time;
  }
  for (const char* type : {"application/json", "application/json; charset=utf-8", "Application/JSON", "application/vnd.office.case+json"}) {
    json event = minimal();
    event["datacontenttype"] = type;
    EXPECT_TRUE(read_cloud_event(event.dump())) << type;
  }
  json event = minimal();
  event.update({{"partitionkey", "a"}, {"sequence", 7}, {"sampled", true}, {"subject", nullptr}, {"dataschema", "https://case.example/schema"}});
  EXPECT_TRUE(read_cloud_event(event.dump()));
}

TEST(CloudEvent, WhatIsNoEventIsRefusedInOneSentence) {
  const auto with = [](const char* name, json value) {
    json event = minimal();
    event[name] = std::move(value);
    return event.dump();
  };
  const auto without = [](const char* name) {
    json event = minimal();
    event.erase(name);
    return event.dump();
  };
  std::string deep = "{\"specversion\":\"1.0\",\"data\":";
  for (int i = 0; i < 100'000; ++i) deep += '[';
  struct Row { std::string text, words; };
  const Row rows[] = {{"", "the event is no JSON object"},
                      {"[]", "the event is no JSON object"},
                      {"{", "the event is no JSON object"},
                      {"{} {}", "the event is no JSON object"},
                      {"\xef\xbb\xbf{}x", "the event is no JSON object"},
                      {"{\"id\":\"\xff\"}", "the event is no JSON object"},
                      {deep, "the event holds lists within lists more than 64 deep"},
                      {"{\"specversion\":\"1.0\",\"id\":\"1\",\"id\":\"2\"}", "the event has the name \"id\" twice"},
                      {"{\"data\":{\"a\":[{\"b\":1,\"b\":2}]}}", "the event has the name \"b\" twice"},
                      {without("specversion"), "specversion: is missing"},
                      {without("id"), "id: is missing"},
                      {without("source"), "source: is missing"},
                      {without("type"), "type: is missing"},
                      {without("data"), "data: is no JSON object"},
                      {with("specversion", "0.3"), "specversion: \"0.3\" is not 1.0"},
                      {with("id", ""), "id: is not a text of at least one character"},
                      {with("id", 7), "id: is not a text"},
                      {with("id", "a\nb"), "id: "},
                      {with("source", std::string(1025, 'a')), "source: "},
                      {with("type", json::array({"t"})), "type: is not a text"},
                      {with("subject", ""), "subject: is not a text"},
                      {with("time", "yesterday"), "time: \"yesterday\" is no time such as"},
                      {with("time", "2027-02-30T09:30:00Z"), "is no time"},
                      {with("time", "2027-03-08T09:30:00"), "is no time"},
                      {with("time", "2027-03-08T09:30:00.Z"), "is no time"},
                      {with("time", "2027-03-08T09:30:00+25:00"), "is no time"},
                      {with("datacontenttype", "text/xml"), "datacontenttype: \"text/xml\" is not JSON"},
                      {with("data_base64", "Zm9v"), "data_base64: is not taken here"},
                      {with("Extra", "x"), "Extra: is no name of an attribute"},
                      {with("extra", json::object()), "extra: is neither a text nor a whole number nor true or false"},
                      {with("extra", 1.5), "extra: is neither"},
                      {with("data", "text"), "data: is no JSON object"},
                      {with("data", json::array()), "data: is no JSON object"}};
  for (const Row& row : rows) {
    const auto read = read_cloud_event(row.text);
    ASSERT_FALSE(read) << row.words;
    EXPECT_EQ(read.error().code, Code::kInput);
    EXPECT_THAT(read.error().what, HasSubstr(row.words));
    EXPECT_FALSE(read.error().hint.empty());
    EXPECT_LT(read.error().what.size(), 300U);
  }
}

}  // namespace
}  // namespace liaison
