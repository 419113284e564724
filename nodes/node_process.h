// SPDX-License-Identifier: Apache-2.0
// A whole node: folder, heart, line to the broker and local API, moved by step(). The program runs one; tests and the
// bench run several in one process. One thread; the channel's and the API's own threads only carry bytes.
#pragma once

#include <chrono>
#include <memory>

#include "nodes/api/routes.h"
#include "nodes/config.h"
#include "nodes/connectors/connectors.h"
#include "nodes/link.h"
#include "security/channel.h"
#include "security/durable.h"
#include "security/http.h"

namespace liaison {

class NodeProcess {
 public:
  // Locks the folder and opens all parts. kLocked, kConfig, kRoster, kPassphrase, kPermission, kStore, kIo.
  static Result<std::unique_ptr<NodeProcess>> open(const NodeConfig& config, const Secret& passphrase, Clock& clock);
  // Waits until something happens, at most so long, and works it off. `stop_fd` ends the wait. kStore: the process must end,
  // with 74 when node().store().database().sync_failed().
  Result<void> step(std::chrono::milliseconds most, int stop_fd = -1);
  // What is done is stored; nothing more is sent.
  Result<void> close();
  // Makes durable what was done and lets it out: for a caller in the same process that has used node() directly.
  Result<void> settle(Node::Commit commit = Node::Commit::kWhenDue);

  Node& node() { return *node_; }
  const Link& link() const { return *link_; }

 private:
  NodeProcess(FolderLock lock, std::filesystem::path folder, Secret passphrase, Clock& clock)
      : lock_(std::move(lock)), folder_(std::move(folder)), passphrase_(std::move(passphrase)), clock_(clock) {}
  Result<void> work();
  void look_after_keys(Now now);
  void keep_rosters();
  Result<void> recover(const Error& error);
  void tell(const std::vector<News>& news, Now now);

  FolderLock lock_;
  std::filesystem::path folder_;
  Secret passphrase_;                 // opens the key files that come while the node runs
  Clock& clock_;
  std::unique_ptr<Node> node_;
  std::unique_ptr<ClientChannel> channel_;
  std::unique_ptr<Link> link_;
  std::unique_ptr<HttpServer> http_;
  std::unique_ptr<Routes> routes_;
  std::uint64_t resume_at_ms_ = 0;    // after a full disk
  std::uint64_t keys_looked_ms_ = 0;
  std::size_t rosters_kept_ = 0;      // of the log's, in trust/
  std::filesystem::file_time_type keys_changed_{};
  std::unique_ptr<Connectors> connectors_;   // their threads end before anything else goes
};

// The node's folder opened without line and API, its views folded anew; returns how many messages were folded.
Result<std::uint64_t> rebuild_node(const NodeConfig& config, const Secret& passphrase);

}  // namespace liaison
