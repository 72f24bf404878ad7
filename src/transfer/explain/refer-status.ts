/**
 * What a SIP status means as the trunk's answer to the REFER, SIP's transfer request. Nobody has
 * been called then. The same numbers mean other things of the target: see target-words.ts.
 */
import { type Finding, type SipRow, USE_WARM } from './advice.ts';

const UNTIL_THEN = `Until then, ${USE_WARM}`;
const OTHER_FORM =
  'Try the other form of address: sip: on the trunk’s own domain instead of tel:, or the reverse (sip:+NUMBER@DOMAIN, tel:+NUMBER).';
const NO_REFER: Omit<Finding, 'meaning'> = {
  hint: `A server on the way can answer so too: ask the provider whether call transfer (SIP REFER) can be switched on. If it stays so, ${USE_WARM}`,
  action: 'warm-transfer',
  warmTransfer: true,
};

export const REFER_WORDS: readonly SipRow[] = [
  [
    '3xx',
    {
      meaning: 'the trunk points to another address, and LiveKit does not follow it',
      hint: 'Ask the provider which address it means, and send the caller there.',
      action: 'fix-address',
    },
  ],
  [
    '400',
    { meaning: 'the trunk could not read the address', hint: OTHER_FORM, action: 'fix-address' },
  ],
  [
    '401 407',
    {
      meaning:
        'the trunk asks for a password before it transfers, and LiveKit does not answer that',
      hint: `Have the provider know LiveKit by its IP address instead of by a password. ${UNTIL_THEN}`,
      action: 'fix-trunk',
      warmTransfer: true,
    },
  ],
  [
    '402',
    {
      meaning: 'the provider wants to be paid first',
      hint: 'Check the credit of the account at the provider.',
      action: 'fix-trunk',
    },
  ],
  [
    '403',
    {
      meaning: 'the provider does not allow this transfer; nobody was called',
      hint: `Switch call transfer (SIP REFER) on at the provider, or check that it may reach this destination. ${UNTIL_THEN}`,
      action: 'fix-trunk',
      warmTransfer: true,
    },
  ],
  [
    '603',
    {
      meaning: 'the provider’s policy; nobody was called',
      hint: `Call transfer is probably not switched on for this trunk, or this destination is not allowed: ask the provider. ${UNTIL_THEN}`,
      action: 'fix-trunk',
      warmTransfer: true,
    },
  ],
  [
    '404 604',
    {
      meaning: 'the trunk does not know this address',
      hint: 'Check the number or extension, and the domain in the address.',
      action: 'fix-address',
    },
  ],
  ['405 501', { meaning: 'transfers by REFER are not supported here', ...NO_REFER }],
  [
    '406 415 420 421 489',
    { meaning: 'in effect, transfers by REFER are not supported here', ...NO_REFER },
  ],
  [
    '408 504',
    {
      meaning: 'something behind the trunk did not answer in time',
      hint: 'Look with `lk-transfer calls` first: the call may have ended. If it has not, try again in a minute.',
      action: 'retry-later',
    },
  ],
  [
    '410',
    {
      meaning: 'the trunk says that this address is no longer in use',
      hint: 'Check the number or extension, and the domain in the address.',
      action: 'fix-address',
    },
  ],
  [
    '414',
    {
      meaning: 'the address is too long for the trunk',
      hint: 'Leave out what stands behind a semicolon or question mark in the address.',
      action: 'fix-address',
    },
  ],
  [
    '416',
    {
      meaning: 'the trunk does not take this kind of address',
      hint: OTHER_FORM,
      action: 'fix-address',
    },
  ],
  [
    '428 436 437 438',
    {
      meaning:
        'the trunk wants a signed proof of who is calling (STIR/SHAKEN), and has none that it accepts',
      hint: `Ask the provider to take transfers on this trunk without one. ${UNTIL_THEN}`,
      action: 'ask-provider',
      warmTransfer: true,
    },
  ],
  [
    '429',
    {
      meaning: 'the trunk wants to know who transfers, as a FRITZ!Box does',
      hint: 'Add --header "Referred-By: <sip:you@your.domain>", or set that header for the trunk in the config.',
      action: 'fix-request',
    },
  ],
  [
    '433',
    {
      meaning: 'the provider does not transfer callers who hide their number; nobody was called',
      hint: `Ask the provider whether it can be allowed. For this caller, ${USE_WARM}`,
      action: 'ask-provider',
      warmTransfer: true,
    },
  ],
  [
    '480 486 600',
    {
      meaning: 'the provider is busy; nobody was called',
      hint: 'Try again in a few seconds.',
      action: 'retry-soon',
    },
  ],
  [
    '481',
    {
      meaning: 'the trunk no longer knows the call',
      hint: 'The call has probably ended, but a border controller (a server at the edge of the provider’s network) may say so while it lives: look with `lk-transfer calls`.',
      action: 'look',
    },
  ],
  [
    '484',
    {
      meaning: 'the address is incomplete',
      hint: 'Check the number: it may need the country code and a plus.',
      action: 'fix-address',
    },
  ],
  [
    '485',
    {
      meaning: 'the address fits several numbers or extensions',
      hint: 'Write the number in full, with the country code and a plus.',
      action: 'fix-address',
    },
  ],
  [
    '487',
    {
      meaning: 'the request was broken off, probably because the call ended',
      hint: 'Look with `lk-transfer calls`: if the caller is still there, try again in a minute.',
      action: 'look',
    },
  ],
  [
    '488 606',
    {
      meaning: 'the trunk cannot do it the way it was asked',
      hint: 'Try another destination, or another form of address.',
      action: 'fix-address',
    },
  ],
  [
    '491',
    {
      meaning: 'the trunk is busy with another request for this call',
      hint: 'Try again in a few seconds.',
      action: 'retry-soon',
    },
  ],
  [
    '493 494',
    {
      meaning: 'the trunk wants the request encrypted or secured in a way that LiveKit does not',
      hint: `Ask the provider to take transfers on this trunk without that. ${UNTIL_THEN}`,
      action: 'ask-provider',
      warmTransfer: true,
    },
  ],
  [
    '5xx',
    {
      meaning: 'a fault at the provider',
      hint: 'Try again in a few minutes.',
      action: 'retry-later',
    },
  ],
  [
    '503',
    {
      meaning: 'the provider is out of service or full',
      hint: 'Try again in a few minutes.',
      action: 'retry-later',
    },
  ],
  [
    '607 608',
    {
      meaning: 'the provider’s filter against unwanted calls stopped it; nobody was called',
      hint: 'Ask the provider why its filter stopped this call.',
      action: 'ask-provider',
    },
  ],
  [
    '4xx',
    {
      meaning: 'the trunk does not do this',
      hint: `Ask the provider what its answer means. If it stays so, ${USE_WARM}`,
      action: 'ask-provider',
    },
  ],
  [
    '6xx',
    {
      meaning: 'the provider refuses this, by whatever way; nobody was called',
      hint: `Ask the provider what its answer means. If it stays so, ${USE_WARM}`,
      action: 'ask-provider',
    },
  ],
];

// What SIP answers to a REFER have in common.

/** They come to “there is no REFER here”. */
export const NO_REFER_CODES: readonly number[] = [405, 406, 415, 420, 421, 489, 501];
/** They come to “you may not”: policy, or a feature that is not switched on. */
export const POLICY_CODES: readonly number[] = [403, 603];
