// SPDX-License-Identifier: Apache-2.0
#include "security/sealing.h"

#include <gtest/gtest.h>

#include "security/hash.h"

namespace liaison {
namespace {

using namespace std::string_view_literals;

// Three recipients and the sender's own key, as in a message of one committee to three.
class Sealing : public testing::Test {
 protected:
  Sealing() {
    for (int i = 0; i < 4; ++i) keys_.push_back(AgreementKey::generate());
    for (std::size_t i = 0; i < keys_.size(); ++i) to_.push_back({id(i), keys_[i].public_key(), i == 3 ? 0 : 10 + i});
  }
  KeyId id(std::size_t i) const { return key_id_of(KeyUse::hpke, keys_[i].public_key()); }
  std::vector<KeyId> ids() const { return {id(0), id(1), id(2), id(3)}; }
  Bytes seal(View text = view_of("we plan a visit")) const {
    return seal_body(content_key_, network_, sign_id_, header_, to_, text).value();
  }
  Result<Opened> open(View body, std::size_t i = 0) const {
    return open_body(keys_[i], id(i), network_, sign_id_, header_, content_key_.commitment(), body);
  }
  Code verdict(View body, std::size_t i = 0) const {
    const auto opened = open(body, i);
    return opened ? Code::kAccepted : opened.error().code;
  }
  Code check(View body, const std::vector<KeyId>& expected) const {
    const auto checked = check_stanzas(body, expected);
    return checked ? Code::kAccepted : checked.error().code;
  }
  // What a careless or hostile sender could do: any padded text under the true content key.
  Bytes with_padded(const Bytes& padded) const {
    Bytes body = seal();
    body.resize(2 + 4 * kStanzaBytes);
    const Secret key = hkdf_expand(hkdf_extract({}, content_key_.expose()).expose(), view_of("liaison body v1"), 32);
    put(body, aead_seal(key.expose(), Bytes(12), sha256(header_), padded));
    return body;
  }

