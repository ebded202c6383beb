import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { posixZone } from '../../src/schedule/posix-tz.js';
import { tzifZone } from '../../src/schedule/tzif.js';
import { changeBetween } from '../../src/schedule/zone.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe('the rule at the end of a zone file', () => {
  test.each<[string, string[]]>([
    ['EST5EDT,M3.2.0,M11.1.0', ['2027-03-14T07:00Z -5 -4', '2027-11-07T06:00Z -4 -5']],
    ['GMT0BST,M3.5.0/1,M10.5.0', ['2027-03-28T01:00Z 0 1', '2027-10-31T01:00Z 1 0']],
    ['IST-1GMT0,M10.5.0,M3.5.0/1', ['2027-03-28T01:00Z 0 1', '2027-10-31T01:00Z 1 0']],
    [
      '<+1030>-10:30<+11>-11,M10.1.0,M4.1.0',
      ['2027-04-03T15:00Z 11 10.5', '2027-10-02T15:30Z 10.5 11'],
    ],
    ['<-02>2<-01>,M3.5.0/-1,M10.5.0/0', ['2027-03-28T01:00Z -2 -1', '2027-10-31T01:00Z -1 -2']],
    ['IST-2IDT,M3.4.4/26,M10.5.0', ['2027-03-26T00:00Z 2 3', '2027-10-30T23:00Z 3 2']],
    ['AAA0BBB,J60/0,J300/0:30', ['2027-03-01T00:00Z 0 1', '2027-10-26T23:30Z 1 0']],
    ['AAA0BBB,59/0,299/0', ['2027-03-01T00:00Z 0 1', '2027-10-26T23:00Z 1 0']],
    ['<+0545>-5:45', []],
    ['UTC0', []],
  ])('%s is read as POSIX says', (rule, changes) => {
    const zone = posixZone(rule);
    if (zone === undefined) throw new Error('it was not read');
    const found: string[] = [];
    for (let day = Date.UTC(2027, 0, 1); day < Date.UTC(2028, 0, 1); day += DAY) {
      const change = changeBetween(zone, day, day + DAY);
      if (change === undefined) continue;
      const at = new Date(change.at).toISOString().replace(':00.000', '');
      found.push(`${at} ${change.before / HOUR} ${change.after / HOUR}`);
    }
    expect(found).toEqual(changes);
  });

  test('counts the leap day as its form says', () => {
    const at = (rule: string) => {
      const zone = posixZone(rule);
      return zone && changeBetween(zone, Date.UTC(2028, 1, 28), Date.UTC(2028, 2, 3))?.at;
    };
    expect(at('AAA0BBB,J60/0,J300')).toBe(Date.UTC(2028, 2, 1));
    expect(at('AAA0BBB,59/0,J300')).toBe(Date.UTC(2028, 1, 29));
  });

  test.each(['', 'EST', 'EST5EDT', '5EST', 'EST5EDT,M3.2.0', 'E5', 'EST5EDT,M3.2,M11.1.0', 'x\ny'])(
    '%j is none',
    (rule) => expect(posixZone(rule)).toBeUndefined(),
  );
});

describe('a zone file', () => {
  const file = () => readFileSync('/usr/share/zoneinfo/Europe/London');

  test('is read', () => {
    expect(tzifZone(file())?.offsetAt(Date.UTC(2027, 6, 1))).toBe(HOUR);
  });

  test('that is damaged, of version 1 or not one is not', () => {
    expect(tzifZone(new Uint8Array())).toBeUndefined();
    expect(tzifZone(new TextEncoder().encode('# version 2026a\n'.repeat(20)))).toBeUndefined();
    for (let length = 0; length < file().length; length += 13) {
      expect(tzifZone(file().subarray(0, length)), `${length} bytes`).toBeUndefined();
    }
    const old = file();
    old[4] = 0;
    expect(tzifZone(old)).toBeUndefined();
  });

  test('that lists no changes goes by its rule', () => {
    // As "slim" files do from the last change of the rules on.
    const header = new Uint8Array(44);
    header.set(new TextEncoder().encode('TZif2'));
    header[39] = 1;
    header[43] = 4;
    const type = [...new Uint8Array(6), ...new TextEncoder().encode('GMT\0')];
    const footer = new TextEncoder().encode('\nGMT0BST,M3.5.0/1,M10.5.0\n');
    const zone = tzifZone(Uint8Array.from([...header, ...type, ...header, ...type, ...footer]));
    expect(zone?.offsetAt(Date.UTC(2027, 2, 28, 1) - 1)).toBe(0);
    expect(zone?.offsetAt(Date.UTC(2027, 2, 28, 1))).toBe(HOUR);
  });
});
