import type { Reporter, TestModule } from 'vitest/node';

interface ProjectTimes {
  files: number;
  seconds: number;
  longest: { seconds: number; file: string };
}

/**
 * Prints the duration of each project's files, and as the last line the counts of the run in the plain
 * form `N passed, N failed`. Files run in parallel: the sum of their durations exceeds the duration of
 * the run.
 */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const counts = { passed: 0, failed: errors.length, skipped: 0, pending: 0 };
    const projects = new Map<string, ProjectTimes>();
    for (const module of modules) {
      if (module.state() === 'failed' && module.errors().length > 0) counts.failed++;
      for (const test of module.children.allTests()) counts[test.result().state]++;
      addTime(projects, module);
    }
    const skipped = counts.skipped + counts.pending;
    const line = `${counts.passed} passed, ${counts.failed} failed${skipped ? `, ${skipped} skipped` : ''}`;
    const times = [...projects].map(([name, { files, seconds, longest }]) =>
      [
        `${name}: ${seconds.toFixed(0)} s in ${files} files`,
        `the longest ${longest.seconds.toFixed(0)} s (${longest.file})`,
      ].join(', '),
    );
    // The default reporter prints after this hook; only the exit event comes later.
    process.once('exit', () => console.log([...times, line].join('\n')));
  }
}

function addTime(projects: Map<string, ProjectTimes>, module: TestModule): void {
  const { duration, collectDuration } = module.diagnostic();
  const seconds = (duration + collectDuration) / 1000;
  const before = projects.get(module.project.name);
  const longest = { seconds, file: module.relativeModuleId };
  projects.set(module.project.name, {
    files: (before?.files ?? 0) + 1,
    seconds: (before?.seconds ?? 0) + seconds,
    longest: before && before.longest.seconds > seconds ? before.longest : longest,
  });
}