  NetworkId network_ = network_id_of("liaison.example.org", kZeroHash);
  KeyId sign_id_{1, 2, 3, 4, 5, 6, 7, 8};
  Bytes header_ = bytes_of(view_of("the header's bytes"));
  ContentKey content_key_ = ContentKey::generate();
  std::vector<AgreementKey> keys_;
  std::vector<SealTo> to_;
};

TEST_F(Sealing, EveryRecipientAndTheSenderOpenTheSameText) {
  const Bytes body = seal();
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    const auto opened = open(body, i);
    ASSERT_TRUE(opened) << i;
    EXPECT_EQ(text_of(opened->plaintext.expose()), "we plan a visit");
    EXPECT_EQ(opened->pair_seq, i == 3 ? 0 : 10 + i);
    EXPECT_EQ(hex(opened->content_key.expose()), hex(content_key_.expose()));
  }
}

TEST_F(Sealing, AKeptContentKeyOpensTheBodyWithoutAnyOtherKey) {
  const ContentKey kept = ContentKey::from(open(seal())->content_key.expose());
  const auto text = open_with_content_key(kept, header_, kept.commitment(), seal());
  EXPECT_EQ(text_of(text.value().expose()), "we plan a visit");
  EXPECT_EQ(open_with_content_key(ContentKey::generate(), header_, kept.commitment(), seal()).error().code, Code::kOpen);
  EXPECT_EQ(open_with_content_key(kept, view_of("other"), kept.commitment(), seal()).error().code, Code::kOpen);
  EXPECT_EQ(open_with_content_key(kept, header_, kept.commitment(), {}).error().code, Code::kOpen);
}

// Built here from the protocol page by its primitives.
TEST_F(Sealing, ABodyHasTheLayoutOfTheProtocol) {
  const Bytes body = seal();
  EXPECT_EQ(get_u16(body.data()), 4);
  EXPECT_EQ(body.size(), 2 + 4 * (8 + 32 + 56) + 16 + 256U);
  const View stanza = View(body).subspan(2 + 96, 96);
  EXPECT_EQ(hex(stanza.first(8)), hex(id(1)));
  Bytes info = bytes_of(view_of("liaison/hpke/v1\0"sv));
  put(info, network_);
  put(info, sign_id_);
  put(info, id(1));
  const auto inner = hpke_open(keys_[1], *array_from<PublicKey>(stanza.subspan(8, 32)), info, sha256(header_), stanza.last(56));
  ASSERT_TRUE(inner);
  EXPECT_EQ(hex(inner->expose()), hex(content_key_.expose()) + "000000000000000b");
}

TEST_F(Sealing, TheCommitmentIsDerivedAsTheProtocolSays) {
  const Secret expected = hkdf_expand(hkdf_extract({}, content_key_.expose()).expose(), view_of("liaison commit v1"), 32);
  EXPECT_EQ(hex(content_key_.commitment()), hex(expected.expose()));
}

TEST_F(Sealing, BodiesComeInNineSizes) {
  const auto sealed_size = [this](std::size_t size) { return seal(Bytes(size)).size() - 2 - 4 * kStanzaBytes; };
  EXPECT_EQ(sealed_size(0), 16 + 256U);
  EXPECT_EQ(sealed_size(255), 16 + 256U);
  EXPECT_EQ(sealed_size(256), 16 + 512U);
  EXPECT_EQ(sealed_size(1023), 16 + 1024U);
  EXPECT_EQ(sealed_size(32'768), 16 + 65'536U);
  EXPECT_EQ(sealed_size(65'535), 16 + 65'536U);
}

TEST_F(Sealing, TextsOfEverySizeComeBack) {
  for (const std::size_t size : {0U, 1U, 255U, 256U, 257U, 4095U, 65'535U}) {
    const Bytes text(size, 0x80);   // looks like padding, and is none
    EXPECT_EQ(bytes_of(open(seal(text))->plaintext.expose()), text) << size;
  }
}

TEST_F(Sealing, ATextThatIsTooLongIsRefused) {
  EXPECT_EQ(seal_body(content_key_, network_, sign_id_, header_, to_, Bytes(65'536)).error().code, Code::kSize);
}

TEST_F(Sealing, AKeyThatNothingCanBeSealedToIsNamed) {
  to_[1].key = PublicKey{};
  const auto sealed = seal_body(content_key_, network_, sign_id_, header_, to_, view_of("x"));
  ASSERT_FALSE(sealed);
  EXPECT_EQ(sealed.error().code, Code::kKey);
  EXPECT_NE(sealed.error().what.find(hex(to_[1].key_id)), std::string::npos);
}

TEST_F(Sealing, OneFlippedBitIsRefusedBySomeoneWhomItConcerns) {
  const Bytes body = seal();
  const std::size_t stanzas_end = 2 + 4 * kStanzaBytes;
  for (std::size_t at = 0; at < body.size(); ++at) {
    Bytes changed = body;
    changed[at] ^= 1;
    const std::size_t reader = at >= 2 && at < stanzas_end ? (at - 2) / kStanzaBytes : 0;
    EXPECT_EQ(verdict(changed, reader), Code::kOpen) << at;
  }
}

TEST_F(Sealing, EveryTruncationIsRefused) {
  const Bytes body = seal();
  for (std::size_t size = 0; size < body.size(); ++size) EXPECT_EQ(verdict(View(body).first(size)), Code::kOpen) << size;
}

TEST_F(Sealing, AStolenBodyCannotBeSentByAnotherOrUnderAnotherHeader) {
  const Bytes body = seal();
  const Hash commitment = content_key_.commitment();
  const KeyId thief{9};
  EXPECT_FALSE(open_body(keys_[0], id(0), network_, thief, header_, commitment, body));
  EXPECT_FALSE(open_body(keys_[0], id(0), network_, sign_id_, view_of("another header"), commitment, body));
  EXPECT_FALSE(open_body(keys_[0], id(0), kZeroHash, sign_id_, header_, commitment, body));
}

TEST_F(Sealing, AStanzaOpensUnderItsOwnNameOnly) {
  Bytes body = seal();
  std::swap_ranges(body.begin() + 2, body.begin() + 10, body.begin() + 2 + 96);   // two names changed over
  EXPECT_EQ(verdict(body, 0), Code::kOpen);
  EXPECT_EQ(verdict(seal(), 0), Code::kAccepted);
}

TEST_F(Sealing, ADuplicateStanzaIsRefusedByAllWhoOpen) {
  to_.push_back(to_[1]);
  const Bytes body = seal();
  EXPECT_EQ(verdict(body, 1), Code::kOpen);
  EXPECT_EQ(verdict(body, 0), Code::kOpen);
}

TEST_F(Sealing, WhoIsNotNamedCannotOpen) {
  const AgreementKey outsider = AgreementKey::generate();
  const auto opened = open_body(outsider, key_id_of(KeyUse::hpke, outsider.public_key()), network_, sign_id_, header_,
                                content_key_.commitment(), seal());
  EXPECT_EQ(opened.error().code, Code::kOpen);
}

TEST_F(Sealing, AContentKeyThatTheHeaderDoesNotCommitToIsRefused) {
  const auto opened = open_body(keys_[0], id(0), network_, sign_id_, header_, ContentKey::generate().commitment(), seal());
  EXPECT_EQ(opened.error().code, Code::kOpen);
}

TEST_F(Sealing, PaddingThatDoesNotHoldIsRefused) {
  EXPECT_EQ(verdict(with_padded(Bytes(256))), Code::kOpen);   // no mark at all
  Bytes other_end(256);
  other_end[10] = 0x80;
  EXPECT_EQ(verdict(with_padded(other_end)), Code::kAccepted);
  other_end[255] = 0x01;
  EXPECT_EQ(verdict(with_padded(other_end)), Code::kOpen);
  Bytes odd(300);
  odd[0] = 0x80;
  EXPECT_EQ(verdict(with_padded(odd)), Code::kOpen);
  Bytes larger_than_needed(512);
  larger_than_needed[255] = 0x80;   // these 256 bytes fit into the bucket before
  EXPECT_EQ(verdict(with_padded(larger_than_needed)), Code::kOpen);
}

TEST_F(Sealing, TheBrokerAcceptsExactlyTheExpectedStanzas) {
  const Bytes body = seal();
  EXPECT_EQ(check(body, ids()), Code::kAccepted);
  EXPECT_EQ(check(body, {id(1), id(0), id(2), id(3)}), Code::kSeal);
  EXPECT_EQ(check(body, {id(0), id(1), id(2)}), Code::kSeal);
  EXPECT_EQ(check(body, {id(0), id(1), id(2), id(3), id(3)}), Code::kSeal);
  EXPECT_EQ(check(body, {}), Code::kSeal);
}

TEST_F(Sealing, TheBrokerAcceptsOnlyTheNineSizes) {
  const Bytes body = seal();
  Bytes longer = body;
  longer.push_back(0);
  EXPECT_EQ(check(longer, ids()), Code::kSeal);
  EXPECT_EQ(check(View(body).first(body.size() - 1), ids()), Code::kSeal);
  EXPECT_EQ(check(View(body).first(2 + 4 * kStanzaBytes), ids()), Code::kSeal);
  longer.resize(2 + 4 * kStanzaBytes + 16 + 128);
  EXPECT_EQ(check(longer, ids()), Code::kSeal);
  longer.resize(2 + 4 * kStanzaBytes + 16 + 131'072);
  EXPECT_EQ(check(longer, ids()), Code::kSeal);
  longer.resize(2 + 4 * kStanzaBytes + 16 + 65'536);
  EXPECT_EQ(check(longer, ids()), Code::kAccepted);
}

TEST_F(Sealing, StanzasAreListedInTheirOrder) {
  EXPECT_EQ(stanza_key_ids(seal()).value(), ids());
  EXPECT_EQ(stanza_key_ids({}).error().code, Code::kSeal);
  EXPECT_EQ(stanza_key_ids(Bytes{0xff, 0xff}).error().code, Code::kSeal);
  EXPECT_TRUE(stanza_key_ids(Bytes{0, 0})->empty());
}

}  // namespace
}  // namespace liaison
