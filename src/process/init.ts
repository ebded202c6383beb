const INIT = 1;

/**
 * What somebody should know where we are the first process of a container; undefined where we are not.
 *
 * The kernel gives orphans to process 1, which has to reap them (wait(2)). Node waits for its own children
 * only, and has no call for others: each orphan that ends stays a zombie, and its process id taken.
 */
export function noticeForInit(pid: number): string | undefined {
  if (pid !== INIT) return undefined;
  return (
    'this is process 1 of its container, and Node.js does not reap orphans: whatever jobs leave in the ' +
    'background stays a zombie when it ends. Put an init in front: `docker run --init`, tini as the ' +
    "image's entry point, or `shareProcessNamespace: true` in Kubernetes"
  );
}
