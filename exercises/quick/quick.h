// What nearly each file of a stage includes and what takes long to compile.
#include <grpcpp/grpcpp.h>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "kv/v1/kv.grpc.pb.h"
