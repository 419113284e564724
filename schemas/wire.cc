// SPDX-License-Identifier: Apache-2.0
#include <schemas/wire_generated.h>

#include "schemas/flat.h"
#include "schemas/message.h"
#include "schemas/text.h"

namespace liaison {
namespace {

using flatbuffers::FlatBufferBuilder;
using flatbuffers::Offset;

constexpr std::size_t kPrefixBytes = 13;

flatbuffers::Offset<flatbuffers::Vector<std::uint8_t>> put_text_bytes(FlatBufferBuilder& builder, const std::string& text) {
  return builder.CreateVector(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
}

Offset<fbs::Acceptance> put_acceptance(FlatBufferBuilder& builder, const Acceptance& acceptance) {
  const auto frame_hash = put_array(builder, acceptance.frame_hash);
  const auto leaf = builder.CreateVector(acceptance.leaf);
  const auto path = put_hashes(builder, acceptance.path);
  const auto checkpoint = put_text_bytes(builder, acceptance.checkpoint);
  const auto rule = builder.CreateString(acceptance.rule);
  const auto basis = builder.CreateString(acceptance.basis);
  return fbs::CreateAcceptance(builder, frame_hash, leaf, path, checkpoint, rule, basis);
}

// One overload a type: what goes into the union, and under which name.
struct Encoder {
  FlatBufferBuilder& builder;
  std::pair<fbs::Control, Offset<void>> operator()(const Fetch& f) const {
    return {fbs::Control::Fetch, fbs::CreateFetch(builder, f.from, f.max_items, f.wait_ms).Union()};
  }
  std::pair<fbs::Control, Offset<void>> operator()(const Items& items) const {
    std::vector<Offset<fbs::Item>> list;
    list.reserve(items.items.size());
    for (const Item& item : items.items) {
      const auto leaf = builder.CreateVector(item.leaf);
      Offset<flatbuffers::Vector<std::uint8_t>> body = 0;
      if (!item.body.empty()) body = builder.CreateVector(item.body);
      list.push_back(fbs::CreateItem(builder, leaf, body));
    }
    const auto vector = builder.CreateVector(list);
    const auto checkpoint = put_text_bytes(builder, items.checkpoint);
    const auto proof = put_hashes(builder, items.consistency);
    return {fbs::Control::Items, fbs::CreateItems(builder, vector, checkpoint, proof).Union()};
  }
  std::pair<fbs::Control, Offset<void>> operator()(const Acceptance& acceptance) const {
    return {fbs::Control::Acceptance, put_acceptance(builder, acceptance).Union()};
  }
  std::pair<fbs::Control, Offset<void>> operator()(const Refusal& refusal) const {
    const auto frame_hash = put_array(builder, refusal.frame_hash);
    const auto text = builder.CreateString(refusal.text);
    Offset<flatbuffers::Vector<std::uint8_t>> signature = 0;
    if (refusal.signature) signature = put_array(builder, *refusal.signature);
    return {fbs::Control::Refusal, fbs::CreateRefusal(builder, frame_hash, static_cast<std::uint16_t>(refusal.code), refusal.detail, text,
                                                      refusal.time_ms, signature)
                                       .Union()};
  }
  std::pair<fbs::Control, Offset<void>> operator()(const WhoAmI&) const {
    return {fbs::Control::WhoAmI, fbs::CreateWhoAmI(builder).Union()};
  }
  std::pair<fbs::Control, Offset<void>> operator()(const WhoAmIAnswer& answer) const {
    std::vector<Offset<fbs::ChainHead>> heads;
    for (const ChainHead& head : answer.heads) {
      const auto key_id = put_array(builder, head.key_id);
      const auto message_id = put_array(builder, head.message_id);
      Offset<fbs::Acceptance> acceptance = 0;
      if (head.acceptance) acceptance = put_acceptance(builder, *head.acceptance);
      heads.push_back(fbs::CreateChainHead(builder, key_id, head.sequence, message_id, acceptance));
    }
    const auto member = builder.CreateString(answer.member.str());
    const auto vector = builder.CreateVector(heads);
    return {fbs::Control::WhoAmIAnswer, fbs::CreateWhoAmIAnswer(builder, member, vector, answer.time_ms).Union()};
  }
  std::pair<fbs::Control, Offset<void>> operator()(const CheckpointMessage& message) const {
    Offset<flatbuffers::Vector<std::uint8_t>> note = 0;
    if (!message.note.empty()) note = put_text_bytes(builder, message.note);
    return {fbs::Control::Checkpoint, fbs::CreateCheckpoint(builder, note).Union()};
  }
};

FrameType type_of(const Control& control) {
  constexpr FrameType kTypes[] = {FrameType::kFetch, FrameType::kItems, FrameType::kAcceptance, FrameType::kRefusal, FrameType::kWhoAmI,
                                  FrameType::kWhoAmIAnswer, FrameType::kCheckpoint};
  return kTypes[control.index()];
}

Error malformed(std::string what) { return fail(Code::kFormat, "control frame: " + std::move(what)); }

// Many offsets may name one vector, so few bytes could ask for many copies: together the copies stay as small as a payload.
class Budget {
 public:
  template <class... Part>
  bool take(const Part*... part) {
    copied_ += (std::size_t{0} + ... + (part == nullptr ? 0U : std::size_t{part->size()}));
    return copied_ <= kPayloadBytesMax;
  }

 private:
  std::size_t copied_ = 0;
};

// Unsigned text for people: harmless once it is shown, and at most kShownBytesMax with its dots, so that it reads the same again.
std::string shown(const flatbuffers::String* text) {
  constexpr std::size_t kShownBytesMax = 512;
  std::string whole = printable(text_of(text), kShownBytesMax);
  return whole.size() <= kShownBytesMax ? whole : printable(text_of(text), kShownBytesMax - 3);
}

Result<Acceptance> read_acceptance(const fbs::Acceptance& table, Budget& budget) {
  Acceptance out;
  if (!budget.take(table.leaf(), table.path(), table.checkpoint(), table.rule(), table.basis())) return malformed("parts that share their bytes");
  const auto frame_hash = array_from<Hash>(view_of(table.frame_hash()));
  auto path = get_hashes(view_of(table.path()));
  if (!frame_hash || !path || table.leaf()->size() != 52) return malformed("an acceptance with wrong lengths");
  out.frame_hash = *frame_hash;
  out.leaf = bytes_of(view_of(table.leaf()));
  out.path = std::move(*path);
  out.checkpoint = text_of(view_of(table.checkpoint()));
  out.rule = shown(table.rule());
  out.basis = shown(table.basis());
  return out;
}

Result<Control> read_items(const fbs::Items& table) {
  Items out;
  auto proof = get_hashes(view_of(table.consistency()));
  if (!proof || table.items()->size() > 256) return malformed("items beyond the limits");
  out.consistency = std::move(*proof);
  out.checkpoint = text_of(view_of(table.checkpoint()));
  out.items.reserve(table.items()->size());
  Budget budget;
  for (const auto* item : *table.items()) {
    if (!budget.take(item->leaf(), item->body())) return malformed("parts that share their bytes");
    if (item->leaf()->size() != 52) return malformed("a leaf that is not 52 bytes");
    out.items.push_back({bytes_of(view_of(item->leaf())), bytes_of(view_of(item->body()))});
  }
  return Control{std::move(out)};
}

Result<Control> read_refusal(const fbs::Refusal& table) {
  Refusal out;
  const auto frame_hash = array_from<Hash>(view_of(table.frame_hash()));
  const auto code = code_from_wire(table.code());
  if (!frame_hash || !code || *code == Code::kAccepted) return malformed("a refusal without a known code or with wrong lengths");
  if (table.detail() > kWireNumberMax || table.time_ms() > kWireNumberMax) return malformed("a refusal with a number out of range");
  out.frame_hash = *frame_hash;
  out.code = *code;
  out.detail = table.detail();
  out.text = shown(table.text());
  out.time_ms = table.time_ms();
  if (table.signature() != nullptr) {
    out.signature = array_from<Signature>(view_of(table.signature()));
    if (!out.signature) return malformed("a signature that is not 64 bytes");
  }
  return Control{std::move(out)};
}

Result<Control> read_heads(const fbs::WhoAmIAnswer& table) {
  WhoAmIAnswer out;
  auto member = MemberId::parse(text_of(table.member()));
  if (!member || table.heads()->size() > 64) return malformed("a whoami answer beyond the limits");
  if (table.time_ms() > kWireNumberMax) return malformed("a whoami answer with a time out of range");
  out.member = std::move(*member);
  out.time_ms = table.time_ms();
  Budget budget;
  for (const auto* head : *table.heads()) {
    ChainHead one;
    const auto key_id = array_from<KeyId>(view_of(head->key_id()));
    const auto message_id = array_from<MessageId>(view_of(head->message_id()));
    if (!key_id || !message_id) return malformed("a chain head with wrong lengths");
    if (head->sequence() > kWireNumberMax) return malformed("a chain head with a sequence out of range");
    one.key_id = *key_id;
    one.message_id = *message_id;
    one.sequence = head->sequence();
    if (head->acceptance() != nullptr) {
      auto acceptance = read_acceptance(*head->acceptance(), budget);
      if (!acceptance) return std::move(acceptance).error();
      one.acceptance = std::move(*acceptance);
    }
    out.heads.push_back(std::move(one));
  }
  return Control{std::move(out)};
}

Result<Control> read_control(const fbs::Wire& wire) {
  switch (wire.control_type()) {
    case fbs::Control::Fetch: {
      const auto& f = *wire.control_as_Fetch();
      return Control{Fetch{f.from(), f.max_items(), f.wait_ms()}};
    }
    case fbs::Control::Items: return read_items(*wire.control_as_Items());
    case fbs::Control::Acceptance: {
      Budget budget;
      auto acceptance = read_acceptance(*wire.control_as_Acceptance(), budget);
      if (!acceptance) return std::move(acceptance).error();
      return Control{std::move(*acceptance)};
    }
    case fbs::Control::Refusal: return read_refusal(*wire.control_as_Refusal());
    case fbs::Control::WhoAmI: return Control{WhoAmI{}};
    case fbs::Control::WhoAmIAnswer: return read_heads(*wire.control_as_WhoAmIAnswer());
    case fbs::Control::Checkpoint: return Control{CheckpointMessage{std::string(text_of(view_of(wire.control_as_Checkpoint()->note())))}};
    case fbs::Control::NONE: break;
  }
  return malformed("an unknown content");
}

}  // namespace

Bytes encode_control(std::uint32_t request_id, const Control& control) {
  FlatBufferBuilder builder(512);
  const auto [name, offset] = std::visit(Encoder{builder}, control);
  builder.Finish(fbs::CreateWire(builder, name, offset), "LSNW");
  Bytes out;
  out.reserve(kPrefixBytes + builder.GetSize());
  put(out, view_of("LSN1"));
  out.push_back(static_cast<std::uint8_t>(type_of(control)));
  put_u32(out, request_id);
  put_u32(out, static_cast<std::uint32_t>(builder.GetSize()));
  put(out, {builder.GetBufferPointer(), builder.GetSize()});
  CHECK(out.size() <= kPayloadBytesMax);
  return out;
}

std::optional<FrameType> frame_type(View payload) {
  if (payload.size() < 5 || text_of(payload.first(4)) != "LSN1" || payload[4] < 1 || payload[4] > 10) return std::nullopt;
  return static_cast<FrameType>(payload[4]);
}

Result<ControlFrame> decode_control(View payload) {
  if (payload.size() > kPayloadBytesMax) return fail(Code::kSize, "control frame: longer than 128 KiB");
  const auto type = frame_type(payload);
  if (!type || payload.size() < kPrefixBytes) return malformed("no frame of this protocol");
  if (*type == FrameType::kMessage || *type == FrameType::kWitness || *type == FrameType::kBlob) return malformed("not a control frame");
  if (get_u32(payload.data() + 9) != payload.size() - kPrefixBytes) return fail(Code::kSize, "control frame: the length does not add up");
  const Aligned copy(payload.subspan(kPrefixBytes));
  const auto* wire = verified_root<fbs::Wire>(copy, "LSNW", kControlTablesMax);
  if (wire == nullptr) return malformed("does not verify");
  auto control = read_control(*wire);
  if (!control) return std::move(control).error();
  if (type_of(*control) != *type) return malformed("its content is not its type's");
  return ControlFrame{get_u32(payload.data() + 5), std::move(*control)};
}

}  // namespace liaison
