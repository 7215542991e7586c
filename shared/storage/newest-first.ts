/** Row keys count up; what should be listed newest first counts down from here. */
export const LAST_INSTANT_MS = 9_999_999_999_999;

/** The key, or the start of it, of an instant: 13 digits that get smaller with time. */
export const newestFirst = (ms: number): string => String(LAST_INSTANT_MS - ms).padStart(13, '0');

export const instantOfKey = (key: string): number => LAST_INSTANT_MS - Number(key.slice(0, 13));
