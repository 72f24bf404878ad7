/** From a reading to an address: through the trunk's template, or as it is written. */
import type { TransferConfig } from '../config/types.ts';
import { DestinationError, NotFoundError } from '../core/errors.ts';
import { nearestNames } from '../core/text.ts';
import { escapeFor, findInvisible, LITERAL } from './address/characters.ts';
import { type Phone, parsePhone } from './address/phone.ts';
import { readDigits } from './address/phone-writing.ts';
import { checkUri } from './address/uri.ts';
import type { Department } from './departments.ts';
import {
  atConfigPath,
  type ResolveStep,
  StatedLimitError,
  type TrunkFacts,
} from './destination.ts';
import { judgeEmergency } from './policy.ts';
import { providerPresets } from './providers.ts';
import { type Reading, readTarget, type Target } from './reading.ts';
import { chooseDialRule, type DialRule, fillTemplate, type TemplateValues } from './template.ts';
import type { TrunkMatch, Via } from './trunks.ts';

/** Everything that one resolution looks at, gathered once. */
export interface ResolveContext {
  config: TransferConfig;
  trunk: TrunkFacts | null;
  match: TrunkMatch;
  via: Via | null;
  department: Department | null;
  /** Of numbers written without a plus, two letters. */
  country: string | null;
}

export interface Route {
  /** Not checked yet. */
  referTo: string;
  rule: string;
  /** null where no template was used. */
  template: string | null;
  phone: Phone | null;
  values: TemplateValues;
  steps: ResolveStep[];
  warnings: string[];
}

/**
 * Stops on a trunk that is known to have no REFER.
 * @throws StatedLimitError
 */
export function checkTrunkHasRefer({ key, trunk }: TrunkMatch, facts: TrunkFacts | null): void {
  const preset = trunk.provider === undefined ? null : providerPresets[trunk.provider];
  if (trunk.refer ?? preset?.refer ?? true) return;
  const place = trunk.refer === false ? `trunks.${key}.refer` : `trunks.${key}.provider`;
  const name = facts?.name ?? facts?.id ?? key;
  throw new StatedLimitError(`the trunk ${name} is known to have no REFER (${place})`, {
    hint: 'Use a warm transfer: dial the target into the room and let the agent leave.',
  });
}

/**
 * Finds the address of a reading on the situation's trunk.
 * @throws DestinationError, PolicyError (emergency numbers, before anything is made of them)
 */
export function routeTarget(reading: Reading, situation: ResolveContext): Route {
  if (reading.kind !== 'department') return routeOne(reading, situation, null);
  const { department } = reading;
  const place = `departments.${department.name}.to`;
  const target = atConfigPath(place, () => readTarget(department.to));
  const spare = department.number;
  if (spare !== undefined && target.kind !== 'number' && needsNumber(target, situation)) {
    const numberPlace = `departments.${department.name}.number`;
    const route = routeOne({ kind: 'number', text: spare }, situation, numberPlace);
    const detail = `${department.to} cannot be dialled here: ${numberPlace}, ${spare}`;
    return { ...route, steps: [{ what: 'number instead', detail }, ...route.steps] };
  }
  return routeOne(target, situation, place);
}

/** Says whether a department's other number has to stand in for an extension or a SIP address. */
function needsNumber(target: Target, situation: ResolveContext): boolean {
  if (target.kind === 'uri') {
    if (situation.via !== null) return true;
    return /^sips?:/i.test(target.text) && isCutOffFromPbx(situation);
  }
  return chooseRule('extension', situation)?.template == null;
}

/** The trunk itself says that it cannot dial extensions, and so does not reach the PBX. */
function isCutOffFromPbx(situation: ResolveContext): boolean {
  const rule = chooseRule('extension', situation);
  return rule !== null && rule.template === null && rule.place !== 'dial.extension';
}

function routeOne(target: Target, situation: ResolveContext, place: string | null): Route {
  switch (target.kind) {
    case 'uri':
      return routeUri(target.text, situation);
    case 'extension':
      return routeExtension(target.digits, situation, place);
    case 'number':
      return routeNumber(target.text, situation, place);
  }
}

function routeUri(text: string, situation: ResolveContext): Route {
  refuseEmergency(text, { ...situation, via: null });
  const { department, via } = situation;
  const warnings: string[] = [];
  if (via !== null) {
    if (department === null) {
      throw new DestinationError('an address says itself where it goes: --via has nothing to add', {
        hint: 'Leave out --via, or give a number or an extension.',
      });
    }
    warnings.push(`--via is not used: departments.${department.name} is a whole address`);
  } else if (department !== null && /^sips?:/i.test(text) && isCutOffFromPbx(situation)) {
    warnings.push(
      `this trunk is said to reach no extensions: departments.${department.name} may need a "number"`,
    );
  }
  return {
    referTo: text,
    rule: department === null ? 'as typed' : `departments.${department.name}`,
    template: null,
    phone: null,
    values: valuesOf(situation, null, null, null),
    steps: [],
    warnings,
  };
}

function routeExtension(extension: string, situation: ResolveContext, place: string | null): Route {
  refuseEmergency(`sip:${escapeFor(LITERAL, extension)}@extension`, situation);
  const rule = chooseRule('extension', situation);
  if (rule === null || rule.template === null)
    throw extensionUnreachable(extension, rule, situation);
  const values = valuesOf(situation, rule.domain, null, extension);
  return finish(rule, rule.template, values, null, place, [
    { what: 'extension', detail: extension },
  ]);
}

