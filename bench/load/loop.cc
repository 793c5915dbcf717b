#include "loop.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <iostream>
#include <utility>

namespace load {
namespace {

bool Fail(const std::string& why) {
  std::cerr << "load: " << why << "\n";
  return false;
}

}  // namespace

Loop::Loop(Kind kind, SSL_CTX* tls)
    : kind_(std::move(kind)), tls_(tls), epoll_(epoll_create1(EPOLL_CLOEXEC)) {}

Loop::~Loop() { close(epoll_); }

bool Loop::Connect(const std::string& address, int connections, int calls) {
  for (int i = 0; i < connections; ++i) {
    auto transport = Transport::Connect(address, tls_);
    if (!transport.ok()) {
      return Fail(std::string(transport.status().message()));
    }
    const auto place = open_.size();
    open_.push_back(std::make_unique<Connection>(
        *std::move(transport), kind_.request,
        [this, place](const Reply& reply) { Ended(*open_[place], reply); },
        [this](std::uint8_t type) {
          if (type == NGHTTP2_HEADERS) ++headers_;
          if (type == NGHTTP2_DATA) ++messages_;
        }));
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = open_.back().get();
    epoll_ctl(epoll_, EPOLL_CTL_ADD, open_.back()->descriptor(), &event);
    for (int j = 0; j < calls; ++j) open_.back()->Call();
    if (!open_.back()->Flush()) return Fail("the connection was closed");
  }
  return true;
}

bool Loop::Call() {
  open_.front()->Call();
  return open_.front()->Flush() || Fail("the connection was closed");
}

bool Loop::Go(const std::function<bool()>& done) {
  std::array<epoll_event, 64> events{};
  constexpr int kLookMs = 10;
  while (wrong_.empty() && !done()) {
    const int count = epoll_wait(epoll_, events.data(), events.size(), kLookMs);
    for (int i = 0; i < count; ++i) {
      const auto& event = events[static_cast<std::size_t>(i)];
      if (!static_cast<Connection*>(event.data.ptr)->Advance()) {
        return Fail("the connection was closed");
      }
    }
  }
  return wrong_.empty() || Fail(wrong_);
}

bool Loop::GoSeconds(double seconds) {
  const auto until = SteadyNs() + static_cast<std::int64_t>(seconds * kNanos);
  return Go([until] { return SteadyNs() >= until; });
}

void Loop::Ended(Connection& connection, const Reply& reply) {
  ++ended_;
  if (wrong_.empty()) wrong_ = kind_.wrong(reply);
  if (measure_ != nullptr) {
    measure_->Took(SteadyNs() - reply.began_ns, reply.bytes);
  }
  if (going_) connection.Call();
}

}  // namespace load
