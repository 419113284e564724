// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/mo_file.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <utility>
#include <vector>

#include "tests/doubles/temp_folder.h"

namespace liaison {
namespace {

constexpr std::size_t kTexts = 28;   // where the first table of a file made here begins

enum class Order { kLittle, kBig };
using Pairs = std::vector<std::pair<std::string, std::string>>;

void put(std::string& file, std::size_t at, std::uint32_t number, Order order = Order::kLittle) {
  for (std::size_t i = 0; i < 4; ++i) {
    const auto shift = 8 * (order == Order::kBig ? 3 - i : i);
    file[at + i] = static_cast<char>((number >> shift) & 0xffU);
  }
}

// Header, both tables, then every string with its NUL, as msgfmt lays them out.
std::string mo(const Pairs& pairs, Order order = Order::kLittle) {
  const std::size_t translations = kTexts + 8 * pairs.size();
  std::string file(translations + 8 * pairs.size(), '\0');
  put(file, 0, 0x950412de, order);
  put(file, 8, static_cast<std::uint32_t>(pairs.size()), order);
  put(file, 12, kTexts, order);
  put(file, 16, static_cast<std::uint32_t>(translations), order);
  for (const bool second : {false, true}) {
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      const std::string& text = second ? pairs[i].second : pairs[i].first;
      const std::size_t row = (second ? translations : kTexts) + 8 * i;
      put(file, row, static_cast<std::uint32_t>(text.size()), order);
      put(file, row + 4, static_cast<std::uint32_t>(file.size()), order);
      file += text + '\0';
    }
  }
  return file;
}

const Pairs kGood = {{"", "Content-Type: text/plain; charset=UTF-8\n"}, {"Chad", "Tchad"}, {"Mali", "Mali"}, {"Togo", ""}};

std::string what(std::string bytes) {
  const auto file = MoFile::parse(std::move(bytes));
  return file ? "good" : file.error().what;
}

std::string with_number(std::size_t at, std::uint32_t number) {
  std::string file = mo(kGood);
  put(file, at, number);
  return file;
}

TEST(MoFile, BothByteOrdersAreRead) {
  for (const Order order : {Order::kLittle, Order::kBig}) {
    const auto file = MoFile::parse(mo(kGood, order));
    ASSERT_TRUE(file) << file.error().what;
    EXPECT_EQ(file->size(), 4U);
    EXPECT_EQ(file->find("Chad"), "Tchad");
    EXPECT_EQ(file->find("Mali"), "Mali");
    EXPECT_EQ(file->find("Togo"), "");
    EXPECT_EQ(file->find("Peru"), "");
    EXPECT_TRUE(file->find("").starts_with("Content-Type"));
  }
}

TEST(MoFile, AFileWithoutTextsIsGood) {
  const auto file = MoFile::parse(mo({}));
  ASSERT_TRUE(file);
  EXPECT_EQ(file->find(""), "");
}

TEST(MoFile, AFileThatIsNotSortedIsReadToo) {
  const auto file = MoFile::parse(mo({{"Togo", "c"}, {"Chad", "a"}, {"Mali", "b"}, {"Chad", "later"}}));
  ASSERT_TRUE(file);
  EXPECT_EQ(file->find("Chad"), "a");
  EXPECT_EQ(file->find("Mali"), "b");
  EXPECT_EQ(file->find("Togo"), "c");
}

TEST(MoFile, APluralIsFoundByItsSingularAndAContextOnlyWithIt) {
  using namespace std::string_literals;
  const auto file = MoFile::parse(mo({{"day\0days"s, "jour\0jours"s}, {"menu\4Chad", "Tchad"}}));
  ASSERT_TRUE(file);
  EXPECT_EQ(file->find("day"), "jour");
  EXPECT_EQ(file->find("day\0days"s), "");
  EXPECT_EQ(file->find("Chad"), "");
  EXPECT_EQ(file->find("menu\4Chad"), "Tchad");
}

TEST(MoFile, AFileCutAtAnyLengthIsRefused) {
  for (const Order order : {Order::kLittle, Order::kBig}) {
    const std::string whole = mo(kGood, order);
    for (std::size_t length = 0; length < whole.size(); ++length) {
      const auto file = MoFile::parse(whole.substr(0, length));
      ASSERT_FALSE(file) << length;
      EXPECT_EQ(file.error().code, Code::kFormat);
    }
  }
}

TEST(MoFile, WhatIsNoSuchFileIsRefused) {
  EXPECT_EQ(what(""), "the file is shorter than the header of a .mo file");
  EXPECT_EQ(what(std::string(100, 'x')), "the file does not begin as a .mo file does");
  EXPECT_EQ(what(with_number(0, 0x950412df)), "the file does not begin as a .mo file does");
  EXPECT_EQ(what(with_number(4, 1)), "the .mo file has revision 1, and 0 is known");
  EXPECT_EQ(what(with_number(4, 0x10000)), "the .mo file has revision 65536, and 0 is known");
}

TEST(MoFile, OffsetsThatLeadOutsideAreRefused) {
  const std::string outside_table = "a table of the .mo file lies outside of it";
  const std::string outside_string = "a string of the .mo file lies outside of it";
  const auto size = static_cast<std::uint32_t>(mo(kGood).size());
  EXPECT_EQ(what(with_number(8, 0xffffffff)), outside_table);
  EXPECT_EQ(what(with_number(8, 0x20000000)), outside_table);   // eight times that is 2^32
  for (const std::size_t table : {12U, 16U}) {
    for (const std::uint32_t at : {0xffffffffU, 0xfffffff8U, size, size - 31}) EXPECT_EQ(what(with_number(table, at)), outside_table) << table << ' ' << at;
  }
  for (std::size_t row = kTexts; row < kTexts + 8 * 2 * kGood.size(); row += 8) {
    for (const std::uint32_t number : {0xffffffffU, 0x80000000U, size}) {
      EXPECT_EQ(what(with_number(row, number)), outside_string) << row;
      EXPECT_EQ(what(with_number(row + 4, number)), outside_string) << row;
    }
  }
  EXPECT_EQ(what(with_number(kTexts + 8, 3)), "a string of the .mo file has no end");
}

// No byte that is changed makes it read where nothing is: the sanitizers look on.
TEST(MoFile, AnyByteMayBeWrong) {
  const std::string whole = mo(kGood);
  std::size_t good = 0;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const int flip : {0x01, 0x80, 0xff}) {
      std::string bytes = whole;
      bytes[at] = static_cast<char>(bytes[at] ^ flip);
      const auto file = MoFile::parse(bytes);
      if (!file) continue;
      ++good;
      EXPECT_LE(file->find("Chad").size(), whole.size());
    }
  }
  EXPECT_GT(good, 0U);
}

