// SPDX-License-Identifier: Apache-2.0
// The whole broker in this process: real folder, keys, CURVE endpoints and local doors, stepped by the test.
#include "broker/broker.h"

#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/doubles/temp_folder.h"
#include "tests/doubles/tiny_exchange.h"

namespace liaison {
namespace {

class WholeBroker : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    // Opening a key file costs 0.15 s by design: made once.
    keys_folder_ = new TempFolder();
    const TinyExchange tiny;
    const Secret passphrase = Secret::copy_of(view_of("passphrase"));
    ASSERT_TRUE(ensure_private_folder(keys_folder_->path() / "keys"));
    ASSERT_TRUE(save_signing_key(keys_folder_->path() / "keys/sign.pem", tiny.broker_sign, passphrase));
    ASSERT_TRUE(save_signing_key(keys_folder_->path() / "keys/log.pem", tiny.broker_log, passphrase));
    ASSERT_TRUE(save_curve_key(keys_folder_->path() / "keys/curve.key", tiny.broker_curve));
  }
  static void TearDownTestSuite() { delete keys_folder_; }

  WholeBroker() {
    open_log("broker_test", LogFormat::kText, "error");
    std::filesystem::copy(keys_folder_->path() / "keys", folder.path() / "keys");
    std::filesystem::permissions(folder.path() / "keys", std::filesystem::perms::owner_all);
    config.folder = folder.path();
    config.bind = "127.0.0.1";
    config.http_listen = "127.0.0.1:0";
    config.limits.free_bytes_min = 1;
    config.limits.reserve_bytes = 0;
    const Now now = clock.now();
    tiny.roster.issued_ms = now.wall_ms / 1000 * 1000 - 86'400'000;
    tiny.roster.expires_ms = tiny.roster.issued_ms + 50ULL * 86'400'000;
    choose_ports();
  }

  // Free ones, as the system gives them out; one that is taken meanwhile shows as a failed bind.
  void choose_ports() {
    std::vector<std::unique_ptr<HttpServer>> held;
    for (RosterMember& member : tiny.roster.members) {
      held.push_back(std::move(*HttpServer::open({{}, 0600, "127.0.0.1:0"})));
      const std::string address = held.back()->address();
      member.port = static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
    }
  }
  Result<void> start() {
    broker.reset();
    broker = TRY(Broker::open(config, Secret::copy_of(view_of("passphrase")), clock));
    return {};
  }
  void step() {
    const auto stepped = broker->step(std::chrono::milliseconds(5), -1);
    ASSERT_TRUE(stepped) << stepped.error().what;
  }
  HttpResponse request(const HttpTarget& target, const std::string& method, const std::string& path, const std::string& body) {
    std::atomic<bool> done = false;
    Result<HttpResponse> response = HttpResponse{};
    std::thread asking([&] {
      response = http_request(target, method, path, body, {});
      done = true;
    });
    while (!done) step();
    asking.join();
    EXPECT_TRUE(response);
    return response.value_or(HttpResponse{});
  }
  HttpResponse operate(const std::string& method, const std::string& path, const std::string& body = {}) {
    return request({control_socket(folder.path()), {}}, method, path, body);
  }
  HttpResponse look(const std::string& path) { return request({{}, broker->http_address()}, "GET", path, {}); }
  std::string both() { return nlohmann::json{{"roster", tiny.note()}, {"policy", tiny.policy}}.dump(); }

  std::unique_ptr<ClientChannel> connect(const std::string& member, const AgreementKey& key) {
    const std::string address = "tcp://127.0.0.1:" + std::to_string(tiny.roster.member(*MemberId::parse(member))->port);
    return std::move(*ClientChannel::open(address, tiny.broker_curve.public_key(), key));
  }
  ControlFrame ask(ClientChannel& client, const Bytes& payload) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    bool sent = false;
    while (std::chrono::steady_clock::now() < deadline) {
      client.wait(std::chrono::milliseconds(1), {});
      if (!sent) sent = client.send(payload);
      step();
      if (const auto answer = client.receive()) return *decode_control(*answer);
    }
    ADD_FAILURE() << "no answer: " << client.trouble();
    return {};
  }

  static inline TempFolder* keys_folder_ = nullptr;
  TinyExchange tiny;
  TempFolder folder;
  SystemClock clock;
  Config config;
  std::unique_ptr<Broker> broker;
};

