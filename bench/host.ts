/** The development host, which reports its memory on request. */
process.on('message', () =>
  process.send?.({ peakMegabytes: process.resourceUsage().maxRSS / 1024 }),
);
await import('../dev/host/main.ts');
