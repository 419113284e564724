// SPDX-License-Identifier: Apache-2.0
#include "security/note.h"

#include <gtest/gtest.h>

#include "security/hash.h"

namespace liaison {
namespace {

SigningKey key_number(std::uint8_t n) {
  const Bytes seed(32, n);
  return SigningKey::from_seed(seed);
}

struct Signer {
  SigningKey key;
  VerifierKey vkey;
  Signer(std::uint8_t n, std::string name)
      : key(key_number(n)), vkey(make_verifier_key(std::move(name), kVkeyEd25519, key.public_key())) {}
};

// A note of Go's golang.org/x/mod/sumdb/note documentation.
constexpr std::string_view kForeignKey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
constexpr std::string_view kForeignNote =
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "\xE2\x80\x94 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

SignedNote signed_by(const std::vector<const Signer*>& signers, std::string text = "hello\n") {
  SignedNote note{std::move(text), {}};
  for (const auto* signer : signers) sign_note(note, signer->vkey, signer->key);
  return note;
}

TEST(Note, AForeignImplementationsNoteVerifies) {
  const auto key = parse_verifier_key(kForeignKey);
  ASSERT_TRUE(key.has_value()) << key.error().what;
  const auto note = parse_note(kForeignNote);
  ASSERT_TRUE(note.has_value()) << note.error().what;
  EXPECT_TRUE(note_signed_by(*note, *key));
  EXPECT_EQ(note->str(), kForeignNote);
}

TEST(Note, AVerifierKeyComesBackAsItWasPrinted) {
  for (const std::string_view text : {kForeignKey, std::string_view("sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8")}) {
    const auto key = parse_verifier_key(text);
    ASSERT_TRUE(key.has_value()) << key.error().what;
    EXPECT_EQ(key->text(), text);
  }
  const auto witness = make_verifier_key("example.org/w", kVkeyCosignature, key_number(1).public_key());
  EXPECT_EQ(*parse_verifier_key(witness.text()), witness);
}

TEST(Note, AVerifierKeyWithOneChangedByteIsRefused) {
  const std::string good = Signer(1, "example.org/root/1").vkey.text();
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    const auto parsed = parse_verifier_key(bad);
    ASSERT_FALSE(parsed.has_value()) << bad;
    EXPECT_EQ(parsed.error().code, Code::kNote);
  }
}

TEST(Note, AVerifierKeyOfAnotherFormIsRefused) {
  const auto key = key_number(1).public_key();
  EXPECT_FALSE(parse_verifier_key("").has_value());
  EXPECT_FALSE(parse_verifier_key("name").has_value());
  EXPECT_FALSE(parse_verifier_key("name+00000000").has_value());
  EXPECT_FALSE(parse_verifier_key(make_verifier_key("", kVkeyEd25519, key).text()).has_value());
  EXPECT_FALSE(parse_verifier_key(make_verifier_key("two words", kVkeyEd25519, key).text()).has_value());
  EXPECT_FALSE(parse_verifier_key(make_verifier_key("thin\xE2\x80\x89space", kVkeyEd25519, key).text()).has_value());
  EXPECT_FALSE(parse_verifier_key(make_verifier_key("name", 2, key).text()).has_value());
  std::string upper = make_verifier_key("n", kVkeyEd25519, key).text();
  for (std::size_t at = 2; at < 10; ++at) upper[at] = static_cast<char>(std::toupper(upper[at]));
  EXPECT_FALSE(parse_verifier_key(upper).has_value());
}

TEST(Note, ASmallOrderVerifierKeyIsRefused) {
  PublicKey identity{};
  identity[0] = 1;
  for (const PublicKey& key : {PublicKey{}, identity}) {
    EXPECT_FALSE(parse_verifier_key(make_verifier_key("name", kVkeyEd25519, key).text()).has_value());
    EXPECT_FALSE(parse_verifier_key(make_verifier_key("name", kVkeyCosignature, key).text()).has_value());
  }
}

TEST(Note, SigningAgainReplacesTheLine) {
  const Signer a(1, "a"), b(2, "b");
  auto note = signed_by({&a, &b});
  sign_note(note, a.vkey, a.key);
  EXPECT_EQ(note.signatures.size(), 2u);
  EXPECT_EQ(note_signers(note, {a.vkey, b.vkey}), 2u);
}

TEST(Note, TextMayHoldEmptyLines) {
  const Signer a(1, "a");
  const auto note = signed_by({&a}, "one\n\ntwo\n");
  const auto parsed = parse_note(note.str());
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->text, "one\n\ntwo\n");
  EXPECT_TRUE(note_signed_by(*parsed, a.vkey));
}

TEST(Note, TheHashOfTheTextDoesNotDependOnWhoSigned) {
  const Signer a(1, "a"), b(2, "b");
  EXPECT_EQ(signed_by({&a}).text_hash(), signed_by({&b, &a}).text_hash());
  EXPECT_EQ(signed_by({&a}).text_hash(), sha256(view_of("hello\n")));
}

