// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <schemas/wire_generated.h>

#include "schemas/message.h"
#include "tests/schemas/samples.h"

namespace liaison {
namespace {

using flatbuffers::FlatBufferBuilder;
using flatbuffers::Offset;
using RawBytes = Offset<flatbuffers::Vector<std::uint8_t>>;

// A frame around a finished buffer, as a stranger may make it.
Bytes frame(std::uint8_t type, View content) {
  Bytes out = bytes_of(view_of("LSN1"));
  out.push_back(type);
  put_u32(out, 77);
  put_u32(out, static_cast<std::uint32_t>(content.size()));
  put(out, content);
  return out;
}

template <class Table>
Bytes frame(std::uint8_t type, FlatBufferBuilder& builder, fbs::Control name, Offset<Table> table) {
  builder.Finish(fbs::CreateWire(builder, name, table.Union()), "LSNW");
  return frame(type, {builder.GetBufferPointer(), builder.GetSize()});
}

Code control_refusal(View payload) {
  const auto decoded = decode_control(payload);
  return decoded ? Code::kAccepted : decoded.error().code;
}

Bytes refusal_frame(std::uint16_t code, std::size_t signature) {
  FlatBufferBuilder builder;
  const auto hash = builder.CreateVector(Bytes(32));
  const auto text = builder.CreateString("a\x1b[2J");
  RawBytes bytes = 0;
  if (signature != 0) bytes = builder.CreateVector(Bytes(signature));
  return frame(5, builder, fbs::Control::Refusal, fbs::CreateRefusal(builder, hash, code, 0, text, 1, bytes));
}

TEST(Wire, EveryControlFrameComesBackUnderItsTypeAndRequest) {
  std::uint8_t type = 2;
  for (const Control& control : samples::controls()) {
    const Bytes bytes = encode_control(0x01020304, control);
    EXPECT_EQ(bytes[4], type);
    EXPECT_EQ(frame_type(bytes), static_cast<FrameType>(type));
    const auto back = decode_control(bytes);
    ASSERT_TRUE(back) << back.error().what;
    EXPECT_EQ(back->request_id, 0x01020304U);
    EXPECT_EQ(back->control.index(), control.index());
    EXPECT_EQ(encode_control(0x01020304, back->control), bytes);
    ++type;
  }
}

TEST(Wire, ThePrefixIsThatOfTheProtocol) {
  const Bytes bytes = encode_control(0x01020304, WhoAmI{});
  EXPECT_EQ(hex(View(bytes).first(9)), "4c534e310601020304");
  EXPECT_EQ(get_u32(bytes.data() + 9), bytes.size() - 13);
  EXPECT_EQ(text_of(View(bytes).subspan(17, 4)), "LSNW");
}

TEST(Wire, WhatIsAbsentStaysAbsent) {
  const auto items = decode_control(encode_control(1, Items{{{Bytes(52), {}}}, "", {}}));
  ASSERT_TRUE(items);
  EXPECT_TRUE(std::get<Items>(items->control).items.at(0).body.empty());
  const auto refusal = decode_control(encode_control(1, Refusal{Hash{}, Code::kBusy, 0, "", 0, std::nullopt}));
  ASSERT_TRUE(refusal);
  EXPECT_FALSE(std::get<Refusal>(refusal->control).signature);
  const auto asks = decode_control(encode_control(1, CheckpointMessage{}));
  ASSERT_TRUE(asks);
  EXPECT_TRUE(std::get<CheckpointMessage>(asks->control).note.empty());
}

TEST(Wire, TheTypeByteIsReadFromARightMagicOnly) {
  EXPECT_EQ(frame_type(view_of("LSN1\x01")), FrameType::kMessage);
  EXPECT_FALSE(frame_type(view_of("LSN1")));
  EXPECT_FALSE(frame_type(view_of("LSN2\x01")));
  EXPECT_FALSE(frame_type(view_of(std::string_view("LSN1\0", 5))));
  EXPECT_FALSE(frame_type(view_of("LSN1\x0b")));
}

TEST(Wire, AContentThatIsNotItsTypesIsRefused) {
  const auto controls = samples::controls();
  for (std::size_t i = 0; i < controls.size(); ++i) {
    Bytes bytes = encode_control(1, controls[i]);
    for (std::uint8_t type = 0; type < 12; ++type) {
      bytes[4] = type;
      EXPECT_EQ(control_refusal(bytes), type == i + 2 ? Code::kAccepted : Code::kFormat) << i << " as " << int{type};
    }
  }
}

TEST(Wire, AUnionMemberOfALaterVersionIsRefused) {
  FlatBufferBuilder builder;
  const auto fetch = fbs::CreateFetch(builder, 1, 2, 3);
  EXPECT_EQ(control_refusal(frame(2, builder, static_cast<fbs::Control>(99), fetch)), Code::kFormat);
}

TEST(Wire, ALengthThatDoesNotAddUpIsASizeError) {
  Bytes bytes = encode_control(1, WhoAmI{});
  bytes.push_back(0);
  EXPECT_EQ(control_refusal(bytes), Code::kSize);
  bytes.resize(bytes.size() - 2);
  EXPECT_EQ(control_refusal(bytes), Code::kSize);
  EXPECT_EQ(control_refusal(Bytes(kPayloadBytesMax + 1)), Code::kSize);
  EXPECT_EQ(control_refusal({}), Code::kFormat);
}

TEST(Wire, ALeafOfAnotherLengthIsRefused) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{51}, std::size_t{53}}) {
    Acceptance acceptance = samples::acceptance();
    acceptance.leaf.resize(size);
    EXPECT_EQ(control_refusal(encode_control(1, acceptance)), Code::kFormat) << size;
    EXPECT_EQ(control_refusal(encode_control(1, Items{{{Bytes(size), {}}}, "", {}})), Code::kFormat) << size;
  }
}

