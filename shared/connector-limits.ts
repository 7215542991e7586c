/**
 * The bounds of a connector's configuration (docs/contract.md, "Configuration"): checked by the API,
 * and offered by the portal page. `unset` is the default.
 */
export const DISPLAY_NAME_CHARACTERS = { min: 1, max: 100 };
/** Okta keeps 90 days of its log (docs/okta.md, "Retention"). */
export const OKTA_RETENTION_DAYS = 90;
export const BACKFILL_DAYS = { min: 0, max: OKTA_RETENTION_DAYS, unset: 60 };
export const POLL_INTERVAL_SECONDS = { min: 10, max: 3600, unset: 60 };
