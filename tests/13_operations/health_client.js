// Asks for a server's health with grpc-health-check, the package of gRPC for Node: health_client.js ADDRESS SERVICE
const path = require('path');
const packages = path.join(__dirname, '../node_modules');
const grpc = require(path.join(packages, '@grpc/grpc-js'));
const health = require(path.join(packages, 'grpc-health-check'));

const [address, service] = process.argv.slice(2);
const Health = grpc.makeGenericClientConstructor(health.service, 'Health');
const client = new Health(address, grpc.credentials.createInsecure());
client.check({service}, (error, answer) => {
  console.log(error ? grpc.status[error.code] : answer.status);
  client.close();
});
