// npm's redlock in the least of a wrapper: the lock for a minute, then the command.
import { spawn } from 'node:child_process';
import Redis from 'ioredis';
import Redlock from 'redlock';

const [port, key, command] = process.argv.slice(2);
const client = new Redis(Number(port), '127.0.0.1');
try {
  await new Redlock([client], { retryCount: 0 }).acquire([key], 60_000);
  spawn(command, [], { stdio: 'inherit' }).once('exit', (code) => process.exit(code));
} catch {
  process.exit(0);
}
