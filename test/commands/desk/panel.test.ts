import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import type { Item, TransferDeed } from '../../../src/commands/desk/deeds.ts';
import { drawPanel, stepKeys } from '../../../src/commands/desk/panel.ts';
import { nextSteps, type Step } from '../../../src/commands/desk/steps.ts';
import { CommandNames } from '../../../src/core/package.ts';
import { loadPalette } from '../../../src/terminal/style.ts';
import { NO_ADVICE } from '../../../src/transfer/explain/advice.ts';
import type { TransferPlan } from '../../../src/transfer/plan.ts';
import type { ChainResult } from '../../../src/transfer/result.ts';
import { fakeHost } from '../../support/fake-host.ts';
import { callOf } from './calls.ts';

const palette = await loadPalette(false);
const commands = new CommandNames(fakeHost().host);
const LONG = `陳大文 👩🏽‍🚀 שלום \u001b[2J\u202e ${'sip:'.padEnd(400, 'x')}@example.com`;

const destination = {
  input: LONG,
  kind: 'uri' as const,
  referTo: LONG,
  department: null,
  number: null,
  rule: 'as typed',
  warnings: [LONG],
  fallback: [],
  headers: {},
};
const request = {
  roomName: 'call-one',
  identity: 'sip_one',
  transferTo: LONG,
  waitMs: 90_000,
  dialtone: null,
  headers: {},
};
const plan = {
  call: callOf({ name: LONG, room: LONG, identity: LONG }),
  destination,
  request,
  bridge: null,
  fallbacks: [],
  provider: null,
  hangsUpFirst: false,
  openTransfers: [],
  again: false,
} as unknown as TransferPlan;

const deed: TransferDeed = { kind: 'transfer', planned: { plan, leftOut: [LONG] } };

const safe = '陳大文 👩🏽 שלום '.repeat(40);
const items: Item<string>[] = Array.from({ length: 40 }, (_, index) => ({
  name: `${index} ${safe}`,
  description: safe,
  value: '',
}));

/** The same lines are drawn at many heights: to measure one takes longer than to draw it. */
const widths = new Map<string, number>();

function widthOf(line: string): number {
  const width = widths.get(line) ?? stringWidth(line);
  widths.set(line, width);
  return width;
}

const STEPS: Step[] = [
  { kind: 'actions', items: [], at: 1, problem: safe },
  { kind: 'details', scroll: 3, rows: null },
  { kind: 'details', scroll: 0, rows: [['Open', LONG]] },
  {
    ...{ kind: 'destination', typed: LONG, at: 30, problem: safe, trunk: null },
    ...{ verdict: safe, wish: { again: false } },
  },
  { kind: 'planning', title: 'Transfer', moves: true },
  {
    ...{ kind: 'confirm', deed },
    ...{ typed: 'y', problem: null, scroll: 0 },
  },
  {
    ...{ kind: 'sending', deed, sentMs: 0, waitMs: 90_000, stage: 'REFER sent' },
    failed: [safe],
  },
  {
    ...{ kind: 'outcome', headline: safe, tone: 'red', texts: [safe] },
    next: items.slice(0, 4) as unknown as Extract<Step, { kind: 'outcome' }>['next'],
    ...{ at: 0, scroll: 0, bridge: null },
  },
];

const FACTS = {
  ...{ call: plan.call, hasEnded: false, place: LONG, items },
  ...{ elapsedMs: 0, takesKeys: true, commands },
};

