// SPDX-License-Identifier: Apache-2.0
#include "nodes/connectors/out_connector.h"

#include <set>

#include "nodes/connectors/forwarding.h"

namespace liaison {

namespace {

constexpr std::size_t kLooksAtOnce = 64;
constexpr std::size_t kManyAtOnce = 500;         // in one letter
constexpr std::uint64_t kWaitingMost = 10'000;   // rows are made as they can leave: a receiver that is down fills no database
constexpr std::size_t kTroublesMost = 3;         // tries in a row that failed: the other side is down, not one message wrong

}  // namespace

Result<ConnectorRun> OutConnector::run(const Door& door, std::size_t most, std::stop_token stop) {
  ConnectorRun run;
  Round round;
  const bool many = carrier_->takes_many();
  TRY(gather(door, many ? kManyAtOnce : most, round, run));
  if (many && !round.parcels.empty()) TRY(hand_over(door, round.parcels, round, run, stop));
  std::set<std::string> behind;   // records of which something waits now: what follows stays behind it
  for (const Parcel& parcel : round.parcels) {
    if (many || round.over || stop.stop_requested()) break;
    if (behind.contains(parcel.record)) continue;
    const std::size_t before = round.troubles;
    TRY(hand_over(door, {&parcel, 1}, round, run, stop));
    if (round.troubles > before && !parcel.record.empty()) behind.insert(parcel.record);
  }
  if (run.done > 0) run.words = std::to_string(run.done) + (run.done == 1 ? " message handed over" : " messages handed over");
  if (run.failed > 0) run.words += (run.words.empty() ? "" : ", ") + std::to_string(run.failed) + " refused: liaison connector items " + config_.name;
  // What waits for its time does not make the other side well again.
  const bool still = round.parcels.empty() && round.waiting > 0 && !trouble_.empty();
  const bool down = still || (round.troubles > 0 && run.done + run.failed == 0 && run.rest.count() == 0);
  if (down && run.pause.empty() && !stop.stop_requested()) return fail(Code::kUnreachable, trouble_);
  run.more = !round.over && round.troubles == 0 && (run.more || round.parcels.size() == (many ? kManyAtOnce : most));
  if (run.more) return run;
  const auto told = door([&](Desk& desk) -> Result<void> {
    run.next_ms = TRY(desk.store.next_due(config_.name));
    return {};
  });
  if (!told) return told.error();
  return run;
}

Result<void> OutConnector::gather(const Door& door, std::size_t most, Round& round, ConnectorRun& run) {
  return door([&](Desk& desk) -> Result<void> {
    const auto counts = TRY(desk.store.counts(config_.name));
    if (counts.waiting < kWaitingMost) run.more = TRY(look_for_parcels(desk, config_, kLooksAtOnce));
    round.waiting = counts.waiting;
    round.parcels = TRY(parcels_due(desk, config_, most));
    return {};
  });
}

Result<void> OutConnector::hand_over(const Door& door, std::span<const Parcel> parcels, Round& round, ConnectorRun& run, std::stop_token stop) {
  const Handed handed = parcels.size() == 1 ? carrier_->hand_over(parcels.front(), stop) : carrier_->hand_over_all(parcels, stop);
  if (stop.stop_requested() && handed.how == Handed::How::kAgain) return {};   // it was cut off by the node's end, which is no try
  round.troubles = handed.how == Handed::How::kAgain ? round.troubles + 1 : 0;
  if (handed.how == Handed::How::kDone) run.done += parcels.size();
  if (handed.how == Handed::How::kRefused) run.failed += parcels.size();
  if (handed.how == Handed::How::kGone) run.pause = handed.words;
  trouble_ = handed.how == Handed::How::kAgain ? handed.words : "";
  if (handed.not_before) run.rest = *handed.not_before;
  round.over = !run.pause.empty() || round.troubles == kTroublesMost || run.rest.count() > 0;
  return door([&](Desk& desk) -> Result<void> {
    for (const Parcel& one : parcels) TRY(parcel_handed(desk, one, handed, give_up_));
    return {};
  });
}

}  // namespace liaison
