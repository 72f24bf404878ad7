/**
 * What single SIP statuses mean at single providers, by their own documentation and source, up to
 * August 2026, and no more. Where those do not say it for sure, the words say so.
 */
import type { ProviderName } from '../../destinations/providers.ts';
import type { Action } from './advice.ts';
import type { SipStage } from './status.ts';

export interface Remark {
  /** Follows “This trunk is Telnyx:”, so it begins with a small letter. */
  text: string;
  /** A second sentence, for when nothing else has to be said. */
  more?: string;
  action: Action;
  /** What to switch on, where it is not what the preset says. */
  setting?: string;
}

type RemarkRow = readonly [stage: SipStage, codes: readonly number[], remark: Remark];

const NO_SUCH_EXTENSION: Remark = {
  text: 'the extension must exist in the context for transfers (the part of the dialplan they use).',
  action: 'fix-address',
};
const BETWEEN_WAVIX_NUMBERS: Remark = {
  text: 'it transfers only between two Wavix numbers, so the target must be one too.',
  action: 'other-destination',
};
const BEFORE_THE_AT: Remark = {
  text: 'it takes what stands before the @ for the extension and ignores the host: check that extension.',
  action: 'fix-address',
};

export const REMARKS: Partial<Record<ProviderName, readonly RemarkRow[]>> = {
  twilio: [
    [
      'refer',
      [403, 603],
      {
        text: 'switch on Call Transfer (SIP REFER) and, for phone numbers, Enable PSTN Transfer: trunk → Features.',
        more: 'Its own log says more (error 32218).',
        action: 'fix-trunk',
      },
    ],
    [
      'notify',
      [403],
      {
        text: 'check that Enable PSTN Transfer (to phone numbers) is on: trunk → Features.',
        more: 'Then check countries, caller id and credit.',
        action: 'fix-trunk',
      },
    ],
  ],
  telnyx: [
    [
      'refer',
      [403, 603],
      {
        text: 'as far as is known it declines every transfer until its support has switched SIP REFER on for the account: ask them.',
        more: 'The outbound voice profile must allow the target, and a Diversion header (--header) must carry your Telnyx number.',
        action: 'fix-trunk',
      },
    ],
    [
      'notify',
      [403],
      {
        text: 'the outbound voice profile must allow the target.',
        action: 'fix-trunk',
        setting: 'outbound voice profile → the target allowed',
      },
    ],
  ],
  plivo: [
    [
      'refer',
      [403, 603],
      {
        text: 'transfers are on by default, but other domains and private addresses are blocked.',
        more: 'Ask its support what it blocks here.',
        action: 'ask-provider',
      },
    ],
  ],
  didww: [
    [
      'refer',
      [403, 603],
      {
        text: 'on the inbound trunk, set Max Transfers above 0, with a user name and password.',
        action: 'fix-trunk',
      },
    ],
  ],
  wavix: [
    ['refer', [403, 404, 603, 604], BETWEEN_WAVIX_NUMBERS],
    ['notify', [403, 404, 604], BETWEEN_WAVIX_NUMBERS],
    [
      'notify',
      [603],
      {
        text: 'it answers 603 as well when calls come faster than its cap allows.',
        more: 'Try again in a minute, or another destination.',
        action: 'retry-later',
      },
    ],
  ],
  sinch: [
    [
      'refer',
      [403, 603],
      {
        text: 'as far as is known it wants the new number on your own trunk domain.',
        more: 'Ask its support whether transfers are on.',
        action: 'ask-provider',
      },
    ],
  ],
  asterisk: [
    [
      'refer',
      [603],
      {
        text: 'it answers 603 while allow_transfer is off: set allow_transfer=yes on the endpoint.',
        action: 'fix-trunk',
      },
    ],
    ['refer', [404, 484, 604], NO_SUCH_EXTENSION],
    ['notify', [404, 484, 604], NO_SUCH_EXTENSION],
  ],
  freeswitch: [
    [
      'refer',
      [403],
      {
        text: 'it answers 403 while its SIP profile sets disable-transfer: switch that off.',
        action: 'fix-trunk',
      },
    ],
    [
      'notify',
      [403],
      {
        text: 'it takes every transfer on and may deny it later: look at disable-transfer in its SIP profile, and at whether it may dial there.',
        action: 'fix-trunk',
      },
    ],
    ['refer', [404, 484, 604], BEFORE_THE_AT],
    ['notify', [404, 484, 604], BEFORE_THE_AT],
  ],
};
