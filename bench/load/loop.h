// A closed loop: each connection always has the same number of calls in flight.
//
// Not thread-safe. Errors are printed as one line on stderr.
#ifndef BENCH_LOAD_LOOP_H_
#define BENCH_LOAD_LOOP_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "connection.h"
#include "kinds.h"
#include "measure.h"
#include "transport.h"

namespace load {

class Loop final {
 public:
  // If `tls` is null the loop uses no TLS; otherwise `tls` must outlive it.
  Loop(Kind kind, SSL_CTX* tls);
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  ~Loop();

  // Opens the connections and begins `calls` calls on each. Returns false when
  // that fails.
  bool Connect(const std::string& address, int connections, int calls);

  // Runs until `done` returns true; the loop calls it each time that data has
  // arrived. Returns false when a reply is wrong or a connection ends.
  bool Go(const std::function<bool()>& done);
  bool GoSeconds(double seconds);

  // Records all further calls in `measure`, which must outlive the loop.
  void CountInto(Measure* measure) { measure_ = measure; }

  // Makes the loop begin no further calls by itself.
  void Stop() { going_ = false; }

  // Begins one more call on the first connection. Returns false when that
  // fails.
  bool Call();

  int ended() const { return ended_; }
  // The number of calls whose response headers have arrived.
  int headers() const { return headers_; }
  // The number of DATA frames that have arrived. A server sends each small
  // message in one of them.
  int messages() const { return messages_; }

 private:
  void Ended(Connection& connection, const Reply& reply);

  const Kind kind_;
  SSL_CTX* const tls_;
  const int epoll_;
  std::vector<std::unique_ptr<Connection>> open_;
  Measure* measure_ = nullptr;
  bool going_ = true;
  int ended_ = 0;
  int headers_ = 0;
  int messages_ = 0;
  std::string wrong_;
};

}  // namespace load

#endif  // BENCH_LOAD_LOOP_H_
