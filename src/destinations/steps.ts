/**
 * The way of a destination, a function a step: target, number, rule, template, address, policy,
 * headers. Each takes what the step before returned, and adds to it; none looks back.
 */
import type { TransferConfig } from '../config/types.ts';
import { DestinationError } from '../core/errors.ts';
import { escapeFor, LITERAL } from './address/characters.ts';
import { addUriHeaders, checkReferHeader, mergeHeaders } from './address/headers.ts';
import { type Phone, parseWrittenNumber } from './address/phone.ts';
import { readDigits } from './address/phone-writing.ts';
import { checkUri, type LegalUri } from './address/uri.ts';
import type { Department } from './departments.ts';
import {
  type ResolveStep,
  result,
  type StepResult,
  type TrunkFacts,
  TrunkLimitError,
  withConfigPath,
} from './destination.ts';
import { type Judgement, judgeDomain, judgeEmergency, judgePolicy } from './policy.ts';
import { type Reading, readTarget, type Target } from './reading.ts';
import { type DialRules, fillHeaders, fillTemplate, type TemplateValues } from './template.ts';
import type { TrunkMatch, Via } from './trunks.ts';

/** What every step of one resolution may look at, gathered once. */
export interface ResolveContext {
  config: TransferConfig;
  trunk: TrunkFacts | null;
  match: TrunkMatch;
  via: Via | null;
  /** How this trunk dials. */
  rules: DialRules;
  department: Department | null;
  /** Of numbers written without a plus, two letters. */
  country: string | null;
}

interface Chosen {
  target: Target;
  /** Where the config names the target (`departments.sales.to`); null for what was typed. */
  path: string | null;
}

/** Chooses what is dialled: what was typed, the department's `to`, or its other number. */
export function chooseTarget(reading: Reading, context: ResolveContext): StepResult<Chosen> {
  if (reading.kind !== 'department') return result({ target: reading, path: null });
  const { name, to, number } = reading.department;
  const path = `departments.${name}.to`;
  const target = withConfigPath(path, () => readTarget(to));
  if (number === undefined || target.kind === 'number' || !needsNumber(target, context)) {
    return result({ target, path });
  }
  const numberPath = `departments.${name}.number`;
  const detail = `${to} cannot be dialled here: ${numberPath}, ${number}`;
  return result({ target: { kind: 'number', text: number }, path: numberPath }, [
    { what: 'number instead', detail },
  ]);
}

/** Says whether a department's other number has to stand in for an extension or a SIP address. */
function needsNumber(target: Target, { via, rules }: ResolveContext): boolean {
  if (target.kind === 'uri') return via !== null || cannotReach(target.text, rules);
  return rules.extension?.template == null;
}

/** The trunk's own rule is to dial no extensions: then it does not reach the PBX at all. */
function cannotReach(uri: string, { extension }: DialRules): boolean {
  if (extension?.template !== null || extension.source === 'dial.extension') return false;
  return /^sips?:/i.test(uri);
}

interface Numbered extends Chosen {
  /** null where the target is no phone number. */
  phone: Phone | null;
}

/**
 * Refuses emergency numbers before anything is made of what is written; then reads a phone number.
 * @throws PolicyError for an emergency number; DestinationError for what is no phone number
 */
export function readNumber(chosen: Chosen, context: ResolveContext): StepResult<Numbered> {
  const { target, path } = chosen;
  const from = path === null ? '' : `, from ${path}`;
  switch (target.kind) {
    case 'uri':
      refuseEmergency(target.text, { ...context, via: null });
      return result({ ...chosen, phone: null });
    case 'extension': {
      refuseEmergency(`sip:${escapeFor(LITERAL, target.digits)}@extension`, context);
      const detail = target.digits + from;
      return result({ ...chosen, phone: null }, [{ what: 'extension', detail }]);
    }
    case 'number': {
      const phone = withConfigPath(path, () => {
        const written = readDigits(target.text);
        refuseEmergency(`tel:${written.hasPlus ? '+' : ''}${written.digits}`, context);
        return parseWrittenNumber(target.text, written, context.country);
      });
      const known = [phone.country, phone.type].filter((each) => each !== null).join(', ');
      const detail = phone.e164 + (known === '' ? '' : ` (${known})`) + from;
      return result({ ...chosen, phone }, [{ what: 'number', detail }]);
    }
  }
}

