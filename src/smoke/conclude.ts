/** From everything seen during a test to its one result. */
import type { TransferConfig } from '../config/types.ts';
import type { ExitCode } from '../core/errors.ts';
import { trunkConfigFor } from '../destinations/trunks.ts';
import type { KnownProvider } from '../transfer/explain/facts.ts';
import type { Finding } from './finding.ts';
import { type Judgement, judgeSmoke } from './judge.ts';
import { nameTrunk, type SmokeTrunk } from './plan.ts';
import type { SmokeResult, Verdict } from './result.ts';
import type { SmokeRun } from './run.ts';
import { directionOf, seenCall } from './seen-call.ts';
import { writeTicket } from './ticket.ts';
import { tellTest, wayToUse } from './words.ts';

/** The exit code of a verdict that nobody expected. */
export function exitCodeOfVerdict(verdict: Verdict): ExitCode {
  if (verdict === 'supported') return 0;
  return verdict === 'inconclusive' ? 7 : 1;
}

/** What a key may not do says nothing of the trunk, whatever was expected of it. */
function lacksRights({ trouble, transfer }: Finding): boolean {
  if (trouble?.kind !== 'dial') return transfer?.exitCode === 4;
  return trouble.dial.cause === 'permission' || trouble.dial.cause === 'credentials';
}

function exitCodeOf(finding: Finding, verdict: Verdict, expected: Verdict | null): ExitCode {
  if (lacksRights(finding)) return 4;
  if (expected === null) return exitCodeOfVerdict(verdict);
  return verdict === expected ? 0 : 1;
}

/** Whose trunk it is: the config's word, else what the leg looks like. */
function knownProvider(run: SmokeRun): KnownProvider | null {
  const { plan, test } = run;
  const call = seenCall(run);
  const named = (plan ?? test.foreseen).provider;
  if (named !== null) return { name: named, certain: true };
  // In a loop the trunk that was dialled over need not be the provider of the leg that came in.
  const trunk = call === null ? (test.trunk ?? test.tested) : test.tested;
  const seen = call?.provider ?? trunk?.provider ?? null;
  if (seen === null) return null;
  return { name: seen, certain: (call?.direction ?? 'outbound') === 'outbound' };
}

/** The trunk of the leg; where none came up, the one that was to bring it about. */
function describeTrunk(run: SmokeRun, provider: KnownProvider | null): SmokeResult['trunk'] {
  const { test } = run;
  const call = seenCall(run);
  const known: SmokeTrunk | null = call === null ? (test.trunk ?? test.tested) : test.tested;
  return {
    id: call?.trunkId ?? known?.id ?? null,
    name: known?.name ?? null,
    host: call?.host ?? known?.host ?? null,
    provider: provider?.name ?? null,
  };
}

/** The key under which the config has, or would have, the trunk. */
function trunkKey(trunk: SmokeResult['trunk'], run: SmokeRun, config: TransferConfig): string {
  const facts = { ...trunk, trunkNumber: null, callerNumber: null, direction: null };
  const { key } = trunkConfigFor(config, facts);
  return key ?? trunk.id ?? trunk.name ?? trunk.host ?? seenCall(run)?.callId ?? 'this trunk';
}

/**
 * Makes the result.
 * @param operator whether the target answered, as whoever watched it says; null when nobody was asked
 */
export function concludeSmoke(
  run: SmokeRun,
  config: TransferConfig,
  operator: boolean | null = null,
): SmokeResult {
  const { test, plan, dial, agent, leftBehind, startedAt, durationMs } = run;
  const finding = { ...run.finding, operator };
  const judgement: Judgement = judgeSmoke(finding);
  const provider = knownProvider(run);
  const trunk = describeTrunk(run, provider);
  const direction = directionOf(run);
  const { message, hint } = tellTest({
    finding,
    judgement,
    method: test.method,
    direction,
    number: test.number ?? nameTrunk(test.tested),
    trunkKey: trunkKey(trunk, run, config),
    destination: plan?.destination ?? null,
    provider,
  });
  const { verdict, refer, notify, answered, proof } = judgement;
  return {
    trunk,
    method: test.method,
    direction,
    verdict,
    refer,
    notify,
    dial,
    answered,
    proof,
    use: wayToUse(judgement),
    message,
    hint: hint === '' ? null : hint,
    durationMs,
    transfer: finding.transfer,
    agent,
    leftBehind,
    ticket: writeTicket({ ...run, finding }, judgement),
    startedAt,
    exitCode: exitCodeOf(finding, verdict, test.expected),
    ...(test.expected !== null && { expected: test.expected }),
  };
}
