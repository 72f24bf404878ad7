/** What a transfer will do, shown before anybody is asked to confirm it. */
import type { Call } from '../calls/call.ts';
import { isStuckCondition } from '../calls/condition.ts';
import { formatDuration } from '../duration.ts';
import { nameCaller } from '../transfer/explain.ts';
import type { TransferPlan } from '../transfer/plan.ts';

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

/**
 * @param place the host of the project
 * @returns lines with foreign text in them, not yet escaped
 */
export function previewTransfer(
  { call, destination, request }: TransferPlan,
  place: string,
): PreviewLine[] {
  const trunk = [call.trunkId, call.host, call.provider].filter((text) => text !== null).join(', ');
  const ends = describeEnds(call);
  return [
    { label: 'Caller', text: `${nameCaller(call)}${call.name === '' ? '' : `, “${call.name}”`}` },
    { label: 'Room', text: `${call.room}, as ${call.identity}` },
    { label: 'On the line', text: describeTime(call) },
    {
      label: 'Goes to',
      text: `${destination.department ?? destination.number ?? destination.input} → ${destination.referTo} (${destination.rule})`,
    },
    { label: 'Trunk', text: trunk || 'unknown' },
    ...Object.entries(request.headers).map(([name, value]) => ({
      label: 'Header',
      text: `${name}: ${value}`,
    })),
    { label: 'LiveKit', text: place },
    ...(ends === null ? [] : [{ label: 'Ends', text: ends }]),
    ...[...describeObstacle(call), ...destination.warnings].map((text) => ({
      label: 'Warning',
      text,
    })),
  ];
}
