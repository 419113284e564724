// SPDX-License-Identifier: Apache-2.0
#include "nodes/connectors/out_connector.h"

#include <set>

#include "nodes/connectors/forwarding.h"

namespace liaison {

namespace {

constexpr std::size_t kLooksAtOnce = 64;
constexpr std::uint64_t kWaitingMost = 10'000;   // rows are made as they can leave: a receiver that is down fills no database
constexpr std::size_t kTroublesMost = 3;         // tries in a row that failed: the other side is down, not one message wrong

}  // namespace

Result<ConnectorRun> OutConnector::run(const Door& door, std::size_t most, std::stop_token stop) {
  ConnectorRun run;
  std::vector<Parcel> parcels;
  if (const auto in = door([&](Desk& desk) -> Result<void> {
    const auto counts = TRY(desk.store.counts(config_.name));
    if (counts.waiting < kWaitingMost) run.more = TRY(look_for_parcels(desk, config_, kLooksAtOnce));
    parcels = TRY(parcels_due(desk, config_, most));
    return {};
  }); !in) return in.error();
  std::set<std::string> behind;   // records of which something waits now: what follows stays behind it
  std::size_t troubles = 0;
  for (const Parcel& parcel : parcels) {
    if (stop.stop_requested() || !run.pause.empty() || troubles == kTroublesMost) break;
    if (!parcel.record.empty() && behind.contains(parcel.record)) continue;
    const std::uint64_t before = run.done + run.failed;
    TRY(hand_over(door, parcel, run, stop));
    troubles = run.done + run.failed > before ? 0 : troubles + 1;
    if (troubles > 0) behind.insert(parcel.record);
  }
  if (run.done > 0) run.words = std::to_string(run.done) + (run.done == 1 ? " message handed over" : " messages handed over");
  if (run.failed > 0) run.words += (run.words.empty() ? "" : ", ") + std::to_string(run.failed) + " refused: liaison connector items " + config_.name;
  if (troubles > 0 && run.done + run.failed == 0 && run.pause.empty() && !stop.stop_requested()) return fail(Code::kUnreachable, trouble_);
  run.more = run.pause.empty() && troubles == 0 && (run.more || parcels.size() == most);
  return run;
}

Result<void> OutConnector::hand_over(const Door& door, const Parcel& parcel, ConnectorRun& run, std::stop_token stop) {
  const Handed handed = carrier_->hand_over(parcel, stop);
  if (stop.stop_requested() && handed.how == Handed::How::kAgain) return {};   // it was cut off by the node's end, which is no try
  if (handed.how == Handed::How::kDone) ++run.done;
  if (handed.how == Handed::How::kRefused) ++run.failed;
  if (handed.how == Handed::How::kGone) run.pause = handed.words;
  if (handed.how == Handed::How::kAgain) trouble_ = handed.words;
  return door([&](Desk& desk) { return parcel_handed(desk, parcel, handed, give_up_); });
}

}  // namespace liaison
