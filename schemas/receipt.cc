// SPDX-License-Identifier: Apache-2.0
#include <schemas/receipt_generated.h>

#include <bit>

#include "schemas/flat.h"
#include "schemas/message.h"

namespace liaison {
namespace {

static_assert(std::endian::native == std::endian::little, "hash words are little-endian in memory");

std::array<std::uint64_t, 4> words_of(const Hash& hash) {
  std::array<std::uint64_t, 4> words{};
  std::memcpy(words.data(), hash.data(), hash.size());
  return words;
}

Hash hash_of(std::uint64_t a, std::uint64_t b, std::uint64_t c, std::uint64_t d) {
  const std::array words{a, b, c, d};
  Hash hash{};
  std::memcpy(hash.data(), words.data(), hash.size());
  return hash;
}

// The verifier looks at the alignment of a vector's length, not at that of the structs behind it.
bool is_aligned(const void* at) { return reinterpret_cast<std::uintptr_t>(at) % alignof(fbs::Covered) == 0; }

}  // namespace

Bytes encode_receipt(const std::vector<Covered>& covered) {
  CHECK(!covered.empty() && covered.size() <= kCoveredMax);
  std::vector<fbs::Covered> structs;
  structs.reserve(covered.size());
  for (const Covered& one : covered) {
    const auto m = words_of(one.message_id);
    const auto f = words_of(one.frame_hash);
    structs.emplace_back(m[0], m[1], m[2], m[3], f[0], f[1], f[2], f[3], one.index, one.pair_seq, static_cast<std::uint64_t>(one.verdict));
  }
  flatbuffers::FlatBufferBuilder builder(256 + covered.size() * sizeof(fbs::Covered));
  const auto vector = builder.CreateVectorOfStructs(structs);
  builder.Finish(fbs::CreateReceipt(builder, vector), "LSNR");
  return finished(builder);
}

Result<std::vector<Covered>> decode_receipt(View body) {
  const Aligned copy(body);
  const auto* table = verified_root<fbs::Receipt>(copy, "LSNR");
  if (table == nullptr || table->covered()->size() == 0 || table->covered()->size() > kCoveredMax || !is_aligned(table->covered()->Data())) {
    return fail(Code::kBody, "not a delivery receipt");
  }
  std::vector<Covered> covered;
  covered.reserve(table->covered()->size());
  for (const auto* one : *table->covered()) {
    const auto verdict = one->verdict() < 1000 ? code_from_wire(static_cast<std::uint16_t>(one->verdict())) : std::nullopt;
    if (!verdict) return fail(Code::kBody, "a delivery receipt with an unknown verdict");
    covered.push_back({hash_of(one->message_id_0(), one->message_id_1(), one->message_id_2(), one->message_id_3()),
                       hash_of(one->frame_hash_0(), one->frame_hash_1(), one->frame_hash_2(), one->frame_hash_3()), one->index(),
                       one->pair_seq(), *verdict});
  }
  return covered;
}

}  // namespace liaison
