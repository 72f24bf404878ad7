/** What a transfer will do, shown before anybody is asked to confirm it. */

import {
  type Company,
  cutOffFrom,
  phoneGets,
  roleOf,
  warningBeforeHangUp,
} from '../../call-control/hang-up-words.ts';
import { type Call, isBridgeLeg } from '../../calls/call.ts';
import { conditionWord, isStuckCondition } from '../../calls/condition.ts';
import { formatDuration, startSentence } from '../../core/text.ts';
import { describeOpenTransfer, nameCaller } from '../../transfer/explain/facts.ts';
import {
  methodOf,
  type Planned,
  type TransferPlan,
  type TransferStep,
} from '../../transfer/plan.ts';
import { announcementStop, describeAnnouncement, warnUnannounced } from './announce.ts';
import type { ShownRequest, TransferDryRun } from './command.ts';

/** One line of the preview. */
export interface PreviewLine {
  label: string;
  text: string;
}

function describeTime(call: Call): string {
  const age = call.ageSeconds === null ? 'a time unknown' : formatDuration(call.ageSeconds * 1000);
  const word = conditionWord(call);
  const served = isStuckCondition(call.condition) ? `${word}: nobody serves the caller` : word;
  return `${age}, ${call.status ?? 'status unknown'}, ${served}`;
}

/** What the transfer ends, beside the caller's stay in the room. */
function describeEnds({ call, bridge }: TransferPlan): string | null {
  const endsTalk = bridge?.keepsAgent !== true;
  const withAgent = isStuckCondition(call.condition) ? 'wait for' : 'conversation with';
  const ends = [
    call.agent === null || !endsTalk
      ? ''
      : `the caller’s ${withAgent} agent ${call.agent.identity}`,
    call.condition === 'with-person' && bridge === null
      ? 'the conversation with the person in the room'
      : '',
    call.condition === 'with-sip-party' && bridge === null
      ? 'the conversation with the other phone in the room'
      : '',
    call.condition === 'bridged' && bridge === null
      ? 'the conversation with the target in the room, which stays there until somebody hangs up on it'
      : '',
    // A bridge leaves the caller in the room.
    call.recording && bridge === null ? 'the caller’s part in a running recording' : '',
  ].filter((text) => text !== '');
  return ends.length === 0 ? null : ends.join('; ');
}

/** Whether the dial itself answers a caller whom nobody has. */
export function isAnsweredByBridge({ call: { status }, bridge }: TransferPlan): boolean {
  return bridge?.answersCaller === true && status === 'ringing';
}

export function questionAbout(plan: TransferPlan): string {
  if (plan.bridge === null) return 'Transfer this caller?';
  return isAnsweredByBridge(plan) ? 'Answer and bridge this caller?' : 'Bridge this caller?';
}

/** Why LiveKit would not move the call as it is. */
function describeObstacle(plan: TransferPlan): string[] {
  const { transferable, status } = plan.call;
  if (transferable) return [];
  if (isAnsweredByBridge(plan)) {
    return [
      'nobody has answered this caller. The dial answers them at once, and they wait in silence until the target answers. `lk-transfer rescue` requests an agent instead',
    ];
  }
  return [`the call is ${status ?? 'in no known state'}: it cannot be transferred now`];
}

/** Where a step leads, in a few words. */
export function describeStep({ destination, bridge }: TransferStep): string {
  const { department, number, input, referTo, rule } = destination;
  const known = department ?? number ?? input;
  if (bridge === null) return `${known} → ${referTo} (${rule})`;
  return `${known} → ${bridge.number}, dialled into the room over ${bridge.trunkName ?? bridge.trunkId} (${rule})`;
}

/** What a bridge is, and what it costs: two legs in LiveKit for as long as the call lasts. */
function describeBridge({ bridge, call }: TransferPlan): PreviewLine[] {
  if (bridge === null) return [];
  const stays = bridge.keepsAgent
    ? 'stays'
    : 'leaves when the target has answered, unless another caller is in the room';
  const agent = call.agent === null ? '' : `; the agent ${call.agent.identity} ${stays}`;
  return [
    {
      label: 'Bridge',
      text: `both stay in LiveKit, for at most ${formatDuration(bridge.longestMs)}${agent}`,
    },
    ...(bridge.from === null ? [] : [{ label: 'Shown as', text: bridge.from }]),
  ];
}

