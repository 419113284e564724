// SPDX-License-Identifier: Apache-2.0
// Every edit of one byte and every truncation of ten signed frames: admission turns them away as the work of a stranger,
// unsigned, and the whole frames are still good afterwards. (The decoders' own are in tests/schemas.)
#include "tests/broker/exchange_fixture.h"
#include "tests/storage/effort.h"

namespace liaison {
namespace {

class OneByte : public RunningExchange {
 protected:
  OneByte() {
    const std::vector<MemberId> others = tiny.others(tiny.member("1540").id);
    for (const char* text : {"", "a", "a body"}) frames_.push_back(made("1540", others, "visit.plan", "named", text, kSuiteSealed));
    frames_.push_back(made("1267", {tiny.member("1373").id}, "visit.plan", "committees", "to one", kSuiteSealed));
    frames_.push_back(made("1373", {tiny.member("1540").id}, "visit.plan", "public", std::string(255, 'x'), kSuiteSealed));
    frames_.push_back(made("1373", {tiny.member("1540").id}, "visit.plan", "public", std::string(256, 'x'), kSuiteSealed));
    frames_.push_back(made("1267", {tiny.member("1540").id}, "visit.answer", "named", "no rule allows it", kSuiteSealed));
    frames_.push_back(made("1267", {tiny.member("1540").id}, "visit.plan", "named", "plain", kSuitePlain));
    frames_.push_back(made("1540", {tiny.member("1267").id}, "receipt", "public", "", kSuitePlain));
    frames_.push_back(made("1540", {tiny.member("1373").id}, "receipt", "public", std::string(90, 'r'), kSuitePlain));
  }
  struct Specimen { MemberId from; Bytes bytes; };
  Specimen made(const std::string& from, std::vector<MemberId> to, std::string kind, std::string marking, std::string text, std::uint8_t suite) {
    const Letter letter{std::move(to), std::move(kind), std::move(marking), std::move(text), suite};
    return {tiny.member(from).id, tiny.frame(tiny.member(from), letter, 1, {}, clock.now().wall_ms)};
  }
  Judgement judged(const MemberId& from, Bytes bytes) {
    const Exchange& exchange = gateway->exchange();
    return judge(from, std::move(bytes), {exchange.charter(), exchange.fold(), exchange.size(), clock.now().wall_ms, clock.now()}, quotas_);
  }
  void expect_stranger(const MemberId& from, Bytes bytes, std::size_t at) {
    const Judgement judgement = judged(from, std::move(bytes));
    const auto* away = std::get_if<TurnedAway>(&judgement);
    ASSERT_NE(away, nullptr) << "byte " << at;
    ASSERT_FALSE(away->sign) << "byte " << at;
    constexpr std::array kOfStrangers{Code::kFormat, Code::kSize, Code::kKey, Code::kSignature};
    ASSERT_NE(std::find(kOfStrangers.begin(), kOfStrangers.end(), away->refusal.code), kOfStrangers.end()) << code_name(away->refusal.code);
  }
  void expect_all_good() {
    for (const Specimen& one : frames_) EXPECT_TRUE(std::holds_alternative<Admitted>(judged(one.from, one.bytes)));
  }
  static QuotaLimits plenty() {
    QuotaLimits many;
    many.burst = many.receipts_burst = 1000;
    return many;
  }

  std::vector<Specimen> frames_;
  Quotas quotas_{plenty()};
};

TEST_F(OneByte, EveryTruncationIsTurnedAway) {
  ASSERT_EQ(frames_.size(), 10U);
  expect_all_good();
  for (const Specimen& one : frames_) {
    // A copy of exactly its size, so that a read beyond the end is a read beyond the allocation.
    for (std::size_t size = 0; size < one.bytes.size(); ++size) {
      expect_stranger(one.from, Bytes(one.bytes.begin(), one.bytes.begin() + static_cast<std::ptrdiff_t>(size)), size);
      if (HasFatalFailure()) return;
    }
  }
  expect_all_good();
}

// What a signature covers of header and body are their hashes, which every edit changes. The check itself, the dear part, is
// made for every edit of the first frame's prefix and for every bit of all. Of bodies, which nobody here reads, the quick tier
// edits bits only. LIAISON_CAMPAIGN=1 makes every edit of all with the check.
TEST_F(OneByte, EveryEditIsTurnedAway) {
  expect_all_good();
  for (const Specimen& one : frames_) {
    const FrameView whole = *parse_frame(one.bytes);
    const ToSign good = to_sign(tiny.network_id(), whole);
    const std::size_t body_at = kFramePrefixBytes + whole.header.size();
    Bytes bytes = one.bytes;
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      for (int flip = 1; flip < 256; ++flip) {
        const bool one_bit = (flip & (flip - 1)) == 0;
        if (at >= body_at && !one_bit && !whole_campaign()) continue;
        bytes[at] = static_cast<std::uint8_t>(one.bytes[at] ^ flip);
        const auto form = parse_frame(bytes);
        if (form && at >= kFramePrefixBytes) {
          ASSERT_NE(to_sign(tiny.network_id(), *form), good) << "byte " << at;
        }
        const bool dear = whole_campaign() || (&one == &frames_.front() && at < kFramePrefixBytes);
        if (dear || !form || one_bit) expect_stranger(one.from, bytes, at);
        if (HasFatalFailure()) return;
      }
      bytes[at] = one.bytes[at];
    }
  }
  expect_all_good();
}

}  // namespace
}  // namespace liaison
