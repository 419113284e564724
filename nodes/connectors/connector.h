// SPDX-License-Identifier: Apache-2.0
// A connector joins another system of the committee to its node. Each runs on a thread of its own, since it waits for disks, networks and programs
// of others; it reaches the node through a Door only. What it has to remember stands in node.db (connector_store.h), and an effect and its row are
// stored together: a connector that is killed at any moment goes on where its last stored row says.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "nodes/connectors/connector_config.h"
#include "nodes/connectors/connector_store.h"
#include "nodes/node.h"

namespace liaison {

class Routes;

// The node, on its own thread and inside its step, as a connector may use it.
struct Desk {
  Node& node;
  Routes& routes;
  ConnectorStore& store;
  Now now;
};

// Runs a function at the desk. When it returns without an error, what the function did is on stable storage. kHalted when the node is ending;
// kStore when it must; else the function's own error, which takes back nothing: acts at the desk take themselves back.
using Door = std::function<Result<void>(const std::function<Result<void>(Desk&)>&)>;

// What one run has done.
struct ConnectorRun {
  std::uint64_t done = 0, failed = 0;
  std::uint64_t cost = 0; // how many items it counts for in per_minute, where that is more than those: rows, calls
  bool more = false;      // there is more to do at once
  std::string words;      // for people: "3 files taken in"; empty when there was nothing
  std::string pause;      // why it pauses itself from now on; empty otherwise
  std::optional<TimeMs> next_ms;   // wall time at which there is something to do again, if it is before the next run
  std::chrono::seconds rest{0};    // how long the other side wants to be left alone
};

class Connector {
 public:
  virtual ~Connector() = default;
  // Does what there is to do, at most `most` items. An error (kIo, kUnreachable, ...) means that the other side cannot be used now; what was done
  // before it is stored, and the run is made again later. Ends soon when asked to stop.
  virtual Result<ConnectorRun> run(const Door& door, std::size_t most, std::stop_token stop) = 0;
  // Whether it could: a sentence of what was found. Changes nothing here and sends nothing but what says that it is a test.
  virtual Result<std::string> test(std::stop_token stop) = 0;
  // A descriptor that is readable when there is something to do before its time; -1 for none.
  virtual int wake_fd() const { return -1; }
  // Tells those who come while it is paused, or has done what per_minute lets it, to come again; never at the desk.
  virtual void turn_away(bool paused) { (void)paused; }
};

// A message on its way out, as the connector's rule lets it through.
struct Parcel {
  std::uint64_t number = 0;       // of its row
  std::string id;                 // the message id in hex: the same in every try
  std::string kind, record;
  std::uint64_t index = 0;        // in the log
  TimeMs accepted_ms = 0;
  std::uint32_t tries = 0;        // before this one
  nlohmann::json content;         // forwarded.h says what stands in it
  std::string text;               // of rule.text; the JSON when there is none
};

// What became of a parcel.
struct Handed {
  enum class How : std::uint8_t {
    kDone,      // the other side has it
    kAgain,     // not now: it is tried again
    kRefused,   // never: it is kept with the reason until an officer sends it again
    kGone,      // the other side wants nothing any more: the connector pauses
  };
  How how = How::kDone;
  std::string words;                               // why, for people
  std::optional<std::chrono::seconds> not_before;  // what the other side asked for
};

// The other side of an outgoing connector.
class Carrier {
 public:
  virtual ~Carrier() = default;
  // Within 30 seconds.
  virtual Handed hand_over(const Parcel& parcel, std::stop_token stop) = 0;
  // How many bytes of text leave as one thing, such as a letter; 0: one parcel after the other. Else hand_over_all is asked, and what became of it
  // became of each.
  virtual std::size_t takes_together() const { return 0; }
  virtual Handed hand_over_all(std::span<const Parcel> parcels, std::stop_token stop) { return hand_over(parcels.front(), std::move(stop)); }
  virtual Result<std::string> test(std::stop_token stop) = 0;
};

// Makes a connector of its kind; kConfig for what cannot be. `secrets` are read from files that only the node may read.
Result<std::unique_ptr<Connector>> make_connector(const ConnectorConfig& config, const MemberId& member);

}  // namespace liaison
