// The calls that a load is made of, and which reply is right.
#ifndef BENCH_LOAD_KINDS_H_
#define BENCH_LOAD_KINDS_H_

#include <functional>
#include <optional>
#include <string>

#include "connection.h"

namespace load {

struct Kind {
  Request request;
  // What is wrong with a reply; nothing when it is right.
  std::function<std::string(const Reply&)> wrong;
};

// The Put of the entry of that number, as `fill` makes it.
Kind PutOf(int number, int value_bytes, const std::string& token);

// get: the first entry. put: the same value again. list: all entries.
// import: so many entries. pipeline: so many Gets of the first entry.
// connect: get. watch: of nothing that changes. static: get, of a server of
// files, which need not say grpc-status.
std::optional<Kind> KindOf(const std::string& name, int entries,
                           int value_bytes, const std::string& token);

}  // namespace load

#endif  // BENCH_LOAD_KINDS_H_
