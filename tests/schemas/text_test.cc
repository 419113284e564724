// SPDX-License-Identifier: Apache-2.0
#include "schemas/text.h"

#include <gtest/gtest.h>

#include <vector>

namespace liaison {
namespace {

TEST(Text, NamesOfStatesInTheirOwnScriptsPass) {
  for (const char* good : {"", "Türkiye", "Côte d’Ivoire", "جمهورية مصر العربية", "日本", "Việt Nam", "🕊"}) {
    EXPECT_TRUE(check_text(good, 64, Lines::kOne)) << good;
  }
}

TEST(Text, BytesThatAreNotUtf8AreRefused) {
  for (const char* bad : {"\xff", "a\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\x80"}) {
    EXPECT_EQ(check_text(bad, 64, Lines::kMany).error().code, Code::kInput);
    EXPECT_EQ(to_nfc(bad).error().code, Code::kInput);
  }
}

TEST(Text, ControlsAndDirectionMarksAndNoncharactersAreRefused) {
  for (const char* bad : {"a\rb", "\x1b[31m", "\x7f", "\u0085", "\u200e", "\u200f", "\u202a", "\u202e", "\u2066",
                          "\u2069", "\ufffe", "\ufdd0", "\U0010ffff"}) {
    EXPECT_FALSE(check_text(bad, 64, Lines::kMany)) << printable(bad);
  }
  EXPECT_FALSE(check_text(std::string_view("a\0b", 3), 64, Lines::kMany));
}

TEST(Text, LineBreaksPassOnlyWhereLinesAreAllowed) {
  EXPECT_TRUE(check_text("one\ntwo\tthree", 64, Lines::kMany));
  EXPECT_FALSE(check_text("one\ntwo", 64, Lines::kOne));
  EXPECT_FALSE(check_text("one\ttwo", 64, Lines::kOne));
}

TEST(Text, TheLimitCountsBytes) {
  EXPECT_TRUE(check_text("ééé", 6, Lines::kOne));
  EXPECT_FALSE(check_text("ééé", 5, Lines::kOne));
}

TEST(Text, AnAccentOnItsOwnIsNotNormalUntilItIsComposed) {
  const std::string apart = "Co\u0302te";
  EXPECT_FALSE(check_text(apart, 64, Lines::kOne));
  EXPECT_EQ(*to_nfc(apart), "Côte");
  EXPECT_TRUE(check_text(*to_nfc(apart), 64, Lines::kOne));
}

TEST(Text, NormalisingTwiceChangesNothing) {
  for (const char* text : {"plain", "e\u0301\u0323", "\u212b", "\u1100\u1161\u11a8", "\U0001d15e", "\ufb2c"}) {
    const std::string once = *to_nfc(text);
    EXPECT_EQ(*to_nfc(once), once);
    EXPECT_TRUE(check_text(once, 64, Lines::kOne)) << printable(text);
  }
}

TEST(Text, WhatIsPrintedCannotMoveTheCursorOrTurnTheLine) {
  EXPECT_EQ(printable("a\x1b[2J\nb"), "a\\x1b[2J\\x0ab");
  EXPECT_EQ(printable("x\u202ey"), "x\\u{202e}y");
  EXPECT_EQ(printable("\xff\xc3(\u0085"), "\\xff\\xc3(\\u{85}");
  EXPECT_EQ(printable("Türkiye"), "Türkiye");
}

TEST(Text, WhatIsPrintedEndsAtTheLimitAndOnAWholeCharacter) {
  EXPECT_EQ(printable("abcdef", 6), "abcdef");
  EXPECT_EQ(printable("abcdefg", 6), "abcdef...");
  EXPECT_EQ(printable("ééé", 5), "éé...");
  EXPECT_EQ(printable("ab\n", 4), "ab...");
}

TEST(Text, ColumnsAreThoseOfATerminal) {
  EXPECT_EQ(display_width(""), 0U);
  EXPECT_EQ(display_width("Türkiye"), 7U);
  EXPECT_EQ(display_width("日本"), 4U);
  EXPECT_EQ(display_width("e\u0301"), 1U);
  EXPECT_EQ(display_width("a\u200bb"), 2U);
  EXPECT_EQ(display_width("a\xff"), 2U);
}

}  // namespace
}  // namespace liaison
