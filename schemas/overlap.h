// SPDX-License-Identifier: Apache-2.0
// The messages by which two committees find out that plans meet, without showing them: plain structs and their bytes. What the tokens are
// is schemas/PROTOCOL.md 14.2. Every list has one length, so that sizes say nothing. Pure functions.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/ids.h"
#include "schemas/result.h"

namespace liaison {

inline constexpr std::string_view kKindOverlapTokens = "overlap.tokens";
inline constexpr std::string_view kKindOverlapReply = "overlap.reply";
inline constexpr std::string_view kKindOverlapResult = "overlap.result";
inline constexpr std::string_view kKindOverlapWord = "overlap.word";

// What an asker may ask at once, and what an answerer compares with it: fewer than there are States, so that no answer can try them all.
// With these the three long messages always fill 8, 16 and 4 KiB when sealed, and every word 256 bytes.
inline constexpr std::size_t kOverlapAsked = 232, kOverlapOwn = 120;
inline constexpr std::size_t kOverlapContactMax = 512;

using OverlapReference = std::array<std::uint8_t, 16>;

struct OverlapTokens {
  OverlapReference reference{};
  std::vector<Hash> tokens;   // kOverlapAsked, in ascending order
  std::string contact;
  bool operator==(const OverlapTokens&) const = default;
};
struct OverlapReply {
  OverlapReference reference{};
  std::vector<Hash> again;    // kOverlapAsked, in ascending order
  std::vector<Hash> tokens;   // kOverlapOwn, in ascending order
  std::string contact;
  bool operator==(const OverlapReply&) const = default;
};
struct OverlapResult {
  OverlapReference reference{};
  std::vector<Hash> again;    // kOverlapOwn
  bool operator==(const OverlapResult&) const = default;
};
enum class OverlapSaying : std::uint8_t { meets = 1, meets_not, withdrawn, ended, agrees };
std::string_view word_of(OverlapSaying saying);
struct OverlapWord {
  OverlapReference reference{};
  OverlapSaying saying = OverlapSaying::withdrawn;
  std::string record_id;      // of meets and meets_not
  std::uint32_t revision = 0;
  bool operator==(const OverlapWord&) const = default;
};

Bytes encode_overlap_tokens(const OverlapTokens& tokens);
Bytes encode_overlap_reply(const OverlapReply& reply);
Bytes encode_overlap_result(const OverlapResult& result);
Bytes encode_overlap_word(const OverlapWord& word);
// E_BODY for bytes that do not verify, a reference that is not 16 bytes, lists of another length or out of order, a contact that is empty or not
// clean, a word that is none, a record with a word that speaks of none or none with one that does. Whether a token is one is not looked at.
Result<OverlapTokens> decode_overlap_tokens(View body);
Result<OverlapReply> decode_overlap_reply(View body);
Result<OverlapResult> decode_overlap_result(View body);
Result<OverlapWord> decode_overlap_word(View body);

// "overlap-7f3a9c2101d2e3f4": how people name the question; both sides use the same name.
std::string name_of(const OverlapReference& reference);
// The name of the question that a body of any of these kinds is about; empty when it cannot be read.
std::string overlap_name_in(std::string_view kind, View body);

}  // namespace liaison
