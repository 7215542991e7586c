/** Results of actions: read out politely, and shown for a while. */
import { createContext } from 'preact';
import { useCallback, useContext, useEffect, useState } from 'preact/hooks';

const SHOWN_MS = 8_000;

export const Announce = createContext<(text: string) => void>(() => {});
export const useAnnounce = () => useContext(Announce);

export function useAnnouncements() {
  const [text, setText] = useState('');
  useEffect(() => {
    if (text === '') return;
    const timer = setTimeout(() => setText(''), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const announce = useCallback((next: string) => setText(next), []);
  const region = (
    <div class="toast" role="status" aria-live="polite">
      {text === '' ? null : <p>{text}</p>}
    </div>
  );
  return { announce, region };
}
