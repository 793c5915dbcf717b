"""Appends to the log of stage 14, in etcd: a server in Python would do the same."""
import grpc
from etcdserverpb import rpc_pb2, rpc_pb2_grpc


# [append]
def append(etcd: rpc_pb2_grpc.KVStub, revision: int, key: str, value: str, proposal: str) -> bool:
    """Appends a Put as this revision, if the log ends before it. Returns whether it did."""
    def change(number: int) -> bytes:
        return b"kv/changes/%020d" % number

    def put(name: bytes, text: str) -> rpc_pb2.RequestOp:
        return rpc_pb2.RequestOp(request_put=rpc_pb2.PutRequest(key=name, value=text.encode()))

    last, taken = rpc_pb2.Compare.GREATER, rpc_pb2.Compare.EQUAL  # compared with 0, the revision of a key that is absent
    conditions = [rpc_pb2.Compare(key=change(number), target=rpc_pb2.Compare.CREATE, result=result, create_revision=0)
                  for number, result in ((revision - 1, last), (revision, taken))]
    writes = [put(change(revision), f"put {proposal} {len(key.encode())} {key} {value}"),
              put(b"kv/entries/" + key.encode(), f"{revision} {value}")]
    return etcd.Txn(rpc_pb2.TxnRequest(compare=conditions, success=writes), timeout=5).succeeded
# [append]


def connect(address: str) -> rpc_pb2_grpc.KVStub:
    """Returns a stub of etcd's service KV."""
    return rpc_pb2_grpc.KVStub(grpc.insecure_channel(address))
