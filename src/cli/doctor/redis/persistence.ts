import { mapAnswer } from '../../../redis/survey/answered.js';
import { ok, trouble } from '../finding.js';
import { span } from '../quantity.js';
import { toSet, unknown } from './advice.js';
import type { Check } from './check.js';
import { serviceAt } from './service.js';

/** What a restart forgets. */
export const checkPersistence: Check = ({ info, save, appendFsync, place }, { now }) => {
  const service = serviceAt(place);
  if (service?.durable) return [ok('persistence', `${service.name} keeps every write it confirms`)];
  if (service?.serverless) {
    return [ok('persistence', `${service.name} keeps copies in several zones; it is no database`)];
  }
  const told = mapAnswer(info, (all) => all.persistence);
  if (told.kind === 'refused') {
    return [unknown('persistence', 'what a restart forgets', 'INFO persistence', told, place)];
  }
  const { appendOnly, lastWriteFailed, lastSave } = told.value;
  if (lastWriteFailed) {
    return [
      trouble(
        'persistence',
        'problem',
        'Redis could not write to its disk; it may refuse every claim (MISCONF, exit 75)',
        "is the disk full, or the folder not writable? See the server's log, then save anew",
        'BGSAVE',
      ),
    ];
  }
  if (appendOnly) {
    const policy = appendFsync.kind === 'answered' ? appendFsync.value : undefined;
    const what = `append-only file: ${forgottenWith(policy)}`;
    if (policy !== 'no') return [ok('persistence', what)];
    return [trouble('persistence', 'warning', what, ...toSet(place, 'appendfsync', 'everysec'))];
  }
  const never = save.kind === 'answered' && save.value === '';
  const what = never
    ? 'nothing is written to disk: a restart forgets who won, and the last slot can run twice'
    : `dumps only, the last ${span(now - lastSave)} ago: a restart forgets what was claimed since, and that slot can run twice`;
  // A managed cache that restarts is replaced by its replica; its file would not be read.
  const replicas = mapAnswer(info, (all) => all.replication?.replicas.length);
  const hasReplica = replicas.kind === 'answered' && replicas.value > 0;
  if (service !== undefined && hasReplica) {
    return [ok('persistence', `no append-only file; ${service.name} fails over to a replica`)];
  }
  if (service !== undefined) {
    const mend = `add a replica, so that ${service.name} fails over to it; look at ${service.nodes}`;
    return [trouble('persistence', 'warning', what, mend)];
  }
  return [trouble('persistence', 'warning', what, ...toSet(place, 'appendonly', 'yes'))];
};

/** What a crash of the machine takes along (redis.conf, appendfsync). */
function forgottenWith(policy: string | undefined): string {
  switch (policy) {
    case 'always':
      return 'a crash forgets nothing';
    case 'everysec':
      return 'a crash forgets about a second at most';
    case 'no':
      return 'appendfsync is no, so that a crash of the machine forgets up to about 30 seconds';
    default:
      return 'a crash forgets about a second at most, unless appendfsync is no';
  }
}
