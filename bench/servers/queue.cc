#include "queue.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "absl/flags/flag.h"
#include "common.h"

ABSL_FLAG(std::int32_t, queues, 1, "completion queues, each with a thread");
// The number is small because Debian's gRPC is built with assertions, and for
// each event it searches all pending operations of the queue.
ABSL_FLAG(std::int32_t, calls_at_once, 8, "of each rpc, in each queue");

namespace bench {
namespace {

void Work(grpc::ServerCompletionQueue& completion,
          const std::function<void(Queue&)>& make_calls) {
  Queue queue{&completion};
  const int calls_at_once = std::max(1, absl::GetFlag(FLAGS_calls_at_once));
  for (int i = 0; i < calls_at_once; ++i) make_calls(queue);
  void* tag = nullptr;
  bool ok = false;
  while (queue.calls > 0 && completion.Next(&tag, &ok)) {
    static_cast<Call*>(tag)->Proceed(ok);
  }
}

// Removes the remaining events, which belong to gRPC itself.
void Drain(grpc::ServerCompletionQueue& completion) {
  completion.Shutdown();
  void* tag = nullptr;
  bool ok = false;
  while (completion.Next(&tag, &ok)) {
  }
}

}  // namespace

void ServeQueues(grpc::ServerBuilder& builder, const kv::StopSignal& stop,
                 const std::function<void(Queue&)>& make_calls) {
  std::vector<std::unique_ptr<grpc::ServerCompletionQueue>> queues(
      std::max(1, absl::GetFlag(FLAGS_queues)));
  for (auto& queue : queues) queue = builder.AddCompletionQueue();
  const Started started = Start(builder);
  std::vector<std::thread> threads;
  threads.reserve(queues.size());
  for (const auto& queue : queues) {
    threads.emplace_back([&] { Work(*queue, make_calls); });
  }
  ServeUntil(stop, started);
  // Each call ends now, and the thread of a queue ends after its last call.
  for (std::thread& thread : threads) thread.join();
  // This must come after the threads have ended: gRPC aborts when a call uses a
  // queue that is shut down.
  for (const auto& queue : queues) Drain(*queue);
}

}  // namespace bench
