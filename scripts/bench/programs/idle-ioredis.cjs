// The least that a daemon on Node and Redis can be: connected, and waiting.
const { Redis } = require('ioredis');

new Redis(process.argv[2]).on('ready', () => process.stdout.write('ready\n'));
