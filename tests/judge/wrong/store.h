// The entries of the wrong server, and the changes that led to them.
#ifndef WRONG_STORE_H_
#define WRONG_STORE_H_

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "kv/v1/kv.pb.h"

namespace wrong {

/// A store that its users lock themselves, so that they can do it wrong.
struct Store {
  /// Whether a change is under a prefix.
  static bool Under(const std::string& key, const std::string& prefix) {
    return key.compare(0, prefix.size(), prefix) == 0;
  }

  /// Writes an entry, notes the change, and gives its revision.
  std::int64_t Write(const std::string& key, const std::string& value);
  /// Removes an entry and notes the change; false when it is not there.
  bool Erase(const std::string& key);
  /// Forgets the oldest changes until as many are left as are to be kept.
  void Forget();
  /// The first change after a revision, if it is still there.
  std::optional<kv::v1::WatchResponse> After(std::int64_t after) const;
  /// The revision that the changes begin after.
  std::int64_t forgotten() const { return forgotten_; }

  std::mutex mutex;                              ///< Guards all of it.
  std::condition_variable changed;               ///< Something was changed.
  std::map<std::string, kv::v1::Entry> entries;  ///< By key.
  std::set<std::string> graves;                  ///< Keys that were removed.
  std::int64_t revision = 0;                     ///< Of the last change.
  std::deque<kv::v1::WatchResponse> changes;     ///< The last ones.
  std::size_t history = 100000;                  ///< How many are kept.
  std::map<const void*, std::int64_t> sent;      ///< How far each Watch is.
  bool stopping = false;                         ///< The server stops.

 private:
  void Note(const kv::v1::WatchResponse& change);

  std::int64_t forgotten_ = 0;
};

}  // namespace wrong

#endif  // WRONG_STORE_H_
