// The floor of a winner: the same, and then a command with our streams.
const { spawn } = require('node:child_process');
const { connect } = require('node:net');

const socket = connect(Number(process.argv[2]), '127.0.0.1', () => {
  socket.write('*2\r\n$4\r\nINCR\r\n$5\r\nfloor\r\n');
});
socket.once('data', () => {
  spawn('true', [], { stdio: 'inherit' }).once('exit', (code) => process.exit(code));
});