/** What is worth a warning before a plan is carried out. */
export function warningsOf({ plan, leftOut }: Planned): string[] {
  return [
    ...plan.openTransfers.map(describeOpenTransfer),
    ...describeObstacle(plan),
    ...warnUnannounced(plan),
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
export function previewCall(call: Call, label = 'Caller'): PreviewLine[] {
  return [
    { label, text: `${nameCaller(call)}${call.name === '' ? '' : `, “${call.name}”`}` },
    { label: 'Room', text: `${call.room}, as ${call.identity}` },
    { label: 'On the line', text: describeTime(call) },
  ];
}

/** Whom a hang-up cuts off. @param company null where the room could not be read */
export function previewHangUp(
  call: Call,
  company: readonly Company[] | null,
  place: string,
): PreviewLine[] {
  return [
    ...previewCall(call, startSentence(roleOf(call))),
    { label: 'Cuts off', text: cutOffFrom(call, company) },
    { label: 'The phone', text: `gets ${phoneGets(call)}` },
    { label: 'LiveKit', text: place },
    ...hangUpWarnings(call),
  ];
}

export function hangUpWarnings(call: Call): PreviewLine[] {
  const text = warningBeforeHangUp(call);
  return text === null ? [] : [{ label: 'Warning', text }];
}

/**
 * @param place the host of the project
 * @returns lines with foreign text in them, not yet escaped
 */
export function previewTransfer(planned: Planned, place: string): PreviewLine[] {
  const { plan } = planned;
  const { call, fallbacks } = plan;
  const trunk = [call.trunkId, call.host, call.provider].filter((text) => text !== null).join(', ');
  const ends = describeEnds(plan);
  return [
    ...previewCall(call),
    { label: 'Goes to', text: describeStep(plan) },
    ...describeHeaders(plan),
    ...fallbacks.flatMap((step) => [
      { label: 'If it fails', text: describeStep(step) },
      ...describeHeaders(step),
    ]),
    ...describeBridge(plan),
    ...describeAnnouncement(plan).map((text) => ({ label: 'Announced', text })),
    { label: 'Trunk', text: trunk || 'unknown' },
    { label: 'LiveKit', text: place },
    ...(ends === null ? [] : [{ label: 'Ends', text: ends }]),
    ...warningsOf(planned).map((text) => ({ label: 'Warning', text })),
  ];
}

/** A plan, and whether another target is in the room of one who would be bridged. */
export interface SeenPlan {
  plan: TransferPlan;
  hasTarget: boolean;
}

/** Why nothing would be sent for a plan as it is; null when it would. */
function describeStop({ plan, hasTarget }: SeenPlan): string | null {
  const { call, openTransfers, again, bridge } = plan;
  const isAnsweredByDial =
    bridge?.answersCaller === true && call.direction === 'inbound' && call.status === 'ringing';
  const isAnswered = call.transferable || isAnsweredByDial;
  if (!isAnswered) return `the call is ${call.status ?? 'in no known state'}`;
  if (isBridgeLeg(call) && !again) return 'it is the target of a bridge, so --again is needed';
  if (hasTarget) {
    const state = call.condition === 'bridged' ? 'it is bridged' : 'a target is called for it';
    return `${state} already, so --again is needed`;
  }
  if (openTransfers.length === 0 || again) return announcementStop(plan);
  return 'an earlier transfer of it is still open, so --again is needed';
}

/** The plan as `--dry-run --json` shows it. */
export function dryRunRecord(seen: SeenPlan): TransferDryRun {
  const { plan } = seen;
  const { call, destination, request, bridge, fallbacks, openTransfers: earlier } = plan;
  const wouldSend = describeStop(seen) === null;
  return {
    ...{ dryRun: true, wouldSend, call, destination, earlier },
    fallbacks: fallbacks.map((step) => ({
      destination: step.destination,
      request: shownRequest(step.request),
      transferMethod: methodOf(step),
      bridgePlan: step.bridge,
    })),
    request: shownRequest(request),
    transferMethod: methodOf(plan),
    bridgePlan: bridge,
    announcement: plan.announcement ?? null,
  };
}

/** As it goes out: `playDialtone` is for servers that do not know the tones. */
function shownRequest({ abortUnsent: _, ...request }: TransferStep['request']): ShownRequest {
  return { ...request, playDialtone: request.dialtone !== null };
}

/** The plan as `--dry-run` tells it. */
export function describeDryRun(seen: SeenPlan): string {
  const { plan } = seen;
  const { call, fallbacks } = plan;
  const stop = describeStop(seen);
  if (stop !== null) return `Would not transfer ${call.callId} now: ${stop}.`;
  const verb = (step: TransferStep) => (step.bridge === null ? 'transfer' : 'bridge');
  const ways = [plan, ...fallbacks].map((step, at, steps) => {
    const before = steps[at - 1];
    const isNew = before !== undefined && verb(before) !== verb(step);
    return `${isNew ? `${verb(step)} to ` : ''}${targetOf(step)}`;
  });
  return `Would ${verb(plan)} ${call.callId} to ${ways.join(', then ')}.`;
}

/** The address of a REFER; of a bridge what is dialled, and over which trunk. */
function targetOf({ request, bridge }: TransferStep): string {
  if (bridge === null) return request.transferTo;
  return `${bridge.number} over ${bridge.trunkName ?? bridge.trunkId}`;
}
