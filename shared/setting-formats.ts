/** The formats of the settings' values (docs/settings.md). A refused value is never repeated. */
import { Cron } from 'croner';
import * as z from 'zod';

export const list = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  );

export const integer = (min: number, max: number, unset: number) => {
  const allowed = `a whole number from ${min} to ${max}`;
  return z
    .string()
    .default(String(unset))
    .refine((text) => /^\d{1,9}$/.test(text) && Number(text) >= min && Number(text) <= max, allowed)
    .transform(Number);
};

export const origin = (allowed: string) =>
  z.string().refine((text) => URL.parse(text)?.origin === text, allowed);

/** `whsec_` and base64 of at least 24 bytes (https://www.standardwebhooks.com). */
export function isWebhookSecret(text: string): boolean {
  const [, encoded = ''] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? [];
  return encoded.length % 4 === 0 && Buffer.from(encoded, 'base64').length >= 24;
}

const cronField = String.raw`[\d*/,\-A-Za-z]+`;
const sixFields = new RegExp(`^${cronField}(?: ${cronField}){5}$`);

export function isSchedule(text: string): boolean {
  if (!sixFields.test(text)) return false;
  try {
    new Cron(text, { paused: true, mode: '6-part' });
    return true;
  } catch {
    return false;
  }
}

export const tenants = list.pipe(
  z.array(
    z
      .string()
      .toLowerCase()
      .regex(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'tenant ids, separated by commas'),
  ),
);
