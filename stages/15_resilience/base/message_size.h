// The largest message that server and client send and accept.
#ifndef BASE_MESSAGE_SIZE_H_
#define BASE_MESSAGE_SIZE_H_

namespace kv {

/// In bytes. Twice the largest value, so that every message of the contract
/// fits. gRPC's default is 4 MiB for messages that it receives, and no limit
/// for those that it sends.
constexpr int kMaxMessageBytes = 2 << 20;

}  // namespace kv

#endif  // BASE_MESSAGE_SIZE_H_
