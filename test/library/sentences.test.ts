/** The library's sentences: no words of the command line, and one that a caller may hear. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openTransfers, resolveDestination, resolveOnEveryTrunk } from '../../src/index.ts';
import {
  errorForPrograms,
  forPrograms,
  hintForPrograms,
  inSentences,
  sayOf,
} from '../../src/library/sentences.ts';
import { explain } from '../../src/transfer/explain/explain.ts';
import { callerLocation, type Outcome } from '../../src/transfer/outcome.ts';
import {
  batchCases,
  callerCases,
  completedCases,
  errorCases,
  notSentCases,
  openCases,
  providerCases,
  refusedCases,
} from '../transfer/explain/sentence-cases.ts';

/** Flags and commands, as they stand in a sentence. */
const COMMAND_LINE = /(?<![\w"-])--[a-z]|lk-transfer(?! configuration| needs)\s+[a-z]/;

/** Every text in the source that a program can come by: of all files that its door leads to. */
function reachableTexts(): string[] {
  const src = join(import.meta.dirname, '..', '..', 'src');
  const reached = new Set<string>();
  const open = [join(src, 'index.ts')];
  const texts: string[] = [];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (reached.has(file)) continue;
    reached.add(file);
    const text = readFileSync(file, 'utf8');
    for (const [, to = ''] of text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)) {
      open.push(join(dirname(file), to));
    }
    // The rules name what they replace; the others are what editors and new files show.
    if (/(?:library\/sentences|config\/schema|config\/yaml)\.ts$/.test(file)) continue;
    const code = text.replace(/^\s*(?:\/\*\*?|\*|\/\/).*$/gm, '');
    for (const [, single, double, template] of code.matchAll(
      /'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g,
    )) {
      texts.push((single ?? double ?? template ?? '').replace(/\\([`'])/g, '$1'));
    }
  }
  expect(reached.size).toBeGreaterThan(80);
  return texts;
}

describe('the words of the command line', () => {
  const texts = reachableTexts().filter((text) => COMMAND_LINE.test(text));

  it('are in many sentences of the engine', () => {
    expect(texts.length).toBeGreaterThan(30);
  });

  it('are in none of the library’s', () => {
    expect(texts.map(forPrograms).filter((text) => COMMAND_LINE.test(text))).toEqual([]);
    const hints = texts.map((text) => hintForPrograms(text) ?? '');
    expect(hints.filter((text) => COMMAND_LINE.test(text))).toEqual([]);
  });

  it('have a meaning for programs wherever advice has them', () => {
    // Whole sentences: advice of which nothing would be left.
    const advice = texts.filter((text) => /^[A-Z].*\.$/s.test(text));
    const lost = advice.filter((text) => hintForPrograms(text) === null);
    expect(lost).toEqual(
      [
        // Secrets are given by value.
        'Name a file with --api-secret-file.',
        // Ways to credentials that a program has not; the others are told beside them.
        'Or name a file that sets them with --credentials.',
        'Or name a project of the lk CLI with --project.',
        'Or try everything without a server: --sandbox.',
        // The library announces by its agent's own voice.
        'Leave out --announce-required, or give a sound file with --announce-file.',
      ].filter((text) => lost.includes(text)),
    );
    expect(advice.length).toBeGreaterThan(10);
  });

  it('are in no sentence about a transfer', () => {
    const results = [
      ...[...completedCases(), ...openCases(), ...refusedCases(), ...notSentCases()],
      ...callerCases(),
    ].map(([, facts]) => facts);
    const all = [...results, ...[...providerCases()].map(({ facts }) => facts)];
    expect(all.length).toBeGreaterThan(500);
    // Thousands of texts: those that are wrong are gathered, which takes less than to expect each.
    const explained = all.map((facts) => explain(facts));
    const hints = explained.map(({ hint }) => hintForPrograms(hint ?? 'Wait.'));
    const others = [...errorCases(), ...batchCases()].map(([, text]) => text);
    const messages = [...explained.map(({ message }) => message), ...others].map(forPrograms);
    expect([...messages, ...hints].filter((text) => COMMAND_LINE.test(text ?? ''))).toEqual([]);
    expect(hints.filter((text) => !/^[A-Z`].*[.`]$/s.test(text ?? ''))).toEqual([]);
  });

  it.each([
    ['See who is on the line with `lk-transfer calls`.', 'See with `findCall` who is on the line.'],
    [
      'Ask at sales whether the call arrived. If you know that it did not, add --again to send another.',
      'Ask at sales whether the call arrived. If you know that it did not, add `again: true` to send another.',
    ],
    [
      'Bridge the caller: `lk-transfer transfer SCL_1 --to sales --method bridge`.',
      "Bridge the caller: `method: 'bridge'`.",
    ],
    [
      'Bridge its callers: --method bridge dials the target into the room.',
      "Bridge its callers: `method: 'bridge'` dials the target into the room.",
    ],
    [
      'Nobody watches the two. Then hang up on that one: `lk-transfer hangup SCL_1`. LiveKit does at 10:00 UTC.',
      'Nobody watches the two. Have `watchBridge` hang up on that one. LiveKit does at 10:00 UTC.',
    ],
    [
      'Set bridge.trunk in the config to one of “A”, “B” and 3 more (`lk-transfer trunks`).',
      'Set bridge.trunk in the config to one of “A”, “B” and 3 more.',
    ],
    [
      'Request an agent, whose audio answers the call: `lk-transfer rescue SCL_1`. Or add --answer-caller: the dial then answers the caller at once.',
      'An agent’s audio answers the call. Or add `answerCaller: true`: the dial then answers the caller at once.',
    ],
    [
      'If the target answers, it joins the caller’s room. See who is there with `lk-transfer calls`.',
      'If the target answers, it joins the caller’s room. See with `findCall` whether the caller is there.',
    ],
    [
      'There is no config that names departments. Write one with `lk-transfer config init`, or name one with --config.',
      'There is no config that names departments. Give one as `config`.',
    ],
    ['Check LIVEKIT_URL or --url.', 'Check LIVEKIT_URL or `url`.'],
    ['Run `lk-transfer doctor`. Then try again.', 'Then try again.'],
    ['Run `lk-transfer doctor`.', null],
    ['Use --credentials FILE.', null],
  ])('%s', (hint, told) => {
    expect(hintForPrograms(hint)).toBe(told);
  });

  it('send a program to the proxy that its environment names', () => {
    expect(
      hintForPrograms(
        'See with `lk-transfer doctor` which proxy is used, and whether it reaches LiveKit.',
      ),
    ).toBe('Check the proxy that HTTPS_PROXY, HTTP_PROXY or ALL_PROXY names.');
  });

  it('leave what somebody typed as it is', () => {
    expect(forPrograms('There is no department "--yes".')).toBe('There is no department "--yes".');
  });

  it('are not in errors of what needs no server', async () => {
    const config = { trunks: { ST_a: { domain: 'a.example.com' } } };
    const via = { via: 'no such trunk' };
    const failures = [
      () => resolveDestination('+15105550100', config, null, via),
      () => resolveOnEveryTrunk('+15105550100', config, via),
    ];
    for (const fail of failures) {
      let told = '';
      try {
        const [first] = [fail()].flat();
        const failure = first && 'failure' in first ? first.failure : null;
        told = `${failure?.message} ${failure?.hint}`;
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        told = `${error.message} ${'hint' in error ? error.hint : ''}`;
      }
      expect(told).toContain('no such trunk');
      expect(told).not.toMatch(COMMAND_LINE);
    }
    const { rule } = resolveDestination('+15105550100', config, null, { via: 'b.example.com' });
    expect(rule).toBe('via b.example.com');
    const wrong = { url: 'http://127.0.0.1:1', apiKey: 'key', apiSecret: 'two lines\nhere' };
    await expect(openTransfers({ config, ...wrong })).rejects.not.toThrow(COMMAND_LINE);
  });
});

/** What a caller may not hear: digits, addresses, ids, and the words of telephony. */
const FOR_OPERATORS = /\d|sip:|tel:|@|SCL_|REFER|trunk|LiveKit|SIP/;

const OUTCOMES: readonly (Outcome | 'accepted')[] = [
  ...(['completed', 'bridged', 'ended', 'unconfirmed', 'refused'] as const),
  ...(['target-failed', 'not-sent', 'unknown', 'accepted'] as const),
];

describe('the sentence that a caller may hear', () => {
  const destination = {
    input: 'sales',
    kind: 'department',
    department: 'sales',
    referTo: 'sip:100@pbx.example.com',
  } as const;
  const said = {
    outcome: 'target-failed',
    caller: 'on-the-line',
    destination,
    sip: { code: 486, reason: 'Busy Here' },
    earlier: [],
  } as const;

  it.each([
    [486, 'Sales is busy.'],
    [600, 'Sales is busy.'],
    [408, 'Sales does not answer.'],
    [487, 'Sales does not answer.'],
    [480, 'Sales is not available right now.'],
    [603, 'Sales did not take the call.'],
    [404, 'Sales cannot be reached.'],
    [503, 'Sales cannot be reached right now.'],
  ])('after %d', (code, sentence) => {
    expect(sayOf({ ...said, sip: { code, reason: 'CANARY 4711' } })).toBe(sentence);
  });

  it.each([
    ['completed', 'The caller has been put through to sales.'],
    ['accepted', 'The caller is being put through to sales.'],
    ['bridged', 'Sales is on the line.'],
    ['ended', 'The call has ended.'],
    ['unconfirmed', 'The caller may be through to sales already.'],
    ['unknown', 'Sales may still answer.'],
    ['refused', 'This call cannot be put through to sales.'],
    ['not-sent', 'This call cannot be put through to sales right now.'],
  ] as const)('after %s', (outcome, sentence) => {
    expect(sayOf({ ...said, outcome })).toBe(sentence);
  });

  it.each(['refused', 'target-failed', 'not-sent'] as const)(
    'says after %s that the caller has left, where they have',
    (outcome) => {
      expect(sayOf({ ...said, outcome, caller: 'left' })).toBe('The caller has left.');
    },
  );

  it('after a dial without an answer does not say more than that', () => {
    const dialled = { ...said, sip: null, transferMethod: 'bridge' } as const;
    expect(sayOf(dialled)).toBe('Sales did not take the call.');
    expect(sayOf({ ...said, sip: null })).toBe('Sales cannot be reached right now.');
  });

  it('says of one that is under way that it is', () => {
    const underWay = { pid: 1, forMs: 100 };
    const second = { ...said, outcome: 'not-sent', sip: null } as const;
    expect(sayOf({ ...second, earlier: [{ underWay }] })).toBe(
      'The caller is being put through already.',
    );
    expect(sayOf({ ...second, earlier: [{ underWay: null }] })).toBe(
      'The caller may have been put through already.',
    );
  });

  it('never has anything for operators in it, whatever happened', () => {
    const targets = [
      destination,
      { ...destination, kind: 'number', department: null, input: '+15105550100' },
      { ...destination, kind: 'extension', department: null, input: '100' },
      { ...destination, kind: 'uri', department: null, input: 'sip:100@pbx.example.com' },
      { ...destination, department: 'x'.repeat(5000) },
    ] as const;
    const wrong: { sentence: string; caller: string }[] = [];
    let count = 0;
    for (const outcome of OUTCOMES) {
      for (const target of targets) {
        for (const leg of ['gone', 'listed', 'unread'] as const) {
          const real = outcome === 'accepted' ? 'unknown' : outcome;
          const caller = callerLocation(real, leg, false);
          const codes = [null, ...Array.from({ length: 400 }, (_, index) => 300 + index)];
          for (const code of codes) {
            const sip = code === null ? null : { code, reason: 'No 405 at sip:1@x' };
            const sentence = sayOf({ outcome, caller, destination: target, sip, earlier: [] });
            count += 1;
            // Of tens of thousands each would take longer to expect than to make.
            const isRight =
              /^[A-Zx][^.]*\.$/.test(sentence) &&
              sentence.length < 120 &&
              !FOR_OPERATORS.test(sentence) &&
              !(caller === 'left' && /go on|busy|cannot/i.test(sentence));
            if (!isRight) wrong.push({ sentence, caller });
          }
        }
      }
    }
    expect(wrong).toEqual([]);
    expect(count).toBe(OUTCOMES.length * targets.length * 3 * 401);
  });
});

describe('an error', () => {
  it('that is none of ours stays as it is', () => {
    const bug = new TypeError('--again');
    expect(() =>
      inSentences(() => {
        throw bug;
      }),
    ).toThrow(bug);
    expect(bug.message).toBe('--again');
    expect(errorForPrograms).toBeTypeOf('function');
  });
});