TEST(Note, SignaturesOfUnknownKeysAreIgnored) {
  const Signer a(1, "a"), b(2, "b"), same_name(3, "a");
  const auto note = signed_by({&a, &b});
  EXPECT_TRUE(note_signed_by(note, a.vkey));
  EXPECT_FALSE(note_signed_by(note, same_name.vkey));
  EXPECT_EQ(note_signers(note, {a.vkey, same_name.vkey}), 1u);
}

TEST(Note, TheSameKeyUnderTwoNamesCountsOnce) {
  const Signer a(1, "a"), alias(1, "alias");
  EXPECT_EQ(note_signers(signed_by({&a, &alias}), {a.vkey, alias.vkey}), 1u);
  EXPECT_EQ(note_signers(signed_by({&a}), {a.vkey, a.vkey}), 1u);
}

TEST(Note, ABrokenSignatureOfAKnownKeyCondemnsTheNote) {
  const Signer a(1, "a"), b(2, "b");
  auto note = signed_by({&a, &b});
  note.signatures[1].bytes[10] ^= 1;
  EXPECT_FALSE(note_signed_by(note, b.vkey));
  EXPECT_EQ(note_signers(note, {a.vkey, b.vkey}), 0u);
  EXPECT_EQ(note_signers(note, {a.vkey}), 1u);
}

TEST(Note, ACosignatureKeySignsNothingYet) {
  const Signer a(1, "a");
  const auto witness = make_verifier_key("a", kVkeyCosignature, a.key.public_key());
  auto note = signed_by({&a});
  note.signatures.push_back({"a", witness.hash4, note.signatures[0].bytes});
  EXPECT_FALSE(note_signed_by(note, witness));
}

TEST(Note, OneChangedByteNeverVerifies) {
  const Signer a(1, "a");
  const std::string good = signed_by({&a}).str();
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string bad = good;
      bad[at] = static_cast<char>(bad[at] ^ (1 << bit));
      const auto note = parse_note(bad);
      EXPECT_FALSE(note.has_value() && note_signed_by(*note, a.vkey)) << "byte " << at << " bit " << bit;
    }
  }
}

TEST(Note, EveryTruncationIsRefused) {
  const Signer a(1, "a"), b(2, "b");
  const std::string good = signed_by({&a}).str();
  for (std::size_t size = 0; size < good.size(); ++size) EXPECT_FALSE(parse_note(good.substr(0, size)).has_value()) << size;
}

TEST(Note, OtherFormsAreRefused) {
  const Signer a(1, "a");
  const std::string line = "\xE2\x80\x94 a " + base64(Bytes(68, 7)) + "\n";
  EXPECT_TRUE(parse_note("text\n\n" + line).has_value());
  const std::vector<std::string> bad = {
      "", "\n", "text\n" + line, "text\n\n- a " + base64(Bytes(68, 7)) + "\n", "text\n\n" + line + "rest\n",
      "te\rxt\n\n" + line, "te\txt\n\n" + line, std::string("te\0xt\n\n", 7) + line, "te\xFFxt\n\n" + line,
      "te\xC0\xAFxt\n\n" + line, "te\xED\xA0\x80xt\n\n" + line, "text\n\n\xE2\x80\x94 a AAAA\n", "text\n\n\xE2\x80\x94 a  AAAAAAA=\n",
      "text\n\n\xE2\x80\x94 a+b AAAAAAA=\n", "text\n\n\xE2\x80\x94 AAAAAAA=\n", "text\n\n\xE2\x80\x94 a A\n"};
  for (const auto& note : bad) {
    const auto parsed = parse_note(note);
    ASSERT_FALSE(parsed.has_value()) << note;
    EXPECT_EQ(parsed.error().code, Code::kNote);
  }
}

TEST(Note, AHundredSignaturesAreReadAndOneMoreIsRefused) {
  std::string note = "text\n\n";
  for (int i = 0; i < 100; ++i) note += "\xE2\x80\x94 s" + std::to_string(i) + " AAAAAAA=\n";
  EXPECT_TRUE(parse_note(note).has_value());
  EXPECT_FALSE(parse_note(note + "\xE2\x80\x94 one-more AAAAAAA=\n").has_value());
}

TEST(Note, MoreThanAMebibyteIsRefused) {
  const std::string tail = "\n\n\xE2\x80\x94 a AAAAAAA=\n";
  const std::string text(1024 * 1024 - tail.size(), 'x');
  EXPECT_TRUE(parse_note(text + tail).has_value());
  EXPECT_FALSE(parse_note("x" + text + tail).has_value());
}

TEST(Note, ADraftIsReadOnlyWhereOneIsExpected) {
  for (const std::string draft : {"one\ntwo\n", "one\ntwo\n\n"}) {
    EXPECT_FALSE(parse_note(draft).has_value());
    const auto note = parse_note(draft, DraftNote::kAllowed);
    ASSERT_TRUE(note.has_value());
    EXPECT_EQ(note->text, "one\ntwo\n");
    EXPECT_TRUE(note->signatures.empty());
    EXPECT_EQ(parse_note(note->str(), DraftNote::kAllowed)->text, "one\ntwo\n");
  }
  EXPECT_FALSE(parse_note("one\n\ntwo\n", DraftNote::kAllowed).has_value());
  EXPECT_FALSE(parse_note("one", DraftNote::kAllowed).has_value());
}

}  // namespace
}  // namespace liaison
