// SPDX-License-Identifier: Apache-2.0
// All connectors of a node together: one that cannot be used keeps nobody waiting.
#include "nodes/connectors/connectors.h"

#include <poll.h>
#include <sys/stat.h>

#include "tests/nodes/connectors_fixture.h"

namespace liaison {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class ConnectorsTest : public ConnectorsFixture {
 protected:
  ConnectorConfig hook() {
    ConnectorConfig config = config_of(ConnectorConfig::Kind::kWebhookOut, "hook");
    config.texts["url"] = "http://127.0.0.1:1/";
    config.paths["secret_file"] = secret;
    config.numbers["give_up_hours"] = 72;
    return config;
  }
  // Lets its thread in until the page is so.
  bool comes_to(Connectors& connectors, const std::function<bool(const json&)>& so) {
    for (int i = 0; i < 500; ++i) {
      EXPECT_TRUE(connectors.drain(node(), *routes, now_of(stations.at("1540")), 8, [this] { return stored(); }));
      shown = *connectors.show(node(), "hook");
      if (so(shown)) return true;
      pollfd waits{connectors.wake_fd(), POLLIN, 0};
      ::poll(&waits, 1, 10);
    }
    return false;
  }
  const std::filesystem::path secret = folder.path() / "hook.secret";
  SystemClock real;
  json shown;
};

TEST_F(ConnectorsTest, OneWithoutItsSecretFailsAloneAndBeginsWhenItIsThere) {
  ASSERT_THAT(Connectors::faults({hook()}, id_of("1540")), SizeIs(1));
  EXPECT_THAT(Connectors::faults({hook()}, id_of("1540"))[0].what, HasSubstr("connectors.hook: "));
  auto connectors = Connectors::open(node(), {hook()}, real);
  ASSERT_TRUE(connectors) << connectors.error().what;
  (*connectors)->start();
  ASSERT_TRUE(comes_to(**connectors, [](const json& one) { return one["state"] == "failing"; })) << shown.dump();
  EXPECT_THAT(shown["error"].get<std::string>(), HasSubstr("hook.secret"));
  write(secret, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqr\n");
  ASSERT_EQ(::chmod(secret.c_str(), 0600), 0);
  EXPECT_TRUE(Connectors::faults({hook()}, id_of("1540")).empty());
  ASSERT_TRUE((*connectors)->run_now(node(), "hook"));
  EXPECT_TRUE(comes_to(**connectors, [](const json& one) { return one["error"].is_null() && one["state"] != "running"; })) << shown.dump();
}

TEST_F(ConnectorsTest, OneThatCanNeverBeIsToldBeforeTheNodeStarts) {
  ConnectorConfig config = hook();
  config.texts["url"] = "http://case-files.example.org/";
  EXPECT_THAT(Connectors::faults({hook(), config}, id_of("1540")), SizeIs(2));
  const auto connectors = Connectors::open(node(), {config}, real);
  ASSERT_FALSE(connectors);
  EXPECT_EQ(connectors.error().code, Code::kConfig);
  EXPECT_THAT(connectors.error().what, HasSubstr("connectors.hook: url: is neither https://"));
}

TEST_F(ConnectorsTest, AWordThatIsNoKindOfRecordIsRefusedAndAHalfWrittenLoginIsWaitedFor) {
  ConnectorConfig in = config_of(ConnectorConfig::Kind::kWebhookIn, "in");
  in.texts["listen"] = "127.0.0.1:0";
  in.texts["takes"] = "vistt";
  in.paths["secret_file"] = secret;
  const auto refused = Connectors::open(node(), {in}, real);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kConfig);
  ConnectorConfig mail = config_of(ConnectorConfig::Kind::kMail, "mail");
  mail.texts = {{"server", "smtp://127.0.0.1:25"}, {"from", "office@example.org"}, {"subject", "new"}};
  mail.lists["to"] = {"desk@example.org"};
  mail.paths["login_file"] = secret;
  write(secret, "half");
  ASSERT_EQ(::chmod(secret.c_str(), 0600), 0);
  EXPECT_TRUE(Connectors::open(node(), {mail}, real));
  EXPECT_THAT(Connectors::faults({mail}, id_of("1540")), SizeIs(1));
}

}  // namespace
}  // namespace liaison
