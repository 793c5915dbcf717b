// What clients asked for, and what they were told, to be compared with what the
// store has.
#ifndef TESTS_12_PERSISTENCE_RECORD_H_
#define TESTS_12_PERSISTENCE_RECORD_H_

#include <atomic>
#include <cstdint>
#include <iostream>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace crash {

inline std::atomic<int> failures = 0;

inline void Fail(const std::string& what) {
  if (++failures < 20) std::cerr << "crash: " << what << "\n";
}

// One change as the watcher saw it, or as a client asked for it.
struct Change {
  std::string key;
  std::string value;  // unique for each write, and "" for a removal
};

// What was said about writes. `told` has the revision of each acknowledged
// write; `asked` has all values of a write, acknowledged or not.
class Record {
 public:
  void Asked(std::vector<std::string> values) {
    const std::lock_guard lock(mutex_);
    asked_.push_back(std::move(values));
  }
  void Told(std::int64_t revision, const Change& change) {
    const std::lock_guard lock(mutex_);
    if (!told_.emplace(revision, change).second) {
      Fail("revision " + std::to_string(revision) + " was given twice");
    }
  }

  // Compares with the complete history of the store.
  void Compare(const std::vector<Change>& history) const {
    std::map<std::string, std::size_t> at;  // of each value
    for (std::size_t i = 0; i < history.size(); ++i) {
      const std::string& value = history[i].value;
      if (value.empty()) continue;
      if (!at.emplace(value, i).second) Fail(value + " was written twice");
    }
    for (const auto& [revision, change] : told_) {
      const auto index = static_cast<std::size_t>(revision - 1);
      if (index >= history.size() || history[index].key != change.key ||
          history[index].value != change.value) {
        Fail("lost: revision " + std::to_string(revision) + ", " + change.key +
             " = " + change.value);
      }
    }
    for (const auto& values : asked_) {
      std::set<std::size_t> found;
      for (const std::string& value : values) {
        if (at.count(value) > 0) found.insert(at[value]);
      }
      const bool whole = found.size() == values.size() &&
                         *found.rbegin() - *found.begin() + 1 == found.size();
      if (!found.empty() && !whole) Fail("half of " + values.front());
    }
    std::cout << asked_.size() << " writes, " << told_.size()
              << " acknowledged, " << history.size() << " changes";
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::int64_t, Change> told_;
  std::vector<std::vector<std::string>> asked_;
};

}  // namespace crash

#endif  // TESTS_12_PERSISTENCE_RECORD_H_
