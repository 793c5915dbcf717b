// The KeyValueService in Node: server.js --listen=127.0.0.1:0
'use strict';
// [load]
const path = require('path');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const proto = path.join(__dirname, '../../../proto');
const definition = loader.loadSync('kv/v1/kv.proto', { includeDirs: [proto], keepCase: true, defaults: true });
const { KeyValueService } = grpc.loadPackageDefinition(definition).kv.v1;
// [load]

const entries = new Map();
let revision = 0;

const service = {
  Get(call, callback) {
    const entry = entries.get(call.request.key);
    if (entry === undefined) {
      callback({ code: grpc.status.NOT_FOUND, details: `no such key "${call.request.key}"` });
    } else {
      callback(null, { entry });
    }
  },

  Put(call, callback) {
    const { key, value, expected_revision: expected } = call.request;
    const now = entries.get(key)?.revision ?? 0;
    if (expected !== undefined && Number(expected) !== now) {
      callback({ code: grpc.status.FAILED_PRECONDITION, details: `is at revision ${now}` });
      return;
    }
    revision += 1;
    entries.set(key, { key, value, revision });
    callback(null, { revision });
  },

  Delete(call, callback) {
    const deleted = entries.delete(call.request.key);
    revision += deleted ? 1 : 0;
    callback(null, { deleted, revision });
  },

  List(call) {
    const bytes = (entry) => Buffer.from(entry.key);
    const sorted = [...entries.values()].sort((a, b) => Buffer.compare(bytes(a), bytes(b)));
    for (const entry of sorted) {
      if (entry.key.startsWith(call.request.prefix)) call.write({ entries: [entry] });
    }
    call.end();
  },

  Import(call, callback) {
    const requests = []; // reads all before it stores the first
    call.on('data', (request) => requests.push(request));
    call.on('end', () => {
      for (const { key, value } of requests) {
        revision += 1;
        entries.set(key, { key, value, revision });
      }
      callback(null, { imported_count: requests.length, revision });
    });
  },

  // Supports only Gets.
  Pipeline(call) {
    call.on('data', ({ id, get_request: get }) => {
      const entry = entries.get(get?.key);
      call.write(entry === undefined ? { id, code: grpc.status.NOT_FOUND, message: 'no such key' } : { id, get_response: { entry } });
    });
    call.on('end', () => call.end());
  },
};

const listen = process.argv.slice(2).find((word) => word.startsWith('--listen='))?.slice(9) ?? '127.0.0.1:50051';
const server = new grpc.Server();
server.addService(KeyValueService.service, service);
server.bindAsync(listen, grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log(`READY ${listen.slice(0, listen.lastIndexOf(':'))}:${port}`);
});
process.on('SIGTERM', () => { server.forceShutdown(); process.exit(0); });
