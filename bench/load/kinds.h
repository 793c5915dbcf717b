// The kinds of call that the load generator makes, and the check of each reply.
#ifndef BENCH_LOAD_KINDS_H_
#define BENCH_LOAD_KINDS_H_

#include <functional>
#include <optional>
#include <string>

#include "connection.h"

namespace load {

struct Kind {
  Request request;
  // Returns what is wrong with a reply, or an empty string.
  std::function<std::string(const Reply&)> wrong;
};

// The Put with which `fill` writes the entry with this number.
Kind PutOf(int number, int value_bytes, const std::string& token);

// The kinds by name:
//   get       gets the first entry
//   absent    gets an entry that does not exist: an error
//   put       writes the same value again
//   list      lists all entries
//   import    imports `entries` entries
//   pipeline  sends `entries` Gets of the first entry
//   connect   makes the same call as get
//   watch     watches entries that never change
//   fan_out   watches the entries that put writes
//   static    makes the same call as get, to a file server, which need not
//             send grpc-status
std::optional<Kind> KindOf(const std::string& name, int entries,
                           int value_bytes, const std::string& token);

}  // namespace load

#endif  // BENCH_LOAD_KINDS_H_
