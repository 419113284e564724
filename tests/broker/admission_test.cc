// SPDX-License-Identifier: Apache-2.0
// Every code of the protocol that a broker answers with, provoked over the wire, and what it does to the sender's chain.
#include "tests/broker/exchange_fixture.h"

namespace liaison {
namespace {

class Admission : public RunningExchange {
 protected:
  // Sends the frame and expects this refusal, and that the chain is where it was.
  Refusal expect_turned_away(const Bytes& frame, Code code, Signed expected = Signed::kYes) {
    const Chain before = chain_of("1540");
    const std::uint64_t size = gateway->ledger().size();
    const Refusal refusal = refused(answered(say("1540", frame)), expected);
    EXPECT_EQ(code_name(refusal.code), code_name(code));
    EXPECT_EQ(refusal.frame_hash, sha256(frame));
    EXPECT_EQ(chain_of("1540"), before);
    EXPECT_EQ(gateway->ledger().size(), size);
    expect_others_are_served();
    return refusal;
  }
  // Publishes and expects a refused entry with this verdict, which consumes the sequence.
  void expect_refused_entry(const Letter& letter, Code verdict) {
    const std::uint64_t before = chain_of("1540").sequence;
    EXPECT_EQ(code_name(logged(publish("1540", letter))), code_name(verdict));
    EXPECT_EQ(chain_of("1540").sequence, before + 1);
    expect_others_are_served();
  }
  // The next committee gets the whole log, and what it sends is logged unless the broker takes nothing from anybody.
  void expect_others_are_served() {
    EXPECT_EQ(fetch("1267", 0).items.size(), std::min<std::uint64_t>(gateway->ledger().size(), 256));
    const Answered answer = publish("1267", letter_from("1267"));
    const auto* refusal = std::get_if<Refusal>(&answer);
    if (refusal == nullptr) return;
    for (const Code code : {Code::kClockBroker, Code::kRosterExpired, Code::kStorageFull}) if (refusal->code == code) return;
    ADD_FAILURE() << "the next committee is refused with " << code_name(refusal->code);
  }
  Letter letter() { return letter_from("1540"); }
  Letter edited(std::function<void(Header&)> edit) {
    Letter one = letter();
    one.edit = std::move(edit);
    return one;
  }
};

TEST_F(Admission, AGoodFrameIsLoggedAndProvenAtOnce) {
  EXPECT_EQ(logged(publish("1540", letter())), Code::kAccepted);
  EXPECT_EQ(chain_of("1540").sequence, 1U);
  EXPECT_EQ(gateway->ledger().size(), 3U);
}

TEST_F(Admission, AnAcceptanceNamesTheRuleAndItsBasis) {
  const auto acceptance = std::get<Acceptance>(publish("1540", letter()));
  EXPECT_EQ(acceptance.rule, "all");
  EXPECT_EQ(acceptance.basis, "a basis");
}

TEST_F(Admission, BytesWithAnotherFormAreEFormat) {
  Bytes frame = next_frame("1540", letter());
  frame[6] = 1;   // flags
  expect_turned_away(frame, Code::kFormat, Signed::kNo);
}

TEST_F(Admission, AFrameCutShortIsESize) {
  Bytes frame = next_frame("1540", letter());
  frame.pop_back();
  expect_turned_away(frame, Code::kSize, Signed::kNo);
}

TEST_F(Admission, AKeyThatIsInNoRosterIsEKey) {
  TinyMember stranger(tiny.member("1540").id, 200);
  expect_turned_away(tiny.frame(stranger, letter(), 1, {}, clock.now().wall_ms), Code::kKey, Signed::kNo);
}

TEST_F(Admission, OneFlippedBitInTheBodyIsESignature) {
  Bytes frame = next_frame("1540", letter());
  frame.back() ^= 1;
  expect_turned_away(frame, Code::kSignature, Signed::kNo);
}

TEST_F(Admission, AnothersFrameOnMyConnectionIsESender) {
  const Bytes frame = tiny.frame(tiny.member("1267"), letter_from("1267"), 1, {}, clock.now().wall_ms);
  expect_turned_away(frame, Code::kSender, Signed::kNo);
}

TEST_F(Admission, AHeaderInAnothersNameUnderMyKeyIsESender) {
  Letter other = Letter{{tiny.member("1267").id}};
  other.edit = [&](Header& header) { header.sender = tiny.member("1373").id; };
  expect_turned_away(next_frame("1540", other), Code::kSender);
}

TEST_F(Admission, AHeaderThatTheProtocolDoesNotAllowIsEFormatAndSigned) {
  expect_turned_away(next_frame("1540", edited([](Header& header) { header.not_after_ms = header.created_at_ms; })), Code::kFormat);
}

TEST_F(Admission, ANewerRosterVersionThanTheOneInForceIsEFormat) {
  expect_turned_away(next_frame("1540", edited([](Header& header) { header.roster_version = 2; })), Code::kFormat);
}

TEST_F(Admission, APolicyHashThatItsRosterDoesNotNameIsEFormat) {
  expect_turned_away(next_frame("1540", edited([](Header& header) { header.policy_hash[0] ^= 1; })), Code::kFormat);
}

TEST_F(Admission, NamedBlobsAreEBlob) {
  expect_turned_away(next_frame("1540", edited([](Header& header) { header.blob_count = 1; })), Code::kBlob);
}

TEST_F(Admission, AWrongPreviousIsEChain) {
  ASSERT_EQ(logged(publish("1540", letter())), Code::kAccepted);
  expect_turned_away(tiny.frame(tiny.member("1540"), letter(), 2, sha256(view_of("another")), clock.now().wall_ms), Code::kChain);
}

TEST_F(Admission, ASkippedSequenceIsEGapAndSaysWhichIsExpected) {
  const Refusal refusal = expect_turned_away(tiny.frame(tiny.member("1540"), letter(), 5, {}, clock.now().wall_ms), Code::kGap);
  EXPECT_EQ(refusal.detail, 1U);
}

TEST_F(Admission, TheSameFrameAgainGetsTheFirstOnesPlaceUnderTheNewestCheckpoint) {
  const Bytes frame = next_frame("1540", letter());
  const auto first = std::get<Acceptance>(answered(say("1540", frame)));
  ASSERT_EQ(logged(publish("1267", letter_from("1267"))), Code::kAccepted);
  const auto again = std::get<Acceptance>(answered(say("1540", frame)));
  EXPECT_EQ(again.leaf, first.leaf);
  EXPECT_EQ(again.rule, first.rule);
  EXPECT_EQ(again.basis, first.basis);
  EXPECT_NE(again.checkpoint, first.checkpoint);
  EXPECT_EQ(verdict_of(again), Code::kAccepted);
  EXPECT_EQ(gateway->ledger().size(), 4U);
}

TEST_F(Admission, TheSameFrameTwiceInOneBatchIsLoggedOnce) {
  const Bytes frame = next_frame("1540", letter());
  wire->take();
  arrive("1540", frame);
  arrive("1540", frame);
  run();
  const auto frames = heard("1540");
  ASSERT_EQ(frames.size(), 2U);
  EXPECT_EQ(std::get<Acceptance>(frames[0].control).leaf, std::get<Acceptance>(frames[1].control).leaf);
  EXPECT_EQ(gateway->ledger().size(), 3U);
}

TEST_F(Admission, TwoFramesOfOneSequenceAreEEquivocationAndTheFirstIsKept) {
  const TinyMember& sender = tiny.member("1540");
  ASSERT_EQ(logged(publish("1540", letter())), Code::kAccepted);
  Letter other = letter();
  other.text = "something else";
  const Bytes second = tiny.frame(sender, other, 1, {}, clock.now().wall_ms);
  expect_turned_away(second, Code::kEquivocation);
  other.text = "and a third";
  expect_turned_away(tiny.frame(sender, other, 1, {}, clock.now().wall_ms), Code::kEquivocation);
  const auto kept = store->equivocation(key_id_of(KeyUse::sign, sender.sign.public_key()));
  ASSERT_TRUE(kept && *kept);
  EXPECT_EQ((*kept)->frame, second);
  EXPECT_EQ((*kept)->sequence, 1U);
}

TEST_F(Admission, AKeyThatBeginsLaterIsEKey) {
  TinyMember later(tiny.member("1540").id, 200);
  apply_roster([&](Roster& roster) {
    roster.keys.push_back(TinyExchange::key_line("k1540b", later.id, KeyUse::sign, later.sign.public_key()));
    roster.keys.back().from = 1000;
  });
  expect_turned_away(tiny.frame(later, letter(), 1, {}, clock.now().wall_ms), Code::kKey);
}

TEST_F(Admission, ANewKeyContinuesTheChainAndSupersedesTheOldOne) {
  ASSERT_EQ(logged(publish("1540", letter())), Code::kAccepted);
  const Bytes old_next = next_frame("1540", letter());
  TinyMember later(tiny.member("1540").id, 200);
  apply_roster([&](Roster& roster) {
    roster.keys.push_back(TinyExchange::key_line("k1540b", later.id, KeyUse::sign, later.sign.public_key()));
  });
  EXPECT_EQ(refused(answered(say("1540", tiny.frame(later, letter(), 1, {}, clock.now().wall_ms))), Signed::kYes).code, Code::kChain);
  const Bytes first = tiny.frame(later, letter(), 1, last_id("1540"), clock.now().wall_ms);
  EXPECT_EQ(logged(answered(say("1540", first))), Code::kAccepted);
  expect_turned_away(old_next, Code::kKey);
}

TEST_F(Admission, ARevokedKeyIsEKeyRevokedButItsLoggedFrameKeepsItsPlace) {
  const Bytes before = next_frame("1540", letter());
  const auto first = std::get<Acceptance>(answered(say("1540", before)));
  TinyMember fresh(tiny.member("1540").id, 200);
  apply_roster([&](Roster& roster) {
    RosterKey& key = key_of(roster, "k1540a");
    key.status = KeyStatus::revoked;
    key.trusted_below = 3;
    key.reason = "compromise";
    roster.keys.push_back(TinyExchange::key_line("k1540b", fresh.id, KeyUse::sign, fresh.sign.public_key()));
  });
  expect_turned_away(next_frame("1540", letter()), Code::kKeyRevoked);
  EXPECT_EQ(std::get<Acceptance>(answered(say("1540", before))).leaf, first.leaf);
}

TEST_F(Admission, ARetiredKeyIsEKeyRevokedFromItsLastIndexOn) {
  apply_roster([&](Roster& roster) {
    RosterKey& key = key_of(roster, "k1540a");
    key.status = KeyStatus::retired;
    key.until = 4;
    TinyMember fresh(key.member, 200);
    roster.keys.push_back(TinyExchange::key_line("k1540b", fresh.id, KeyUse::sign, fresh.sign.public_key()));
  });
  EXPECT_EQ(logged(publish("1540", letter())), Code::kAccepted);   // index 3
  expect_turned_away(next_frame("1540", letter()), Code::kKeyRevoked);
}

TEST_F(Admission, AcceptedAfterItsLastDayIsARefusedEntryEExpired) {
  expect_refused_entry(edited([&](Header& header) {
    header.created_at_ms -= 2000;
    header.not_after_ms = header.created_at_ms + 1000;
  }), Code::kExpired);
}

TEST_F(Admission, AnUnknownSchemaIsARefusedEntryESchema) {
  expect_refused_entry(edited([](Header& header) { header.schema_id[0] ^= 1; }), Code::kSchema);
}

TEST_F(Admission, ARecipientThatIsNoMemberIsARefusedEntryERecipient) {
  expect_refused_entry(edited([](Header& header) { header.recipients = {*MemberId::parse("9999")}; }), Code::kRecipient);
}

TEST_F(Admission, AnUnknownMarkingIsARefusedEntryEMarking) {
  expect_refused_entry(edited([](Header& header) { header.marking = "secret"; }), Code::kMarking);
}

TEST_F(Admission, WhatNoRuleAllowsIsARefusedEntryEPolicy) {
  Letter answer = letter();
  answer.kind = "visit.answer";
  expect_refused_entry(answer, Code::kPolicy);
}

TEST_F(Admission, APlainBodyIsARefusedEntryEEncryptionRequired) {
  Letter plain = letter();
  plain.suite = kSuitePlain;
  expect_refused_entry(plain, Code::kEncryptionRequired);
}

TEST_F(Admission, AStanzaTooFewIsARefusedEntryESeal) {
  // Sealed for one recipient, then addressed to both.
  Letter one{{tiny.member("1267").id}};
  const TinyMember& from = tiny.member("1540");
  Header header = tiny.header_for(from, one, 1, {}, clock.now().wall_ms);
  const ContentKey content_key = ContentKey::generate();
  header.key_commitment = content_key.commitment();
  const auto to = tiny.seal_to(from, header);
  header.recipients = tiny.others(from.id);
  const Bytes header_bytes = encode_header(header);
  const KeyId key_id = key_id_of(KeyUse::sign, from.sign.public_key());
  const Bytes body = *seal_body(content_key, tiny.network_id(), key_id, header_bytes, to, view_of("text"));
  EXPECT_EQ(logged(answered(say("1540", make_frame(tiny.network_id(), from.sign, header_bytes, body)))), Code::kSeal);
}

TEST_F(Admission, AReceiptToTwoMembersOrSealedIsARefusedEntryESeal) {
  Letter receipt = letter();
  receipt.kind = std::string(kKindReceipt);
  receipt.marking = "public";
  receipt.suite = kSuitePlain;
  expect_refused_entry(receipt, Code::kSeal);
  receipt.to = {tiny.member("1267").id};
  receipt.suite = kSuiteSealed;
  expect_refused_entry(receipt, Code::kSeal);
  receipt.suite = kSuitePlain;
  EXPECT_EQ(logged(publish("1540", receipt)), Code::kAccepted);
}

TEST_F(Admission, ASealToARevokedKeyIsARefusedEntryEStale) {
  apply_roster([&](Roster& roster) {
    RosterKey& key = key_of(roster, "k1267e");
    key.status = KeyStatus::revoked;
    key.trusted_below = 2;
    key.reason = "lost";
    roster.keys.push_back(TinyExchange::key_line("k1267f", key.member, KeyUse::hpke, numbered_agreement_key(220).public_key()));
  });
  expect_refused_entry(letter(), Code::kStale);
}

TEST_F(Admission, ASealToARetiredKeyIsGoodForThirtyDays) {
  apply_roster([&](Roster& roster) {
    RosterKey& key = key_of(roster, "k1267e");
    key.status = KeyStatus::retired;
    key.until = 2;
    roster.keys.push_back(TinyExchange::key_line("k1267f", key.member, KeyUse::hpke, numbered_agreement_key(220).public_key()));
  });
  clock.advance(30ULL * 86'400'000 - 1);
  EXPECT_EQ(logged(publish("1540", letter())), Code::kAccepted);
  clock.advance(1);
  expect_refused_entry(letter(), Code::kStale);
}

TEST_F(Admission, AfterARefusedEntryTheChainGoesOn) {
  Letter answer = letter();
  answer.kind = "visit.answer";
  expect_refused_entry(answer, Code::kPolicy);
  EXPECT_EQ(logged(publish("1540", letter())), Code::kAccepted);
  EXPECT_EQ(chain_of("1540").sequence, 2U);
}

TEST_F(Admission, AnEmptyBucketIsEQuotaAndTheIdenticalBytesAreTakenLater) {
  for (std::uint64_t i = 0; i < limits.quota.burst; ++i) ASSERT_EQ(logged(publish("1540", letter())), Code::kAccepted);
  const Bytes frame = next_frame("1540", letter());
  const Refusal refusal = expect_turned_away(frame, Code::kQuota);
  EXPECT_EQ(refusal.detail, 50U);   // 20 a second
  clock.advance(refusal.detail);
  EXPECT_EQ(logged(answered(say("1540", frame))), Code::kAccepted);
}

TEST_F(Admission, AMessageOnAnotherConnectionThanThePublishingOneIsEBusy) {
  const Bytes frame = next_frame("1540", letter());
  const Refusal refusal = refused(answered(say("1540", frame, 2)), Signed::kNo);
  EXPECT_EQ(refusal.code, Code::kBusy);
  EXPECT_GT(refusal.detail, 0U);
  who_am_i("1540", 2);
  EXPECT_EQ(logged(answered(say("1540", frame, 2))), Code::kAccepted);
  EXPECT_EQ(refused(answered(say("1540", next_frame("1540", letter()), 1)), Signed::kNo).code, Code::kBusy);
}

// One batch of so many and one more: the last is not taken.
TEST_F(Admission, TheFrameAfterTheLastUnacknowledgedOneIsEBusy) {
  for (const std::uint64_t most : {std::uint64_t{kUnacknowledged}, std::uint64_t{3}}) {
    limits.quota.unacknowledged = most;
    restart();
    const std::uint64_t before = chain_of("1540").sequence;
    MessageId previous = chain_of("1540").message_id;
    who_am_i("1540");
    wire->take();
    for (std::uint64_t sequence = before + 1; sequence <= before + most + 1; ++sequence) {
      const Bytes frame = tiny.frame(tiny.member("1540"), letter(), sequence, previous, clock.now().wall_ms);
      previous = message_id_of(to_sign(tiny.network_id(), *parse_frame(frame)));
      arrive("1540", frame);
    }
    run();
    const auto frames = heard("1540");
    ASSERT_EQ(frames.size(), most + 1);
    EXPECT_EQ(std::get<Refusal>(frames.back().control).code, Code::kBusy);
    EXPECT_EQ(chain_of("1540").sequence, before + most);
  }
}

TEST_F(Admission, AClockSixMinutesAheadIsEClockWithTheMilliseconds) {
  const Refusal refusal = expect_turned_away(next_frame("1540", edited([](Header& header) {
    header.created_at_ms += 360'000;
    header.not_after_ms += 360'000;
  })), Code::kClock);
  EXPECT_EQ(refusal.detail, 360'000U);
}

TEST_F(Admission, AFrameMadeWeeksAgoIsStillAccepted) {
  clock.advance(25ULL * 86'400'000);
  EXPECT_EQ(logged(publish("1540", edited([](Header& header) { header.created_at_ms -= 24ULL * 86'400'000; }))), Code::kAccepted);
}

TEST_F(Admission, AStepOfTheBrokersClockIsEClockBrokerUntilConfirmed) {
  const Bytes frame = next_frame("1540", letter());
  clock.step_wall(120'000);
  expect_turned_away(frame, Code::kClockBroker);
  gateway->confirm_clock();
  EXPECT_EQ(logged(answered(say("1540", frame))), Code::kAccepted);
}

TEST_F(Admission, AnExpiredRosterIsERosterExpiredWhileFetchingGoesOn) {
  const Bytes logged_frame = next_frame("1540", letter());
  ASSERT_EQ(logged(answered(say("1540", logged_frame))), Code::kAccepted);
  clock.advance(91ULL * 86'400'000);
  expect_turned_away(next_frame("1540", letter()), Code::kRosterExpired);
  EXPECT_EQ(logged(answered(say("1540", logged_frame))), Code::kAccepted);
  EXPECT_EQ(fetch("1540", 0).items.size(), 3U);
}

TEST_F(Admission, ADiskAlmostFullTakesReceiptsOnly) {
  faulty->free = 100ULL << 20;
  gateway.reset();
  limits.free_bytes_min = 256ULL << 20;
  restart();
  for (const char* member : {"1267", "1540"}) who_am_i(member);
  faulty->free = 100ULL << 20;
  clock.advance(200);
  const Bytes plan = next_frame("1540", letter());
  expect_turned_away(plan, Code::kStorageFull);
  Letter receipt{{tiny.member("1267").id}, std::string(kKindReceipt), "public", "r", kSuitePlain};
  EXPECT_EQ(logged(publish("1540", receipt)), Code::kAccepted);
  EXPECT_EQ(fetch("1540", 0).items.size(), 3U);
  receipt.text = std::string(33 * 1024, 'r');   // longer than any receipt
  expect_turned_away(next_frame("1540", receipt), Code::kStorageFull);
  receipt.text = "r";
  faulty->free = 10ULL << 20;
  clock.advance(200);
  expect_turned_away(next_frame("1540", receipt), Code::kStorageFull);
  EXPECT_FALSE(faulty->reserve_held);
  faulty->free = 1ULL << 40;
  clock.advance(200);
  EXPECT_EQ(logged(publish("1540", letter())), Code::kAccepted);
  EXPECT_TRUE(faulty->reserve_held);
}

TEST_F(Admission, ADiskThatIsFullAtTheWriteConsumesNothing) {
  const Bytes frame = next_frame("1540", letter());
  faulty->fail_append = fail(Code::kStorageFull, "the disk is full");
  expect_turned_away(frame, Code::kStorageFull);
  clock.advance(2000);
  EXPECT_EQ(logged(answered(say("1540", frame))), Code::kAccepted);
}

TEST_F(Admission, ARefusalIsToldToTheOperatorOnceAMinuteWithHowManyWereNot) {
  open_log("broker_test", LogFormat::kText, "warn");
  const auto told = [&](const Bytes& frame) {
    ::testing::internal::CaptureStderr();
    say("1540", frame);
    return ::testing::internal::GetCapturedStderr();
  };
  const Bytes ahead = next_frame("1540", edited([](Header& header) { header.created_at_ms += 500'000; }));
  const std::string first = told(ahead);
  EXPECT_NE(first.find("the sender's clock is ahead of the broker's member=1540 code=E_CLOCK detail=500000 untold=0"), std::string::npos) << first;
  EXPECT_EQ(told(ahead), "");
  EXPECT_EQ(told(ahead), "");
  Bytes broken = ahead;
  broken.back() ^= 1;
  EXPECT_NE(told(broken).find("code=E_SIGNATURE"), std::string::npos);   // another code has a line of its own
  EXPECT_EQ(told(tiny.frame(tiny.member("1540"), letter(), 5, {}, clock.now().wall_ms)), "");   // E_GAP comes and goes
  clock.advance(60'000);
  EXPECT_NE(told(ahead).find("code=E_CLOCK detail=440000 untold=2"), std::string::npos);
  open_log("broker_test", LogFormat::kText, "error");
}

// Whoever may publish may have every message logged as refused.
TEST_F(Admission, ARefusedEntryIsToldToTheOperatorOnceAMinuteWithHowManyWereNot) {
  open_log("broker_test", LogFormat::kText, "warn");
  const auto told = [&](const std::string& kind) {
    Letter forbidden = letter();
    forbidden.kind = kind;
    ::testing::internal::CaptureStderr();
    publish("1540", forbidden);
    return ::testing::internal::GetCapturedStderr();
  };
  const std::string first = told("visit.answer");
  const std::string expected = "a message was logged as refused member=1540 kind=visit.answer code=E_POLICY rule=default index=2 untold=0";
  EXPECT_NE(first.find(expected), std::string::npos) << first;
  EXPECT_EQ(told("visit.answer"), "");
  EXPECT_EQ(told("visit.answer"), "");
  EXPECT_NE(told("made.up").find("code=E_SCHEMA"), std::string::npos);   // another code has a line of its own
  EXPECT_EQ(meters.rejected[Code::kPolicy], 3U);
  clock.advance(60'000);
  EXPECT_NE(told("visit.answer").find("code=E_POLICY rule=default index=6 untold=2"), std::string::npos);
  open_log("broker_test", LogFormat::kText, "error");
}

TEST_F(Admission, PayloadsOfAKeyThatIsNoLongerActiveAreDropped) {
  const Bytes frame = next_frame("1540", letter());
  apply_roster([&](Roster& roster) {
    RosterKey& key = key_of(roster, "k1540c");
    key.status = KeyStatus::revoked;
    key.trusted_below = 2;
    key.reason = "lost";
  });
  EXPECT_TRUE(say("1540", frame).empty());
  EXPECT_TRUE(say("1540", encode_control(1, WhoAmI{})).empty());
  EXPECT_EQ(meters.dropped_payloads, 2U);
}

TEST_F(Admission, BytesThatAreNoFrameAtAllAreEFormatWithZeros) {
  const Refusal refusal = one<Refusal>(say("1540", bytes_of(view_of("hello"))));
  EXPECT_EQ(refusal.code, Code::kFormat);
  EXPECT_EQ(refusal.frame_hash, kZeroHash);
  EXPECT_FALSE(refusal.signature);
}

TEST_F(Admission, AFrameThatOnlyTheBrokerSendsIsEFormat) {
  EXPECT_EQ(one<Refusal>(say("1540", encode_control(1, WhoAmIAnswer{tiny.member("1540").id, {}, 1}))).code, Code::kFormat);
}

}  // namespace
}  // namespace liaison
