import { describe, expect, test } from 'vitest';
import { Failure } from '../../src/core/errors.js';
import { intlZone, openZone } from '../../src/schedule/open-zone.js';
import { changeBetween, type Zone } from '../../src/schedule/zone.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Rules that have not changed for long and are not about to. */
const STEADY = [
  'America/New_York',
  'Europe/London',
  'Europe/Dublin',
  'Australia/Lord_Howe',
  'Australia/Sydney',
  'America/St_Johns',
  'America/Havana',
  'Asia/Kathmandu',
  'Antarctica/Troll',
  'Etc/GMT+5',
];

describe('a zone', () => {
  test.each(STEADY)('%s has the offsets that Intl knows, past and future', (name) => {
    const zone = openZone(name);
    const known = intlZone(name);
    for (let at = Date.UTC(1990, 0, 1); at < Date.UTC(2060, 0, 1); at += 11.3 * DAY) {
      const minute = Math.floor(at / 60_000) * 60_000;
      expect(zone.offsetAt(minute), new Date(minute).toISOString()).toBe(known?.offsetAt(minute));
    }
  });

  test.each([
    ['America/New_York', '2027-03-14T07:00:00Z', -5, -4],
    ['America/New_York', '2055-11-07T06:00:00Z', -4, -5],
    ['Europe/London', '2027-10-31T01:00:00Z', 1, 0],
    ['Australia/Lord_Howe', '2027-10-02T15:30:00Z', 10.5, 11],
    ['Africa/Casablanca', '2024-03-10T02:00:00Z', 1, 0],
    ['Pacific/Apia', '2011-12-30T10:00:00Z', -10, 14],
  ])('%s changes at %s', (name, at, before, after) => {
    const instant = Date.parse(at);
    const change = { at: instant, before: before * HOUR, after: after * HOUR };
    for (const zone of [openZone(name), intlZone(name)]) {
      if (zone === undefined) throw new Error(`Intl does not know ${name}`);
      expect(changeBetween(zone, instant - 1, instant)).toEqual(change);
      expect(changeBetween(zone, instant - 2 * DAY + 1, instant + DAY)).toEqual(change);
      expect(changeBetween(zone, instant - DAY, instant - 1)).toBeUndefined();
      expect(changeBetween(zone, instant, instant + DAY)).toBeUndefined();
    }
  });

  test('never changes its clock twice within the days that are looked at together', () => {
    const zones = ['America/Recife', 'Africa/Casablanca', 'Africa/Cairo', 'Asia/Gaza'];
    for (const zone of zones.map((name) => openZone(name))) {
      const changes = changesOf(zone, Date.UTC(1975, 0, 1), Date.UTC(2040, 0, 1));
      const gaps = changes.slice(1).map((at, i) => at - (changes[i] ?? 0));
      expect(Math.min(...gaps)).toBeGreaterThan(4 * DAY + HOUR);
    }
  });
});

describe('a name', () => {
  test.each([
    'UTC',
    'Etc/UTC',
    'GMT',
    'EST5EDT',
    'Europe/London',
    'europe/london',
    'America/Argentina/Buenos_Aires',
    'US/Eastern',
  ])('%s is a zone', (name) => {
    expect(openZone(name).offsetAt(0)).toBe(intlZone(name)?.offsetAt(0));
  });

  test.each([
    '',
    ' ',
    'local',
    'localtime',
    'Factory',
    '+01:00',
    '-5',
    'GMT+5',
    'Europe/Lundon',
    'Europe',
    'Europe/',
    '/Europe/London',
    'Europe/London\n',
    'Europe//London',
    '../../etc/passwd',
    'Europe/../UTC',
    'posix/Europe/London',
    'right/Europe/London',
    'tzdata.zi',
    'EST5EDT,M3.2.0,M11.1.0',
    ':Europe/London',
    '\u001b[31m',
    'Europe/'.repeat(20),
  ])('%j is none: one line says what one looks like', (name) => {
    let refused: unknown;
    try {
      openZone(name);
    } catch (error) {
      refused = error;
    }
    if (!(refused instanceof Failure)) throw new Error('it was not refused');
    expect(refused.kind).toBe('usage');
    expect(refused.message).toMatch(
      /^--timezone: ".*" is not a time zone; give an IANA name such as Europe\/London/,
    );
    expect(refused.message).not.toMatch(/\p{Cc}/u);
  });
});

function changesOf(zone: Zone, from: number, to: number): number[] {
  const changes: number[] = [];
  let before = zone.offsetAt(from);
  for (let at = from; at < to; at += HOUR) {
    const offset = zone.offsetAt(at);
    if (offset !== before) changes.push(at);
    before = offset;
  }
  return changes;
}