describe('what stands below the list', () => {
  it.each(STEPS.map((step) => [step.kind, step] as const))(
    'is at no size wider or higher than its place: %s',
    (_, step) => {
      for (const columns of [40, 41, 60, 80, 120, 300]) {
        for (const rows of [1, 2, 6, 10, 24, 100]) {
          for (const hasEnded of [false, true]) {
            const facts = { ...FACTS, hasEnded, elapsedMs: 40_000 };
            const lines = drawPanel(step, facts, { columns, rows }, palette).lines;
            expect(lines.length).toBeLessThanOrEqual(rows);
            expect(lines.filter((line) => widthOf(line) > columns)).toEqual([]);
            // biome-ignore lint/suspicious/noControlCharactersInRegex: they must not be there.
            expect(lines.join('')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
          }
        }
      }
    },
  );

  it('always shows the question, and says that there is more above it', () => {
    const confirm = STEPS.find(({ kind }) => kind === 'confirm');
    if (confirm === undefined) throw new Error('no such step');
    const lines = drawPanel(confirm, FACTS, { columns: 80, rows: 8 }, palette).lines;
    expect(lines.at(-1)).toBe('Transfer this caller? (y/N) y▏');
    expect(lines.join('\n')).toMatch(/… \d+ more: ↓/);
  });

  it('does not say that a refused transfer continues', () => {
    const sending = {
      kind: 'sending',
      deed,
      sentMs: 0,
      waitMs: 90_000,
      stage: '',
      failed: [],
    } as const;
    const last = (isOver: boolean) => {
      const step: Step = { ...sending, failed: [], isOver };
      return drawPanel(step, FACTS, { columns: 80, rows: 40 }, palette).lines.at(-1);
    };
    expect(last(false)).toBe('Ctrl-C leaves the desk; the transfer continues.');
    expect(last(true)).toBe('Ctrl-C leaves the desk without looking where the caller is.');
  });

  it.each(STEPS.map((step) => [step.kind, step] as const))(
    'takes no other keys once the call has ended than those that it names: %s',
    (kind, step) => {
      const tells = kind === 'sending' || kind === 'outcome' || kind === 'details';
      const isLeft = stepKeys(step, true) === 'Enter or Esc goes back';
      expect(isLeft).toBe(!tells);
      expect(stepKeys(step, false)).not.toBe('Enter or Esc goes back');
    },
  );

  it.each(['confirm', 'outcome'])('points at nothing before keys count: %s', (kind) => {
    const step = STEPS.find((each) => each.kind === kind);
    if (step === undefined) throw new Error('no such step');
    const drawn = (takesKeys: boolean) =>
      drawPanel(step, { ...FACTS, takesKeys }, { columns: 80, rows: 40 }, palette).lines.join('\n');
    expect(drawn(true)).toMatch(/[❯▏]/);
    expect(drawn(false)).toBe(drawn(true).replace(/❯/, ' ').replace(/▏/, ''));
  });

  it('cuts nothing off what is known of the trunk', () => {
    const verdict =
      'Trunk ST_honours00001: REFER refused here (603, smoke test, 3 days ago): bridge? (--method bridge)';
    const rest = { typed: '', at: 0, problem: null, trunk: null, verdict, wish: { again: false } };
    const facts = { ...FACTS, call: callOf({}), place: '', items: [] };
    const { lines } = drawPanel(
      { kind: 'destination', ...rest },
      facts,
      { columns: 80, rows: 10 },
      palette,
    );
    expect(lines.map((line) => line.trim()).join(' ')).toContain(verdict);
  });

  it('says that a REFER was taken once an unanswered one would have failed', () => {
    const sending = STEPS.find(({ kind }) => kind === 'sending');
    if (sending === undefined) throw new Error('no such step');
    const at = (elapsedMs: number) => {
      const facts = { ...FACTS, place: '', elapsedMs };
      return drawPanel(sending, facts, { columns: 80, rows: 40 }, palette).lines.join('\n');
    };
    expect(at(12_000)).toContain('REFER sent, 12s of at most 1m 30s');
    expect(at(40_000)).toContain('REFER taken, 40s of at most 1m 30s');
    expect(at(40_000)).toContain('the transfer continues');
  });
});

describe('what can be done next', () => {
  const result = (given: Partial<ChainResult>): ChainResult =>
    ({
      ...{ outcome: 'target-failed', caller: 'on-the-line', leg: 'listed' },
      ...{ advice: { ...NO_ADVICE, action: 'other-destination' }, attempts: [], destination },
      ...given,
    }) as ChainResult;
  const names = (given: Partial<ChainResult>, of: Partial<TransferPlan> = {}) =>
    nextSteps({ ...plan, ...of }, result(given)).map(({ name }) => name.split(':')[0]);

  const served = { call: callOf({ condition: 'unremarkable' }) };

  it('is nothing after a success, or when the caller has left', () => {
    expect(names({ outcome: 'completed', caller: 'left' })).toEqual(['Back to the list']);
    expect(names({ outcome: 'bridged', caller: 'with-target' })).toEqual(['Back to the list']);
    expect(names({ caller: 'left' })).toEqual(['Back to the list']);
  });

  it('is another destination after a definite failure, and the same where that makes sense', () => {
    expect(names({}, served)).toEqual(['Another destination', 'Back to the list']);
    const advice = { ...NO_ADVICE, action: 'retry-soon' as const };
    expect(names({ advice }, served)).toEqual([
      'Another destination',
      'The same again',
      'Back to the list',
    ]);
  });

  it('is a bridge first, where the trunk moves nobody, and an agent, where the caller has none', () => {
    const advice = { ...NO_ADVICE, action: 'bridge' as const, command: 'lk-transfer …' };
    const steps = nextSteps(
      { ...plan, destination: { ...plan.destination, input: 'sales' } },
      result({ outcome: 'refused', transferMethod: 'refer', advice }),
    );
    expect(steps.map(({ name }) => name.split(' ')[0])).toEqual([
      'Bridge',
      'Another',
      'Rescue',
      'Back',
    ]);
    expect(steps[0]?.value).toEqual({
      ...{ kind: 'plan', to: 'sales' },
      wish: { again: false, method: 'bridge', fallback: [], announced: false },
    });
    // What was said once is not said again.
    const told = result({ transferMethod: 'refer', advice, announcement: {} as never });
    expect(nextSteps(plan, told)[0]?.value).toMatchObject({ wish: { announced: true } });
    expect(names({ transferMethod: 'refer', advice, caller: 'unknown' })).not.toContain('Bridge');
  });

  it('is a second dial after a word, where a target of somebody else is in the room', () => {
    const advice = { ...NO_ADVICE, action: 'look' as const };
    const beside = result({ outcome: 'not-sent', exitCode: 2, transferMethod: 'bridge', advice });
    expect(nextSteps(plan, beside)).toMatchObject([
      { name: 'Back to the list' },
      { name: 'Bridge anyway', value: { wish: { again: true, method: 'bridge' } } },
    ]);
  });

  it('stays a bridge where a target did not take the dial', () => {
    const steps = nextSteps(plan, result({ transferMethod: 'bridge' }));
    expect(steps[0]).toMatchObject({
      name: 'Another destination',
      value: { wish: { again: false, method: 'bridge' } },
    });
  });

  it('is an agent as well, where the bridge has sent theirs away', () => {
    const bridge = { removedAgents: ['agent-1'] } as unknown as ChainResult['bridge'];
    expect(names({ transferMethod: 'bridge', bridge }, served)).toEqual([
      'Another destination',
      'Rescue',
      'Back to the list',
    ]);
  });

  it.each([
    [486, true],
    [408, true],
    [404, false],
  ])('is the same again after a target that said %i: %s', (code, offered) => {
    const sip = { code, reason: '' };
    expect(names({ outcome: 'target-failed', sip }).includes('The same again')).toBe(offered);
  });

  it('is the same again when the sentence above says it', () => {
    const busy = { outcome: 'target-failed', sip: { code: 486, reason: '' } } as const;
    const again = nextSteps(plan, result(busy)).find(({ name }) => name.startsWith('The same'));
    expect(again?.description).toBe('in a minute');
  });

  it('is a fallback that was not tried, and no other', () => {
    const step = (referTo: string) => ({
      destination: { ...destination, referTo },
      request,
      bridge: null,
    });
    const fallbacks = [
      step('sip:a@x.y'),
      step('sip:b@x.y'),
    ] as unknown as TransferPlan['fallbacks'];
    const attempts = [
      { destination: { ...destination, referTo: 'sip:a@x.y' } },
    ] as unknown as ChainResult['attempts'];
    expect(names({ attempts }, { ...served, fallbacks })).toEqual([
      'Another destination',
      'The fallback',
      'Back to the list',
    ]);
  });

  it.each([
    ['unknown', { outcome: 'unknown', caller: 'unknown' }, {}],
    ['unconfirmed', { outcome: 'unconfirmed', caller: 'unknown' }, {}],
    ['refused, beside an open transfer', { outcome: 'refused' }, { openTransfers: [{}] }],
    ['not sent for an open transfer', { outcome: 'not-sent' }, { openTransfers: [{}] }],
    ['a failure, the caller not seen', { caller: 'unknown' }, {}],
  ])('never offers another transfer without a word after: %s', (_, given, of) => {
    const advice = { ...NO_ADVICE, action: 'retry-soon' as const };
    const steps = nextSteps(
      { ...plan, ...(of as Partial<TransferPlan>) },
      result({ ...(given as Partial<ChainResult>), advice }),
    );
    expect(steps.map(({ name }) => name)).toEqual(['Back to the list', 'Transfer anyway']);
    expect(steps[1]?.description).toContain('may still succeed');
  });

  it('shows commands as they are to be typed', () => {
    const byNpx = new CommandNames(
      fakeHost({ script: '/app/node_modules/.bin/lk-transfer', env: { PATH: '' } }).host,
    );
    const facts = { ...FACTS, place: '', items: [] };
    const shown = (step: Step) =>
      drawPanel(step, { ...facts, commands: byNpx }, { columns: 80, rows: 40 }, palette).lines;
    const rows = [['Then note', '`lk-transfer history close SCL_1`']] as const;
    expect(shown({ kind: 'details', rows, scroll: 0 }).join(' ')).toContain(
      '`npx lk-transfer history close SCL_1`',
    );
    const call = callOf({ callId: 'SCL_1', condition: 'transfer-open' });
    const known = drawPanel(
      STEPS[1] as Step,
      { ...facts, call },
      { columns: 200, rows: 40 },
      palette,
    );
    expect(known.lines.join(' ')).toContain('what you found (`lk-transfer history close SCL_1`).');
    const told = {
      headline: 'Refused.',
      tone: 'red',
      texts: ['See `lk-transfer calls`.'],
    } as const;
    const outcome = { kind: 'outcome', next: [], at: 0, scroll: 0, bridge: null } as const;
    expect(shown({ ...outcome, ...told, texts: [...told.texts] }).join(' ')).toContain(
      'See `npx lk-transfer calls`.',
    );
  });
});
