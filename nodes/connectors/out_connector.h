// SPDX-License-Identifier: Apache-2.0
// The half of an outgoing connector that all of them share: messages that its rule lets through become rows, rows whose time has come are handed to the
// carrier one after the other, and what became of each is stored before the next of the same record leaves. Killed between the carrier and the row, the
// same parcel leaves again under the same id, by which the other side knows it.
#pragma once

#include "nodes/connectors/connector.h"

namespace liaison {

class OutConnector final : public Connector {
 public:
  OutConnector(ConnectorConfig config, std::unique_ptr<Carrier> carrier, std::chrono::hours give_up)
      : config_(std::move(config)), carrier_(std::move(carrier)), give_up_(give_up) {}
  Result<ConnectorRun> run(const Door& door, std::size_t most, std::stop_token stop) override;
  Result<std::string> test(std::stop_token stop) override { return carrier_->test(stop); }

 private:
  // What one run has come to.
  struct Round {
    std::vector<Parcel> parcels;
    std::uint64_t waiting = 0;      // rows, before it
    std::size_t troubles = 0;       // tries in a row that failed
    std::chrono::steady_clock::time_point looked;   // when what may leave was last looked at
    bool over = false;              // paused; or the other side is down, gone, or wants to be left alone
  };
  Result<std::vector<Parcel>> gather_together(Desk& desk, ConnectorRun& run);
  Result<void> look_once_more(const Door& door, std::vector<Parcel>& parcels, Round& round);
  Result<void> gather(const Door& door, std::size_t most, Round& round, ConnectorRun& run);
  Result<void> hand_over(const Door& door, std::span<const Parcel> parcels, Round& round, ConnectorRun& run, std::stop_token stop);

  const ConnectorConfig config_;
  const std::unique_ptr<Carrier> carrier_;
  const std::chrono::hours give_up_;
  std::string trouble_;   // of the other side as a whole, until something is handed over
};

}  // namespace liaison