function routeNumber(text: string, situation: ResolveContext, place: string | null): Route {
  const phone = atConfigPath(place, () => {
    const { hasPlus, digits } = readDigits(text);
    refuseEmergency(`tel:${hasPlus ? '+' : ''}${digits}`, situation);
    return parsePhone(text, situation.country);
  });
  const rule = chooseRule('number', situation);
  if (rule === null || rule.template === null) {
    throw new StatedLimitError(
      `this trunk cannot dial phone numbers (${rule?.place ?? 'dial.number'})`,
      {
        hint: 'Give a SIP address of the PBX, or configure dial.number for the trunk.',
      },
    );
  }
  const values = valuesOf(situation, rule.domain, phone.e164, null);
  const where = [phone.country, phone.type].filter((known) => known !== null).join(', ');
  const detail = where === '' ? phone.e164 : `${phone.e164} (${where})`;
  return finish(rule, rule.template, values, phone, place, [{ what: 'number', detail }]);
}

function finish(
  rule: DialRule,
  template: string,
  values: TemplateValues,
  phone: Phone | null,
  place: string | null,
  steps: ResolveStep[],
): Route {
  return {
    referTo: fillTemplate(template, values, rule.place),
    rule: rule.place,
    template,
    phone,
    values,
    steps:
      place === null
        ? steps
        : steps.map((step) => ({ ...step, detail: `${step.detail}, from ${place}` })),
    warnings: rule.warnings,
  };
}

function chooseRule(
  kind: 'number' | 'extension',
  { config, match, trunk, via }: ResolveContext,
): DialRule | null {
  return chooseDialRule(kind, config, match, trunk, via);
}

function refuseEmergency(
  address: string,
  { config, department, country, via }: ResolveContext,
): void {
  judgeEmergency(config, {
    referTo: address,
    department: department?.name ?? null,
    country,
    via: via?.kind ?? null,
  });
}

function valuesOf(
  { trunk, department }: ResolveContext,
  domain: string | null,
  number: string | null,
  extension: string | null,
): TemplateValues {
  return {
    number,
    digits: number?.slice(1) ?? null,
    extension,
    domain,
    department: department?.name ?? null,
    trunkNumber: trunk?.trunkNumber ?? null,
    callerNumber: trunk?.callerNumber ?? null,
  };
}

function extensionUnreachable(
  extension: string,
  rule: DialRule | null,
  { department, match }: ResolveContext,
): DestinationError {
  const cause =
    rule === null
      ? 'no template for extensions is configured (dial.extension)'
      : `this trunk cannot dial extensions (${rule.place})`;
  const configure = `configure ${match.key === null ? 'dial.extension' : `trunks.${match.key}.dial.extension`}, such as "sip:{extension}@pbx.example.com"`;
  const hint =
    department === null
      ? `Give a phone number or a whole address such as sip:${extension}@pbx.example.com, or ${configure}.`
      : `Give departments.${department.name} a "number", or ${configure}.`;
  const what =
    department === null
      ? `extension ${extension}`
      : `departments.${department.name}, extension ${extension}`;
  const Unreachable = rule === null ? DestinationError : StatedLimitError;
  return new Unreachable(`${what}: ${cause}`, { hint });
}

// `--via`: one transfer by another trunk's rules, or to a domain named on the spot.

/**
 * Reads what `--via` names.
 * @param text a key of `trunks`, or a domain, with a port or parameters if need be
 * @throws NotFoundError when it is neither; DestinationError when it is no legal host
 */
export function readVia(text: string, config: TransferConfig): Via {
  const wanted = text.trim();
  const hidden = findInvisible(text);
  if (hidden !== null) {
    throw new DestinationError(`${hidden.name} at position ${hidden.position} of --via`);
  }
  const trunks = Object.entries(config.trunks ?? {});
  const found =
    trunks.find(([key]) => key === wanted) ??
    trunks.find(([key]) => key.toLowerCase() === wanted.toLowerCase());
  if (found !== undefined) return { kind: 'trunk', match: { key: found[0], trunk: found[1] } };

  const domain = wanted.replace(/^sips?:(?!.*@)/i, '');
  if (!/[.[]|^localhost(?::|$)/.test(domain))
    throw unknownTrunk(wanted, Object.keys(config.trunks ?? {}));
  const checked = checkUri(`sip:${domain}`);
  if (!checked.ok || checked.user !== null || checked.headers !== null) {
    throw new DestinationError(
      `--via: "${wanted}" is not a host${checked.ok ? '' : `: ${checked.message}`}`,
      { hint: 'Give a trunk of the config, or a domain such as trunk.provider.com.' },
    );
  }
  return { kind: 'domain', domain };
}

function unknownTrunk(wanted: string, keys: string[]): NotFoundError {
  const near = nearestNames(wanted, keys);
  const guess =
    near.length === 0 ? '' : `; did you mean ${near.map((key) => `"${key}"`).join(' or ')}?`;
  const known = keys.length === 0 ? 'The config names no trunks.' : `Trunks: ${keys.join(', ')}.`;
  return new NotFoundError('no-such-trunk', `--via: no trunk "${wanted}" in the config${guess}`, {
    hint: `${known} Or give a domain, such as trunk.provider.com.`,
  });
}
