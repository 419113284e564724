// SPDX-License-Identifier: Apache-2.0
#include "schemas/codes.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace liaison {
namespace {

// PROTOCOL "Codes", written down a second time: the numbers and words are a promise to every other implementation.
const std::vector<std::pair<std::uint16_t, std::string>> kWire = {{0, "OK"},
                                                                  {1, "E_FORMAT"},
                                                                  {2, "E_SIZE"},
                                                                  {3, "E_KEY"},
                                                                  {4, "E_SIGNATURE"},
                                                                  {5, "E_SENDER"},
                                                                  {7, "E_BLOB"},
                                                                  {8, "E_CHAIN"},
                                                                  {9, "E_EQUIVOCATION"},
                                                                  {10, "E_KEY_REVOKED"},
                                                                  {20, "E_EXPIRED"},
                                                                  {21, "E_SCHEMA"},
                                                                  {22, "E_RECIPIENT"},
                                                                  {23, "E_MARKING"},
                                                                  {24, "E_POLICY"},
                                                                  {25, "E_ENCRYPTION_REQUIRED"},
                                                                  {26, "E_SEAL"},
                                                                  {27, "E_STALE"},
                                                                  {40, "E_GAP"},
                                                                  {41, "E_QUOTA"},
                                                                  {42, "E_BUSY"},
                                                                  {43, "E_STORAGE_FULL"},
                                                                  {44, "E_CLOCK"},
                                                                  {45, "E_CLOCK_BROKER"},
                                                                  {47, "E_ROSTER_EXPIRED"},
                                                                  {61, "E_RANGE"},
                                                                  {80, "E_OPEN"},
                                                                  {81, "E_BODY"},
                                                                  {82, "E_DUPLICATE"}};

TEST(Codes, TheWireNumbersAreThoseOfTheProtocolAndNoOthers) {
  std::size_t known = 0;
  for (std::uint32_t number = 0; number <= 0xffff; ++number)
    known += code_from_wire(static_cast<std::uint16_t>(number)).has_value() ? 1U : 0U;
  EXPECT_EQ(known, kWire.size());
  for (const auto& [number, name] : kWire) {
    const auto code = code_from_wire(number);
    ASSERT_TRUE(code) << number;
    EXPECT_EQ(static_cast<std::uint16_t>(*code), number);
    EXPECT_EQ(code_name(*code), name);
  }
}

TEST(Codes, EveryCodeHasAWordAndASentenceOfItsOwn) {
  std::set<std::string> names, sentences;
  std::vector<Code> codes;
  for (const auto& [number, name] : kWire) codes.push_back(static_cast<Code>(number));
  for (auto n = static_cast<std::uint16_t>(Code::kInput); n <= static_cast<std::uint16_t>(Code::kInternal); ++n)
    codes.push_back(static_cast<Code>(n));
  for (const Code code : codes) {
    EXPECT_TRUE(names.emplace(code_name(code)).second) << code_name(code);
    EXPECT_TRUE(sentences.emplace(code_sentence(code)).second) << code_name(code);
    EXPECT_NE(code_sentence(code).back(), '.') << code_name(code);
  }
}

TEST(Codes, LocalCodesNeverCameOverTheWire) {
  EXPECT_FALSE(code_from_wire(static_cast<std::uint16_t>(Code::kInput)));
  EXPECT_FALSE(code_from_wire(6));
  EXPECT_FALSE(code_from_wire(46));
}

TEST(Codes, ARefusedEntryIsNeverTransient) {
  for (const auto& [number, name] : kWire) {
    const Code code = static_cast<Code>(number);
    EXPECT_EQ(is_refused_entry(code), number >= 20 && number <= 27) << name;
    EXPECT_EQ(is_transient(code), number >= 40 && number <= 48) << name;
  }
}

}  // namespace
}  // namespace liaison
