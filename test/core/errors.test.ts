/** Conduct 44: every error has one stable code and one exit code. */
import { describe, expect, it } from 'vitest';
import { helpTopics } from '../../src/commands/help/run.ts';
import {
  ConfigError,
  CredentialsError,
  DestinationError,
  type ExitCode,
  exitCodeOf,
  InterruptedError,
  isKnownError,
  KnownError,
  NotFoundError,
  PolicyError,
  UsageError,
  worstExitCode,
} from '../../src/core/errors.ts';

describe('the codes', () => {
  it('have the exit codes of the design, and none is missing here', () => {
    expect(exitCodeOf).toEqual({
      usage: 2,
      config: 2,
      destination: 2,
      policy: 2,
      'ambiguous-call': 2,
      'ambiguous-trunk': 2,
      'confirmation-needed': 2,
      'wrong-url': 2,
      declined: 3,
      'caller-spoke': 3,
      credentials: 4,
      permission: 4,
      'no-such-call': 5,
      'no-open-transfer': 5,
      'transfer-under-way': 2,
      'unwritten-record': 1,
      'unknown-department': 5,
      'no-such-trunk': 5,
      unreachable: 1,
      server: 1,
      'unread-rooms': 1,
      'outcome-lost': 7,
      'unplaced-trunk': 1,
      'unreadable-record': 1,
      'unwritten-report': 1,
      'not-announced': 1,
      interrupted: 130,
      internal: 1,
    });
  });

  it('are all in `help exit-codes`, each beside its exit code', () => {
    // A long row goes on below its own column.
    const text = helpTopics['exit-codes']().replace(/\n {7}(?=\S)/g, ' ');
    for (const [code, exitCode] of Object.entries(exitCodeOf)) {
      expect(text).toMatch(new RegExp(`^ +${exitCode} +([a-z-]+, )*${code}(,|$)`, 'm'));
    }
    for (const exitCode of [0, 1, 2, 3, 4, 5, 7, 130, 143]) {
      expect(text).toMatch(new RegExp(`^ +${exitCode} +\\S`, 'm'));
    }
  });
});

describe('the exit code that stands for several', () => {
  it.each<[ExitCode[], ExitCode]>([
    [[], 0],
    [[0, 0], 0],
    [[0, 2], 2],
    [[2, 5, 0], 5],
    [[5, 1, 2], 1],
    [[1, 4, 5], 4],
    [[4, 7, 1], 7],
    [[7, 130, 0], 130],
    [[143, 7], 143],
  ])('of %j is %d', (codes, worst) => {
    expect(worstExitCode(codes)).toBe(worst);
  });
});

describe('the classes', () => {
  it.each<[KnownError, string, string, number]>([
    [new UsageError('x'), 'UsageError', 'usage', 2],
    [new ConfigError('x'), 'ConfigError', 'config', 2],
    [new DestinationError('x'), 'DestinationError', 'destination', 2],
    [new PolicyError('x'), 'PolicyError', 'policy', 2],
    [new CredentialsError('x'), 'CredentialsError', 'credentials', 4],
    [new NotFoundError('no-such-call', 'x'), 'NotFoundError', 'no-such-call', 5],
    [new NotFoundError('unknown-department', 'x'), 'NotFoundError', 'unknown-department', 5],
    [new NotFoundError('no-such-trunk', 'x'), 'NotFoundError', 'no-such-trunk', 5],
    [new InterruptedError('SIGINT', 'x'), 'InterruptedError', 'interrupted', 130],
    [new InterruptedError('SIGTERM', 'x'), 'InterruptedError', 'interrupted', 143],
    [new KnownError('declined', 'x'), 'KnownError', 'declined', 3],
    [new KnownError('internal', 'x'), 'KnownError', 'internal', 1],
  ])('%s: %s, %s, exit %d', (error, name, code, exitCode) => {
    expect(error).toMatchObject({ name, code, exitCode, message: 'x', hint: undefined });
    expect(isKnownError(error)).toBe(true);
    expect('cause' in error).toBe(false);
  });

  it('carry the next step and the cause', () => {
    const cause = new Error('why');
    expect(new PolicyError('x', { hint: 'do this', cause })).toMatchObject({
      hint: 'do this',
      cause,
    });
  });

  it('tell the place of a config’s problems', () => {
    const problems = [{ path: 'a.b', message: 'm' }];
    expect(new ConfigError('x', { file: '/f', problems, hint: 'h' })).toMatchObject({
      file: '/f',
      problems,
      hint: 'h',
    });
    expect(new ConfigError('x')).toMatchObject({ file: null, problems: [] });
  });

  it.each([new Error('x'), 'x', null, undefined, { code: 'usage', message: 'x' }])(
    '%s is a bug, not a known error',
    (value) => {
      expect(isKnownError(value)).toBe(false);
    },
  );
});
