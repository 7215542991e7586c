/** Icons as paths: no font, no request. They are decoration; the word beside them says the same. */
const PATHS = {
  check: 'M3 8.5 6.5 12 13 4.5',
  alert: 'M8 3v6M8 12v1',
  pause: 'M5.5 4v8M10.5 4v8',
  dots: 'M3 8h.01M8 8h.01M13 8h.01',
  close: 'M4 4l8 8M12 4l-8 8',
  poll: 'M13 8a5 5 0 1 1-1.5-3.5L13 6M13 2.500v3.500h-3.500',
  plus: 'M8 3v10M3 8h10',
  wait: 'M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 0 0 0-11M8 5v3l2 1.5',
} as const;

export type IconName = keyof typeof PATHS;

export const Icon = ({ name }: { name: IconName }) => (
  <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
    <path d={PATHS[name]} />
  </svg>
);
