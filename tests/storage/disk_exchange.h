// SPDX-License-Identifier: Apache-2.0
// A broker's gateway on a forgetful disk, a script of what members send to it, and an outside witness who remembers
// every promise the broker ever made: each acceptance's leaf and each checkpoint's root. What the witness knows survives
// every crash, as a member's own disk would.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "broker/gateway.h"
#include "broker/sqlite_store.h"
#include "tests/doubles/forgetful_vfs.h"
#include "tests/doubles/manual_clock.h"
#include "tests/doubles/memory_wire.h"
#include "tests/doubles/temp_folder.h"
#include "tests/doubles/tiny_exchange.h"

namespace liaison {

// What the members have been promised. A promise that changes is a test failure.
class Promises {
 public:
  explicit Promises(const TinyExchange& tiny) : tiny_(tiny) {}
  void accepted(const Acceptance& acceptance);
  void shown(const Items& items);
  // Every checkpoint that was shown must be one of this ledger's own past.
  void check_history(Ledger& ledger) const;
  // Every promised leaf stands in the store where it was promised.
  void check_leaves(Store& store) const;
  const std::map<Hash, Bytes>& leaves() const { return leaves_; }

 private:
  void seen_checkpoint(const std::string& note);
  const TinyExchange& tiny_;
  std::map<Hash, Bytes> leaves_;            // by frame hash
  std::map<std::uint64_t, Hash> roots_;     // by size
};

// Frames in the order in which they are sent, in batches; made once, so that every run sends the same bytes.
struct Script {
  struct Line { std::string member; Bytes frame; };
  std::vector<std::vector<Line>> batches;
  std::size_t restart_before = 0;            // the batch before which the broker is stopped and started
  std::vector<Hash> logged;                  // of the frames that must end up in the log, refused ones included
  static Script small(const TinyExchange& tiny);
  // Enough frames for a store of about 64 KiB.
  static Script of_64_kib(const TinyExchange& tiny);
  // Two tiles and the beginning of a third.
  static Script of_two_tiles(const TinyExchange& tiny);
};

class DiskExchange final : private ServerWire {
 public:
  DiskExchange();
  ~DiskExchange() override { stop(); }

  // One life of the broker: start, the operator's roster and policy, then the script. An error says how it ended; the
  // objects stay for a look until stop().
  Result<void> live(const Script& script);
  Result<void> start();
  Result<void> introduce();                  // roster and policy, and WHOAMI of every member
  Result<void> send(const std::vector<Script::Line>& batch);
  void stop();
  Result<void> rest();                       // steps until there is nothing left to do
  // What this member is shown from the first entry on; an error is the broker's end.
  Result<std::vector<Item>> everything_for(const std::string& member);
  Result<WhoAmIAnswer> who_am_i(const std::string& member);

  // After trouble is over: starts, compares with all promises and with the rows that were there, lives the script to its
  // end, and examines the store. Any difference is a test failure.
  void recover_and_finish(const Script& script);
  // The rows as they are, read without a broker. Nothing when the store cannot be opened.
  std::vector<LeafData> rows();

  std::size_t acceptances() const { return acceptances_; }   // released in this life
  std::size_t acceptances_since_fault() const { return acceptances_since_fault_; }   // of the disk, whatever the life
  bool gateway_runs() const { return gateway_ != nullptr; }
  // The disk's trouble came while the files were closed in peace: SQLite tidies up then, and what it could not do it does
  // at the next start.
  bool fault_in_stop() const { return fault_in_stop_; }
  const std::vector<Code>& refusals() const { return refusals_; }

  TinyExchange tiny;
  ForgetfulDisk disk{"forgetful"};
  TempFolder folder;
  ManualClock clock{TinyExchange::kStart};
  Promises promises{tiny};
  bool check_stability = true;               // at every release both files must be on stable storage
  bool one_step = false;                     // for everything that arrives: the late check stays behind what is served
  GatewayLimits limits;                      // from the next start on

  Gateway& gateway() { return *gateway_; }
  SqliteStore* store() { return store_.get(); }

 private:
  std::vector<Arrival> receive(std::size_t max) override { return inner_.receive(max); }
  Sent send(const MemberId& member, const PeerId& peer, View payload) override;
  void recheck_keys() override { inner_.recheck_keys(); }
  Result<void> run();
  void arrive(const std::string& member, Bytes payload);
  void check_rows_kept(const std::vector<LeafData>& before);
  void check_complete(const Script& script);

  Meters meters_;
  MemoryWire inner_;
  std::unique_ptr<SqliteStore> store_;
  std::unique_ptr<Gateway> gateway_;
  std::vector<std::pair<std::string, ControlFrame>> heard_;
  bool fault_in_stop_ = false;
  std::size_t acceptances_ = 0;
  std::size_t acceptances_since_fault_ = 0;
  std::vector<Code> refusals_;
  std::map<Hash, std::vector<TimeMs>> sent_at_;   // by frame hash: every time at which it was handed to a broker
};

}  // namespace liaison
