/**
 * Emergency numbers. A cold transfer to one is refused in every form: it puts a stranger through
 * with nobody on the line who knows where they are. libphonenumber-js has no data on them, and would
 * make +1911 of 911.
 *
 * Whose numbers count? LiveKit Cloud refuses those of any country. So do we wherever the telephone
 * network would take them for one: behind a country code, as a phone number, in a tel: address, and
 * where nobody knows which country dials. An extension of a PBX is no such place: 100 to 119 are
 * favourite extensions, and each is an emergency number somewhere. There the numbers of the
 * countries count that are known to dial, and those which are the same everywhere.
 */

/** What a phone takes for an emergency call in every country (3GPP TS 22.101 §10.1.1). */
const EVERYWHERE = new Set(['000', '08', '110', '112', '118', '119', '911', '999']);

/**
 * Of every country: from libphonenumber's data on short numbers (Apache-2.0, Google), written by
 * `npm run emergency-numbers`. `1300-1303` stands for four numbers.
 */
const TABLE = `
AC AG LC MS SH TC VC VG 911 999|AD 110 112 116 118|AE PL 112 997 998 999|AF 100 102 119|AI AS BM GD
GU KY MH MP PA PR PW TV VI 911|AL 112 127 128 129|AM KG 101 102 103|AO 112 113 115|AR 100 101 107
911|AT 112 122 133 144|AU 000 106 112|AW 100 911|AX FI GL IS KW MT RO ST VU 112|AZ BY KZ TJ UA 101
102 103 112|BA 122 123 124|BB 211 311 511 911|BD 100 101 102 199 999|BE 100 101 112|BF DJ KM MR SN
TD 17 18|BG 112 150 160 166|BH 199 999|BI 112 113 117|BJ 112 114 116 117 118|BL 18|BN 991 993 995|BO
110 118 119|BQ CA CR CW DO NL US 112 911|BR 112 128 190 192 193 911|BS 911 919|BT NO SJ SY 110 112
113|BW 911 997 998 999|BZ 90 911 990|CC CX 000 112|CD 113 114 118 177 188|CF 117 118 1220|CG 117
118|CH LI 112 117 118 144|CI 110 111 170 180|CK 996 998 999|CL 131 132 133 911|CM 13 17 113 117|CN
110 119 120|CO 112 119 123 132 156|CU 104 105 106|CV 130 131 132|CY 112 199|CZ 112 150-159|DE EE 110
112|DK FO 112 114|DM KN 333 911 999|DZ 14 17 112|EC 101 102 112 911|EG 122 123 180|EH MA 15 19 177|
ER 112 113 114 116 124422 127799 201606 201917 202099 202914|ES 085 088 112|ET 91 92 93 911 939 991
997|FJ 911 917|FK IM MO NU QA SB SC SD SS SZ UG 999|FM 911 320221|FR MC MQ RE 15 17 18 112|GA 18
1300-1399 1730|GB GG IE JE MY 112 999|GE 011 022 033 111 112 113 122|GF GP MF ML PF PM WF 15 17 18|
GH 191 192 193 999|GI 112 190 199|GM 16 17 18 116 117 118|GR 100 112 166 199|GT 110 120 123|GW 113
117 118|GY 911 912 913|HK 112 992 999|HN MM NG 199|HR 93 94 112 192 193 194|HT 114 118|HU 104 105
107 112|ID 110 112 113 118 119|IL 100 101 102 112|IN 100 101 102 108 112 1298 2611|IQ 100 104 115
122|IR 110 112 115 125 911|IT VA 112 113 115 118|JM 110 112 119 911|JO 112 191 192 197 911|JP 110
119|KE 112 114 999|KH 117 118 119 666|KI 192-195 992 993 994|KP 112 119 819|KR 112 119|LA 190 191
195|LB 112 140 175 999|LK 110 112 116 118 119|LR 355 911|LS 112 115 117|LT 01 02 03 011 022 033 101
102 103 112|LU SI 112 113|LV 01 02 03 110 112 113|LY 190 191 193|MD 112 901 902 903|ME 112 122 123
124|MG 17 18 117 118|MK XK 112 192 193 194|MN 100-103 105|MU 114 115 995 999|MV 102 118 119|MW 199
997 998 999|MX 060 065 066 068 080 911|MZ 117 119 197 198|NA 10111|NC 15-18|NE 15 17 18 118 723141|
NF 911 955 977|NI 115 118 120 128|NP 100-103 112|NR 110 111 112|NZ 111|OM 1444 9999|PE 105 116 117|
PG 000 110 111|PH 112 117 911|PK 15 16 112 115 1122|PS 100 101 102|PT TL 112 115|PY UY 128 911|RS 92
93 94 112|RU 01 02 03 101 102 103 112|RW 111 112|SA 112 911 997 999|SE 112 90000|SG 993 995 999|SK
112 150 155 158|SL 019 999|SM 113 115 118|SO 555 888 999|SR 115|SV 911 913|SX 919|TG 117 118 171 172
177|TH 191 199 1669|TM 01 02 03|TN 190 197 198|TO 911 922 933 999|TR 110 112 155|TT 990 999|TW 110
112 119|TZ 110 111 112 114 115 999|UZ 01 02 03 001 002 003 050|VE 112 171 911|VN 113 114 115|WS 911
994 995 996 999|YE 191 194 195 199|YT 15 112|ZA 112 10111 10177|ZM 112 991 993 999|ZW 112 993 994
995 999
`;

