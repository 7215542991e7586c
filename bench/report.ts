/** The readable report of a bench. */

/** A promised figure: its name, its target and its measurement. */
export interface Row {
  what: string;
  target: string;
  measured: string;
  /** Undefined when the run was too short for a judgement. */
  reached: boolean | undefined;
  /** Details of the measurement. */
  detail?: string;
}

export function asTable(rows: readonly Row[]): string {
  const cells = [
    ['what', 'target', 'measured', '', 'of'],
    ...rows.map(({ what, target, measured, reached, detail = '' }) => [
      ...[what, target, measured],
      ...[reached === undefined ? 'not judged' : reached ? 'reached' : 'MISSED', detail],
    ]),
  ];
  const widths = (cells[0] ?? []).map((_, column) =>
    Math.max(...cells.map((line) => line[column]?.length ?? 0)),
  );
  const lines = cells.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return lines.join('\n');
}

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

export const round = (value: number) => Math.round(value * 1000) / 1000;

export function row(
  what: string,
  target: string,
  measured: number,
  reached: boolean,
  detail?: string,
): Row {
  return { what, target, measured: String(measured), reached, ...(detail ? { detail } : {}) };
}
