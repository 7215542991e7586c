/** The events of the search as a file. */
import { useState } from 'preact/hooks';
import { callBlob } from '../api/call.ts';
import { functionKey } from '../api/function-key.ts';
import { pathOf } from '../api/paths.ts';
import { Failed } from '../parts/notice.tsx';
import { daysAfter } from '../words/amounts.ts';
import { saveAs } from './save.ts';

const FORMATS = { csv: 'Export CSV', ndjson: 'Export NDJSON' };

interface ExportProps {
  id: string;
  query: Record<string, string>;
  /** When the connector was made: nothing is older by more than a year. */
  oldest: string;
}

export function Export({ id, query, oldest }: ExportProps) {
  const [error, setError] = useState<unknown>();
  const [isRunning, setIsRunning] = useState(false);
  const asked = (format: string) => ({
    from: `${daysAfter(oldest, -365)}T00:00:00.000Z`,
    to: `${daysAfter(new Date().toISOString(), 2)}T00:00:00.000Z`,
    ...query,
    format,
  });
  // A link cannot carry the key in a header.
  const fetchFile = async (format: string) => {
    setIsRunning(true);
    setError(undefined);
    try {
      const file = await callBlob('exportEvents', { parameters: { id }, query: asked(format) });
      saveAs(`${id}.${format}`, file);
    } catch (failed) {
      setError(failed);
    } finally {
      setIsRunning(false);
    }
  };
  return (
    <div class="toolbar">
      {Object.entries(FORMATS).map(([format, word]) =>
        functionKey.get() ? (
          <button key={format} type="button" disabled={isRunning} onClick={() => fetchFile(format)}>
            {word}
          </button>
        ) : (
          <a
            key={format}
            class="button"
            download
            href={pathOf('exportEvents', { id }, asked(format))}
          >
            {word}
          </a>
        ),
      )}
      <Failed error={error} />
    </div>
  );
}
