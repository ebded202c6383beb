// An application that runs on every node. Each tick of its task runs on one of them:
//
//     npm install node-cron redlock-run
//     REDIS_URL=redis://127.0.0.1:6379 node app.mjs
//
import { appendFile } from 'node:fs/promises';
import cron from 'node-cron';
import { redisCoordinator } from 'redlock-run/node-cron';

const coordinator = redisCoordinator({
  redis: process.env.REDIS_URL,
  node: process.env.HOSTNAME,
  // If the process dies in the midst of a report, another one makes it.
  takeover: true,
  onLeaseLost: ({ slot }) => process.stderr.write(`${slot.id}: lease lost\n`),
});

const report = coordinator.task(async (_context, { slot, fence, node }) => {
  await appendFile('report.log', `${slot.id} ${node} ${fence}\n`);
});

cron.schedule('0 3 * * *', report, {
  // The name is the job's key: the same on every node, another one for each task.
  name: 'report',
  timezone: 'Etc/UTC',
  distributed: true,
  runCoordinator: coordinator,
});

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    await cron.shutdown();
    // A report that is not done by then is made by another node.
    await coordinator.close('20s');
    process.exit();
  });
}
