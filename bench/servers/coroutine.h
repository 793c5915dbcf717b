// Coroutines on a completion queue: `co_await` starts an operation, and the
// queue's thread resumes the coroutine when the operation is done.
//
//   bench::Task Answer(bench::Queue& queue) {
//     const bool ok = co_await bench::Operation(
//         queue, [&](void* tag) { writer.Write(message, tag); });
//   }
#ifndef BENCH_SERVERS_COROUTINE_H_
#define BENCH_SERVERS_COROUTINE_H_

#include <coroutine>
#include <exception>
#include <utility>

#include "queue.h"

namespace bench {

// [wrapper]
// What such a coroutine returns. It begins when it is called and frees itself
// when it ends; nobody waits for it. Whatever its parameters refer to must
// outlive it.
struct Task {
  struct promise_type {
    static Task get_return_object() { return {}; }
    static std::suspend_never initial_suspend() { return {}; }
    static std::suspend_never final_suspend() noexcept { return {}; }
    static void return_void() {}
    static void unhandled_exception() { std::terminate(); }
  };
};

// An operation, and its tag. `start` begins it with that tag. The result of
// `co_await` is the operation's `ok`.
template <class Start>
class Operation final : public Call {
 public:
  Operation(Queue& queue, Start start)
      : Call(queue), start_(std::move(start)) {}

  bool await_ready() const { return false; }

  void await_suspend(std::coroutine_handle<> waiting) {
    waiting_ = waiting;
    start_(static_cast<Call*>(this));  // last: with a second thread on the
  }                                    // queue, this could be deleted by now

  bool await_resume() const { return ok_; }

  void Proceed(bool ok) override {
    ok_ = ok;
    waiting_.resume();  // deletes this
  }

 private:
  Start start_;
  std::coroutine_handle<> waiting_;
  bool ok_ = false;
};
// [wrapper]

}  // namespace bench

#endif  // BENCH_SERVERS_COROUTINE_H_
