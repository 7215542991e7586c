/** The words of the page for each status, by `docs/portal.md`, "States and words". */
import type { StatusName } from '../api/types.ts';

export type Tone = 'good' | 'busy' | 'warn' | 'bad' | 'off';

export const STATUS: Record<StatusName, { word: string; tone: Tone }> = {
  ActionRequired: { word: 'Action required', tone: 'bad' },
  Disconnected: { word: 'Disconnected', tone: 'bad' },
  Degraded: { word: 'Degraded', tone: 'warn' },
  Connecting: { word: 'Connecting', tone: 'busy' },
  Connected: { word: 'Connected', tone: 'good' },
  Disabled: { word: 'Disabled', tone: 'off' },
};

/** Worst first. */
const RANK: StatusName[] = [
  'ActionRequired',
  'Disconnected',
  'Degraded',
  'Connecting',
  'Connected',
  'Disabled',
];

export const worstFirst = <T extends { status: StatusName; displayName: string }>(
  connectors: readonly T[],
): T[] =>
  connectors.toSorted(
    (a, b) =>
      RANK.indexOf(a.status) - RANK.indexOf(b.status) ||
      a.displayName.localeCompare(b.displayName, 'en'),
  );

/** The filters of the list. */
export const FILTERS = {
  all: { word: 'All', statuses: RANK },
  needsYou: { word: 'Needs you', statuses: ['ActionRequired'] },
  late: { word: 'Late', statuses: ['Disconnected', 'Degraded'] },
  disabled: { word: 'Disabled', statuses: ['Disabled'] },
} as const satisfies Record<string, { word: string; statuses: readonly StatusName[] }>;

export type FilterName = keyof typeof FILTERS;

export const isFilter = (name: string): name is FilterName => Object.hasOwn(FILTERS, name);

export const passes = (filter: FilterName, status: StatusName): boolean =>
  (FILTERS[filter].statuses as readonly StatusName[]).includes(status);
