// SPDX-License-Identifier: Apache-2.0
// A disk for SQLite that lives in memory and has bad luck on demand: power cuts that forget what was not synced, writes
// and syncs that fail, a disk that is full. It is registered as a VFS under its name while it lives. Every file has what
// the running program sees and what is on stable storage; a sync that fails loses what it should have brought there. The
// entry of a new file in its folder is stable only after SQLite has synced the folder. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "schemas/ids.h"

struct sqlite3_vfs;

namespace liaison {

class ForgetfulDisk {
 public:
  explicit ForgetfulDisk(std::string name);
  ~ForgetfulDisk();
  ForgetfulDisk(const ForgetfulDisk&) = delete;
  ForgetfulDisk& operator=(const ForgetfulDisk&) = delete;

  enum class Act { kCreate, kWrite, kTruncate, kSync, kRemove, kNote };
  struct Event { Act act; std::string what; };   // the file's name without its folder, or the note

  // --- what has happened
  std::uint64_t acts() const { return acts_; }                // everything that changes or syncs, since the disk was made
  const std::vector<Event>& events() const { return events_; }
  void forget_events() { events_.clear(); }
  void note(std::string what) { events_.push_back({Act::kNote, std::move(what)}); }
  // The first file with written bytes that are not on stable storage, or nothing. One that is only shorter than before, or
  // empty, may be so there or not.
  std::string unstable() const;

  // --- ends of the program that uses it; both make open files useless, so that nothing a destructor does counts
  enum class Survivors { kNone, kSome, kAll };
  // The power goes: of the unsynced writes none, a random part of the 512-byte sectors, or all are on the disk.
  void cut_power(Survivors survivors, std::uint64_t seed);
  // The process is killed: the kernel still has every write.
  void kill_process();
  // At the n-th act from now (1 is the next) the power goes: that act may be half done, every later one fails.
  void die_at(std::uint64_t nth) { die_at_ = acts_ + nth; }
  bool dead() const { return dead_; }

  // --- trouble
  enum class Trouble { kInputOutput, kFull, kShortWrite };
  struct Fault { Act act = Act::kSync; std::uint64_t nth = 1; Trouble trouble = Trouble::kInputOutput; bool for_ever = false; };
  // One fault at a time; counted from now.
  void fail(const Fault& fault);
  void heal() { fault_armed_ = false; }
  bool fault_happened() const { return fault_happened_; }
  void set_read_only(bool read_only) { read_only_ = read_only; }
  // Syncs say yes and bring nothing to stable storage: to see that a test would notice.
  void lie_about_syncs(bool lie) { sync_lies_ = lie; }

  // --- what is on stable storage, by path; a removed file is gone
  using Image = std::map<std::string, Bytes>;
  Image image() const;
  // Replaces everything; the files are stable. Open files become useless.
  void load(const Image& image);

 private:
  friend struct ForgetfulMethods;
  struct Write { std::uint64_t offset = 0; Bytes data; bool truncate = false; };   // truncate: to `offset` bytes
  struct File {
    Bytes seen, stable;
    std::vector<Write> unsynced;
    bool stable_entry = false;   // its folder names it
    bool removed = false;        // not yet on stable storage
  };
  using Files = std::map<std::string, std::shared_ptr<File>>;

  bool act(Act act, const std::string& path);
  bool fault_now(Act act);
  void sync_folder_of(const std::string& path);
  void survive(File& file, Survivors survivors, std::mt19937_64& random);
  std::shared_ptr<File> find(const std::string& path) const;

  std::string name_;
  std::unique_ptr<sqlite3_vfs> vfs_;
  Files files_;
  std::vector<Event> events_;
  std::uint64_t acts_ = 0;
  std::uint64_t die_at_ = 0;
  std::uint64_t life_ = 1;      // of the program; a file opened in an earlier one is useless
  bool dead_ = false;
  bool read_only_ = false;
  bool sync_lies_ = false;
  Fault fault_;
  std::uint64_t fault_seen_ = 0;
  bool fault_armed_ = false;
  bool fault_happened_ = false;
};

}  // namespace liaison
