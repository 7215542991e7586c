/** How far a backfill is. */
import { percent } from '../words/amounts.ts';

export const Progress = ({ label, value }: { label: string; value: number }) => (
  <progress aria-label={label} max={100} value={value}>
    {percent(value)}
  </progress>
);
