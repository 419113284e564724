// SPDX-License-Identifier: Apache-2.0
// The bodies of questions about overlaps: what is written is read again, sizes never change, and what is not as the page says is refused.
#include "schemas/overlap.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/schemas/samples.h"

namespace liaison {
namespace {

// Ascending, all different.
std::vector<Hash> ascending(std::size_t count, std::uint8_t first = 1) {
  std::vector<Hash> out(count);
  for (std::size_t i = 0; i < count; ++i) {
    out[i][0] = first;
    out[i][1] = static_cast<std::uint8_t>(i);
  }
  return out;
}

const OverlapReference kReference{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
OverlapTokens tokens() { return {kReference, ascending(kOverlapAsked), "1540 visits desk"}; }
OverlapReply reply() { return {kReference, ascending(kOverlapAsked), ascending(kOverlapOwn, 2), "1267 visits desk"}; }
OverlapResult result() { return {kReference, ascending(kOverlapOwn)}; }
std::vector<OverlapWord> words() {
  return {{kReference, OverlapSaying::meets, "1267-V-2027-0003", 2}, {kReference, OverlapSaying::meets_not, "1267-V-2027-0003", 2},
          {kReference, OverlapSaying::withdrawn, {}, 0},             {kReference, OverlapSaying::ended, {}, 0},
          {kReference, OverlapSaying::agrees, {}, 0}};
}

TEST(Overlap, WhatIsWrittenIsReadAgain) {
  EXPECT_EQ(decode_overlap_tokens(encode_overlap_tokens(tokens())).value(), tokens());
  EXPECT_EQ(decode_overlap_reply(encode_overlap_reply(reply())).value(), reply());
  EXPECT_EQ(decode_overlap_result(encode_overlap_result(result())).value(), result());
  for (const OverlapWord& word : words()) EXPECT_EQ(decode_overlap_word(encode_overlap_word(word)).value(), word);
}

// PROTOCOL 8: a sealed body is padded to 256 x 2^k, with at least one byte.
TEST(Overlap, EveryBodyOfAKindIsSealedToOneSize) {
  const auto sealed = [](std::size_t size) {
    std::size_t bucket = 256;
    while (bucket < size + 1) bucket *= 2;
    return bucket;
  };
  for (const std::size_t length : {std::size_t{1}, kOverlapContactMax}) {
    auto asked = tokens();
    auto answered = reply();
    asked.contact = answered.contact = std::string(length, 'x');
    EXPECT_EQ(sealed(encode_overlap_tokens(asked).size()), 8192U);
    EXPECT_EQ(sealed(encode_overlap_reply(answered).size()), 16384U);
  }
  EXPECT_EQ(sealed(encode_overlap_result(result()).size()), 4096U);
  const std::string longest = std::string(32, 'M') + "-V-2027-999999999";
  EXPECT_EQ(sealed(encode_overlap_word({kReference, OverlapSaying::meets, longest, UINT32_MAX}).size()), 256U);
  for (const OverlapWord& word : words()) EXPECT_EQ(sealed(encode_overlap_word(word).size()), 256U);
}

TEST(Overlap, ListsOfAnotherLengthOrOutOfOrderAreRefused) {
  auto asked = tokens();
  asked.tokens.pop_back();
  EXPECT_FALSE(decode_overlap_tokens(encode_overlap_tokens(asked)));
  asked = tokens();
  std::swap(asked.tokens[0], asked.tokens[1]);
  EXPECT_FALSE(decode_overlap_tokens(encode_overlap_tokens(asked)));
  asked = tokens();
  asked.tokens[1] = asked.tokens[0];
  EXPECT_FALSE(decode_overlap_tokens(encode_overlap_tokens(asked)));
  auto answered = reply();
  std::reverse(answered.again.begin(), answered.again.end());
  EXPECT_FALSE(decode_overlap_reply(encode_overlap_reply(answered)));
  answered = reply();
  std::reverse(answered.tokens.begin(), answered.tokens.end());
  EXPECT_FALSE(decode_overlap_reply(encode_overlap_reply(answered)));
  auto finished = result();
  std::reverse(finished.again.begin(), finished.again.end());   // in the answerer's order, whatever that makes of it
  EXPECT_TRUE(decode_overlap_result(encode_overlap_result(finished)));
  finished.again.push_back(Hash{});
  EXPECT_FALSE(decode_overlap_result(encode_overlap_result(finished)));
}

TEST(Overlap, ContactsAndWordsThatAreNotCleanAreRefused) {
  for (const std::string& contact : {std::string(), std::string(kOverlapContactMax + 1, 'x'), std::string("two\nlines"), std::string("\xff")}) {
    auto asked = tokens();
    asked.contact = contact;
    EXPECT_FALSE(decode_overlap_tokens(encode_overlap_tokens(asked))) << contact.size();
    auto answered = reply();
    answered.contact = contact;
    EXPECT_FALSE(decode_overlap_reply(encode_overlap_reply(answered))) << contact.size();
  }
  const auto refused = [](const OverlapWord& word) { return !decode_overlap_word(encode_overlap_word(word)); };
  EXPECT_TRUE(refused({kReference, OverlapSaying::meets, {}, 1}));
  EXPECT_TRUE(refused({kReference, OverlapSaying::meets, "1267-V-2027-0003", 0}));
  EXPECT_TRUE(refused({kReference, OverlapSaying::meets, "1267-hidden-1", 1}));
  EXPECT_TRUE(refused({kReference, OverlapSaying::agrees, "1267-V-2027-0003", 1}));
  EXPECT_TRUE(refused({kReference, static_cast<OverlapSaying>(0), {}, 0}));
  EXPECT_TRUE(refused({kReference, static_cast<OverlapSaying>(6), {}, 0}));
}

TEST(Overlap, BothSidesNameAQuestionAlike) {
  EXPECT_EQ(name_of(kReference), "overlap-0102030405060708");
  EXPECT_EQ(overlap_name_in(kKindOverlapTokens, encode_overlap_tokens(tokens())), name_of(kReference));
  EXPECT_EQ(overlap_name_in(kKindOverlapReply, encode_overlap_reply(reply())), name_of(kReference));
  EXPECT_EQ(overlap_name_in(kKindOverlapResult, encode_overlap_result(result())), name_of(kReference));
  EXPECT_EQ(overlap_name_in(kKindOverlapWord, encode_overlap_word(words()[0])), name_of(kReference));
  EXPECT_EQ(overlap_name_in(kKindOverlapWord, encode_overlap_result(result())), "");
  EXPECT_EQ(overlap_name_in("visit.plan", encode_overlap_result(result())), "");
}

TEST(Overlap, EveryEditOfOneByteOfAWordIsRefusedOrReadsTheSameAgain) {
  const Bytes good = encode_overlap_word(words()[0]);
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (int value = 0; value < 256; ++value) {
      Bytes bytes = good;
      bytes[at] = static_cast<std::uint8_t>(value);
      const auto word = decode_overlap_word(bytes);
      if (!word) continue;
      EXPECT_EQ(decode_overlap_word(encode_overlap_word(*word)).value(), *word);
    }
  }
}

}  // namespace
}  // namespace liaison
