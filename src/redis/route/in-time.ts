import { NoAnswer } from '../../core/errors.js';

/**
 * Waits for what others wait for as well, but no longer than for `within` ms.
 *
 * @throws NoAnswer when the time is up; what `shared` throws
 */
export async function inTime<T>(shared: Promise<T>, within: number, message: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NoAnswer(message, false)), within);
  });
  try {
    return await Promise.race([shared, timeUp]);
  } finally {
    clearTimeout(timer);
  }
}
