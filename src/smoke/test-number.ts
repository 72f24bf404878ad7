/** The number that a test dials: read, and judged, since a test call costs and reaches people too. */
import type { RunConfig } from '../config/run-config.ts';
import { DestinationError, PolicyError } from '../core/errors.ts';
import { emergencyIn } from '../destinations/address/emergency.ts';
import { parsePhone } from '../destinations/address/phone.ts';
import { emergencyCountries, judge } from '../destinations/policy.ts';

/** An extension of a PBX, whose trunk takes it as it is. */
const EXTENSION = /^\d{2,6}$/;

/**
 * Reads a number to dial.
 * @param text a phone number in any usual writing, or an extension
 * @param typed somebody typed it: then it is bound to the countries and departments of the policy,
 *   as a typed destination is. What the config names itself is not
 * @returns E.164 with its plus, or the extension
 * @throws DestinationError when it is neither; PolicyError for emergency and premium numbers
 */
export function readTestNumber(text: string, config: RunConfig, typed: boolean): string {
  const written = text.trim();
  const country = config.defaultCountry ?? null;
  const digits = written.replace(/[^\d+]/g, '');
  const emergency = emergencyIn(digits, emergencyCountries(config, country));
  if (emergency !== null) {
    throw new PolicyError(`${emergency.number} is an emergency number: no test dials that`);
  }
  if (/^(?:sips?|tel):/i.test(written)) {
    throw new DestinationError(`"${written}" is an address, and a test dials a number`, {
      hint: 'Write it as +15105550177, or as an extension of the trunk.',
    });
  }
  const phone = EXTENSION.test(written) ? null : parsePhone(written, country);
  const number = phone?.e164 ?? written;
  const { premium } = config.policy ?? {};
  judge(typed ? config : { policy: { premium } }, {
    referTo: `sip:${number}@test.invalid`,
    department: null,
    country,
    phone,
    via: null,
  });
  return number;
}
