/** The live list of calls: what is chosen and searched for in it. */
import type { Call } from '../../calls/call.ts';
import type { WatchedCall, WatchState } from '../../calls/watched-calls.ts';
import type { TransferConfig } from '../../config/types.ts';
import { composeLine, type Key, type Part, type Size } from '../../terminal/screen.ts';
import { type Choice, search } from '../../terminal/search.ts';
import { callChoice, numberReader } from '../shared/choices.ts';
import { callerOf, drawCalls, type Surroundings, shortly } from './board-view.ts';

/** What tells a call from every other, for as long as it lasts. */
export function keyOf({ callId, roomSid, room, identity }: Call): string {
  return callId || `${roomSid || room} ${identity}`;
}

/** How long after a key the rows stay where they are. */
const HELD_MS = 2000;

interface Held {
  /** The place of each call, by its key. */
  order: ReadonlyMap<string, number>;
  untilMs: number;
  /** The calls that were put in order last, and how they then stood. */
  calls: readonly WatchedCall[];
  rows: readonly WatchedCall[] | null;
}

/** The list as one person looks at it. What is chosen is a call, never a line. */
export class Board {
  readonly #config: TransferConfig;
  readonly #isNamed: (text: string, call: Call) => boolean;
  #choices = new WeakMap<Call, Choice<Call>>();
  #trunkNames: ReadonlyMap<string, string> = new Map();
  #query = '';
  /** Letters are searched for, those that are commands on an empty line included. */
  #isSearching = false;
  #selected: string | null = null;
  /** Where it stood last, to go on from there when it is gone. */
  #index = 0;
  #top = 0;
  #wasSelected = false;
  /** The call that was chosen and is no longer listed. */
  #lost: string | null = null;
  #lastCaller = '';
  #found: { calls: readonly WatchedCall[]; query: string; rows: readonly WatchedCall[] } | null =
    null;

  #held: Held | null = null;

  constructor(config: TransferConfig) {
    this.#config = config;
    this.#isNamed = numberReader(config.defaultCountry ?? null);
  }

  /** Trunks are found by their names, once these are known. */
  set trunkNames(names: ReadonlyMap<string, string>) {
    this.#trunkNames = names;
    this.#choices = new WeakMap();
    this.#found = null;
  }

  get query(): string {
    return this.#query;
  }

  /** Whether a letter is text, and no command. */
  get isSearching(): boolean {
    return this.#isSearching || this.#query !== '';
  }

