// A bound on the memory that concurrent calls hold together.
//
//   kv::Budget budget(256 << 20);     // one for all calls
//   kv::Budget::Share share(budget);  // one in each call
//   if (!share.Take(bytes)) return too_much;
#ifndef STAGE_BUDGET_H_
#define STAGE_BUDGET_H_

#include <atomic>
#include <cstddef>

namespace kv {

/// Bytes that several calls share. Thread-safe.
class Budget final {
 public:
  /// @param bytes how many all shares may hold together.
  explicit Budget(std::size_t bytes) : left_(bytes) {}

  /// What one call holds; given back when it is destroyed. For one thread.
  class Share final {
   public:
    /// @param budget where it takes from; must outlive the share.
    explicit Share(Budget& budget) : budget_(budget) {}
    /// Gives back what it holds.
    ~Share() { budget_.left_ += held_; }

    /// Takes more bytes. Does not wait for other calls to give theirs back.
    /// @param bytes how many more.
    /// @return false when fewer are left; then none is taken.
    bool Take(std::size_t bytes) {
      std::size_t left = budget_.left_;
      do {
        if (bytes > left) return false;
      } while (!budget_.left_.compare_exchange_weak(left, left - bytes));
      held_ += bytes;
      return true;
    }

    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

   private:
    Budget& budget_;
    std::size_t held_ = 0;
  };

 private:
  std::atomic<std::size_t> left_;
};

}  // namespace kv

#endif  // STAGE_BUDGET_H_
