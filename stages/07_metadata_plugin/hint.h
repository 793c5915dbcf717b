// When a message of a stream may wait for the next one.
#ifndef STAGE_HINT_H_
#define STAGE_HINT_H_

#include <grpcpp/grpcpp.h>

namespace kv {

// [hint]
/// How to write a message of a stream. A hinted one may wait for the next, so
/// that many small ones leave together. Never the last: nothing would send it.
/// Nor the first: its Write often does not return (grpc/grpc#12975).
/// @param first whether no message went before it.
/// @param last whether the next one is not there yet, or never comes.
/// @return the options for Write().
inline grpc::WriteOptions Hint(bool first, bool last) {
  grpc::WriteOptions options;
  if (!first && !last) options.set_buffer_hint();
  return options;
}
// [hint]

}  // namespace kv

#endif  // STAGE_HINT_H_
