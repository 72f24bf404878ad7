/** Templates with `{placeholders}`: how a destination becomes a Refer-To. */
import { DestinationError } from '../core/errors.ts';
import { escapeFor, LITERAL } from './address/characters.ts';
import { CallNeededError } from './limits.ts';

/** What the placeholders stand for; null is not known here. */
export interface TemplateValues {
  /** E.164 with its plus. */
  number: string | null;
  /** E.164 without it. */
  digits: string | null;
  extension: string | null;
  domain: string | null;
  department: string | null;
  trunkNumber: string | null;
  callerNumber: string | null;
}

const PLACEHOLDER = /\{([A-Za-z]+)\}/g;

const WAY_OUT: Record<keyof TemplateValues, string> = {
  number: 'Use this template for phone numbers only, or give the department a "number".',
  digits: 'Use this template for phone numbers only, or give the department a "number".',
  extension: 'Use this template for extensions only.',
  domain: 'Give the trunk its "domain".',
  department: 'It stands for a department: transfer to one, or leave it out of the template.',
  trunkNumber: 'The call does not tell which of our numbers it came by: write the number itself.',
  callerNumber: 'The caller hides their number: leave it out of the template.',
};

/**
 * Fills a template for a Refer-To. Values are escaped for a user part, the domain apart: nothing
 * that a stranger chose can end the user part and begin a host.
 * @param place where the template stands in the config, for messages
 * @throws DestinationError for a placeholder that does not exist or has no value here
 */
export function fillTemplate(template: string, values: TemplateValues, place: string): string {
  return template.replace(PLACEHOLDER, (whole, name: string) => {
    if (!isPlaceholder(name, values)) {
      throw new DestinationError(`${place}: there is no placeholder ${whole}`, {
        hint: `There are {${Object.keys(values).join('}, {')}}.`,
      });
    }
    const value = values[name];
    if (value === null) {
      const Missing = isFromCall(name) ? CallNeededError : DestinationError;
      throw new Missing(`${place} needs ${whole}, which is not known here`, {
        hint: WAY_OUT[name],
      });
    }
    return name === 'domain' ? value : escapeFor(LITERAL, value);
  });
}

/**
 * Fills the value of a header.
 * @param escaped false where the whole value is escaped later
 * @returns the value, or the placeholder that has none here
 */
export function fillHeader(
  template: string,
  values: TemplateValues,
  escaped = true,
): { value: string } | { missing: string } {
  let missing: string | null = null;
  const value = template.replace(PLACEHOLDER, (whole, name: string) => {
    // Braces around anything else are the header's own.
    if (!isPlaceholder(name, values)) return whole;
    const known = values[name];
    if (known === null) missing ??= whole;
    // The numbers may be a stranger's; the department's name is the config's own.
    return isFromCall(name) && escaped ? escapeFor(LITERAL, known ?? '') : (known ?? '');
  });
  return missing === null ? { value } : { missing };
}

function isFromCall(name: keyof TemplateValues): boolean {
  return name === 'callerNumber' || name === 'trunkNumber';
}

function isPlaceholder(name: string, values: TemplateValues): name is keyof TemplateValues {
  return Object.hasOwn(values, name);
}
