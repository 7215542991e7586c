/** What the page reads, and how often: only while it is visible, less often while calls fail. */
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/preact-query';
import { CallError, call, callText } from './call.ts';
import { ownPath } from './paths.ts';
import { pauseMs } from './pause.ts';
import type {
  AuditList,
  BackfillList,
  Connector,
  ConnectorList,
  Coverage,
  DeadLetterList,
  EventHook,
  EventList,
  Me,
  RunList,
  Status,
} from './types.ts';

const LARGE_LIST = 50;

export const useMeQuery = () =>
  useQuery({
    queryKey: ['me'],
    queryFn: async ({ signal }) => (await call<Me>('me', { signal })).body,
    staleTime: Number.POSITIVE_INFINITY,
  });

export const listPauseMs = (connectors = 0): number => (connectors > LARGE_LIST ? 15_000 : 5_000);

export const useConnectors = () =>
  useQuery({
    queryKey: ['list'],
    queryFn: async ({ signal }) => {
      const value: ConnectorList['value'] = [];
      const unreadable: string[] = [];
      let query: Record<string, string> = { include: 'summary', top: '200' };
      for (;;) {
        const { body } = await call<ConnectorList>('list', { query, signal });
        value.push(...body.value);
        unreadable.push(...(body.unreadable ?? []));
        if (!body.nextLink) return { value, unreadable };
        query = Object.fromEntries(new URLSearchParams(ownPath(body.nextLink).split('?')[1]));
      }
    },
    refetchInterval: (query) => pauseMs(query.state, listPauseMs(query.state.data?.value.length)),
  });

const of = (id: string) => ({ parameters: { id } });

export const useConnector = (id: string) =>
  useQuery({
    queryKey: ['connector', id],
    queryFn: async ({ signal }) => await call<Connector>('connector', { ...of(id), signal }),
    refetchInterval: (query) => pauseMs(query.state, 15_000),
  });

/** Null for a connector without an event hook, which appears only by an action. */
export const useEventHook = (id: string) =>
  useQuery({
    queryKey: ['event-hook', id],
    queryFn: async ({ signal }) =>
      await call<EventHook>('eventHook', { ...of(id), signal }).then(
        ({ body }) => body,
        (error: unknown) => {
          if (error instanceof CallError && error.error.code === 'EventHookNotFound') return null;
          throw error;
        },
      ),
    refetchInterval: (query) => query.state.data !== null && pauseMs(query.state, 5_000),
  });

/** More often while there is something to watch. */
export const useStatus = (id: string) =>
  useQuery({
    queryKey: ['status', id],
    queryFn: async ({ signal }) => (await call<Status>('status', { ...of(id), signal })).body,
    refetchInterval: (query) => pauseMs(query.state, statusPauseMs(query.state.data)),
  });

export const statusPauseMs = (status: Status | undefined): number =>
  !status || status.status === 'Connecting' || status.backfill?.state === 'Running' ? 2_000 : 5_000;

export const useCoverage = (id: string, isFilling: boolean) =>
  useQuery({
    queryKey: ['coverage', id],
    queryFn: async ({ signal }) => (await call<Coverage>('coverage', { ...of(id), signal })).body,
    refetchInterval: (query) => pauseMs(query.state, isFilling ? 10_000 : 60_000),
  });

export const useBackfills = (id: string) =>
  useQuery({
    queryKey: ['backfills', id],
    queryFn: async ({ signal }) =>
      (await call<BackfillList>('backfills', { ...of(id), signal })).body,
    refetchInterval: (query) =>
      pauseMs(
        query.state,
        query.state.data?.value.some(({ state }) => state === 'Running') ? 2_000 : 15_000,
      ),
  });

type Filters = Record<string, string>;

/** The log never moves by itself: it is read when it is asked for. */
export const useEvents = (id: string, filters: Filters) =>
  usePages<EventList>(['events', id, filters], 'events', id, { ...filters, top: '50' });

export const useRuns = (id: string) =>
  useQuery({
    queryKey: ['runs', id],
    queryFn: async ({ signal }) =>
      (await call<RunList>('runs', { ...of(id), query: { top: 100 }, signal })).body,
    refetchInterval: (query) => pauseMs(query.state, 10_000),
  });

export const useDeadLetters = (id: string) =>
  usePages<DeadLetterList>(['deadletters', id], 'deadLetters', id, { top: '20' });

export const useAudit = (connectorId?: string) =>
  usePages<AuditList>(['audit', connectorId], 'audit', '', {
    top: '50',
    ...(connectorId ? { connectorId } : {}),
  });

export const useRaw = (id: string, uuid: string, published: string) =>
  useQuery({
    queryKey: ['raw', id, uuid, published],
    queryFn: async ({ signal }) =>
      await callText('raw', { parameters: { id, uuid }, query: { published }, signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });

const usePages = <T extends { nextLink?: string | undefined }>(
  queryKey: unknown[],
  name: 'events' | 'deadLetters' | 'audit',
  id: string,
  filters: Filters,
) =>
  useInfiniteQuery({
    queryKey,
    queryFn: async ({ pageParam, signal }) =>
      (await call<T>(name, { ...of(id), query: { ...filters, after: pageParam }, signal })).body,
    initialPageParam: '',
    getNextPageParam: ({ nextLink }: T) =>
      nextLink ? (new URL(nextLink).searchParams.get('after') ?? undefined) : undefined,
  });

/** After a change: everything about the connector, and the list. */
export function useRefresh(id?: string) {
  const client = useQueryClient();
  return async () => {
    await Promise.all([
      client.invalidateQueries({ queryKey: ['list'] }),
      ...['connector', 'status', 'coverage', 'backfills', 'runs', 'event-hook'].map((name) =>
        client.invalidateQueries({ queryKey: id === undefined ? [name] : [name, id] }),
      ),
    ]);
  };
}
