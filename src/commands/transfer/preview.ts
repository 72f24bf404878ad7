/** What a transfer will do, shown before anybody is asked to confirm it. */

import type { Call } from '../../calls/call.ts';
import { isStuckCondition } from '../../calls/condition.ts';
import { formatDuration } from '../../core/text.ts';
import { nameCaller } from '../../transfer/explain/explain.ts';
import { describeOpenTransfer } from '../../transfer/explain/facts.ts';
import type { Planned, TransferPlan, TransferStep } from '../../transfer/plan.ts';
import type { DRY_RUN_FIELDS } from './command.ts';

/** One line of the preview. */
export interface PreviewLine {
  label: string;
  text: string;
}

function describeTime(call: Call): string {
  const age = call.ageSeconds === null ? 'a time unknown' : formatDuration(call.ageSeconds * 1000);
  const served = isStuckCondition(call.condition)
    ? `${call.condition}: nobody serves the caller`
    : call.condition;
  return `${age}, ${call.status ?? 'status unknown'}, ${served}`;
}

/** What the transfer ends, beside the caller's stay in the room. */
function describeEnds(call: Call): string | null {
  const ends = [
    call.agent === null ? '' : `the caller’s talk with agent ${call.agent.identity}`,
    call.condition === 'with-person' ? 'the talk with the person in the room' : '',
    call.condition === 'with-sip-party' ? 'the talk with the other party in the room' : '',
    call.recording ? 'the caller’s part in a running recording' : '',
  ].filter((text) => text !== '');
  return ends.length === 0 ? null : ends.join('; ');
}

/** Why LiveKit would not move the call as it is. */
function describeObstacle({ transferable, status }: Call): string[] {
  if (transferable) return [];
  return [`the call is ${status ?? 'in no known state'}: as it is, it cannot be transferred`];
}

/** Where a step leads, in a few words. */
export function describeStep({ destination }: TransferStep): string {
  const { department, number, input, referTo, rule } = destination;
  return `${department ?? number ?? input} → ${referTo} (${rule})`;
}

/** What is worth a warning before a plan is carried out. */
export function warningsOf({ plan, leftOut }: Planned): string[] {
  return [
    ...plan.openTransfers.map(describeOpenTransfer),
    ...describeObstacle(plan.call),
    ...plan.destination.warnings,
    ...plan.fallbacks.flatMap(({ destination }) => destination.warnings),
    ...leftOut,
  ];
}

function describeHeaders({ request }: TransferStep): PreviewLine[] {
  return Object.entries(request.headers).map(([name, value]) => ({
    label: 'Header',
    text: `${name}: ${value}`,
  }));
}

/** Who is meant. @returns lines with foreign text in them, not yet escaped */
export function previewCall(call: Call): PreviewLine[] {
  return [
    { label: 'Caller', text: `${nameCaller(call)}${call.name === '' ? '' : `, “${call.name}”`}` },
    { label: 'Room', text: `${call.room}, as ${call.identity}` },
    { label: 'On the line', text: describeTime(call) },
  ];
}

/**
 * @param place the host of the project
 * @returns lines with foreign text in them, not yet escaped
 */
export function previewTransfer(planned: Planned, place: string): PreviewLine[] {
  const { plan } = planned;
  const { call, fallbacks } = plan;
  const trunk = [call.trunkId, call.host, call.provider].filter((text) => text !== null).join(', ');
  const ends = describeEnds(call);
  return [
    ...previewCall(call),
    { label: 'Goes to', text: describeStep(plan) },
    ...describeHeaders(plan),
    ...fallbacks.flatMap((step) => [
      { label: 'If it fails', text: describeStep(step) },
      ...describeHeaders(step),
    ]),
    { label: 'Trunk', text: trunk || 'unknown' },
    { label: 'LiveKit', text: place },
    ...(ends === null ? [] : [{ label: 'Ends', text: ends }]),
    ...warningsOf(planned).map((text) => ({ label: 'Warning', text })),
  ];
}

/** Why nothing would be sent for a plan as it is; null when it would. */
function describeStop({ call, openTransfers, again }: TransferPlan): string | null {
  if (!call.transferable) return `the call is ${call.status ?? 'in no known state'}`;
  if (openTransfers.length === 0 || again) return null;
  return 'an earlier transfer of it is still open, and that takes --again';
}

type DryRunField = (typeof DRY_RUN_FIELDS)[number];

/** The plan as `--dry-run --json` shows it. */
export function dryRunRecord(plan: TransferPlan): Record<DryRunField, unknown> {
  const { call, destination, request, fallbacks, openTransfers: earlier } = plan;
  const wouldSend = describeStop(plan) === null;
  return {
    ...{ dryRun: true, wouldSend, call, destination, earlier },
    fallbacks: fallbacks.map((step) => ({ ...step, request: shownRequest(step.request) })),
    request: shownRequest(request),
  };
}

/** As it goes out: `playDialtone` is for servers that do not know the tones. */
function shownRequest(request: TransferStep['request']) {
  return { ...request, playDialtone: request.dialtone !== null };
}

/** The plan as `--dry-run` tells it. */
export function describeDryRun(plan: TransferPlan): string {
  const { call, request, fallbacks } = plan;
  const stop = describeStop(plan);
  if (stop !== null) return `Would not transfer ${call.callId} as it is: ${stop}.`;
  const targets = [request, ...fallbacks.map((step) => step.request)];
  return `Would transfer ${call.callId} to ${targets.map(({ transferTo }) => transferTo).join(', then ')}.`;
}
