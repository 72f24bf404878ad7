/**
 * The way of a destination, a function a step: target, number, rule, template, address, policy,
 * headers. Each takes what the step before returned, and adds to it; none looks back.
 */
import { writePath } from '../config/json.ts';
import type { TransferConfig } from '../config/types.ts';
import { DestinationError } from '../core/errors.ts';
import { escapeFor, LITERAL } from './address/characters.ts';
import { type Phone, parseWrittenNumber, warnOfOldForm } from './address/phone.ts';
import { dropPasted, readDigits, warnOfDropped } from './address/phone-writing.ts';
import {
  addUriHeaders,
  checkReferHeader,
  type LegalUri,
  mergeHeaders,
  requireLegalUri,
} from './address/uri.ts';
import type { ResolveStep, TrunkFacts, TrunkMatch, Via } from './destination.ts';
import { result, type StepResult, withConfigPath } from './destination.ts';
import { judgeDomain, judgeEmergency, judgePolicy, type PolicyJudgement } from './policy.ts';
import { type Department, type Reading, readTarget, type Target } from './reading.ts';
import {
  type DialRules,
  fillHeaders,
  fillTemplate,
  requireRule,
  type TemplateValues,
} from './template.ts';

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
  /** Of our own number on the trunk. */
  trunkCountry: string | null;
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
  const path = writePath(['departments', name, 'to']);
  const target = withConfigPath(path, () => readTarget(to));
  if (number === undefined || target.kind === 'number' || !needsNumber(target, context)) {
    return result({ target, path });
  }
  const numberPath = writePath(['departments', name, 'number']);
  const detail = `${to} cannot be dialled here: ${numberPath}, ${number}`;
  const story = [{ what: 'number instead', detail }];
  return result({ target: { kind: 'number', ...dropPasted(number) }, path: numberPath }, story);
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

interface Numbered {
  target: Target;
  /** null where the target is no phone number. */
  phone: Phone | null;
}

/**
 * Refuses emergency numbers before anything is made of what is written; then reads a phone number.
 * @throws PolicyError for an emergency number; DestinationError for what is no phone number
 */
export function readPhoneNumber(
  { target, path }: Chosen,
  context: ResolveContext,
): StepResult<Numbered> {
  const from = path === null ? '' : `, from ${path}`;
  switch (target.kind) {
    case 'uri':
      // No `--via` has put the host there.
      refuseEmergency(target.text, null, context);
      return result({ target, phone: null }, [], warnOfDropped(target.dropped));
    case 'extension': {
      refuseEmergency(`sip:${escapeFor(LITERAL, target.digits)}@extension`, context.via, context);
      const detail = target.digits + from;
      return result({ target, phone: null }, [{ what: 'extension', detail }]);
    }
    case 'number': {
      const phone = withConfigPath(path, () => {
        const written = readDigits(target.text);
        const dialled = (written.hasPlus ? '+' : '') + written.digits;
        refuseEmergency(`tel:${dialled}`, context.via, context);
        return parseWrittenNumber(written, context.country);
      });
      const known = [phone.country, phone.type].filter((each) => each !== null).join(', ');
      const detail = phone.e164 + (known === '' ? '' : ` (${known})`) + from;
      const warnings = [...warnOfDropped(target.dropped), ...warnOfOldForm(phone)];
      return result({ target, phone }, [{ what: 'number', detail }], warnings);
    }
  }
}

function refuseEmergency(
  referTo: string,
  via: Via | null,
  { config, department, country, trunkCountry }: ResolveContext,
): void {
  const name = department?.name ?? null;
  const kind = via?.kind ?? null;
  judgeEmergency(config, { referTo, department: name, country, trunkCountry, via: kind });
}

/** What the rest of the way needs of a target, and of the rule that dials it. */
interface Dialled {
  /** null where the target is no phone number. */
  phone: Phone | null;
  /** As `Destination.rule` names it. */
  rule: string;
  /** null where the target is an address as it stands. */
  template: string | null;
}

interface Ruled extends Dialled {
  target: Target;
  /** What `{domain}` stands for. */
  domain: string | null;
}

/**
 * Finds the rule by which this trunk dials the target.
 * @throws TrunkLimitError where the trunk cannot; DestinationError where nothing says how
 */
export function chooseRule(
  { target, phone }: Numbered,
  context: ResolveContext,
): StepResult<Ruled> {
  if (target.kind === 'uri') {
    const { department } = context;
    const rule = department === null ? 'as typed' : writePath(['departments', department.name]);
    const value = { phone, rule, template: null, target, domain: null };
    return result(value, storyOfRule(rule, context), addressWarnings(target.text, context));
  }
  const { source, template, domain, warnings } = requireRule(target, context);
  const value = { phone, rule: source, template, target, domain };
  return result(value, storyOfRule(`${source}: ${template}`, context), warnings);
}

