// SPDX-License-Identifier: Apache-2.0
// The connectors of a node: each on its own thread, and the one door through which they reach it. Owned by the node's process; every function but
// those of the threads is called on the node's thread. Threads begin with start() and have ended when the destructor returns.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "nodes/connectors/connector.h"
#include "security/clock.h"

namespace liaison {

class Connectors {
 public:
  // Makes the tables and the connectors. kConfig for one that cannot be, with its name. One whose files cannot be used now, such as its secret,
  // says so at each run until they can: officers do not wait for it.
  static Result<std::unique_ptr<Connectors>> open(Node& node, const std::vector<ConnectorConfig>& configs, Clock& clock);
  ~Connectors();
  // What is wrong with each of them, their files included; nothing is begun.
  static std::vector<Error> faults(const std::vector<ConnectorConfig>& configs, const MemberId& member);
  void start();

  // Readable when a connector waits at the door.
  int wake_fd() const;
  // Lets in those who wait, at most `most`; `settle` brings to stable storage what they did, before any of them goes on. kStore: the node must end.
  Result<void> drain(Node& node, Routes& routes, Now now, std::size_t most, const std::function<Result<void>()>& settle);

  // As the API prints them (nodes/api/README.md). kUnknown for a name that is none, with those that there are.
  Result<nlohmann::json> list(Node& node) const;
  Result<nlohmann::json> show(Node& node, const std::string& name) const;
  // What is asked of a connector's thread; it does it at once. `by` is who asked. kTransition when it is paused already, or is not.
  Result<void> pause(Node& node, const std::string& name, const std::string& by);
  Result<void> resume(Node& node, const std::string& name, TimeMs now_ms);
  // kTransition when it is paused.
  Result<void> run_now(Node& node, const std::string& name);
  // Lets it look for what is due, unless it is paused; nothing for a name that is none.
  void wake(const std::string& name);
  // The number of the test; show() has its outcome under "test" when it is over.
  Result<std::uint64_t> begin_test(const std::string& name);
  Result<const ConnectorConfig*> config(const std::string& name) const;
  std::vector<std::string> names() const;

 private:
  struct Parts;
  explicit Connectors(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace liaison