function refuseEmergency(
  referTo: string,
  { config, department, country, via }: ResolveContext,
): void {
  const name = department?.name ?? null;
  judgeEmergency(config, { referTo, department: name, country, via: via?.kind ?? null });
}

interface Ruled extends Numbered {
  /** As `Destination.rule` names it. */
  rule: string;
  /** null where the target is an address as it stands. */
  template: string | null;
  /** What `{domain}` stands for. */
  domain: string | null;
}

/**
 * Finds the rule by which this trunk dials the target.
 * @throws TrunkLimitError where the config says that the trunk cannot; DestinationError where
 *   nothing says how
 */
export function chooseRule(numbered: Numbered, context: ResolveContext): StepResult<Ruled> {
  const { target } = numbered;
  if (target.kind === 'uri') {
    const { department } = context;
    const rule = department === null ? 'as typed' : `departments.${department.name}`;
    const value = { ...numbered, rule, template: null, domain: null };
    return result(value, storyOfRule(rule, context), addressWarnings(target.text, context));
  }
  const rule = context.rules[target.kind];
  if (rule === null || rule.template === null) {
    throw target.kind === 'extension'
      ? extensionError(target.digits, context)
      : new TrunkLimitError(
          `this trunk cannot dial phone numbers (${rule?.source ?? 'dial.number'})`,
          { hint: 'Give a SIP address of the PBX, or configure dial.number for the trunk.' },
        );
  }
  const { source, template, domain, warnings } = rule;
  const value = { ...numbered, rule: source, template, domain };
  return result(value, storyOfRule(`${source}: ${template}`, context), warnings);
}

function storyOfRule(detail: string, { trunk, match }: ResolveContext): ResolveStep[] {
  const rule = { what: 'rule', detail };
  if (trunk === null) return [rule];
  const name = trunk.id ?? trunk.name ?? trunk.host ?? 'unknown';
  const entry = match.key === null ? 'the config says nothing of it' : `trunks.${match.key}`;
  return [{ what: 'trunk', detail: `${name}: ${entry}` }, rule];
}

/** @throws DestinationError for a `--via` that a typed address has no use for */
function addressWarnings(uri: string, { department, via, rules }: ResolveContext): string[] {
  if (via !== null && department === null) {
    throw new DestinationError('an address says itself where it goes: --via has nothing to add', {
      hint: 'Leave out --via, or give a number or an extension.',
    });
  }
  if (department === null) return [];
  const path = `departments.${department.name}`;
  if (via !== null) return [`--via is not used: ${path} is a whole address`];
  if (!cannotReach(uri, rules)) return [];
  return [`this trunk is said to reach no extensions: ${path} may need a "number"`];
}

function extensionError(
  extension: string,
  { department, match, rules: { extension: rule } }: ResolveContext,
): DestinationError {
  const cause =
    rule === null
      ? 'no template for extensions is configured (dial.extension)'
      : `this trunk cannot dial extensions (${rule.source})`;
  const path = match.key === null ? 'dial.extension' : `trunks.${match.key}.dial.extension`;
  const configure = `configure ${path}, such as "sip:{extension}@pbx.example.com"`;
  const ExtensionError = rule === null ? DestinationError : TrunkLimitError;
  if (department === null) {
    return new ExtensionError(`extension ${extension}: ${cause}`, {
      hint: `Give a phone number or a whole address such as sip:${extension}@pbx.example.com, or ${configure}.`,
    });
  }
  const owner = `departments.${department.name}`;
  return new ExtensionError(`${owner}, extension ${extension}: ${cause}`, {
    hint: `Give ${owner} a "number", or ${configure}.`,
  });
}

