import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { schemaLink } from '../../src/config/file.ts';
import { folderWith } from './folders.ts';

const SCHEMA = join('lk-transfer', 'schema', 'transfer.schema.json');

describe('the link from a config to its schema', () => {
  it('is relative in a project that has the package, so that the file can be shared', () => {
    const project = folderWith({ [join('node_modules', SCHEMA)]: '{}', 'apps/calls/x': '' });
    const packaged = join(project, 'node_modules', SCHEMA);
    const inRoot = schemaLink(join(project, 'transfer.config.json'), packaged);
    expect(inRoot).toBe('./node_modules/lk-transfer/schema/transfer.schema.json');
    const below = schemaLink(join(project, 'apps', 'calls', 'transfer.config.json'), packaged);
    expect(below).toBe('../../node_modules/lk-transfer/schema/transfer.schema.json');
  });

  it('is that of the project, even where the tool runs from elsewhere', () => {
    const project = folderWith({ [join('node_modules', SCHEMA)]: '{}' });
    const link = schemaLink(join(project, 'c.json'), join(folderWith({ [SCHEMA]: '{}' }), SCHEMA));
    expect(link).toBe('./node_modules/lk-transfer/schema/transfer.schema.json');
  });

  it('is relative in the checkout of the package', () => {
    const checkout = folderWith({ 'schema/transfer.schema.json': '{}' });
    const link = schemaLink(
      join(checkout, 'c.json'),
      join(checkout, 'schema/transfer.schema.json'),
    );
    expect(link).toBe('./schema/transfer.schema.json');
  });

  it('is an address of this machine where the tool is installed for everybody', () => {
    const packaged = join(
      folderWith({ [join('lib with # blank', SCHEMA)]: '{}' }),
      'lib with # blank',
      SCHEMA,
    );
    const link = schemaLink(join(folderWith(), 'c.json'), packaged);
    expect(link).toMatch(/^file:\/\/\/\S+transfer\.schema\.json$/);
    expect(fileURLToPath(link)).toBe(packaged);
  });

  it('is an address where the way down has a blank in it', () => {
    const folder = folderWith();
    mkdirSync(join(folder, 'a b'));
    const packaged = join(folder, 'a b', 'transfer.schema.json');
    expect(schemaLink(join(folder, 'c.json'), packaged)).toMatch(/^file:\S+$/);
  });
});
