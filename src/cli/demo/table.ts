import { Chalk } from 'chalk';
import type { JournalEntry } from './journal.js';
import type { BidEnd } from './node.js';

/** What became of one slot. */
export interface SlotRow {
  readonly slot: string;
  /** What its jobs wrote down. */
  readonly entries: readonly JournalEntry[];
  /** One for each node that bid. */
  readonly ends: readonly BidEnd[];
  /** The node that was killed in mid-run. */
  readonly killed: string | undefined;
}

/** A table that grows line by line, alike in a terminal and in a pipe. */
export interface Table {
  header(): string;
  row(row: SlotRow): string;
  /** Something to say about the row above. */
  note(text: string): string;
  verdict(text: string, kept: boolean): string;
}

const WIDTHS = [11, 12, 9, 19];

export function createTable(fleet: readonly string[], coloured: boolean): Table {
  // The level is set by hand: chalk ignores NO_COLOR (https://no-color.org).
  const { bold, dim, green, red, yellow } = new Chalk({ level: coloured ? 1 : 0 });
  const columns = (...cells: string[]) =>
    WIDTHS.map((width, i) => (cells[i] ?? '').padEnd(width)).join('');

  return {
    header: () => bold(`${columns('SLOT', 'BIDS', 'RAN ON', 'FENCE')}OUTCOME`),
    row(row) {
      const ran = starts(row);
      const nodes = [...new Set(ran.map(({ node }) => node))].join(' ');
      const fence = ran[0]?.fence ?? '-';
      const paint = ran.length !== 1 ? red : row.killed === undefined ? green : yellow;
      const cells = columns(clockOf(row.slot), bids(fleet, row), nodes || '-', String(fence));
      return `${cells}${paint(outcome(row))}${dim(losers(row))}`;
    },
    note: (text) => dim(`${''.padEnd(WIDTHS[0] ?? 0)}${text}`),
    verdict: (text, kept) => (kept ? green : red)(text),
  };
}

/** `1 2 . 4 5`: a dot for a node that is away. */
function bids(fleet: readonly string[], { ends }: SlotRow): string {
  const there = ends.map(({ node }) => node);
  return fleet.map((node) => (there.includes(node) ? node.replace(/^\D*/, '') : '.')).join(' ');
}

function starts({ entries }: SlotRow): JournalEntry[] {
  return entries.filter(({ what }) => what === 'start');
}

function outcome(row: SlotRow): string {
  const { entries, killed, ends } = row;
  const [first, ...others] = starts(row);
  if (first === undefined) return 'nobody ran it';
  if (others.length > 0) return `ran ${1 + others.length} times`;
  const isOver = entries.some(({ what }) => what === 'end');
  if (killed !== undefined) return isOver ? 'killed too late' : 'killed in mid-run';
  const code = ends.find(({ node }) => node === first.node)?.code ?? '?';
  return code === 0 ? 'done' : `exit ${code}`;
}

function losers({ ends }: SlotRow): string {
  const lost = ends.filter(({ code, said }) => code === 0 && said.some(isLoss)).length;
  return lost === 0 ? '' : `, ${lost} not elected`;
}

function isLoss({ event }: { readonly event: string }): boolean {
  return event === 'not-elected';
}

/** `15:40:02Z` of `2026-11-23T15:40:02Z`. */
export function clockOf(slot: string): string {
  return slot.replace(/^.*T/, '');
}