  /** The calls that fit what is typed. */
  rows(state: WatchState): readonly WatchedCall[] {
    const calls = this.#asHeld(state.calls);
    if (this.#query.trim() === '') return calls;
    // Every key and every picture asks several times.
    if (this.#found?.calls === calls && this.#found.query === this.#query) return this.#found.rows;
    const rows = this.#find(calls);
    this.#found = { calls, query: this.#query, rows };
    return rows;
  }

  /** Keeps the rows where they stand while somebody aims at one: until a while after each key. */
  hold(state: WatchState, nowMs: number): void {
    const order = new Map(this.#asHeld(state.calls).map(({ call }, at) => [keyOf(call), at]));
    this.#held = { order, untilMs: nowMs + HELD_MS, calls: state.calls, rows: null };
  }

  /** The calls in the order that is held; those that have come since at the end. */
  #asHeld(calls: readonly WatchedCall[]): readonly WatchedCall[] {
    const held = this.#held;
    if (held === null) return calls;
    if (held.rows === null || held.calls !== calls) {
      const placeOf = ({ call }: WatchedCall) => held.order.get(keyOf(call)) ?? calls.length;
      held.rows = calls.toSorted((a, b) => placeOf(a) - placeOf(b));
      held.calls = calls;
    }
    return held.rows;
  }

  #find(calls: readonly WatchedCall[]): readonly WatchedCall[] {
    const watchedOf = new Map(calls.map((watched) => [watched.call, watched]));
    const choices = calls.map(({ call }) => this.#choiceOf(call));
    const found = search(choices, this.#query, undefined, this.#isNamed);
    return found.flatMap(({ value }) => watchedOf.get(value) ?? []);
  }

  #choiceOf(call: Call): Choice<Call> {
    const known = this.#choices.get(call);
    if (known !== undefined) return known;
    const trunkName = this.#trunkNames.get(call.trunkId ?? '');
    const choice = callChoice(call, '', trunkName, this.#config);
    this.#choices.set(call, choice);
    return choice;
  }

  /** The call that is chosen, if it is still listed. */
  chosen(state: WatchState): WatchedCall | null {
    this.#settle(state);
    return this.rows(state).find(({ call }) => keyOf(call) === this.#selected) ?? null;
  }

  /** The first call is chosen once all are known; one that is gone is nobody's choice any more. */
  #settle(state: WatchState): void {
    const listed = state.calls.find(({ call }) => keyOf(call) === this.#selected);
    if (listed !== undefined) this.#lastCaller = callerOf(listed.call);
    else if (this.#selected !== null) {
      this.#lost = this.#lastCaller;
      this.#selected = null;
    }
    const [first] = this.rows(state);
    if (this.#wasSelected || !state.isWhole || first === undefined) return;
    this.#select(first);
  }

  #select({ call }: WatchedCall): void {
    this.#selected = keyOf(call);
    this.#lastCaller = callerOf(call);
    this.#wasSelected = true;
    this.#lost = null;
  }

  /** @returns whether the key is one of the list's */
  onKey(key: Key, state: WatchState, pageSize: number): boolean {
    const steps: Readonly<Record<string, number>> = {
      up: -1,
      down: 1,
      pageup: -pageSize,
      pagedown: pageSize,
      home: Number.NEGATIVE_INFINITY,
      end: Number.POSITIVE_INFINITY,
    };
    const step = steps[key.name];
    if (step !== undefined) this.#move(step, state);
    else if (key.name === 'escape') this.#search('', state, false);
    else if (key.name === 'backspace') this.#search([...this.#query].slice(0, -1).join(''), state);
    else if (key.ctrl && key.name === 'u') this.#search('', state);
    else if (key.text === '/' && key.name !== 'paste' && !this.isSearching)
      this.#isSearching = true;
    else if (key.text !== '') this.#search(this.#query + key.text, state);
    else return false;
    return true;
  }

  #search(query: string, state: WatchState, isSearching = true): void {
    const changed = query !== this.#query;
    this.#query = query.slice(0, 200);
    this.#isSearching = isSearching;
    if (!changed || query === '') return;
    const [first] = this.rows(state);
    if (first !== undefined) this.#select(first);
  }

  #move(by: number, state: WatchState): void {
    const rows = this.rows(state);
    const now = rows.findIndex(({ call }) => keyOf(call) === this.#selected);
    const from = now === -1 ? this.#index - (by > 0 ? 1 : 0) : now;
    this.#index = Math.max(0, Math.min(rows.length - 1, from + by));
    const next = rows[this.#index];
    if (next !== undefined) this.#select(next);
  }

  /** The lines of the list: its heading, and as many calls as there is room for. */
  lines(state: WatchState, { columns, rows: height }: Size, around: Surroundings): string[] {
    if (this.#held !== null && around.nowMs > this.#held.untilMs) this.#held = null;
    this.#settle(state);
    const rows = this.rows(state);
    if (height < 2) return [];
    if (rows.length === 0) return [composeLine([this.#whyEmpty(state)], columns)];
    const selected = rows.findIndex(({ call }) => keyOf(call) === this.#selected);
    if (selected !== -1) this.#index = selected;
    const page = height - 1;
    const focus = selected === -1 ? this.#top : selected;
    this.#top = Math.min(Math.max(this.#top, focus - page + 1), focus);
    this.#top = Math.max(0, Math.min(this.#top, rows.length - page));
    const shown = rows.slice(this.#top, this.#top + page);
    return drawCalls(rows, shown, selected - this.#top, columns, state.lost !== null, around);
  }

  #whyEmpty({ isWhole, calls }: WatchState): string {
    if (calls.length > 0) return '  No call matches. Esc shows all.';
    return isWhole ? '  No active SIP calls.' : '  Looking for calls …';
  }

  /** What is searched for, or what has happened to the call that was chosen. */
  searchLine(state: WatchState, { columns }: Size, { palette }: Surroundings): string {
    const { length } = this.rows(state);
    const parts: Part[] = this.isSearching
      ? [
          ['Search: ', palette.bold],
          shortly(this.#query),
          '▏',
          [`  ${length} of ${state.calls.length}`, palette.dim],
        ]
      : [['Type to search: a number, name, agent, room, trunk or condition', palette.dim]];
    if (this.#lost !== null) {
      const next = length === 0 && this.isSearching ? '' : ' Choose another call with ↑ or ↓.';
      const ended = `${this.#lost} is no longer there.${next}`;
      return composeLine([[ended, palette.yellow]], columns);
    }
    return composeLine(parts, columns);
  }
}
