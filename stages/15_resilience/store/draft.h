// The entries as a group of writes will leave them. Each write of the group is
// decided against those before it, although nothing is written yet.
#ifndef STORE_DRAFT_H_
#define STORE_DRAFT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "store/entry.h"

namespace kv {

/// Entries, and changes to them. Not thread-safe.
class Draft final {
 public:
  /// `entries` must not change as long as the draft is used.
  Draft(const Entries& entries, std::int64_t revision)
      : entries_(entries), revision_(revision) {}

  /// Returns the entry after the changes, or null if it is absent.
  std::shared_ptr<const Entry> Find(const std::string& key) const {
    if (const auto last = last_.find(key); last != last_.end()) {
      const Change& change = changes_[last->second];
      return change.deleted ? nullptr : change.entry;
    }
    const auto found = entries_.find(key);
    return found == entries_.end() ? nullptr : found->second;
  }

  /// Adds a change with the next revision.
  void Put(std::string key, std::string value) {
    Add(/*deleted=*/false, {std::move(key), std::move(value), revision_ + 1});
  }
  /// As Put().
  void Delete(std::string key) {
    Add(/*deleted=*/true, {std::move(key), "", revision_ + 1});
  }

  /// Asks for a write to the log, even without a change.
  void Probe() { probe_ = true; }
  bool probe() const { return probe_; }  ///< Whether that was called.

  std::int64_t revision() const { return revision_; }  ///< After the changes.
  const std::vector<Change>& changes() const {
    return changes_;
  }  ///< In order.

 private:
  void Add(bool deleted, Entry entry) {
    revision_ = entry.revision;
    changes_.push_back(
        {deleted, std::make_shared<const Entry>(std::move(entry))});
    last_[changes_.back().entry->key] = changes_.size() - 1;
  }

  const Entries& entries_;
  std::int64_t revision_;
  bool probe_ = false;
  std::vector<Change> changes_;
  std::unordered_map<std::string_view, std::size_t> last_;  // change of a key
};

}  // namespace kv

#endif  // STORE_DRAFT_H_
