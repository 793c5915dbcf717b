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

namespace kv {

/// A number of bytes, or of other units, that concurrent calls share.
/// Thread-safe.
class Budget final {
 public:
  /// `most` is what all shares may hold together.
  explicit Budget(std::size_t most) : most_(most), left_(most) {}

  /// What one call holds until the destructor returns it. Not thread-safe.
  class Share final {
   public:
    /// `budget` must outlive the share.
    explicit Share(Budget& budget) : budget_(budget) {}
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;
    ~Share() { budget_.left_ += held_; }

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

    /// What all shares may hold together.
    std::size_t most() const { return budget_.most_; }

   private:
    Budget& budget_;
    std::size_t held_ = 0;
  };

 private:
  const std::size_t most_;
  std::atomic<std::size_t> left_;
};

}  // namespace kv

#endif  // SERVICE_BUDGET_H_
