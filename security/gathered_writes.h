// SPDX-License-Identifier: Apache-2.0
// SQLite writes a page of its write-ahead log with two calls and copies it back with a third, and on ext4 each call costs more than
// the page: this VFS hands writes that follow one another to the one below in pieces of up to 64 KiB. Order, syncs and errors stay
// those of the VFS below: what is gathered goes down before any sync, truncation or end of its file and before it is read, and bytes
// that could not be written make every sync fail until they are written anew. So a commit whose pages did not arrive fails, and
// after a crash the file is as after a crash a moment earlier. One for each Database, on its thread; it outlives the connection.
#pragma once

#include <memory>
#include <string>

struct sqlite3_vfs;

namespace liaison {

class GatheredWrites {
 public:
  // Above the registered VFS `below`, empty for the system's. The name is empty, too, when there is none of that name.
  explicit GatheredWrites(const std::string& below);
  ~GatheredWrites();
  GatheredWrites(const GatheredWrites&) = delete;
  GatheredWrites& operator=(const GatheredWrites&) = delete;
  // For sqlite3_open_v2.
  const char* name() const { return name_.c_str(); }

 private:
  std::string name_;
  std::unique_ptr<sqlite3_vfs> vfs_;
};

}  // namespace liaison
