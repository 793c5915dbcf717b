// A limit for what concurrent calls hold together: bytes of memory, or places
// among the running calls.
//
//   kv::Budget budget(256 << 20);     // one for all calls
//   kv::Budget::Share share(budget);  // one in each call
//   if (!share.Take(bytes)) return too_much;
#ifndef SERVICE_BUDGET_H_
#define SERVICE_BUDGET_H_

#include <atomic>
#include <cstddef>
#include <map>
#include <mutex>
#include <string>

namespace kv {

/// A number of bytes, or of other units, that concurrent calls share.
/// Thread-safe.
class Budget final {
 public:
  /// `most` is what all shares may hold together, and `most_each` what those of
  /// one user may; 0 means as much as all.
  explicit Budget(std::size_t most, std::size_t most_each = 0)
      : most_(most), most_each_(most_each), left_(most) {}

  /// What one call holds until the destructor returns it. Not thread-safe.
  class Share final {
   public:
    /// `budget` must outlive the share.
    explicit Share(Budget& budget) : budget_(budget) {}
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;
    ~Share() {
      budget_.left_ += held_;
      if (user_ != nullptr) --*user_;
    }

    /// Takes this many more units, if at least `spare` remain. Otherwise takes
    /// none and returns false. Never waits for other calls.
    bool Take(std::size_t units, std::size_t spare = 0) {
      std::size_t left = budget_.left_;
      do {
        if (units > left || spare > left - units) return false;
      } while (!budget_.left_.compare_exchange_weak(left, left - units));
      held_ += units;
      return true;
    }

    /// Counts this share as one of the user's, if the user may have one more.
    /// Otherwise returns false. Call it at most once.
    bool CountFor(const std::string& user) {
      if (budget_.most_each_ == 0) return true;
      std::atomic<std::size_t>& held = budget_.HeldBy(user);
      if (++held > budget_.most_each_) {
        --held;
        return false;
      }
      user_ = &held;
      return true;
    }

    /// What all shares may hold together.
    std::size_t most() const { return budget_.most_; }

   private:
    Budget& budget_;
    std::size_t held_ = 0;
    std::atomic<std::size_t>* user_ = nullptr;  // how many shares the user has
  };

 private:
  // The counter stays where it is. There is one for each name in the token
  // file, so a client can't make more of them.
  std::atomic<std::size_t>& HeldBy(const std::string& user) {
    const std::lock_guard lock(mutex_);
    return users_[user];
  }

  const std::size_t most_;
  const std::size_t most_each_;
  std::mutex mutex_;
  std::map<std::string, std::atomic<std::size_t>> users_;  // guarded by mutex_
  std::atomic<std::size_t> left_;
};

}  // namespace kv

#endif  // SERVICE_BUDGET_H_
