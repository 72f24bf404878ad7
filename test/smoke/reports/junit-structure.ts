/** What Jenkins's schema of JUnit XML (junit-10.xsd of its xunit plugin) allows, and the sums in it. */
import { parseXml, type XmlElement } from './xml-tree.ts';

interface Rule {
  required: readonly string[];
  optional: readonly string[];
  children: readonly string[];
}

const FAULT: Rule = { required: [], optional: ['type', 'message'], children: [] };
const TEXT: Rule = { required: [], optional: [], children: [] };

const RULES: Record<string, Rule> = {
  testsuites: {
    required: [],
    optional: ['name', 'time', 'tests', 'failures', 'errors', 'disabled'],
    children: ['testsuite'],
  },
  testsuite: {
    required: ['name', 'tests', 'failures', 'errors'],
    optional: ['time', 'skipped', 'timestamp', 'hostname', 'id', 'package'],
    children: ['properties', 'testcase', 'system-out', 'system-err'],
  },
  properties: { required: [], optional: [], children: ['property'] },
  property: { required: ['name', 'value'], optional: [], children: [] },
  testcase: {
    required: ['name'],
    optional: ['time', 'classname', 'group'],
    children: ['skipped', 'error', 'failure', 'system-out', 'system-err'],
  },
  failure: FAULT,
  error: FAULT,
  skipped: FAULT,
  'system-out': TEXT,
  'system-err': TEXT,
};

/** @throws where it is no JUnit XML, or does not add up */
export function parseJunit(document: string): XmlElement {
  const root = parseXml(document);
  if (root.name !== 'testsuites') throw new Error(`root ${root.name}`);
  check(root);
  for (const element of [root, ...root.children]) checkSums(element);
  return root;
}

export function named(element: XmlElement, name: string): XmlElement[] {
  return element.children.flatMap((child) => [
    ...(child.name === name ? [child] : []),
    ...named(child, name),
  ]);
}

function check({ name, attributes, children, text }: XmlElement): void {
  const rule = RULES[name];
  if (rule === undefined) throw new Error(`unknown element ${name}`);
  const given = Object.keys(attributes);
  const wrong = [
    ...rule.required.filter((attribute) => !given.includes(attribute)),
    ...given.filter((one) => ![...rule.required, ...rule.optional].includes(one)),
    ...children.map((child) => child.name).filter((child) => !rule.children.includes(child)),
  ];
  if (wrong.length > 0) throw new Error(`${name}: ${wrong.join(', ')}`);
  if (rule.children.length > 0 && text.trim() !== '') throw new Error(`${name} holds text`);
  if (attributes.time !== undefined && !/^\d+\.\d{3}$/.test(attributes.time)) {
    throw new Error(`time ${attributes.time}`);
  }
  children.forEach(check);
}

function checkSums(element: XmlElement): void {
  const { tests, failures, errors, time } = element.attributes;
  const cases = named(element, 'testcase');
  const counted = [cases, named(element, 'failure'), named(element, 'error')].map(
    (all) => all.length,
  );
  if (String(counted) !== [tests, failures, errors].join()) throw new Error(`sums: ${counted}`);
  const sum = cases.reduce((all, one) => all + Number(one.attributes.time), 0);
  if (sum.toFixed(3) !== time) throw new Error(`times: ${sum}`);
}
