"""Assigns the instructions of a call to layers, by the name of the function that they belong to."""
import re

# The first pattern that matches the name of the function or of its library decides.
LAYERS = {
    "TLS and SHA-256": r"libcrypto|libssl|tsi_|secure_endpoint|frame_protector|SSL",
    "the search for deadlocks": r"GraphCycles|graphcycles|ForgetDeadlockInfo",
    "locks": r"Mutex|CondVar|libabsl_(synchronization|base|spinlock_wait)|gpr_(mu|cv)_|pthread_(mutex|cond)",
    "memory": r"malloc|calloc|realloc|\bfree$|_int_free|operator (new|delete)|unlink_chunk|tcache|mem(cpy|move|set)"
              r"|core::Arena|gpr_free|arena_alloc|Memory(Owner|Allocator|Quota)",
    "thread-local variables": r"tls_get_addr|TLS (init|wrapper)|pthread_[gs]etspecific",
    "headers (HPACK)": r"HPack|hpack|Huff|MetadataMap|metadata_detail|ParsedMetadata",
    "messages (protobuf)": r"google::protobuf|libprotobuf|kv::v1::\w+(Request|Response|Entry)\b|ProtoBuffer|Generic(Des|S)erialize",
    "our own code": r"^(kv|bench)::(?!v1)|^anonymous::(Usual|Service|Get|Put)",
    "frames and the socket (HTTP/2)": r"chttp2|grpc_transport|grpc_stream|[Ss]lice|endpoint|tcp_|pollset|epoll|_fd_|deframe|FlowControl|BdpEstimator",
    "closures": r"Combiner|combiner|ExecCtx|[Cc]losure|MultiProducer",
    "calls, filters and queues": r"grpc_call|grpc_cq|grpc_core|grpc_byte_buffer|call_stack|completion_queue",
    "gRPC's C++ interface": r"grpc::|libgrpc\+\+",
}
REST = "the rest"
_PATTERNS = {name: re.compile(pattern) for name, pattern in LAYERS.items()}


def layer(function: str, library: str) -> str:
    """Returns the layer of a function. `function` is the name in Callgrind's output, including the parameters."""
    name = function.replace("(anonymous namespace)", "anonymous").partition("(")[0]
    found = (layer for layer, pattern in _PATTERNS.items() if pattern.search(name) or pattern.search(library))
    return next(found, REST)
