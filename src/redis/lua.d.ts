/** The text of a script that runs inside Redis; see scripts/build.mjs and vitest.config.ts. */
declare module '*.lua' {
  const script: string;
  export default script;
}
