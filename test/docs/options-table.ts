import { OPTION_LIST } from '../../src/cli/run/options.js';

/** The options of `run` as the README's table. */
export function optionsTable(): string {
  const rows = OPTION_LIST.map(([, { flags, env = [], fallback, fallbackWords, about }]) => {
    const variables = env.map((name) => `\`${name}\``).join(', ');
    const byDefault = fallback === undefined ? (fallbackWords ?? '') : `\`${fallback}\``;
    return `| \`${flags}\` | ${about} | ${byDefault} | ${variables} |`;
  });
  return ['| option | | default | environment |', '|---|---|---|---|', ...rows].join('\n');
}
