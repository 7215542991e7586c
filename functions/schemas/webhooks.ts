/** Schemas of webhook deliveries and their replies (docs/contract.md, "Webhooks"). */
import * as z from 'zod';
import { OPERATION_TYPES } from '../../shared/enumerations.ts';
import { instant } from '../../shared/time.ts';
import { OPERATION_DATA } from '../../shared/webhooks/operation.ts';

/** One alternative for each type of delivery. */
const delivery = <S extends z.ZodRawShape>(shape: S) =>
  z.union(
    OPERATION_TYPES.map((type) =>
      z.object({ type: z.literal(type), ...shape, data: OPERATION_DATA[type] }),
    ),
  );

export const portalDelivery = delivery({ timestamp: instant }).meta({ id: 'PortalDelivery' });

export const cloudEventDelivery = delivery({
  specversion: z.literal('1.0'),
  id: z.string(),
  source: z.string(),
  time: instant,
}).meta({ id: 'CloudEventDelivery' });

export const deliveryAccepted = z
  .object({
    operation: z.object({ connectorId: z.string(), type: z.enum(OPERATION_TYPES) }),
    statusUrl: z.url(),
  })
  .meta({ id: 'DeliveryAccepted' });