function storyOfRule(detail: string, { trunk, match }: ResolveContext): ResolveStep[] {
  const rule = { what: 'rule', detail };
  if (trunk === null) return [rule];
  const name = trunk.id ?? trunk.name ?? trunk.host ?? 'unknown';
  const entry =
    match.key === null ? 'the config says nothing about it' : writePath(['trunks', match.key]);
  return [{ what: 'trunk', detail: `${name}: ${entry}` }, rule];
}

/** @throws DestinationError for a `--via` that neither the address nor an unknown trunk has use for */
function addressWarnings(uri: string, { department, via, rules, trunk }: ResolveContext): string[] {
  if (via !== null && trunk?.unplaced !== undefined) return [];
  if (via !== null && department === null) {
    throw new DestinationError('an address is a whole destination, so --via is not used', {
      hint: 'Leave out --via, or give a number or an extension.',
    });
  }
  if (department === null) return [];
  const path = writePath(['departments', department.name]);
  if (via !== null) return [`--via is not used: ${path} is a whole address`];
  const warning = `according to the config, this trunk reaches no extensions: ${path} may need a "number"`;
  return cannotReach(uri, rules) ? [warning] : [];
}

interface Filled extends Dialled {
  values: TemplateValues;
  /** Not checked yet. */
  uri: string;
}

/**
 * Fills the template of the rule.
 * @throws DestinationError for a placeholder that has no value here
 */
export function fillRule(
  { phone, rule, template, target, domain }: Ruled,
  { trunk, department }: ResolveContext,
): StepResult<Filled> {
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
  return result({ phone, rule, template, values, uri });
}

interface Checked extends Dialled {
  values: TemplateValues;
  address: LegalUri;
}

/**
 * Checks the address, and puts the department's headers for the target into it.
 * @throws DestinationError when it is not legal
 */
export function checkAddress(filled: Filled, context: ResolveContext): StepResult<Checked> {
  const { rule, uri, values } = filled;
  const templates = context.department?.referToHeaders ?? {};
  const plain = requireLegalUri(uri, rule);
  if (Object.keys(templates).length === 0) return withAddress(filled, plain, []);
  if (plain.scheme === 'tel') {
    return withAddress(filled, plain, [
      'a tel: address carries no headers: referToHeaders are left out on this trunk',
    ]);
  }
  // Unescaped: each value is escaped as a whole when it is put into the address.
  const { headers, warnings } = fillHeaders(templates, values, false);
  return withAddress(filled, requireLegalUri(addUriHeaders(plain.uri, headers), rule), warnings);
}

function withAddress(
  { phone, rule, template, values }: Filled,
  address: LegalUri,
  warnings: string[],
): StepResult<Checked> {
  const value = { phone, rule, template, values, address };
  return result(value, [{ what: 'Refer-To', detail: address.uri }], warnings);
}

interface Judged extends Checked {
  judgement: PolicyJudgement;
}

/** Judges the address. @throws PolicyError for an emergency number and what the config forbids */
export function judgeAddress(
  { phone, rule, template, values, address }: Checked,
  { config, department, country, trunkCountry, via }: ResolveContext,
): StepResult<Judged> {
  const judgement = judgePolicy(config, {
    referTo: address.uri,
    department: department?.name ?? null,
    country,
    trunkCountry,
    phone,
    // Without a template the address stands as it was written: `--via` has no part in it.
    via: template === null ? null : (via?.kind ?? null),
  });
  judgeDomain(config, address);
  const value = { phone, rule, template, values, address, judgement };
  return result(value, [], judgement.warnings);
}

/** What goes out, and what is known of it. */
export interface Addressed {
  phone: Phone | null;
  rule: string;
  address: LegalUri;
  judgement: PolicyJudgement;
  /** Of the REFER. */
  headers: Record<string, string>;
}

/**
 * Fills the headers of the REFER: the trunk's, then the department's, which win.
 * @throws DestinationError for one that cannot be sent
 */
export function fillReferHeaders(
  { phone, rule, values, address, judgement }: Judged,
  { match, department }: ResolveContext,
): StepResult<Addressed> {
  const templates = mergeHeaders(match.trunk.headers ?? {}, department?.headers ?? {});
  const { headers, warnings } = fillHeaders(templates, values);
  const entries = Object.entries(headers);
  for (const [name, value] of entries) checkReferHeader(name, value);
  const story = entries.map(([name, value]) => ({ what: 'header', detail: `${name}: ${value}` }));
  return result({ phone, rule, address, judgement, headers }, story, warnings);
}
