import type { SipRow } from './advice.ts';

const ANOTHER = 'Try another destination, or the same one later.';
const WRONG_NUMBER = 'Check the number or extension of the destination.';

export const TARGET_WORDS: readonly SipRow[] = [
  [
    '3xx',
    {
      meaning: 'the target is diverted to another address, and the trunk did not follow it there',
      hint: 'Ask which number reaches the target now, or try another destination.',
      action: 'other-destination',
    },
  ],
  [
    '400 414 416',
    {
      meaning: 'the number is malformed',
      hint: 'Check the number: it may need the country code and a plus.',
      action: 'fix-address',
    },
  ],
  [
    '401 407',
    {
      meaning: 'the provider may not dial there',
      hint: 'Check the outbound settings of the trunk at the provider.',
      action: 'fix-trunk',
    },
  ],
  [
    '402',
    {
      meaning: 'the call to the target is not paid for',
      hint: 'Check the credit of the account at the provider.',
      action: 'fix-trunk',
    },
  ],
  [
    '403',
    {
      meaning: 'the provider may not call this destination',
      hint: 'Check outbound permissions, countries, caller id and credit at the provider.',
      action: 'fix-trunk',
    },
  ],
  [
    '404 604',
    {
      meaning: 'there is no such number or extension',
      hint: WRONG_NUMBER,
      action: 'fix-address',
    },
  ],
  [
    '405 406 415 420 421 489 501',
    {
      meaning: 'the call was led to something that takes no calls',
      hint: 'Check the destination: its address probably leads to the wrong place.',
      action: 'fix-address',
    },
  ],
  ['408 487 504', { meaning: 'nobody answered', hint: ANOTHER, action: 'other-destination' }],
  [
    '410',
    {
      meaning: 'the number is no longer in use',
      hint: WRONG_NUMBER,
      action: 'fix-address',
    },
  ],
  [
    '428 436 437 438',
    {
      meaning: 'the target’s network wants a signed proof of who is calling, STIR/SHAKEN',
      hint: 'Ask the provider whether it signs the calls of a transfer, or try another destination.',
      action: 'ask-provider',
    },
  ],
  [
    '429',
    {
      meaning: 'the target’s side wants to know who transfers',
      hint: 'Add --header "Referred-By: <sip:you@your.domain>", or set that header for the trunk in the config.',
      action: 'fix-request',
    },
  ],
  [
    '433',
    {
      meaning: 'the target takes no calls from hidden numbers',
      hint: 'Try another destination.',
      action: 'other-destination',
    },
  ],
  ['480', { meaning: 'not available right now', hint: ANOTHER, action: 'other-destination' }],
  [
    '481 491',
    {
      meaning: 'the call to the target got lost on the way',
      hint: 'Try again in a minute, or another destination.',
      action: 'retry-later',
    },
  ],
  [
    '484 485',
    {
      meaning: 'the number is incomplete, or fits several',
      hint: 'Write the number in full, with the country code and a plus.',
      action: 'fix-address',
    },
  ],
  [
    '486 600',
    {
      meaning: 'busy',
      hint: 'Try another destination, or the same one in a minute.',
      action: 'other-destination',
    },
  ],
  [
    '488 606',
    {
      meaning: 'the two ends have no audio format in common',
      hint: 'Ask whoever runs the target’s telephone system, or try another destination.',
      action: 'other-destination',
    },
  ],
  [
    '493 494',
    {
      meaning: 'the target takes only calls that are encrypted or secured',
      hint: 'Ask whoever runs the target’s telephone system, or try another destination.',
      action: 'other-destination',
    },
  ],
  [
    '5xx',
    {
      meaning: 'a fault on the way to the target',
      hint: 'Try again later, or another destination.',
      action: 'retry-later',
    },
  ],
  [
    '603',
    {
      meaning: 'the target, or its provider, declined the call',
      hint: 'Try another destination.',
      action: 'other-destination',
    },
  ],
  [
    '607 608',
    {
      meaning: 'the target, or a filter on the way, took the call for an unwanted one',
      hint: 'Try another destination; the provider can say who blocks the caller id.',
      action: 'other-destination',
    },
  ],
  [
    '4xx',
    {
      meaning: 'for a reason that only the trunk knows',
      hint: ANOTHER,
      action: 'other-destination',
    },
  ],
  [
    '6xx',
    {
      meaning: 'the target takes no call now, by whatever way',
      hint: ANOTHER,
      action: 'other-destination',
    },
  ],
];
