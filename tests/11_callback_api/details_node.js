// Reads the details of one failed Put: details_node.js NODE_MODULES PROTO HOST:PORT. Prints them as JSON.
'use strict';
const path = require('path');
const [modules, proto, address] = process.argv.slice(2);
const grpc = require(path.join(modules, '@grpc/grpc-js'));
const loader = require(path.join(modules, '@grpc/proto-loader'));
const protobuf = require(path.join(modules, 'protobufjs'));

const options = { includeDirs: [proto], keepCase: true };
const { KeyValueService } = grpc.loadPackageDefinition(loader.loadSync('kv/v1/kv.proto', options)).kv.v1;
const root = new protobuf.Root();
root.resolvePath = (_, name) => path.join(proto, name);
root.loadSync(['google/rpc/status.proto', 'google/rpc/error_details.proto'], { keepCase: true });

const client = new KeyValueService(address, grpc.credentials.createInsecure());
client.Put({ key: 'a', expected_revision: 4 }, { deadline: Date.now() + 30000 }, (error) => {
  const bytes = error.metadata.get('grpc-status-details-bin')[0];
  const status = root.lookupType('google.rpc.Status').decode(bytes);
  const found = status.details.map((any) => root.lookupType(any.type_url.split('/')[1]).decode(any.value));
  console.log(JSON.stringify({ code: error.code, message: status.message, details: found }));
  client.close();
});
