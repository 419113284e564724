// SPDX-License-Identifier: Apache-2.0
#include "security/audit.h"

#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <thread>

namespace liaison {
namespace {

std::string logged(LogFormat format, std::string_view level, const std::function<void()>& act) {
  open_log("broker", format, level);
  ::testing::internal::CaptureStderr();
  act();
  auto text = ::testing::internal::GetCapturedStderr();
  open_log("test", LogFormat::kText, "warn");
  return text;
}

std::vector<nlohmann::json> json_lines(const std::string& text) {
  std::vector<nlohmann::json> out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) out.push_back(nlohmann::json::parse(line));
  return out;
}

TEST(Audit, AJsonLineHasTimeLevelProgramEventSentenceAndFields) {
  const auto lines = json_lines(logged(LogFormat::kJson, "info", [] {
    log_info("roster.accepted", "a new roster is in force",
             {{"version", 7}, {"member", "1540"}, {"index", std::uint64_t{18446744073709551615U}}, {"code", Code::kPolicy}});
  }));
  ASSERT_EQ(lines.size(), 1U);
  const auto& line = lines[0];
  EXPECT_EQ(line["level"], "info");
  EXPECT_EQ(line["program"], "broker");
  EXPECT_EQ(line["event"], "roster.accepted");
  EXPECT_EQ(line["msg"], "a new roster is in force");
  EXPECT_EQ(line["version"], 7);
  EXPECT_EQ(line["member"], "1540");
  EXPECT_EQ(line["index"], 18446744073709551615U);
  EXPECT_EQ(line["code"], "E_POLICY");
  EXPECT_EQ(line["ts"].get<std::string>().size(), std::string("2026-11-23T09:30:00.123Z").size());
}

TEST(Audit, NoByteFromOutsideBreaksALineOrReachesTheTerminal) {
  for (const auto format : {LogFormat::kJson, LogFormat::kText}) {
    for (int byte = 0; byte < 256; ++byte) {
      const std::string value = "a" + std::string(1, static_cast<char>(byte)) + "b\xc2\x85\xe2\x80\xae";
      const auto text = logged(format, "info", [&] { log_info("x", value, {{"field", value}}); });
      EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << byte;
      for (const char c : text) EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20) << byte;
      EXPECT_EQ(text.find('\x7f'), std::string::npos);
      EXPECT_EQ(text.find("\xe2\x80\xae"), std::string::npos) << "a bidirectional override";
      if (format == LogFormat::kJson) { EXPECT_EQ(json_lines(text).size(), 1U) << byte; }
    }
  }
}

TEST(Audit, AForgedLineStaysInsideItsValue) {
  const auto lines = json_lines(logged(LogFormat::kJson, "info", [] { log_info("x", "said", {{"who", "a\",\"level\":\"error\"}\n{\"event\":\"forged\""}}); }));
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0]["level"], "info");
  EXPECT_EQ(lines[0]["event"], "x");
}

TEST(Audit, LongValuesAreCut) {
  const auto text = logged(LogFormat::kJson, "info", [] { log_info("x", "said", {{"who", std::string(100'000, 'y')}}); });
  EXPECT_LT(text.size(), 1024U);
  EXPECT_EQ(json_lines(text).size(), 1U);
}

TEST(Audit, PercentAndBracesAreOnlyText) {
  const auto lines = json_lines(logged(LogFormat::kJson, "info", [] { log_info("x", "{} {0} %s %v %n", {{"f", "{}%v"}}); }));
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0]["msg"], "{} {0} %s %v %n");
  EXPECT_EQ(lines[0]["f"], "{}%v");
}

TEST(Audit, OnlyTheLevelAskedForAndAboveIsWritten) {
  const auto write_all = [] {
    log_debug("d", "debug");
    log_info("i", "info");
    log_warn("w", "warn");
    log_error("e", "error");
  };
  const std::pair<const char*, std::size_t> expected[] = {{"debug", 4}, {"info", 3}, {"warn", 2}, {"error", 1}};
  for (const auto& [level, count] : expected) EXPECT_EQ(json_lines(logged(LogFormat::kJson, level, write_all)).size(), count) << level;
}

TEST(Audit, TextLinesAreForPeople) {
  const auto text = logged(LogFormat::kText, "info", [] { log_warn("auth.refused", "a connection was refused", {{"member", "1540"}}); });
  EXPECT_NE(text.find(" warn auth.refused: a connection was refused member=1540\n"), std::string::npos) << text;
}

TEST(Audit, LinesOfManyThreadsDoNotMix) {
  const auto lines = json_lines(logged(LogFormat::kJson, "info", [] {
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([t] {
        for (int i = 0; i < 100; ++i) log_info("x", "said", {{"thread", t}, {"i", i}});
      });
    }
    for (auto& thread : threads) thread.join();
  }));
  EXPECT_EQ(lines.size(), 400U);
}

}  // namespace
}  // namespace liaison
