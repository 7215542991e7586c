/** The development host, which says on demand how much memory it has taken. */
process.on('message', () =>
  process.send?.({ peakMegabytes: process.resourceUsage().maxRSS / 1024 }),
);
await import('../dev/host/main.ts');
