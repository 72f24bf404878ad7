// What differs from one run to the next, taken out of a screen without moving anything on it.

/**
 * What is replaced, in this order. Everything keeps its width, so that columns stay where they are:
 * a run in which an age has one figure more moves the rest of its line, as it does on the screen.
 *
 * | on the screen | becomes |
 * |---|---|
 * | a moment, `2026-11-29T05:40:10.079Z`, and a date, `2026-11-29` | `0000-00-00T00:00:00.000Z` |
 * | a time of day, `05:40:10` or `05:40` | `00:00:00` |
 * | an age or a length of time, `7m`, `1m 05s`, `2.4s`, `3 s`, `11m+`, `300 ms` | its figures as `#` |
 * | so many requests (a minute) | its figures as `#` |
 * | a port behind an address, `127.0.0.1:40123` | its figures as `#` |
 * | a turning mark of progress, `⠋` | `⠿` |
 *
 * The sandbox gives the same ids at every start, so ids stay: that the right call was moved is what
 * a picture is to show.
 * @type {readonly [RegExp, (match: string) => string][]}
 */
const REPLACED = [
  [/\b\d{4}-\d\d-\d\d(?:T[\d:.]+Z)?/g, zeros],
  [/(?<![\d:])\d\d:\d\d(?::\d\d)?(?![\d:])/g, zeros],
  [/(?<![\w.+:-])\d+(?:\.\d+)? ?(?:ms|s|m|h|d|seconds?|minutes?|hours?)\b/g, hashes],
  [/(?<![\w.+:-])[\d,]+(?:\/[\d,]+)?(?= requests?\b)/g, hashes],
  [/(?<=\b127\.0\.0\.1:)\d+/g, hashes],
  [/[⠁-⣾]/g, () => '⠿'],
];

/** @param {string} text @param {readonly [RegExp, (match: string) => string][]} replaced */
function replaceAll(text, replaced) {
  return replaced.reduce((rest, [pattern, by]) => rest.replace(pattern, by), text);
}

/** @param {string} text */
function zeros(text) {
  return text.replace(/\d/g, '0');
}

/** @param {string} text */
function hashes(text) {
  return text.replace(/\d/g, '#');
}

/**
 * A line, or several, as every run of the program shows them.
 * @param {string} text
 */
export function normalise(text) {
  return replaceAll(text, REPLACED);
}

/** @type {readonly [RegExp, (match: string) => string][]} */
const STEADIED = [
  [/\b\d{4}-\d\d-\d\d(?=T|\b)/g, () => '2026-01-05'],
  [
    /(?<![\d:])\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?![\d:])/g,
    (time) => '09:41:00.000'.slice(0, time.length),
  ],
  // How often it looks is no matter of chance, nor is anything of ten seconds or more.
  [/(?<![\w.+:-]|every )\d(?= ?s\b)/g, () => '2'],
  [/(?<![\w.+:-])\d\d(?= requests a minute)/g, () => '30'],
  [/(?<=\b127\.0\.0\.1:)\d+/g, (port) => '47880'.slice(0, port.length)],
  [/[⠁-⣾]/g, () => '⠹'],
];

/**
 * The same, for readers: every run has the same times, seconds and port, and they look like some.
 * @param {string} text
 */
export function steady(text) {
  return replaceAll(text, STEADIED);
}
