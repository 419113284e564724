// SPDX-License-Identifier: Apache-2.0
// Private to schemas/: how bytes from outside become a verified FlatBuffer, and vectors become arrays.
#pragma once

#include <flatbuffers/flatbuffers.h>

#include <cstring>
#include <vector>

#include "schemas/ids.h"

namespace liaison {

// A copy in 8-aligned memory: the bytes of a frame start anywhere, FlatBuffers reads words.
class Aligned {
 public:
  explicit Aligned(View bytes) : words_((bytes.size() + 7) / 8), size_(bytes.size()) {
    if (!bytes.empty()) std::memcpy(words_.data(), bytes.data(), bytes.size());
  }
  const std::uint8_t* data() const { return reinterpret_cast<const std::uint8_t*>(words_.data()); }
  std::size_t size() const { return size_; }

 private:
  std::vector<std::uint64_t> words_;
  std::size_t size_;
};

inline constexpr flatbuffers::uoffset_t kDepthMax = 8;
inline constexpr flatbuffers::uoffset_t kTablesMax = 256;
inline constexpr flatbuffers::uoffset_t kControlTablesMax = 1024;

// The root table, or nullptr when the bytes do not verify or carry another identifier.
template <class Table>
const Table* verified_root(const Aligned& bytes, const char* identifier, flatbuffers::uoffset_t tables_max = kTablesMax) {
  if (bytes.size() < 8) return nullptr;
  flatbuffers::Verifier verifier(bytes.data(), bytes.size(), kDepthMax, tables_max);
  if (!verifier.VerifyBuffer<Table>(identifier)) return nullptr;
  return flatbuffers::GetRoot<Table>(bytes.data());
}

inline View view_of(const flatbuffers::Vector<std::uint8_t>* vector) {
  return vector == nullptr ? View{} : View{vector->data(), vector->size()};
}
inline std::string_view text_of(const flatbuffers::String* text) {
  return text == nullptr ? std::string_view{} : std::string_view{text->data(), text->size()};
}

template <class Array>
flatbuffers::Offset<flatbuffers::Vector<std::uint8_t>> put_array(flatbuffers::FlatBufferBuilder& builder, const Array& bytes) {
  return builder.CreateVector(bytes.data(), bytes.size());
}

inline flatbuffers::Offset<flatbuffers::Vector<std::uint8_t>> put_hashes(flatbuffers::FlatBufferBuilder& builder, const std::vector<Hash>& hashes) {
  Bytes flat;
  flat.reserve(hashes.size() * 32);
  for (const Hash& hash : hashes) put(flat, hash);
  return builder.CreateVector(flat);
}

inline constexpr std::size_t kProofHashesMax = 128;   // twice the height of any tree with a 64-bit size

// n x 32 bytes; nothing for another length or for more hashes than a proof can need.
inline std::optional<std::vector<Hash>> get_hashes(View flat) {
  if (flat.size() % 32 != 0 || flat.size() > kProofHashesMax * 32) return std::nullopt;
  std::vector<Hash> hashes(flat.size() / 32);
  for (std::size_t i = 0; i < hashes.size(); ++i) std::memcpy(hashes[i].data(), flat.data() + i * 32, 32);
  return hashes;
}

inline Bytes finished(const flatbuffers::FlatBufferBuilder& builder) {
  return {builder.GetBufferPointer(), builder.GetBufferPointer() + builder.GetSize()};
}

}  // namespace liaison