TEST(Wire, ARefusalNamesAKnownCodeAndIsNotAnAcceptance) {
  EXPECT_EQ(control_refusal(refusal_frame(24, 0)), Code::kAccepted);
  for (const int code : {0, 6, 999, 1000, 65'535})
    EXPECT_EQ(control_refusal(refusal_frame(static_cast<std::uint16_t>(code), 0)), Code::kFormat) << code;
}

TEST(Wire, ASignatureHasSixtyFourBytesOrIsAbsent) {
  EXPECT_EQ(control_refusal(refusal_frame(24, 64)), Code::kAccepted);
  EXPECT_EQ(control_refusal(refusal_frame(24, 63)), Code::kFormat);
  EXPECT_EQ(control_refusal(refusal_frame(24, 65)), Code::kFormat);
}

TEST(Wire, UnsignedTextComesBackHarmless) {
  const auto decoded = decode_control(refusal_frame(24, 0));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(std::get<Refusal>(decoded->control).text, "a\\x1b[2J");
}

TEST(Wire, MoreThan256ItemsAreRefused) {
  for (const std::size_t count : {std::size_t{256}, std::size_t{257}}) {
    const Items items{std::vector<Item>(count, Item{Bytes(52), {}}), "", {}};
    EXPECT_EQ(control_refusal(encode_control(1, items)), count <= 256 ? Code::kAccepted : Code::kFormat) << count;
  }
}

TEST(Wire, APayloadFullOfOneFrameIsRead) {
  const Items items{
      {{Bytes(52), Bytes(88 + kHeaderBytesMax + kBodyBytesMax)}}, std::string(2000, 'x'), std::vector<Hash>(64)};
  EXPECT_EQ(control_refusal(encode_control(1, items)), Code::kAccepted);
}

TEST(Wire, ManyItemsThatShareOneBodyBuyNoMemory) {
  FlatBufferBuilder builder;
  const auto leaf = builder.CreateVector(Bytes(52));
  const auto body = builder.CreateVector(Bytes(60'000));
  std::vector<Offset<fbs::Item>> items;
  for (int i = 0; i < 256; ++i) items.push_back(fbs::CreateItem(builder, leaf, body));
  const auto list = builder.CreateVector(items);
  const auto none = builder.CreateVector(Bytes{});
  EXPECT_EQ(control_refusal(frame(3, builder, fbs::Control::Items, fbs::CreateItems(builder, list, none, none))),
            Code::kFormat);
}

TEST(Wire, ManyHeadsThatShareOneCheckpointBuyNoMemory) {
  FlatBufferBuilder builder;
  const auto leaf = builder.CreateVector(Bytes(52)), hash = builder.CreateVector(Bytes(32)),
             id = builder.CreateVector(Bytes(8)), note = builder.CreateVector(Bytes(60'000));
  const auto acceptance = fbs::CreateAcceptance(builder, hash, leaf, hash, note);
  std::vector<Offset<fbs::ChainHead>> heads;
  for (int i = 0; i < 64; ++i) heads.push_back(fbs::CreateChainHead(builder, id, 1, hash, acceptance));
  const auto list = builder.CreateVector(heads);
  const auto member = builder.CreateString("1540");
  EXPECT_EQ(
      control_refusal(frame(7, builder, fbs::Control::WhoAmIAnswer, fbs::CreateWhoAmIAnswer(builder, member, list, 1))),
      Code::kFormat);
}

TEST(Wire, AProofOfHalfAHashIsRefused) {
  FlatBufferBuilder builder;
  const auto items = builder.CreateVector(std::vector<Offset<fbs::Item>>{});
  const auto note = builder.CreateVector(Bytes{});
  const auto proof = builder.CreateVector(Bytes(33));
  EXPECT_EQ(control_refusal(frame(3, builder, fbs::Control::Items, fbs::CreateItems(builder, items, note, proof))),
            Code::kFormat);
}

}  // namespace
}  // namespace liaison
