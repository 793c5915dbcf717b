#include "server/metrics_page.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <exception>
#include <future>

#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "server/listen.h"

namespace kv {
namespace {

// Connects to a port of this machine and closes the connection.
void Connect(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  // If it listens on another address, this fails, and it stops later.
  static_cast<void>(connect(client, reinterpret_cast<const sockaddr*>(&address),
                            sizeof(address)));
  close(client);
}

}  // namespace

// [serve]
absl::StatusOr<std::unique_ptr<MetricsPage>> MetricsPage::Serve(
    const std::string& address, const Metrics& metrics,
    std::shared_ptr<prometheus::Collectable> figures) {
  if (address.empty()) return nullptr;
  std::unique_ptr<prometheus::Exposer> exposer;
  try {
    exposer = std::make_unique<prometheus::Exposer>(address);
  } catch (const std::exception&) {
    return absl::UnavailableError(
        absl::StrCat("cannot serve metrics on ", address,
                     ": in use, or no address of this machine"));
  }
  const int port = exposer->GetListeningPorts().front();
  const auto bound = BoundAddress(address, port);
  if (!bound.ok()) return bound.status();
  exposer->RegisterCollectable(metrics.registry());
  exposer->RegisterCollectable(figures);
  WriteIfReady(absl::StrCat("server: metrics at http://", *bound, "/metrics"));
  return absl::WrapUnique(
      new MetricsPage(std::move(figures), std::move(exposer)));
}
// [serve]

// The library's thread looks every two seconds whether it has to stop, and when
// somebody connects.
MetricsPage::~MetricsPage() {
  const int port = exposer_->GetListeningPorts().front();
  const auto stopped =
      std::async(std::launch::async, [this] { exposer_.reset(); });
  while (stopped.wait_for(std::chrono::milliseconds(10)) !=
         std::future_status::ready) {
    Connect(port);
  }
}

}  // namespace kv
