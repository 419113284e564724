// SPDX-License-Identifier: Apache-2.0
// The UN Consolidated List as a connector: a file or an address is looked at, what has changed since the last good version becomes one list.entry
// message for each entry, and a list that cannot be trusted is held for a person while the last good one stays. The first list is only remembered.
// A message, its item, and the row of its entry are stored together: killed anywhere, what is left of the difference is what was not told. A version of
// which something was told counts as seen: the one before it, when it comes back, goes back in time.
//
// Items: "list DIGEST" for each file (done, or held with the reason; one that is made to wait again lets the list pass that was held for a person), and
// "REFERENCE TIME DIGEST" for each change (done with its record, or failed with the reason; one that waits again is told again).
#pragma once

#include <memory>

#include "nodes/connectors/connector.h"
#include "nodes/connectors/list_difference.h"
#include "nodes/connectors/list_source.h"
#include "nodes/connectors/list_store.h"

namespace liaison {

class UnListConnector final : public Connector {
 public:
  // kConfig for an address that may not be asked.
  static Result<std::unique_ptr<Connector>> make(const ConnectorConfig& config, const FetchRules& more = {});

  Result<ConnectorRun> run(const Door& door, std::size_t most, std::stop_token stop) override;
  Result<std::string> test(std::stop_token stop) override;

 private:
  // The last good version with the records of its entries, removed ones too.
  struct Known {
    KeptVersion version;
    std::optional<KeptVersion> being_told;   // beside it, while the rows move
    KnownList list;
    std::map<std::string, std::string> records;
  };
  // A version that is being told, as far as it has come.
  struct Telling {
    KeptVersion version;
    std::vector<ListChange> changes;
    std::size_t at = 0;
  };
  // What the desk knows of a file.
  struct Looked {
    std::optional<ConnectorItem> item;
    bool waiting = false;        // some item of this connector
  };

  UnListConnector(ConnectorConfig config, FetchRules fetch);
  Result<Bytes> source(std::stop_token stop) const;
  Result<void> look(const Door& door, std::stop_token stop, ConnectorRun& run);
  // Whether a file is the last good one, told to its end; or the one that is being told.
  bool is_last(const Hash& digest) const;
  bool goes_on(const Hash& digest) const;
  std::optional<Error> doubt_of(const ListVersion& list) const;
  Result<Looked> look_up(const Door& door, const Hash& digest);
  Result<void> load(Desk& desk);
  Result<void> take_first(const Door& door, const KeptVersion& version, const ListVersion& list, ConnectorRun& run);
  Result<void> hold(const Door& door, const Hash& digest, const Error& why, ConnectorRun& run);
  Result<void> go_on(const Door& door, std::size_t most, ConnectorRun& run);
  Result<void> tell_some(Desk& desk, Known& known, Telling& telling, std::size_t room, ConnectorRun& run, std::optional<Error>& later);
  Result<void> finish(Desk& desk, const Telling& telling);

  const ConnectorConfig config_;
  const FetchRules fetch_;
  const ListRules rules_;
  std::optional<Known> known_;       // as the rows are; nothing before the first run, or when a step has failed
  std::optional<Telling> telling_;
  TimeMs clock_ms_ = 0;              // of the node, when it was last asked
  bool loaded_ = false;              // known_ is what the rows say, which may be nothing
};

}  // namespace liaison
