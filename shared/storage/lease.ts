/**
 * The lease of a chain: two cells of its checkpoint row, so that taking it, keeping it and moving
 * the cursor are one compare and swap. A holder that died loses it after one minute of the
 * storage's clock (docs/architecture.md, "Lease and checkpoint").
 */
import * as z from 'zod';
import { number } from './cells.ts';

export const LEASE_MS = 60_000;

export const leaseFields = z.object({
  leaseHolder: z.string().optional(),
  leaseUntilMs: number.optional(),
});

export type Lease = z.output<typeof leaseFields>;

export const isLeased = (lease: Lease, nowMs: number): boolean =>
  lease.leaseHolder !== undefined && (lease.leaseUntilMs ?? 0) > nowMs;

export const leaseFor = (holder: string, nowMs: number): Lease => ({
  leaseHolder: holder,
  leaseUntilMs: nowMs + LEASE_MS,
});

export const noLease: Lease = { leaseHolder: undefined, leaseUntilMs: undefined };