interface Filled extends Ruled {
  values: TemplateValues;
  /** Not checked yet. */
  uri: string;
}

/**
 * Fills the template of the rule.
 * @throws DestinationError for a placeholder that has no value here
 */
export function fillRule(ruled: Ruled, { trunk, department }: ResolveContext): StepResult<Filled> {
  const { target, phone, template, rule, domain } = ruled;
  const values: TemplateValues = {
    number: phone?.e164 ?? null,
    digits: phone?.e164.slice(1) ?? null,
    extension: target.kind === 'extension' ? target.digits : null,
    domain,
    department: department?.name ?? null,
    trunkNumber: trunk?.trunkNumber ?? null,
    callerNumber: trunk?.callerNumber ?? null,
  };
  const written = target.kind === 'uri' ? target.text : '';
  const uri = template === null ? written : fillTemplate(template, values, rule);
  return result({ ...ruled, values, uri });
}

interface Checked extends Filled {
  address: LegalUri;
}

/**
 * Checks the address, and puts the department's headers for the target into it.
 * @throws DestinationError when it is not legal
 */
export function checkAddress(filled: Filled, context: ResolveContext): StepResult<Checked> {
  const { rule, uri, values } = filled;
  const templates = context.department?.referToHeaders ?? {};
  const plain = legalAddress(uri, rule);
  if (Object.keys(templates).length === 0) return checked(filled, plain, []);
  if (plain.scheme === 'tel') {
    return checked(filled, plain, [
      'a tel: address carries no headers: referToHeaders are left out on this trunk',
    ]);
  }
  // As a whole they are escaped when they are put into the address.
  const { headers, warnings } = fillHeaders(templates, values, false);
  return checked(filled, legalAddress(addUriHeaders(plain.uri, headers), rule), warnings);
}

function checked(filled: Filled, address: LegalUri, warnings: string[]): StepResult<Checked> {
  return result({ ...filled, address }, [{ what: 'Refer-To', detail: address.uri }], warnings);
}

function legalAddress(uri: string, rule: string): LegalUri {
  const checked = checkUri(uri);
  if (checked.ok) return checked;
  const what = rule === 'as typed' ? 'not a legal address' : `${rule} gives no legal address`;
  throw new DestinationError(`${what}: ${checked.message}`, {
    hint: checked.repaired === undefined ? undefined : `Write ${checked.repaired}`,
  });
}

/** What the steps have made of an input. */
export interface Judged extends Checked {
  judgement: Judgement;
}

/** @throws PolicyError for what the config forbids, emergency numbers among it */
export function judgeAddress(checked: Checked, context: ResolveContext): StepResult<Judged> {
  const { address, phone, template } = checked;
  const { config, department, country, via } = context;
  const judgement = judgePolicy(config, {
    referTo: address.uri,
    department: department?.name ?? null,
    country,
    phone,
    via: template === null ? null : (via?.kind ?? null),
  });
  judgeDomain(config, address);
  return result({ ...checked, judgement }, [], judgement.warnings);
}

/** What goes out, and what the steps know of it. */
export interface Addressed extends Judged {
  /** Of the REFER. */
  headers: Record<string, string>;
}

/**
 * Fills the headers of the REFER: the trunk's, then the department's, which win.
 * @throws DestinationError for one that cannot be sent
 */
export function fillReferHeaders(
  judged: Judged,
  { match, department }: ResolveContext,
): StepResult<Addressed> {
  const templates = mergeHeaders(match.trunk.headers ?? {}, department?.headers ?? {});
  const { headers, warnings } = fillHeaders(templates, judged.values);
  const entries = Object.entries(headers);
  for (const [name, value] of entries) checkReferHeader(name, value);
  const story = entries.map(([name, value]) => ({ what: 'header', detail: `${name}: ${value}` }));
  return result({ ...judged, headers }, story, warnings);
}