TEST_F(WholeBroker, FromNothingToAnAcceptedMessage) {
  ASSERT_TRUE(start());
  EXPECT_EQ(look("/readyz").status, 503);
  const HttpResponse applied = operate("POST", "/apply", both());
  ASSERT_EQ(applied.status, 200) << applied.body;
  step();
  EXPECT_EQ(look("/readyz?verbose").status, 200) << look("/readyz?verbose").body;

  TinyMember& sender = tiny.member("1540");
  const auto client = connect("1540", sender.curve);
  ASSERT_TRUE(std::holds_alternative<WhoAmIAnswer>(ask(*client, encode_control(1, WhoAmI{})).control));
  const Bytes frame = tiny.frame(sender, Letter{tiny.others(sender.id)}, 1, {}, clock.now().wall_ms);
  const ControlFrame answer = ask(*client, frame);
  ASSERT_TRUE(std::holds_alternative<Acceptance>(answer.control));
  const auto reader = connect("1267", tiny.member("1267").curve);
  const auto items = std::get<Items>(ask(*reader, encode_control(2, Fetch{2, 10, 1000})).control);
  ASSERT_EQ(items.items.size(), 1U);
  EXPECT_EQ(items.items[0].body, frame);
  // libzmq tells of a handshake by a socket of its own, perhaps after the first payload.
  const auto counted = [&] { return look("/metrics").body.find("liaison_broker_connected_peers{committee=\"1267\"} 1") != std::string::npos; };
  for (int i = 0; i < 500 && !counted(); ++i) step();
  EXPECT_TRUE(counted());
}

TEST_F(WholeBroker, TheLogAndItsEndpointsAreThereAgainAfterARestart) {
  ASSERT_TRUE(start());
  ASSERT_EQ(operate("POST", "/apply", both()).status, 200);
  const std::string note = look("/checkpoint").body;
  ASSERT_TRUE(start());
  EXPECT_EQ(look("/checkpoint").body, note);
  const auto client = connect("1373", tiny.member("1373").curve);
  EXPECT_EQ(std::get<WhoAmIAnswer>(ask(*client, encode_control(1, WhoAmI{})).control).member.str(), "1373");
}

TEST_F(WholeBroker, ASecondBrokerOnTheFolderIsToldWhoHasIt) {
  ASSERT_TRUE(start());
  const auto second = Broker::open(config, Secret::copy_of(view_of("passphrase")), clock);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::kLocked);
  EXPECT_NE(second.error().what.find(std::to_string(getpid())), std::string::npos) << second.error().what;
}

TEST_F(WholeBroker, AWrongPassphraseIsSaidBeforeAnythingIsOpened) {
  const auto opened = Broker::open(config, Secret::copy_of(view_of("wrong")), clock);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::kPassphrase);
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "log"));
}

TEST_F(WholeBroker, AFolderOpenToOthersIsRefused) {
  std::filesystem::permissions(folder.path(), std::filesystem::perms::others_read, std::filesystem::perm_options::add);
  EXPECT_EQ(start().error().code, Code::kPermission);
}

TEST_F(WholeBroker, TheControlDoorIsForItsUserAlone) {
  ASSERT_TRUE(start());
  const auto mode = std::filesystem::status(folder.path() / "control.sock").permissions();
  EXPECT_EQ(mode & (std::filesystem::perms::group_all | std::filesystem::perms::others_all), std::filesystem::perms::none);
}

TEST_F(WholeBroker, ARevokedConnectionIsSilencedAtOnceAndANewMembersEndpointOpens) {
  ASSERT_TRUE(start());
  ASSERT_EQ(operate("POST", "/apply", both()).status, 200);
  const auto client = connect("1540", tiny.member("1540").curve);
  ask(*client, encode_control(1, WhoAmI{}));
  const AgreementKey fresh = numbered_agreement_key(230);
  const Roster next = TinyExchange::next_roster(tiny.roster, [&](Roster& roster) {
    for (RosterKey& key : roster.keys) {
      if (key.id != "k1540c") continue;
      key.status = KeyStatus::revoked;
      key.trusted_below = 2;
      key.reason = "lost";
    }
    roster.keys.push_back(TinyExchange::key_line("k1540d", *MemberId::parse("1540"), KeyUse::curve, fresh.public_key()));
  });
  ASSERT_EQ(operate("POST", "/apply", nlohmann::json{{"roster", tiny.signed_note(next)}}.dump()).status, 200);
  client->send(encode_control(1, WhoAmI{}));
  const auto renewed = connect("1540", fresh);
  EXPECT_TRUE(std::holds_alternative<WhoAmIAnswer>(ask(*renewed, encode_control(1, WhoAmI{})).control));
  EXPECT_FALSE(client->receive());
}

