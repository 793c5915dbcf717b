// The entries of the wrong server, and its latest changes.
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

/// A store whose callers lock the mutex, so that they can do it wrong.
struct Store {
  /// Whether a key starts with a prefix.
  static bool Under(const std::string& key, const std::string& prefix) {
    return key.compare(0, prefix.size(), prefix) == 0;
  }

  /// Writes an entry, records the change, and returns its revision.
  std::int64_t Write(const std::string& key, const std::string& value);
  /// Removes an entry and records the change. Returns false if the key is
  /// absent.
  bool Erase(const std::string& key);
  /// Does and records a change that another server has made.
  void Apply(const kv::v1::WatchResponse& change);
  /// Drops the oldest changes until at most `history` are left.
  void Forget();
  /// The first change after a revision, if the store still has one.
  std::optional<kv::v1::WatchResponse> After(std::int64_t after) const;
  /// The revision of the last change that was dropped.
  std::int64_t forgotten() const { return forgotten_; }

  /// Guards the whole store. Recursive, because a SharedLog holds it while a
  /// handler runs.
  std::recursive_mutex mutex;
  std::condition_variable_any changed;           ///< Signals each change.
  std::map<std::string, kv::v1::Entry> entries;  ///< By key.
  std::set<std::string> graves;                  ///< Keys that were removed.
  std::int64_t revision = 0;                     ///< Of the last change.
  std::deque<kv::v1::WatchResponse> changes;     ///< The latest changes.
  std::size_t history = 100000;                  ///< Maximum size of `changes`.
  std::map<const void*, std::int64_t> sent;      ///< Last revision, by Watch.
  bool stopping = false;                         ///< Whether the server stops.
  /// If this is not null, each change is added to it, too.
  std::vector<kv::v1::WatchResponse>* kept = nullptr;

 private:
  void Note(const kv::v1::WatchResponse& change);

  std::int64_t forgotten_ = 0;
};

}  // namespace wrong

#endif  // WRONG_STORE_H_
