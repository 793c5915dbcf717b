// Tells ThreadSanitizer in which order gRPC's callback API does things. gRPC's
// library is not instrumented, so its locks and queues can't be seen, and
// everything that one reaction of a call writes and the next one reads would be
// reported as a race. A suppression would hide the real races with them.
//
// Each function here stands in front of gRPC's own and adds what gRPC promises:
// what happens before an operation starts happens before it ends. This file is
// not instrumented either; tests/support/meson.build links it.
#include <dlfcn.h>
#include <grpc/grpc.h>
#include <grpcpp/alarm.h>
#include <grpcpp/support/client_callback.h>
#include <grpcpp/support/server_callback.h>
#include <sanitizer/tsan_interface.h>

#include <functional>
#include <memory>
#include <thread>
#include <utility>

#include "absl/synchronization/mutex.h"

extern "C" char __executable_start, etext;  // by the linker

namespace {

template <class Function>
Function* Real(const char* name) {
  // NOLINTNEXTLINE(performance-no-int-to-ptr): RTLD_NEXT is -1.
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

// Whether this is in our program, and not in a library.
bool IsOurs(const void* address) {
  return address >= &__executable_start && address < &etext;
}

}  // namespace

extern "C" {

// An operation starts. Its tag comes back when it has ended.
grpc_call_error grpc_call_start_batch(grpc_call* call, const grpc_op* ops,
                                      size_t nops, void* tag, void* reserved) {
  static auto* const real =
      Real<decltype(grpc_call_start_batch)>("grpc_call_start_batch");
  __tsan_release(tag);
  return real(call, ops, nops, tag, reserved);
}

grpc_event grpc_completion_queue_next(grpc_completion_queue* cq,
                                      gpr_timespec deadline, void* reserved) {
  static auto* const real =
      Real<decltype(grpc_completion_queue_next)>("grpc_completion_queue_next");
  const grpc_event event = real(cq, deadline, reserved);
  if (event.type == GRPC_OP_COMPLETE) __tsan_acquire(event.tag);
  return event;
}

}  // extern "C"

// The locks in gRPC's headers, such as a reactor's own. Those of the library
// would put calls into an order that they need not have.
namespace absl {
ABSL_NAMESPACE_BEGIN

void Mutex::Lock() {
  static auto* const real = Real<void(Mutex*)>("_ZN4absl7debian35Mutex4LockEv");
  real(this);
  if (IsOurs(__builtin_return_address(0))) __tsan_acquire(this);
}

void Mutex::Unlock() {
  static auto* const real =
      Real<void(Mutex*)>("_ZN4absl7debian35Mutex6UnlockEv");
  if (IsOurs(__builtin_return_address(0))) __tsan_release(this);
  real(this);
}

ABSL_NAMESPACE_END
}  // namespace absl

namespace grpc {
namespace internal {

// Without gRPC's executor: whoever counts down to zero has seen the others.
void ServerCallbackCall::ScheduleOnDone(bool /*inline_ondone*/) {
  CallOnDone();
}

// The counter is that of gRPC's SetupReactor(), which has seen the constructor.
void ServerCallbackCall::CallOnCancel(ServerReactor* reactor) {
  __tsan_acquire(&on_cancel_conditions_remaining_);
  Ref();
  reactor->OnCancel();
  MaybeDone(/*inline_ondone=*/true);
}

void ClientReactor::InternalScheduleOnDone(Status status) {
  std::thread([this, status = std::move(status)] { OnDone(status); }).detach();
}

}  // namespace internal

void Alarm::SetInternal(gpr_timespec deadline, std::function<void(bool)> f) {
  static auto* const real =
      Real<void(Alarm*, gpr_timespec, std::function<void(bool)>)>(
          "_ZN4grpc5Alarm11SetInternalE12gpr_timespecSt8functionIFvbEE");
  const auto order = std::make_shared<char>();
  __tsan_release(order.get());
  real(this, deadline, [order, f = std::move(f)](bool expired) {
    __tsan_acquire(order.get());
    f(expired);
  });
}

}  // namespace grpc
