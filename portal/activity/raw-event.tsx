/** An event as the very text that Okta sent; what is copied or saved is not changed by a character. */
import { useRaw } from '../api/queries.ts';
import type { LogEvent } from '../api/types.ts';
import { useAnnounce } from '../parts/announce.tsx';
import { Icon } from '../parts/icon.tsx';
import { Failed } from '../parts/notice.tsx';
import { visibleLines } from '../words/plain-text.ts';
import { saveAs } from './save.ts';

interface RawEventProps {
  id: string;
  event: Pick<LogEvent, 'uuid' | 'published'>;
  onClose(): void;
}

export function RawEvent({ id, event: { uuid, published }, onClose }: RawEventProps) {
  const announce = useAnnounce();
  const { data, error } = useRaw(id, uuid, published);
  const copy = async (text: string) => {
    await navigator.clipboard.writeText(text);
    announce('Copied.');
  };
  return (
    <section class="raw" aria-label="Raw event">
      <div class="dialog-head">
        <h3>Raw event</h3>
        {data === undefined ? null : (
          <span class="actions">
            <button type="button" class="subtle" onClick={() => copy(data)}>
              Copy
            </button>
            <button
              type="button"
              class="subtle"
              onClick={() => saveAs(`${uuid.replace(/[^\w-]/g, '_')}.json`, new Blob([data]))}
            >
              Download
            </button>
          </span>
        )}
        <button
          type="button"
          class="subtle square"
          aria-label="Close the raw event"
          onClick={onClose}
        >
          <Icon name="close" />
        </button>
      </div>
      <Failed error={error} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls needs the keyboard */}
      {data === undefined ? null : <pre tabIndex={0}>{visibleLines(data)}</pre>}
    </section>
  );
}