TEST_F(WholeBroker, AnEndpointThatCannotBeBoundHoldsUpNeitherTheOthersNorTheStart) {
  auto taken = std::move(*HttpServer::open({{}, 0600, "127.0.0.1:0"}));
  const std::string address = taken->address();
  tiny.roster.members[0].port = static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  ASSERT_TRUE(start());
  ASSERT_EQ(operate("POST", "/apply", both()).status, 200);
  step();
  const auto client = connect("1540", tiny.member("1540").curve);
  EXPECT_TRUE(std::holds_alternative<WhoAmIAnswer>(ask(*client, encode_control(1, WhoAmI{})).control));
  EXPECT_NE(look("/readyz").body.find("deliver: 2 of 3 endpoints bound"), std::string::npos);
  const auto again = start();
  ASSERT_TRUE(again) << again.error().what;
  EXPECT_EQ(look("/readyz").status, 503);
  taken.reset();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (look("/readyz").status != 200 && std::chrono::steady_clock::now() < deadline) step();
  EXPECT_EQ(look("/readyz").status, 200) << look("/readyz?verbose").body;
}

TEST_F(WholeBroker, ItsEndpointsMayBeOnIPv6) {
  const bool native = HttpServer::open({{}, 0600, "::1:0"}).has_value();
  config.bind = native ? "::1" : "::ffff:127.0.0.1";
  tiny.roster.members[0].net = native ? "::1/128" : "::ffff:127.0.0.1/128";
  ASSERT_TRUE(start());
  ASSERT_EQ(operate("POST", "/apply", both()).status, 200);
  step();
  EXPECT_EQ(look("/readyz").status, 200) << look("/readyz?verbose").body;
  const std::string address = "tcp://[" + config.bind + "]:" + std::to_string(tiny.roster.members[0].port);
  const auto client = std::move(*ClientChannel::open(address, tiny.broker_curve.public_key(), tiny.members[0].curve));
  EXPECT_TRUE(std::holds_alternative<WhoAmIAnswer>(ask(*client, encode_control(1, WhoAmI{})).control));
}

class ConfigFiles : public ::testing::Test {
 protected:
  Result<Config> read(const std::string& text) {
    std::ofstream(folder.path() / "broker.toml") << text;
    return read_config(folder.path() / "broker.toml");
  }
  TempFolder folder;
};

TEST_F(ConfigFiles, AnEmptyFileIsTheDefaults) {
  const auto config = read("");
  ASSERT_TRUE(config) << config.error().what;
  EXPECT_EQ(std::filesystem::weakly_canonical(config->folder), std::filesystem::weakly_canonical(folder.path()));
  EXPECT_EQ(config->bind, "0.0.0.0");
  EXPECT_EQ(config->http_listen, "127.0.0.1:5680");
  EXPECT_TRUE(config->passphrase_file.empty());
  EXPECT_EQ(config->limits.quota.messages_per_second, 20U);
  EXPECT_EQ(config->limits.quota.bytes_per_day, 64ULL << 20);
  EXPECT_EQ(config->limits.quota.receipt_bytes_per_day, 1ULL << 30);
  EXPECT_EQ(config->limits.quota.unacknowledged, 32U);
  EXPECT_EQ(config->limits.free_bytes_min, 256ULL << 20);
}

// A connection's queues hold as many messages as may wait, and no fewer than by default.
TEST_F(ConfigFiles, QueuesHoldWhatMayWait) {
  const auto config = read("[quota]\nunacknowledged = 100\n");
  ASSERT_TRUE(config) << config.error().what;
  EXPECT_EQ(config->limits.quota.unacknowledged, 100U);
  EXPECT_EQ(ChannelLimits::for_unacknowledged(100).high_water_mark, 100);
  EXPECT_EQ(ChannelLimits::for_unacknowledged(100).held_bytes_max, 100 * kPayloadBytesMax);
  EXPECT_EQ(ChannelLimits::for_unacknowledged(1).high_water_mark, ChannelLimits{}.high_water_mark);
  EXPECT_EQ(ChannelLimits::for_unacknowledged(1).held_bytes_max, ChannelLimits{}.held_bytes_max);
  EXPECT_EQ(read("[quota]\nunacknowledged = 129\n").error().code, Code::kConfig) << "a batch has no room for more";
}

TEST_F(ConfigFiles, EveryWrongLineIsNamed) {
  const auto config = read("[broker]\ncolour = 1\n[quota]\nburst = \"many\"\nper_second = 0\n");
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().code, Code::kConfig);
  for (const char* line : {"broker.toml:2", "broker.toml:4", "broker.toml:5"}) {
    EXPECT_NE(config.error().what.find(line), std::string::npos) << config.error().what;
  }
}

TEST_F(ConfigFiles, AnotherLogFormatIsRefused) { EXPECT_EQ(read("[log]\nformat = \"xml\"\n").error().code, Code::kConfig); }

}  // namespace
}  // namespace liaison
