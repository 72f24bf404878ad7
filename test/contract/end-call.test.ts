/** The methods of LiveKit SIP that hang up, and that tell whether it is alive, as captured. */
import { describe, expect, it, vi } from 'vitest';
import { type Caller, callerWho } from './caller-source.ts';
import { captured, capturedAll } from './captured-answers.ts';
import { ALL_ERAS, type Answer, call, expectCaptured, inBrackets } from './livekit-under-test.ts';

function ask(
  { livekit, room, identity }: Caller,
  method: string,
  responseTimeoutMs?: number,
): Promise<Answer> {
  const who = { room, destination_identity: identity };
  const request = { ...who, method, payload: '{}', response_timeout_ms: responseTimeoutMs };
  return call(livekit, 'RoomService/PerformRpc', request, room);
}

function untilGone({ livekit, room, identity }: Caller): Promise<void> {
  return vi.waitFor(
    async () => {
      const answer = await call(livekit, 'RoomService/GetParticipant', { room, identity }, room);
      expect(answer.status).toBe(404);
    },
    { timeout: 15_000, interval: 50 },
  );
}

const eras = ALL_ERAS.filter((era) => era === null || era.startsWith('1.13.11')).map(
  (era) => [inBrackets(era), era] as const,
);

describe.concurrent('the SIP service is asked for', () => {
  it.for(eras)('the headers of a call, which changes nothing%s', async ([, era], context) => {
    const caller = await callerWho('answers', context, { era });
    const answer = await ask(caller, 'lk.sip.GetRemoteHeaders');
    const expected = captured('PerformRpc lk.sip.GetRemoteHeaders');
    expect(answer.status).toBe(expected.status);
    const headersIn = (body: string) => typeof JSON.parse(JSON.parse(body).payload).headers;
    expect(headersIn(answer.body)).toBe(headersIn(expected.body));
    const { status } = await ask(caller, 'lk.sip.GetRemoteHeaders');
    expect(status).toBe(200);
  });

  it.for(eras)('the end of a call that came in%s', async ([, era], context) => {
    const caller = await callerWho('answers', context, { era });
    const answer = await ask(caller, 'lk.sip.EndCall');
    expectCaptured(answer, 'PerformRpc lk.sip.EndCall to a caller who called', null);
    await untilGone(caller);
  });

  it.for(eras)(
    'the end of a call that it dialled, and may be gone first%s',
    async ([, era], context) => {
      const caller = await callerWho('answers-outbound', context, { era });
      const { status } = await ask(caller, 'lk.sip.EndCall');
      const statuses = capturedAll('PerformRpc lk.sip.EndCall').map((each) => each.status);
      expect(statuses).toContain(status);
      if (caller.sandbox !== null) expect(status).toBe(503);
      await untilGone(caller);
    },
  );

  it.for(
    eras.flatMap(([suffix, era]) =>
      ['GetRemoteHeaders', 'EndCall'].map((method) => [method, suffix, era] as const),
    ),
  )(
    '%s of somebody whom it still dials, and does not answer%s',
    async ([method, , era], context) => {
      const caller = await callerWho('still-dialing', context, { era });
      const answer = await ask(caller, `lk.sip.${method}`, 3000);
      const name = `PerformRpc lk.sip.${method} to somebody whom LiveKit still dials`;
      expectCaptured(answer, `${name} (responseTimeoutMs 3000)`, null);
    },
  );
});
