/** Rows are listed by ascending key: keys for newest-first lists count down from this number. */
export const LAST_INSTANT_MS = 9_999_999_999_999;

/** The key, or key prefix, of an instant: 13 digits that decrease with time. */
export const newestFirst = (ms: number): string => String(LAST_INSTANT_MS - ms).padStart(13, '0');

export const instantOfKey = (key: string): number => LAST_INSTANT_MS - Number(key.slice(0, 13));
