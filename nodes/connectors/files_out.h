// SPDX-License-Identifier: Apache-2.0
// Puts a file for each message into a folder, where another system picks it up: INDEX-ID.json, INDEX the place in the log with leading zeros, so that
// names sort as the log does. Written under another name first; the same message makes the same file again.
#pragma once

#include "nodes/connectors/connector.h"

namespace liaison {

class FilesOut final : public Carrier {
 public:
  explicit FilesOut(const ConnectorConfig& config) : folder_(config.paths.at("folder")), json_(config.texts.at("form") == "json") {}
  Handed hand_over(const Parcel& parcel, std::stop_token stop) override;
  Result<std::string> test(std::stop_token stop) override;

 private:
  const std::filesystem::path folder_;
  const bool json_;
};

}  // namespace liaison
