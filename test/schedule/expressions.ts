import fc from 'fast-check';
import type { ModelEntry } from './cron-model.js';

interface Written {
  readonly text: string;
  readonly values: ReadonlySet<number>;
  readonly star: boolean;
}

const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');
const WEEKDAYS = 'sun mon tue wed thu fri sat'.split(' ');

/** Expressions that cron takes, together with what they mean. */
export function cronEntries(): fc.Arbitrary<ModelEntry> {
  return fc
    .record({
      // One in three has seconds; few, because the model counts them all.
      second: fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, fewSeconds()),
      minute: field(0, 59),
      // Where clocks are changed.
      hour: fc.oneof({ weight: 2, arbitrary: field(0, 3, [], 23) }, field(0, 23)),
      dom: fc.oneof(anything(1, 31), field(1, 31)),
      month: fc.oneof({ weight: 3, arbitrary: anything(1, 12) }, field(1, 12, MONTHS)),
      dow: fc.oneof({ weight: 2, arbitrary: anything(0, 7) }, field(0, 7, WEEKDAYS)),
    })
    .map(({ second, minute, hour, dom, month, dow }) => ({
      text: [...(second === undefined ? [] : [second]), minute, hour, dom, month, dow]
        .map(({ text }) => text)
        .join(' '),
      second: second?.values ?? new Set([0]),
      minute: minute.values,
      hour: hour.values,
      dom: dom.values,
      month: month.values,
      dow: new Set([...dow.values].map((value) => value % 7)),
      minStar: minute.star,
      hourStar: hour.star,
      domStar: dom.star,
      dowStar: dow.star,
    }))
    .filter(comesAtAll);
}

/** `0 0 31 2 *` is refused. */
function comesAtAll({ dom, month, domStar, dowStar }: ModelEntry): boolean {
  if (!domStar && !dowStar) return true;
  return [...month].some((m) =>
    [...dom].some((d) => d <= new Date(Date.UTC(2024, m, 0)).getUTCDate()),
  );
}

function anything(low: number, high: number): fc.Arbitrary<Written> {
  return fc.constant({ text: '*', values: new Set(range(low, high, 1)), star: true });
}

function fewSeconds(): fc.Arbitrary<Written> {
  return fc.oneof(
    { weight: 8, arbitrary: field(0, 59).filter(({ values }) => values.size <= 4) },
    anything(0, 59),
  );
}

/** A list of one to three numbers, ranges, steps and stars; a star reaches up to `top`. */
function field(low: number, high: number, names: readonly string[] = [], top = high) {
  const number = fc.integer({ min: low, max: high });
  const step = fc.integer({ min: 1, max: Math.ceil((top - low) * 1.2) });
  const name = (value: number, named: boolean) =>
    (named ? names[value - low] : undefined) ?? String(value);

  const one = fc.tuple(number, fc.boolean()).map(
    ([value, named]): Written => ({
      text: name(value, named).toUpperCase(),
      values: new Set([value]),
      star: false,
    }),
  );
  const span = fc
    .tuple(number, number, fc.option(step), fc.boolean())
    .map(([a, b, by, named]): Written => {
      const [first, last] = a < b ? [a, b] : [b, a];
      const text = `${name(first, named)}-${name(last, named)}${by === null ? '' : `/${by}`}`;
      return { text, values: new Set(range(first, last, by ?? 1)), star: false };
    });
  const star = fc.option(step).map(
    (by): Written => ({
      text: by === null ? '*' : `*/${by}`,
      values: new Set(range(low, top, by ?? 1)),
      star: true,
    }),
  );
  return fc
    .array(fc.oneof({ weight: 3, arbitrary: one }, span, star), { minLength: 1, maxLength: 3 })
    .map(
      (parts): Written => ({
        text: parts.map(({ text }) => text).join(','),
        values: new Set(parts.flatMap(({ values }) => [...values])),
        star: parts[0]?.star ?? false,
      }),
    );
}

function range(first: number, last: number, step: number): number[] {
  const values: number[] = [];
  for (let value = first; value <= last; value += step) values.push(value);
  return values;
}
