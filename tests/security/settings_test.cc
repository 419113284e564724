// SPDX-License-Identifier: Apache-2.0
#include "security/settings.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace liaison {
namespace {

Settings settings_of(std::string_view text) {
  auto settings = Settings::parse(text, "broker.toml");
  EXPECT_TRUE(settings.has_value()) << settings.error().what;
  return std::move(*settings);
}

TEST(Settings, ValuesComeFromTheFileAndElseFromTheDefault) {
  auto settings = settings_of("[http]\nlisten = \"127.0.0.1:1\"\n[limits]\nrate = 20\nstrict = true\nnames = [\"a\", \"b\"]\n");
  EXPECT_EQ(settings.text("http.listen", "x"), "127.0.0.1:1");
  EXPECT_EQ(settings.text("http.other", "x"), "x");
  EXPECT_EQ(settings.number("limits.rate", 5, 1, 100), 20U);
  EXPECT_EQ(settings.number("limits.burst", 5, 1, 100), 5U);
  EXPECT_TRUE(settings.flag("limits.strict", false));
  EXPECT_EQ(settings.texts("limits.names"), (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(settings.has("limits.rate"));
  EXPECT_FALSE(settings.has("limits.burst"));
  EXPECT_TRUE(settings.finish().has_value());
}

TEST(Settings, AKeyNobodyAskedForIsToldWithItsLine) {
  auto settings = settings_of("[limits]\nrate = 20\ncolour = \"red\"\n");
  settings.number("limits.rate", 5, 1, 100);
  const auto done = settings.finish();
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().code, Code::kConfig);
  EXPECT_EQ(done.error().what, "broker.toml:3: unknown key limits.colour");
}

TEST(Settings, ASectionNobodyAskedForIsToldEvenWhenEmpty) {
  auto settings = settings_of("[limist]\n");
  const auto done = settings.finish();
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().what, "broker.toml:1: unknown section limist");
}

TEST(Settings, ASectionWhoseKeysAreAllLeftOutIsFine) {
  auto settings = settings_of("[limits]\n");
  settings.number("limits.rate", 5, 1, 100);
  EXPECT_TRUE(settings.finish().has_value());
}

TEST(Settings, AQuotedNameWithADotIsNotTakenForASectionsKey) {
  auto settings = settings_of("\"limits.rate\" = 20\n");
  EXPECT_EQ(settings.number("limits.rate", 5, 1, 100), 5U);
  EXPECT_FALSE(settings.finish().has_value());
}

TEST(Settings, EveryProblemIsToldAtOnce) {
  auto settings = settings_of("[a]\ntext = 1\nnumber = \"1\"\nflag = 0\nlist = [1]\nscalar = \"x\"\n");
  EXPECT_EQ(settings.text("a.text", "d"), "d");
  EXPECT_EQ(settings.number("a.number", 7, 0, 9), 7U);
  EXPECT_TRUE(settings.flag("a.flag", true));
  EXPECT_TRUE(settings.texts("a.list").empty());
  EXPECT_TRUE(settings.texts("a.scalar").empty());
  EXPECT_EQ(settings.text_required("a.missing"), "");
  const auto done = settings.finish();
  ASSERT_FALSE(done.has_value());
  for (const char* line : {"broker.toml:2: a.text must be text in quotes", "broker.toml:3: a.number must be a whole number from 0 to 9",
                           "broker.toml:4: a.flag must be true or false", "broker.toml:5: a.list must be a list of texts",
                           "broker.toml:6: a.scalar must be a list of texts", "a.missing is missing and has no default"}) {
    EXPECT_NE(done.error().what.find(line), std::string::npos) << line << "\n" << done.error().what;
  }
}

TEST(Settings, NumbersOutOfRangeAreRefusedOnBothSides) {
  for (const char* value : {"0", "101", "-1", "9223372036854775807", "1.5"}) {
    auto settings = settings_of("[a]\nn = " + std::string(value) + "\n");
    EXPECT_EQ(settings.number("a.n", 50, 1, 100), 50U) << value;
    EXPECT_FALSE(settings.finish().has_value()) << value;
  }
  for (const char* value : {"1", "100"}) {
    auto settings = settings_of("[a]\nn = " + std::string(value) + "\n");
    settings.number("a.n", 50, 1, 100);
    EXPECT_TRUE(settings.finish().has_value()) << value;
  }
}

TEST(Settings, TextThatIsNotTomlIsRefusedWithItsLine) {
  const auto settings = Settings::parse("[a]\nb = \n", "node.toml");
  ASSERT_FALSE(settings.has_value());
  EXPECT_EQ(settings.error().code, Code::kConfig);
  EXPECT_EQ(settings.error().what.rfind("node.toml:2: ", 0), 0U) << settings.error().what;
}

TEST(Settings, HostileFilesAreRefusedAndNotSuffered) {
  const std::string deep = "a = " + std::string(100'000, '[');
  for (const auto& text : {deep, std::string("a = \"\xff\xfe\"\n"), std::string("a = 1\na = 2\n"), std::string(1000, '\0')}) {
    EXPECT_FALSE(Settings::parse(text, "x").has_value());
  }
}

TEST(Settings, RelativePathsStartAtTheFilesFolder) {
  const auto folder = std::filesystem::temp_directory_path() / ("settings-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "node.toml") << "data = \"data\"\nkeys = \"/etc/keys\"\n";
  auto settings = Settings::read(folder / "node.toml");
  ASSERT_TRUE(settings.has_value()) << settings.error().what;
  EXPECT_EQ(settings->path("data", "x"), folder / "data");
  EXPECT_EQ(settings->path("keys", "x"), "/etc/keys");
  EXPECT_EQ(settings->path("trust", "trust"), folder / "trust");
  EXPECT_TRUE(settings->path("none", "").empty());
  EXPECT_TRUE(settings->finish().has_value());
  EXPECT_EQ(Settings::read(folder / "absent.toml").error().code, Code::kUnknown);
  std::filesystem::remove_all(folder);
}

TEST(Settings, AWordOutsideTheChoiceIsToldWithItsLine) {
  auto settings = settings_of("[log]\n\nlevel = \"loud\"\n");
  EXPECT_EQ(settings.choice("log.format", "text", {"text", "json"}), "text");
  EXPECT_EQ(settings.choice("log.level", "info", {"debug", "info", "warn"}), "info");
  const auto done = settings.finish();
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().what, "broker.toml:3: log.level is \"loud\" and must be \"debug\", \"info\" or \"warn\"");
}

TEST(Settings, AValueThatIsWrongForItsReaderIsToldWithItsLine) {
  auto settings = settings_of("[http]\nlisten = \"0.0.0.0:1\"\n");
  EXPECT_EQ(settings.text("http.listen", ""), "0.0.0.0:1");
  settings.wrong("http.listen", "must be a loopback address");
  EXPECT_EQ(settings.finish().error().what, "broker.toml:2: http.listen must be a loopback address");
}

}  // namespace
}  // namespace liaison
