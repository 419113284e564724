// SPDX-License-Identifier: Apache-2.0
// What the configuration says of connectors, and what is wrong with it.
#include "nodes/connectors/connector_config.h"

#include <gmock/gmock.h>

namespace liaison {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string wrong_with(const std::string& text) {
  Settings settings = *Settings::parse(text, "node.toml");
  (void)take_connectors(settings);
  const auto finished = settings.finish();
  return finished ? std::string() : finished.error().what;
}

TEST(ConnectorConfig, SectionsBecomeConnectorsInTheOrderOfTheirNames) {
  Settings settings = *Settings::parse(
      "[connectors.out]\nkind = \"files_out\"\nfolder = \"/srv/out\"\nkinds = [\"visit.plan\"]\nstates = [\"KGZ\"]\n"
      "[connectors.in]\nkind = \"files_in\"\nfolder = \"/srv/in\"\nsystem = \"files\"\nper_minute = 30\ndrafts = true\n",
      "node.toml");
  const auto found = take_connectors(settings);
  ASSERT_TRUE(settings.finish());
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].name, "in");
  EXPECT_EQ(found[0].system, "files");
  EXPECT_TRUE(found[0].as_drafts);
  EXPECT_EQ(found[0].per_minute, 30U);
  EXPECT_EQ(found[1].system, "out");
  EXPECT_EQ(found[1].paths.at("folder"), "/srv/out");
  EXPECT_THAT(found[1].rule.states, ElementsAre("KGZ"));
}

TEST(ConnectorConfig, WhatIsWrongIsToldWithItsLine) {
  EXPECT_THAT(wrong_with("[connectors.x]\nkind = \"files_inn\"\nfolder = \"/x\"\n"), HasSubstr("node.toml:2: connectors.x.kind is \"files_inn\""));
  EXPECT_THAT(wrong_with("[connectors.x]\nkind = \"files_in\"\n"), HasSubstr("connectors.x.folder is missing"));
  EXPECT_THAT(wrong_with("[connectors.x]\nkind = \"files_out\"\nfolder = \"/x\"\nkinds = [\"visit.pln\"]\nstates = [\"XXX\"]\nsenders = [\"?\"]\n"),
              AllOf(HasSubstr("\"visit.pln\", which is no kind"), HasSubstr("\"XXX\", which is no State's"), HasSubstr("\"?\", which is no committee's")));
  EXPECT_THAT(wrong_with("[connectors.x]\nkind = \"files_in\"\nfolder = \"/x\"\nkinds = [\"visit.plan\"]\n"), HasSubstr("unknown key connectors.x.kinds"))
      << "what comes in has no rule";
  const std::string out = "[connectors.x]\nkind = \"files_out\"\nfolder = \"/x\"\nkinds = [\"visit.plan\"]\n";
  EXPECT_EQ(wrong_with(out + "fields = [\"record\", \"data\", \"data.components\", \"data.consent.status\"]\ntext = \"{record}: {data.title}\"\n"), "");
  EXPECT_THAT(wrong_with(out + "fields = [\"data.starts\"]\n"), HasSubstr("\"data.starts\", which no message of these kinds has"));
  EXPECT_THAT(wrong_with(out + "fields = [\"data.answer\"]\n"), HasSubstr("\"data.answer\", which no message of these kinds has")) << "a plan has none";
  EXPECT_THAT(wrong_with(out + "fields = [\"title\"]\n"), HasSubstr("\"title\"; a message has message_id"));
  EXPECT_THAT(wrong_with(out + "text = \"{record}: {data.titel}\"\n"), HasSubstr("connectors.x.text has \"data.titel\""));
  EXPECT_EQ(wrong_with("[connectors.x]\nkind = \"files_out\"\nfolder = \"/x\"\nfields = [\"data.answer\", \"data.reason\", \"data.area\"]\n"), "")
      << "of any kind";
  EXPECT_THAT(wrong_with("[connectors.x]\nkind = \"files_in\"\nfolder = \"/x\"\nsystem = \"a.b\"\n"), HasSubstr("connectors.x.system is \"a.b\""));
  EXPECT_THAT(wrong_with("[connectors.Ein_gang]\nkind = \"files_in\"\nfolder = \"/x\"\n"), HasSubstr("whose name is not 1 to 24 of a-z, 0-9 and -"));
}

}  // namespace
}  // namespace liaison
