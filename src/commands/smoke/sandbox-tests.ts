/**
 * The tests of the sandbox: one for every verdict, on its own trunks. They stand in for the smoke
 * section of a config where there is none to use, so that `smoke --all --sandbox` shows them all.
 */
import type { SmokeTestConfig } from '../../config/types.ts';

/** A number outside that answers; a target that answers, and one that is busy. */
const ANSWERS = '+1 510 555 0177';
const TARGET = '+1 510 555 0100';
const BUSY = '+1 510 555 0486';
/** Numbers of the sandbox's own inbound trunks. */
const OURS = '+1 510 555 0001';
const OURS_WITHOUT_REFER = '+1 510 555 0002';
const OURS_AT_TELNYX = '+1 510 555 0003';

/** How many times as fast its providers and phones are, so that nobody waits half a minute for one. */
export const SANDBOX_SPEED = 5;

const TESTS: readonly SmokeTestConfig[] = [
  { trunk: 'Accepts and never reports', dial: ANSWERS, to: TARGET, expect: 'supported' },
  { trunk: 'Ignores REFER, outbound', dial: ANSWERS, to: TARGET, expect: 'inconclusive' },
  { trunk: 'Twilio outbound', loop: OURS, to: TARGET, expect: 'supported' },
  { trunk: 'Sinch', dial: ANSWERS, to: TARGET, expect: 'supported' },
  { trunk: 'Sinch', dial: ANSWERS, to: BUSY, expect: 'supported' },
  { trunk: 'Plivo, hangs up first', dial: ANSWERS, to: TARGET, expect: 'supported' },
  { trunk: 'NetSapiens, BYE for NOTIFY', dial: ANSWERS, to: OURS, expect: 'supported' },
  { trunk: 'NetSapiens, BYE for NOTIFY', dial: ANSWERS, to: TARGET, expect: 'inconclusive' },
  { trunk: 'Twilio outbound', loop: OURS_WITHOUT_REFER, to: TARGET, expect: 'unsupported' },
  { trunk: 'Carrier without REFER (405)', dial: ANSWERS, to: TARGET, expect: 'unsupported' },
  { trunk: 'Telnyx outbound, REFER off (603)', dial: ANSWERS, to: TARGET, expect: 'refused' },
  { trunk: 'Twilio outbound', loop: OURS_AT_TELNYX, to: TARGET, expect: 'refused' },
  { trunk: 'Twilio, PSTN transfer off (403)', dial: ANSWERS, to: TARGET, expect: 'refused' },
  {
    trunk: 'Wants a password for REFER (407)',
    dial: ANSWERS,
    to: TARGET,
    expect: 'needs-configuration',
  },
  { trunk: 'Asterisk, no such address (400)', dial: ANSWERS, to: TARGET, expect: 'inconclusive' },
  { trunk: 'Connects our numbers itself', loop: OURS, to: TARGET, expect: 'call-failed' },
  { trunk: 'Drops its calls', dial: ANSWERS, to: TARGET, expect: 'call-failed' },
  { trunk: 'Refuses our password', dial: ANSWERS, to: TARGET, expect: 'call-failed' },
  { trunk: 'Has no number', dial: ANSWERS, to: TARGET, expect: 'call-failed' },
  { trunk: 'Sinch', dial: BUSY, to: TARGET, expect: 'call-failed' },
];

/** Nothing of them goes on at anybody's cost. */
export const SANDBOX_TESTS: readonly SmokeTestConfig[] = TESTS.map((test) => ({
  ...test,
  endsItself: true,
}));
