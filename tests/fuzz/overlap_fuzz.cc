// SPDX-License-Identifier: Apache-2.0
// Bodies of overlap.tokens, overlap.reply, overlap.result and overlap.word, and what is done with tokens of strangers.
#include "schemas/overlap.h"

#include "security/blinding.h"
#include "tests/fuzz/fuzz.h"

namespace liaison {
namespace {

// What is a token can be hidden once more, and is one then; what is none never becomes one.
void check_tokens(const std::vector<Hash>& tokens) {
  static const BlindingKey key = BlindingKey::derive(Bytes(32, 1), "fuzz");
  for (std::size_t i = 0; i < std::min<std::size_t>(tokens.size(), 4); ++i) {
    const auto again = key.blind_again(tokens[i]);
    CHECK(again.has_value() == is_token(tokens[i]));
    if (again) CHECK(is_token(*again) && *again != tokens[i]);
  }
}

}  // namespace
}  // namespace liaison

FUZZ_ENTRY(overlap) {
  using namespace liaison;
  const View bytes{data, size};
  if (fuzz::settles(bytes, decode_overlap_tokens, encode_overlap_tokens)) check_tokens(decode_overlap_tokens(bytes)->tokens);
  if (fuzz::settles(bytes, decode_overlap_reply, encode_overlap_reply)) check_tokens(decode_overlap_reply(bytes)->tokens);
  if (fuzz::settles(bytes, decode_overlap_result, encode_overlap_result)) check_tokens(decode_overlap_result(bytes)->again);
  fuzz::settles(bytes, decode_overlap_word, encode_overlap_word);
  for (const auto kind : {kKindOverlapTokens, kKindOverlapReply, kKindOverlapResult, kKindOverlapWord}) {
    const std::string name = overlap_name_in(kind, bytes);
    CHECK(name.empty() || name.size() == 24);
  }
  return 0;
}
