// SPDX-License-Identifier: Apache-2.0
// Files that another system drops: FOLDER/inbox holds JSON, CSV and iCalendar files of visits or of one kind of record, as `liaison visit import` takes
// them; each becomes records as a whole or not at all, and goes to done/ with NAME.result.json beside it, or to failed/ with NAME.problem.json. One of
// more than 500 rows is checked as a whole and stored in pieces; what a later piece stops at is said with how many rows were taken in. A file
// is known by its bytes: what was taken in is not taken in again under any name. Names that begin with a dot or end in .tmp or .part are still being
// written. A file is moved to work/ before it is read, so that nobody puts another one in its place. Killed at any moment: what lies in work/ is taken up
// again, and what was stored is found by the file's bytes.
#pragma once

#include <span>

#include "nodes/connectors/connector.h"
#include "schemas/record_kind.h"

namespace liaison {

class FilesIn final : public Connector {
 public:
  // kConfig when `takes` is no kind.
  static Result<std::unique_ptr<Connector>> make(const ConnectorConfig& config, const MemberId& member);
  // An error while the folder cannot be used, or the node has no room: the files stay where they are.
  Result<ConnectorRun> run(const Door& door, std::size_t most, std::stop_token stop) override;
  Result<std::string> test(std::stop_token stop) override;

 private:
  struct Dropped;
  FilesIn(ConnectorConfig config, MemberId member, const RecordKind* kind) : config_(std::move(config)), member_(member), kind_(kind) {}
  Result<void> make_folders();
  Result<std::vector<std::string>> fetch(std::size_t most, bool& more);
  Result<Dropped> read(const std::string& name);
  void plan(Dropped& file);
  Result<void> take_small(const Door& door, std::vector<Dropped>& files, ConnectorRun& run);
  Result<void> take_large(const Door& door, Dropped& file, std::stop_token stop);
  Result<void> take_one(Desk& desk, Dropped& file, std::optional<Error>& later);
  Result<bool> known(Desk& desk, Dropped& file);
  Result<void> act(Desk& desk, Dropped& file, std::size_t first, bool dry_run);
  Result<void> write_down(Desk& desk, Dropped& file);
  Result<void> put_away(std::span<const Dropped> files);

  const ConnectorConfig config_;
  const MemberId member_;
  const RecordKind* const kind_;   // null: visits
  std::string stuck_;              // a file of the inbox that cannot be moved, in this run
};

}  // namespace liaison
