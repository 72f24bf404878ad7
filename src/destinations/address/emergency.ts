/**
 * Emergency numbers. A cold transfer to one is refused in every form: it puts a stranger through
 * with nobody on the line who knows where they are.
 *
 * Our own table: libphonenumber-js carries none, and would make +1911 of 911.
 */

/** What a phone takes for an emergency call in every country (3GPP TS 22.101 §10.1.1). */
const EVERYWHERE = new Set(['000', '08', '110', '112', '118', '119', '911', '999']);

/**
 * What else counts, by country. In most other countries these are ordinary numbers (100 is a
 * favourite extension), which is why they count only where they mean something.
 */
const TABLE = `
AD 116|AE 901 996 997 998|AF 102|AL 127 128 129|AM 101 102 103|AO 111 113 115 116|AR 100 101 107
AT 122 133 140 144|AU 106|AZ 101 102 103|BA 122 123 124|BD 199|BE 100 101|BF 17 18|BG 150 160 166
BJ 117|BN 991 993 995|BO 120|BR 190 191 192 193 194 197 198 199|BS 919|BT 113|BW 997 998
BY 101 102 103|BZ 90|CA 988|CH 117 144 1414|CL 130 131 132 133 134|CM 113 117|CN 120 122|CO 123
CU 104 105 106|CV 130 131 132|CY 199|CZ 150 155 156 158|DK 114|DZ 14 17 1021 1055 1548|EC 101 102
EG 122 123 180|ES 061 062 080 085 091 092|ET 907 991|FJ 917|FR 15 17 18 114 115 191 196 197
GH 191 192 193|GN 117|GR 100 108 166 199|GT 120 122 123|HK 992|HN 195 198|HR 192 193 194 195
HT 114 115 116|HU 104 105 107|ID 113 115|IL 100 101 102 103 104|IN 100 101 102 108 1033 1091
IQ 104 115 122|IR 115 123 125|IT 113 114 115 117 1515 1530|KG 101 102 103|KH 117|KR 111 113 125
KZ 101 102 103 104|LA 190 191 195|LB 125 140 175|LI 117 144|LK 1990|LU 113|LV 113 114|LY 191 193 1515
MA 15 19 150 177|MC 15 17 18|MD 901 902 903|ME 122 123 124|MG 117|MK 192 193 194|ML 15 17 18
MM 191 192 199|MN 101 102 103 105|MO 993|MU 114 115 995|MV 102|MX 060 065 066 068 089|MY 991 994
MZ 117 198|NA 10111|NE 15 17 18|NG 122 199|NI 115|NO 113 120|NP 100 101 102 103|NZ 111|OM 9999
PA 103 104|PE 105 106 116 117|PG 111|PH 117|PK 15 16 115 1122|PL 997 998|PT 115 117|PY 132
RS 192 193 194|RU 01 02 03 04 101 102 103 104|RW 111 113|SA 993 996 997 998|SG 995|SI 113
SK 150 155 158 159|SN 15 17 18 1515|SV 132 913|SY 113|TG 117 8200|TH 191 199 1155 1669
TJ 101 102 103|TM 01 02 03|TN 190 193 197 198|TR 155 156 158 177|TT 811 990|TW 113|TZ 114 115
UA 101 102 103 104|US 988|UY 104 105|UZ 101 102 103|VE 171|VN 113 114 115|YE 191 194 195 199
ZA 107 10111 10177|ZM 991 992 993|ZW 993 994 995`;

const countriesOfNumber = new Map<string, string[]>();
for (const entry of TABLE.trim().split(/[|\n]/)) {
  const [country = '', ...numbers] = entry.split(' ');
  for (const number of numbers) {
    countriesOfNumber.set(number, [...(countriesOfNumber.get(number) ?? []), country]);
  }
}

/** Longer than an emergency number with anything that people dial before it. */
const MAX_DIAL_STRING = 40;

interface EmergencyMatch {
  /** The emergency number itself, `911` in `+1911`. */
  number: string;
  /** true: it stood behind a country code, as no extension of a PBX ever does. */
  behindCountryCode: boolean;
}

/**
 * Says whether digits dial an emergency number.
 * @param dialled as `dialledIn` gives it: `911`, `+1911`, `0111911`
 * @param countries the countries whose own numbers count, two letters each
 */
export function emergencyIn(
  dialled: string,
  countries: readonly (string | null | undefined)[],
): EmergencyMatch | null {
  if (dialled.length > MAX_DIAL_STRING) return null;
  const digits = dialled.replace(/^[*#]+|[*#]+$/g, '');
  const bare = digits.replace(/^\+/, '');
  // `*67911`, `#31#112`: a service code in front, and the call goes on.
  const afterCode = /^[*#]+\d{2}[*#]?(\d{3,})[*#]*$/.exec(dialled)?.[1] ?? '';
  for (const number of [bare, ...withoutOutsideLine(bare), afterCode]) {
    if (isEmergencyNumber(number, countries)) return { number, behindCountryCode: false };
  }
  const international = /^(?:\+|00|011)([1-9]\d*)$/.exec(digits)?.[1];
  if (international === undefined) return null;
  const rest = international.slice(callingCodeLength(international));
  // So few digits behind a country code are nobody's number: any country's emergencies count.
  for (const number of [rest, rest.replace(/^[01]/, '')]) {
    if (number.length < 3) continue;
    if (EVERYWHERE.has(number) || countriesOfNumber.has(number)) {
      return { number, behindCountryCode: true };
    }
  }
  return null;
}

/**
 * What is left of `9911` and `0112` once a PBX has taken the first digit for an outside line. Of
 * those behind a 9 only 911 counts: 9000, 9110 and 9999 are favourite extensions, and what begins
 * with 0 hardly is.
 */
function withoutOutsideLine(digits: string): string[] {
  if (digits === '9911') return ['911'];
  return [digits.replace(/^0/, ''), digits.replace(/^0+/, '')].filter(
    (rest) => rest !== digits && rest.length === 3 && EVERYWHERE.has(rest),
  );
}

function isEmergencyNumber(
  digits: string,
  countries: readonly (string | null | undefined)[],
): boolean {
  if (EVERYWHERE.has(digits)) return true;
  return countriesOfNumber.get(digits)?.some((country) => countries.includes(country)) === true;
}

/** The countries where a number that is not one everywhere is an emergency number. */
export function countriesWithEmergency(number: string): readonly string[] {
  return countriesOfNumber.get(number) ?? [];
}

/** Calling codes are prefix-free (ITU-T E.164 annex): the first two digits give the length. */
function callingCodeLength(digits: string): number {
  if (/^[17]/.test(digits)) return 1;
  return /^(?:2[07]|3[0123469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58])/.test(digits) ? 2 : 3;
}
