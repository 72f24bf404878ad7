// The tables of libphonenumber-js, which are 160 KB, by the first digit of the country code: a number
// needs those of its own zone.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Of a country, in the tables: the first element is its country code. */
const zoneOf = (/** @type {string[]} */ [countryCode = '']) => countryCode.charAt(0);

/**
 * Puts each zone into a file beside the chunks, which are CommonJS, and a getter in place of each
 * country.
 * @type {import('esbuild').Plugin}
 */
export const phoneTablesByZone = {
  name: 'phone-tables-by-zone',
  setup(builder) {
    const folder = join(
      String(builder.initialOptions.absWorkingDir),
      String(builder.initialOptions.outdir),
    );
    /** @type {Record<string, Record<string, unknown>>} */
    const zones = {};
    builder.onLoad({ filter: /metadata\.max\.json\.js$/ }, async ({ path }) => {
      const { countries, ...rest } = JSON.parse(await readFile(path.replace(/\.js$/, ''), 'utf8'));
      const getters = Object.entries(countries).map(([country, tables]) => {
        const zone = zoneOf(tables);
        zones[zone] = { ...zones[zone], [country]: tables };
        return `get ${country}() { return once('${country}', require('phone-tables:${zone}')); }`;
      });
      return {
        contents: `
          const once = (country, zone) => {
            Object.defineProperty(countries, country, { value: zone[country], enumerable: true });
            return zone[country];
          };
          const countries = { ${getters.join()} };
          export default { ...${JSON.stringify(rest)}, countries };`,
        loader: 'js',
      };
    });
    builder.onResolve({ filter: /^phone-tables:/ }, ({ path }) => ({
      path: `./phone-tables-${path.slice('phone-tables:'.length)}.json`,
      external: true,
    }));
    builder.onEnd(async () => {
      if (Object.keys(zones).length === 0)
        throw new Error('the tables of phone numbers have moved');
      await mkdir(folder, { recursive: true });
      for (const [zone, tables] of Object.entries(zones)) {
        await writeFile(join(folder, `phone-tables-${zone}.json`), JSON.stringify(tables));
      }
    });
  },
};
