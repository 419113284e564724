// SPDX-License-Identifier: Apache-2.0
#include "security/durable.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

namespace liaison {
namespace {

namespace fs = std::filesystem;

class Durable : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string made = (fs::temp_directory_path() / "durable-XXXXXX").string();
    ASSERT_NE(::mkdtemp(made.data()), nullptr);
    folder_ = made;
  }
  void TearDown() override { fs::remove_all(folder_); }
  static unsigned mode_of(const fs::path& path) {
    struct stat found{};
    ::stat(path.c_str(), &found);
    return found.st_mode & 0777;
  }
  std::size_t files() const { return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_), fs::directory_iterator())); }

  fs::path folder_;
};

TEST_F(Durable, WhatIsWrittenIsReadBackWithItsModeAndNothingElseIsLeft) {
  const auto file = folder_ / "checkpoint";
  const std::string bytes("one\0two\n", 8);
  ASSERT_TRUE(write_durably(file, view_of(bytes), 0600));
  EXPECT_EQ(*read_file(file), bytes);
  EXPECT_EQ(mode_of(file), 0600U);
  EXPECT_EQ(files(), 1U);
}

TEST_F(Durable, WritingAgainReplacesTheWholeFile) {
  const auto file = folder_ / "state";
  ASSERT_TRUE(write_durably(file, view_of(std::string(100'000, 'a'))));
  ASSERT_TRUE(write_durably(file, view_of("b")));
  EXPECT_EQ(*read_file(file), "b");
}

TEST_F(Durable, AnEmptyFileIsAFile) {
  ASSERT_TRUE(write_durably(folder_ / "empty", {}));
  EXPECT_EQ(*read_file(folder_ / "empty"), "");
}

TEST_F(Durable, CreatingRefusesANameThatIsTakenAndLeavesItAlone) {
  const auto file = folder_ / "key";
  ASSERT_TRUE(create_durably(file, view_of("first")));
  const auto again = create_durably(file, view_of("second"));
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().code, Code::kInput);
  EXPECT_EQ(*read_file(file), "first");
  EXPECT_EQ(files(), 1U);
}

TEST_F(Durable, CreatingRefusesASymbolicLinkToNowhere) {
  const auto file = folder_ / "key";
  fs::create_symlink(folder_ / "elsewhere", file);
  EXPECT_FALSE(create_durably(file, view_of("secret")).has_value());
  EXPECT_FALSE(fs::exists(folder_ / "elsewhere"));
}

TEST_F(Durable, WritingReplacesALinkAndNotWhatItPointsTo) {
  ASSERT_TRUE(write_durably(folder_ / "victim", view_of("untouched")));
  fs::create_symlink(folder_ / "victim", folder_ / "file");
  ASSERT_TRUE(write_durably(folder_ / "file", view_of("new")));
  EXPECT_EQ(*read_file(folder_ / "victim"), "untouched");
  EXPECT_FALSE(fs::is_symlink(folder_ / "file"));
}

TEST_F(Durable, AStaleTemporaryFileIsNoObstacle) {
  const auto file = folder_ / "state";
  ASSERT_TRUE(write_durably(folder_ / ("state.part-" + std::to_string(::getpid())), view_of("left by a crash")));
  ASSERT_TRUE(write_durably(file, view_of("whole")));
  EXPECT_EQ(*read_file(file), "whole");
  EXPECT_EQ(files(), 1U);
}

TEST_F(Durable, AFolderThatIsNotThereIsSaidWithItsName) {
  const auto written = write_durably(folder_ / "no" / "file", view_of("x"));
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().code, Code::kIo);
  EXPECT_NE(written.error().what.find("/no/file"), std::string::npos) << written.error().what;
}

TEST_F(Durable, ReadingFollowsNoLinkAndKnowsItsLimit) {
  ASSERT_TRUE(write_durably(folder_ / "target", view_of("12345")));
  fs::create_symlink(folder_ / "target", folder_ / "link");
  EXPECT_FALSE(read_file(folder_ / "link").has_value());
  EXPECT_EQ(*read_file(folder_ / "target", 5), "12345");
  EXPECT_EQ(read_file(folder_ / "target", 4).error().code, Code::kSize);
  EXPECT_EQ(read_file(folder_ / "none").error().code, Code::kUnknown);
}

TEST_F(Durable, APrivateFolderIsMadeWithItsParentsAndFoundAgain) {
  const auto inner = folder_ / "a" / "b" / "keys";
  ASSERT_TRUE(ensure_private_folder(inner));
  EXPECT_EQ(mode_of(inner), 0700U);
  EXPECT_TRUE(ensure_private_folder(inner).has_value());
}

TEST_F(Durable, AFolderThatOthersMayTouchIsRefused) {
  for (const unsigned mode : {0750U, 0701U, 0777U}) {
    const auto open = folder_ / ("mode" + std::to_string(mode));
    ASSERT_EQ(::mkdir(open.c_str(), 0700), 0);
    ASSERT_EQ(::chmod(open.c_str(), mode), 0);
    const auto result = ensure_private_folder(open);
    ASSERT_FALSE(result.has_value()) << mode;
    EXPECT_EQ(result.error().code, Code::kPermission);
  }
}

TEST_F(Durable, AFileIsNoFolder) {
  ASSERT_TRUE(write_durably(folder_ / "file", {}));
  EXPECT_EQ(ensure_private_folder(folder_ / "file").error().code, Code::kIo);
}

TEST_F(Durable, ALockedFolderIsRefusedWithTheHoldersProcess) {
  auto lock = FolderLock::take(folder_);
  ASSERT_TRUE(lock.has_value());
  const auto second = FolderLock::take(folder_);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, Code::kLocked);
  EXPECT_NE(second.error().what.find(std::to_string(::getpid())), std::string::npos) << second.error().what;
}

TEST_F(Durable, ALockEndsWithItsHolder) {
  {
    auto lock = FolderLock::take(folder_);
    ASSERT_TRUE(lock.has_value());
    const FolderLock moved = std::move(*lock);
    EXPECT_FALSE(FolderLock::take(folder_).has_value());
  }
  EXPECT_TRUE(FolderLock::take(folder_).has_value());
}

TEST_F(Durable, OfManyProcessesThatStartTogetherOneGetsTheLock) {
  int result[2];
  int hold[2];
  ASSERT_EQ(::pipe(result), 0);
  ASSERT_EQ(::pipe(hold), 0);
  constexpr int kProcesses = 8;
  std::vector<pid_t> children;
  for (int i = 0; i < kProcesses; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(hold[1]);
      const auto lock = FolderLock::take(folder_);
      char word = lock ? 'y' : 'n';
      if (::write(result[1], &word, 1) != 1) ::_exit(1);
      ::_exit(::read(hold[0], &word, 1) < 0 ? 1 : 0);   // keeps the lock until the parent has heard everybody
    }
    children.push_back(child);
  }
  int winners = 0;
  for (int i = 0; i < kProcesses; ++i) {
    char word = 0;
    ASSERT_EQ(::read(result[0], &word, 1), 1);
    winners += word == 'y' ? 1 : 0;
  }
  for (const int fd : {hold[1], hold[0], result[0], result[1]}) ::close(fd);
  for (const pid_t child : children) ::waitpid(child, nullptr, 0);
  EXPECT_EQ(winners, 1);
}

}  // namespace
}  // namespace liaison
