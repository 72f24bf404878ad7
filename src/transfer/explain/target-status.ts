/**
 * What a SIP status means in the trunk's NOTIFY (RFC 3515) about its call to the target. The same
 * numbers mean other things as the answer to the REFER: see refer-status.ts.
 */
import type { SipRow } from './advice.ts';

const ANOTHER = 'Try another destination, or the same one later.';
const WRONG_NUMBER = 'Check the number or extension of the destination.';

// biome-ignore format: one status a line
export const TARGET_STATUSES: readonly SipRow[] = [
  ['3xx', 'other-destination', 'the target is diverted to another address, and the trunk did not follow it there', 'Ask which number reaches the target now, or try another destination.'],
  ['400 414 416', 'fix-address', 'the number is malformed', 'Check the number: it may need the country code and a plus.'],
  ['401 407', 'fix-trunk', 'the provider may not dial there', 'Check the outbound settings of the trunk at the provider.'],
  ['402', 'fix-trunk', 'the call to the target is not paid for', 'Check the credit of the account at the provider.'],
  ['403', 'fix-trunk', 'the provider may not call this destination', 'Check outbound permissions, countries, caller id and credit at the provider.'],
  ['404 604', 'fix-address', 'there is no such number or extension', WRONG_NUMBER],
  ['405 406 415 420 421 489 501', 'fix-address', 'the call was led to something that takes no calls', 'Check the destination: its address probably leads to the wrong place.'],
  ['408 487 504', 'other-destination', 'nobody answered', ANOTHER],
  ['410', 'fix-address', 'the number is no longer in use', WRONG_NUMBER],
  ['428 436 437 438', 'ask-provider', 'the target’s network wants a signed proof of who is calling, STIR/SHAKEN', 'Ask the provider whether it signs the calls of a transfer, or try another destination.'],
  ['429', 'fix-request', 'the target’s side wants to know who transfers', 'Add --header "Referred-By: <sip:you@your.domain>", or set that header for the trunk in the config.'],
  ['433', 'other-destination', 'the target takes no calls from hidden numbers', 'Try another destination.'],
  ['480', 'other-destination', 'not available right now', ANOTHER],
  ['481 491', 'retry-later', 'the call to the target got lost on the way', 'Try again in a minute, or another destination.'],
  ['484 485', 'fix-address', 'the number is incomplete, or fits several', 'Write the number in full, with the country code and a plus.'],
  ['486 600', 'other-destination', 'busy', 'Try another destination, or the same one in a minute.'],
  ['488 606', 'other-destination', 'the two ends have no audio format in common', 'Ask whoever runs the target’s telephone system, or try another destination.'],
  ['493 494', 'other-destination', 'the target takes only calls that are encrypted or secured', 'Ask whoever runs the target’s telephone system, or try another destination.'],
  ['5xx', 'retry-later', 'a fault on the way to the target', 'Try again later, or another destination.'],
  ['603', 'other-destination', 'the target, or its provider, declined the call', 'Try another destination.'],
  ['607 608', 'other-destination', 'the target, or a filter on the way, took the call for an unwanted one', 'Try another destination; the provider can say who blocks the caller id.'],
  ['4xx', 'other-destination', 'for a reason that only the trunk knows', ANOTHER],
  ['6xx', 'other-destination', 'the target takes no call now, by whatever way', ANOTHER],
];
