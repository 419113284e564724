// SPDX-License-Identifier: Apache-2.0
// Blinded words against the published vectors, and what the two sides may rely on.
#include "security/blinding.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/security/written.h"

namespace liaison {
namespace {

const std::string_view kOprf{"HashToGroup-OPRFV1-\0-ristretto255-SHA512", 40};
constexpr std::string_view kDomain = "test/v1";

// RFC 9497, A.1.1: the blinded element is the client's, the evaluation element that under both keys.
struct Vector { std::string_view input, blind, blinded, evaluated; };
constexpr std::string_view kServer = "5ebcea5ee37023ccb9fc2d2019f9d7737be85591ae8652ffa9ef0f4d37063b0e";
constexpr std::string_view kBlind = "64d37aed22a27f5191de1c1d69fadb899d8862b58eb4220029e036ec4c1f6706";
constexpr Vector kVectors[] = {
    {"00", kBlind, "609a0ae68c15a3cf6903766461307e5c8bb2f95e7e6550e1ffa2dc99e412803c",
     "7ec6578ae5120958eb2db1745758ff379e77cb64fe77b0b2d8cc917ea0869c7e"},
    {"5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a", kBlind, "da27ef466870f5f15296299850aa088629945a17d1f5b7f5ff043f76b3c06418",
     "b4cbf5a4f1eeda5a63ce7b77c7d23f461db3fcab0dd28e4e17cecb5c90d02c25"}};

TEST(Blinding, TheVectorsOfRfc9497) {
  const auto server = BlindingKey::from_scalar(unhex(kServer));
  ASSERT_TRUE(server);
  for (const Vector& one : kVectors) {
    const auto client = BlindingKey::from_scalar(unhex(one.blind));
    ASSERT_TRUE(client);
    const Token blinded = client->blind(kOprf, unhex(one.input));
    EXPECT_EQ(hex(blinded), one.blinded);
    EXPECT_EQ(hex(*server->blind_again(blinded)), one.evaluated);
  }
}

TEST(Blinding, TheOrderOfTheTwoKeysDoesNotMatter) {
  const Secret one = Secret::random(32), other = Secret::random(32);
  const auto a = BlindingKey::derive(one.expose(), "a"), b = BlindingKey::derive(other.expose(), "a");
  EXPECT_EQ(*b.blind_again(a.blind(kDomain, view_of("word"))), *a.blind_again(b.blind(kDomain, view_of("word"))));
  EXPECT_NE(*b.blind_again(a.blind(kDomain, view_of("word"))), *a.blind_again(b.blind(kDomain, view_of("ward"))));
}

TEST(Blinding, SecretsLabelsAndDomainsKeepTokensApart) {
  const Secret one = Secret::copy_of(Bytes(32, 1)), other = Secret::copy_of(Bytes(32, 2));
  const Token token = BlindingKey::derive(one.expose(), "a").blind(kDomain, view_of("word"));
  EXPECT_EQ(BlindingKey::derive(one.expose(), "a").blind(kDomain, view_of("word")), token);
  EXPECT_NE(BlindingKey::derive(other.expose(), "a").blind(kDomain, view_of("word")), token);
  EXPECT_NE(BlindingKey::derive(one.expose(), "b").blind(kDomain, view_of("word")), token);
  EXPECT_NE(BlindingKey::derive(one.expose(), "a").blind("test/v2", view_of("word")), token);
}

TEST(Blinding, FillersAreTokensAndAllDifferent) {
  const Secret secret = Secret::random(32), other = Secret::random(32);
  std::set<Token> seen;
  for (std::uint32_t at = 0; at < 500; ++at) {
    const Token filler = BlindingKey::filler(secret.expose(), at);
    EXPECT_TRUE(is_token(filler));
    seen.insert(filler);
  }
  EXPECT_EQ(seen.size(), 500U);
  EXPECT_EQ(seen.count(BlindingKey::filler(secret.expose(), 499)), 1U);
  EXPECT_EQ(seen.count(BlindingKey::filler(other.expose(), 499)), 0U);
}

TEST(Blinding, WhatIsNoTokenIsRefused) {
  const auto key = BlindingKey::derive(Bytes(32, 7), "a");
  Token not_canonical;
  not_canonical.fill(0xff);
  Token negative{};
  negative[0] = 1;
  for (const Token& bad : {Token{}, not_canonical, negative}) {
    EXPECT_FALSE(is_token(bad)) << hex(bad);
    EXPECT_FALSE(key.blind_again(bad)) << hex(bad);
  }
}

TEST(Blinding, ScalarsThatAreNoneAreRefused) {
  Bytes order = unhex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  EXPECT_FALSE(BlindingKey::from_scalar(order));
  EXPECT_FALSE(BlindingKey::from_scalar(Bytes(32, 0)));
  EXPECT_FALSE(BlindingKey::from_scalar(Bytes(31, 1)));
  order[0] -= 1;
  EXPECT_TRUE(BlindingKey::from_scalar(order));
}

}  // namespace
}  // namespace liaison