TEST(MoFile, AnotherCharsetIsRefused) {
  EXPECT_EQ(what(mo({{"", "Content-Type: text/plain; charset=ISO-8859-1\n"}})), "the .mo file is not in UTF-8");
  EXPECT_EQ(what(mo({{"", "Content-Type: text/plain; charset=utf-8\n"}})), "good");
}

TEST(MoFile, ALongFileIsRefused) {
  const auto file = MoFile::parse(mo({{"a", std::string(MoFile::kBytesMax, 'x')}}));
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, Code::kSize);
}

TEST(MoFile, AFileIsReadFromItsPathAndAnErrorNamesIt) {
  const TempFolder folder;
  const auto path = folder.path() / "one.mo";
  std::ofstream(path) << mo(kGood);
  const auto file = MoFile::read(path);
  ASSERT_TRUE(file) << file.error().what;
  EXPECT_EQ(file->find("Chad"), "Tchad");
  std::ofstream(path) << "no such file";
  EXPECT_EQ(MoFile::read(path).error().what, path.string() + ": the file is shorter than the header of a .mo file");
  EXPECT_EQ(MoFile::read(folder.path() / "absent.mo").error().code, Code::kUnknown);
}

// iso-codes is among the packages that deploy/setup installs.
TEST(MoFile, TheNamesOfStatesOfIsoCodesAreRead) {
  const std::map<std::string, std::string> kenya = {{"ar", "كينيا"}, {"es", "Kenia"}, {"fr", "Kenya"}, {"ru", "Кения"}, {"zh_CN", "肯尼亚"}};
  for (const auto& [locale, name] : kenya) {
    const auto file = MoFile::read("/usr/share/locale/" + locale + "/LC_MESSAGES/iso_3166-1.mo");
    ASSERT_TRUE(file) << file.error().what;
    EXPECT_GT(file->size(), 400U);
    EXPECT_EQ(file->find("Kenya"), name);
  }
}

}  // namespace
}  // namespace liaison
