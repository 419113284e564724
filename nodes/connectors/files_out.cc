// SPDX-License-Identifier: Apache-2.0
#include "nodes/connectors/files_out.h"

#include "nodes/connectors/own_folder.h"

namespace liaison {

Handed FilesOut::hand_over(const Parcel& parcel, std::stop_token) {
  std::string place = std::to_string(parcel.index);
  place.insert(0, 12 - std::min<std::size_t>(12, place.size()), '0');
  const std::string name = place + "-" + parcel.id.substr(0, 16) + (json_ ? ".json" : ".txt");
  const std::string text = json_ ? parcel.content.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n" : parcel.text;
  auto written = make_own_folder(folder_);
  if (written) written = write_own_file(folder_, name, text);
  if (!written) return {Handed::How::kAgain, written.error().what, {}};
  return {Handed::How::kDone, name, {}};
}

Result<std::string> FilesOut::test(std::stop_token) {
  TRY(make_own_folder(folder_));
  return "the folder can be written";
}

}  // namespace liaison
