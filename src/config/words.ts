/** Words that a config chooses from. Types, schema and command line take them from here. */

/** The providers and PBXs that have a preset. */
export const PROVIDER_NAMES = [
  'twilio',
  'telnyx',
  'plivo',
  'asterisk',
  'freeswitch',
  'didww',
  'wavix',
  'sinch',
  'livekit',
] as const;

/** What a smoke test can find; smoke/result.ts says what each one means. */
export const SMOKE_VERDICTS = [
  'supported',
  'unsupported',
  'refused',
  'needs-configuration',
  'inconclusive',
  'call-failed',
] as const;
