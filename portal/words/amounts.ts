/** Numbers, durations and instants as the page shows them. Instants are in UTC. */
const NUMBER = new Intl.NumberFormat('en');

export const count = (value: number): string => NUMBER.format(value);

/** Such as "1 event", "2,000 events". */
export const counted = (value: number, noun: string): string =>
  `${count(value)} ${noun}${value === 1 ? '' : 's'}`;

const [MINUTE, HOUR, DAY] = [60, 3600, 86_400];

/**
 * At most two units, the smaller one only where it matters: "9 s", "56 min", "1 h 30 min", "5 d". A
 * number and its unit stay on one line.
 */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < MINUTE) return `${whole}\u00a0s`;
  if (whole < HOUR) return `${Math.floor(whole / MINUTE)}\u00a0min`;
  if (whole >= 2 * DAY) return `${Math.floor(whole / DAY)}\u00a0d`;
  const [hours, minutes] = [Math.floor(whole / HOUR), Math.floor((whole % HOUR) / MINUTE)];
  const inHours = `${hours}\u00a0h`;
  return minutes === 0 || hours >= 10 ? inHours : `${inHours} ${minutes}\u00a0min`;
}

export const secondsSince = (instant: string, nowMs: number): number =>
  (nowMs - Date.parse(instant)) / 1000;

export const ago = (instant: string, nowMs: number): string =>
  `${duration(secondsSince(instant, nowMs))} ago`;

export const until = (instant: string, nowMs: number): string =>
  duration(-secondsSince(instant, nowMs));

export const day = (instant: string): string => new Date(instant).toISOString().slice(0, 10);
export const daysAfter = (instant: string, days: number): string =>
  day(new Date(Date.parse(instant) + days * DAY * 1000).toISOString());
export const clock = (instant: string): string => new Date(instant).toISOString().slice(11, 19);
export const dayAndClock = (instant: string): string => `${day(instant)} ${clock(instant)}`;

const DAY_NAME = new Intl.DateTimeFormat('en', {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  timeZone: 'UTC',
});

/** Such as "Tue, Nov 3". */
export const dayName = (date: string): string => DAY_NAME.format(new Date(date));

export const percent = (value: number): string =>
  `${value === 100 ? 100 : (Math.floor(value * 10) / 10).toFixed(1)}\u00a0%`;
