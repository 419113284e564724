// SPDX-License-Identifier: Apache-2.0
#include "schemas/overlap.h"

#include <schemas/overlap_reply_generated.h>
#include <schemas/overlap_result_generated.h>
#include <schemas/overlap_tokens_generated.h>
#include <schemas/overlap_word_generated.h>

#include <algorithm>

#include "schemas/flat.h"
#include "schemas/text.h"
#include "schemas/visit.h"

namespace liaison {

namespace {

using flatbuffers::FlatBufferBuilder;

constexpr const char* kTokens = "LSOT";
constexpr const char* kReply = "LSOR";
constexpr const char* kResult = "LSOS";
constexpr const char* kWord = "LSOW";
constexpr std::size_t kNameBytes = 8;

Error bad(std::string what) { return fail(Code::kBody, std::move(what)); }

Result<OverlapReference> reference_in(const flatbuffers::Vector<std::uint8_t>* bytes) {
  const auto reference = array_from<OverlapReference>(view_of(bytes));
  if (!reference) return bad("reference: has not 16 bytes");
  return *reference;
}

enum class Order { kAny, kAscending };
// Not get_hashes: these lists are longer than any proof.
Result<std::vector<Hash>> tokens_in(const flatbuffers::Vector<std::uint8_t>* bytes, const char* field, std::size_t count, Order order) {
  const View flat = view_of(bytes);
  if (flat.size() != count * sizeof(Hash)) return bad(std::string(field) + ": are not " + std::to_string(count));
  std::vector<Hash> out(count);
  for (std::size_t i = 0; i < count; ++i) std::memcpy(out[i].data(), flat.data() + i * sizeof(Hash), sizeof(Hash));
  const bool ascending = std::adjacent_find(out.begin(), out.end(), std::greater_equal<>()) == out.end();
  if (order == Order::kAscending && !ascending) return bad(std::string(field) + ": are not in ascending order");
  return out;
}

Result<std::string> contact_in(const flatbuffers::String* text) {
  const std::string contact(text_of(text));
  if (contact.empty()) return bad("contact: is empty");
  if (auto ok = check_text(contact, kOverlapContactMax, Lines::kOne); !ok) return bad("contact: " + ok.error().what);
  return contact;
}

template <class Table>
Result<const Table*> table_in(const Aligned& copy, const char* identifier, const char* what) {
  const auto* table = verified_root<Table>(copy, identifier);
  if (table == nullptr) return bad(std::string("the bytes are no ") + what);
  return table;
}

}  // namespace

std::string_view word_of(OverlapSaying saying) {
  switch (saying) {
    case OverlapSaying::meets: return "meets";
    case OverlapSaying::meets_not: return "meets_not";
    case OverlapSaying::withdrawn: return "withdrawn";
    case OverlapSaying::ended: return "ended";
    case OverlapSaying::agrees: return "agrees";
  }
  return "invalid";
}

Bytes encode_overlap_tokens(const OverlapTokens& tokens) {
  FlatBufferBuilder b(9 * 1024);
  const auto reference = put_array(b, tokens.reference), list = put_hashes(b, tokens.tokens);
  const auto contact = b.CreateString(tokens.contact);
  b.Finish(fbs::CreateOverlapTokens(b, reference, list, contact), kTokens);
  return finished(b);
}

Bytes encode_overlap_reply(const OverlapReply& reply) {
  FlatBufferBuilder b(13 * 1024);
  const auto reference = put_array(b, reply.reference), again = put_hashes(b, reply.again), list = put_hashes(b, reply.tokens);
  const auto contact = b.CreateString(reply.contact);
  b.Finish(fbs::CreateOverlapReply(b, reference, again, list, contact), kReply);
  return finished(b);
}

Bytes encode_overlap_result(const OverlapResult& result) {
  FlatBufferBuilder b(5 * 1024);
  const auto reference = put_array(b, result.reference), again = put_hashes(b, result.again);
  b.Finish(fbs::CreateOverlapResult(b, reference, again), kResult);
  return finished(b);
}

Bytes encode_overlap_word(const OverlapWord& word) {
  FlatBufferBuilder b(256);
  const auto reference = put_array(b, word.reference);
  const auto record = b.CreateString(word.record_id);
  b.Finish(fbs::CreateOverlapWord(b, reference, static_cast<fbs::OverlapSaying>(word.saying), record, word.revision), kWord);
  return finished(b);
}

Result<OverlapTokens> decode_overlap_tokens(View body) {
  const Aligned copy(body);
  const auto* table = TRY(table_in<fbs::OverlapTokens>(copy, kTokens, "question about overlaps"));
  OverlapTokens out;
  out.reference = TRY(reference_in(table->reference()));
  out.tokens = TRY(tokens_in(table->tokens(), "tokens", kOverlapAsked, Order::kAscending));
  out.contact = TRY(contact_in(table->contact()));
  return out;
}

Result<OverlapReply> decode_overlap_reply(View body) {
  const Aligned copy(body);
  const auto* table = TRY(table_in<fbs::OverlapReply>(copy, kReply, "reply about overlaps"));
  OverlapReply out;
  out.reference = TRY(reference_in(table->reference()));
  out.again = TRY(tokens_in(table->again(), "again", kOverlapAsked, Order::kAscending));
  out.tokens = TRY(tokens_in(table->tokens(), "tokens", kOverlapOwn, Order::kAscending));
  out.contact = TRY(contact_in(table->contact()));
  return out;
}

Result<OverlapResult> decode_overlap_result(View body) {
  const Aligned copy(body);
  const auto* table = TRY(table_in<fbs::OverlapResult>(copy, kResult, "result about overlaps"));
  OverlapResult out;
  out.reference = TRY(reference_in(table->reference()));
  out.again = TRY(tokens_in(table->again(), "again", kOverlapOwn, Order::kAny));
  return out;
}

Result<OverlapWord> decode_overlap_word(View body) {
  const Aligned copy(body);
  const auto* table = TRY(table_in<fbs::OverlapWord>(copy, kWord, "word about overlaps"));
  OverlapWord out;
  out.reference = TRY(reference_in(table->reference()));
  out.saying = static_cast<OverlapSaying>(table->saying());
  out.record_id = std::string(text_of(table->record_id()));
  out.revision = table->revision();
  if (word_of(out.saying) == "invalid") return bad("saying: is no known word");
  const bool of_a_record = out.saying == OverlapSaying::meets || out.saying == OverlapSaying::meets_not;
  if (of_a_record && (!lead_of_record(out.record_id) || out.revision == 0)) return bad("record_id: is no visit, or has no revision");
  if (!of_a_record && (!out.record_id.empty() || out.revision != 0)) return bad("record_id: this word speaks of no record");
  return out;
}

std::string name_of(const OverlapReference& reference) { return "overlap-" + hex(View(reference).first(kNameBytes)); }

std::string overlap_name_in(std::string_view kind, View body) {
  const auto name = [](const auto& decoded) { return decoded ? name_of(decoded->reference) : std::string(); };
  if (kind == kKindOverlapTokens) return name(decode_overlap_tokens(body));
  if (kind == kKindOverlapReply) return name(decode_overlap_reply(body));
  if (kind == kKindOverlapResult) return name(decode_overlap_result(body));
  return kind == kKindOverlapWord ? name(decode_overlap_word(body)) : std::string();
}

}  // namespace liaison
