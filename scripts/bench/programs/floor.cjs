// The floor: one TCP connection, one INCR, its answer.
const { connect } = require('node:net');

const socket = connect(Number(process.argv[2]), '127.0.0.1', () => {
  socket.write('*2\r\n$4\r\nINCR\r\n$5\r\nfloor\r\n');
});
socket.once('data', () => process.exit(0));
