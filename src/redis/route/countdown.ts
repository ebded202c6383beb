/** @returns what is left of `within` ms whenever it is asked; never less than 1 */
export function countdown(within: number): () => number {
  const deadline = performance.now() + within;
  return () => Math.max(1, deadline - performance.now());
}