/**
 * What that data leaves out: lines for single services, for crises, on motorways, and numbers that
 * were replaced. To refuse one too many is the safe side.
 */
const FURTHER = `
AE 901 996|AO 111 116|AT 140|BO 120|BR 191 194 197 198 199|CA US 988|CH 1414|CL 130 134|CN 122|
DZ 1021 1055 1548|ES 061 062 080 091 092|ET 907|FR 114 115 191 196 197|GN 117|GR 108|GT 122|
HN 195 198|HR 195|HT 115 116|ID 115|IL 103 104|IN 1033 1091|IR 123|IT 114 117 1515 1530|
KR 111 113 125|KZ 104|LB 125|LK 1990|LV 114|LY 1515|MA 150|MM 191 192|MO 993|MX 089|MY 991 994|
NG 122|NO 120|PA 103 104|PE 106|PT 117|PY 132|RS 192 193 194|RU 04 104|RW 113|SA 993 996 998|SK 159|
SN 15 1515|SV 132|TG 8200|TH 1155|TN 193|TR 156 158 177|TT 811|TW 113|UA 104|UY 104 105|
UZ 101 102 103|ZA 107|ZM 992`;

/** The countries whose numbers count, two letters each. */
type EmergencyCountries = readonly string[] | 'any';

let countriesByNumber: Map<string, string[]> | null = null;

/** Made when it is first asked for: a table of a thousand numbers is not needed to start. */
function countriesOf(number: string): readonly string[] {
  countriesByNumber ??= readTables();
  return countriesByNumber.get(number) ?? [];
}

function readTables(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const entry of `${TABLE.trim()}|${FURTHER.trim()}`.split('|')) {
    const words = entry.trim().split(/\s+/);
    const names = words.filter((word) => /^[A-Z]/.test(word));
    for (const number of words.filter((word) => /^\d/.test(word)).flatMap(numbersOfRange)) {
      const known = found.get(number);
      if (known === undefined) found.set(number, [...names]);
      else known.push(...names);
    }
  }
  return found;
}

function numbersOfRange(word: string): string[] {
  const [first = '', last = first] = word.split('-');
  return Array.from({ length: Number(last) - Number(first) + 1 }, (_, index) =>
    String(Number(first) + index).padStart(first.length, '0'),
  );
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
 * @param countries whose own numbers count, beside those that are the same everywhere
 */
export function emergencyIn(dialled: string, countries: EmergencyCountries): EmergencyMatch | null {
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
    if (number.length >= 3 && isEmergencyNumber(number, 'any')) {
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

/** Small islands have whole numbers of four to six digits: Tokelau, Niue, the Falklands, the Faroes. */
const MAY_BE_WHOLE_NUMBER = /^[2-7]\d{3,4}$|^\d{6,}$/;

function isEmergencyNumber(digits: string, countries: EmergencyCountries): boolean {
  if (EVERYWHERE.has(digits)) return true;
  const owners = countriesOf(digits);
  if (countries === 'any') return owners.length > 0 && !MAY_BE_WHOLE_NUMBER.test(digits);
  return owners.some((country) => countries.includes(country));
}

/** The countries where a number that is not one everywhere is an emergency number. */
export function countriesWithEmergency(number: string): readonly string[] {
  return EVERYWHERE.has(number) ? [] : countriesOf(number);
}

/** Calling codes are prefix-free (ITU-T E.164 annex): the first two digits give the length. */
function callingCodeLength(digits: string): number {
  if (/^[17]/.test(digits)) return 1;
  return /^(?:2[07]|3[0123469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58])/.test(digits) ? 2 : 3;
}
