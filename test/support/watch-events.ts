/** The events of `calls --watch` as a schema: what a program that reads them may count on. */
import * as v from 'valibot';
import { CALL_FIELDS } from '../../src/commands/calls/command.ts';

const time = v.pipe(v.string(), v.isoTimestamp());
const field = v.picklist(CALL_FIELDS);
const nullable = v.nullable(v.string());

const call = v.strictObject({
  callId: v.string(),
  room: v.string(),
  roomSid: v.string(),
  identity: v.string(),
  name: v.string(),
  phoneNumber: v.nullable(v.pipe(v.string(), v.regex(/^\+\d+$/))),
  phoneNumberRaw: nullable,
  calledNumber: nullable,
  direction: v.picklist(['inbound', 'outbound']),
  status: v.nullable(v.picklist(['dialing', 'ringing', 'automation', 'active', 'hangup'])),
  condition: v.string(),
  conditionSince: v.nullable(time),
  stuck: v.nullable(v.boolean()),
  transferable: v.boolean(),
  recording: v.boolean(),
  trunkId: nullable,
  ruleId: nullable,
  host: nullable,
  provider: nullable,
  agent: v.nullable(v.strictObject({ identity: v.string(), state: nullable })),
  joinedAt: v.nullable(time),
  ageSeconds: v.nullable(v.number()),
});

const watchEvent = v.variant('type', [
  v.strictObject({ type: v.literal('call-started'), time, call }),
  v.strictObject({
    type: v.literal('call-changed'),
    time,
    call,
    changed: v.pipe(v.array(field), v.minLength(1)),
  }),
  v.strictObject({ type: v.literal('call-ended'), time, call }),
  v.strictObject({
    type: v.literal('room-unreadable'),
    time,
    room: v.string(),
    message: v.string(),
  }),
  v.strictObject({ type: v.literal('connection-lost'), time, message: v.string() }),
  v.strictObject({
    type: v.literal('connection-restored'),
    time,
    lostSeconds: v.pipe(v.number(), v.integer(), v.minValue(0)),
  }),
]);

type TestedEvent = v.InferOutput<typeof watchEvent>;

/** Reads the lines of a stream. @throws at one that is not as the schema has it */
export function readEvents(text: string): TestedEvent[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => v.parse(watchEvent, JSON.parse(line)));
}
