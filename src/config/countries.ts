/**
 * Which countries there are. The tables of phone numbers know it too, and take longer to load than
 * the whole list of calls to print; a test holds the two against each other.
 */

/** Every country that has phone numbers of its own, as two letters. */
const COUNTRIES = `
  AC AD AE AF AG AI AL AM AO AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR
  BS BT BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC
  EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GT GU GW GY HK
  HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB
  LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY
  MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PR PS PT PW PY QA RE RO RS
  RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TA TC TD TG TH TJ TK TL
  TM TN TO TR TT TV TW TZ UA UG US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW
`;

/** What people write, and no standard knows. */
const USUAL: Readonly<Record<string, string>> = { UK: 'GB', EN: 'GB' };

/**
 * Reads a country.
 * @param text two letters, in any case
 * @returns them in capitals, or what is wrong with them
 */
export function readCountry(
  text: string,
): { ok: true; code: string } | { ok: false; problem: string } {
  const code = text.trim().toUpperCase();
  if (/^[A-Z]{2}$/.test(code)) {
    if (countryCodes().includes(code)) return { ok: true, code };
    const meant = Object.hasOwn(USUAL, code) ? USUAL[code] : undefined;
    if (meant !== undefined) {
      return { ok: false, problem: `there is no country "${text}": did you mean ${meant}?` };
    }
  }
  return {
    ok: false,
    problem: `there is no country "${text}": write two letters, such as US, DE or GB`,
  };
}

/** The two letters of every country. */
export function countryCodes(): string[] {
  return COUNTRIES.trim().split(/\s+/);
}
