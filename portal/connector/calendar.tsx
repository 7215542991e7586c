/** Coverage by day: one tab stop, arrow keys inside; each day has its state in its name. */
import { useRef, useState } from 'preact/hooks';
import { counted, dayName } from '../words/amounts.ts';
import { type CalendarDay, DAY_WORDS, type DayState, dayAfterKey, weekday } from '../words/days.ts';

/** Colours vanish in forced colours: each state has a glyph of its own. */
const GLYPHS: Record<DayState, string> = {
  complete: '',
  filling: '…',
  waiting: '·',
  gap: '×',
  none: '',
};

interface CalendarProps {
  days: readonly CalendarDay[];
  picked: string | undefined;
  onPick(date: string): void;
}

export function Calendar({ days, picked, onPick }: CalendarProps) {
  const [at, setAt] = useState(days.length - 1);
  const grid = useRef<HTMLDivElement>(null);
  const stop = Math.min(at, days.length - 1);
  const before = Array.from({ length: weekday(days[0]?.date ?? '') }, (_, n) => n);
  const move = (event: KeyboardEvent) => {
    const next = dayAfterKey(event.key, stop, days.length);
    if (next === undefined) return;
    event.preventDefault();
    setAt(next);
    grid.current?.querySelectorAll('button')[next]?.focus();
  };
  const shown = new Set(days.map(({ state }) => state));
  return (
    <>
      <div class="calendar-frame">
        <div class="weekdays" aria-hidden="true">
          {['Mon', '', 'Wed', '', 'Fri', '', 'Sun'].map((word, row) => (
            <span key={row}>{word}</span>
          ))}
        </div>
        {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields */}
        <div class="calendar" role="group" aria-label="Days, in UTC" ref={grid} onKeyDown={move}>
          {before.map((row) => (
            <span key={row} />
          ))}
          {days.map(({ date, state, events }, index) => (
            <button
              key={date}
              type="button"
              class={`day ${state}`}
              tabIndex={index === stop ? 0 : -1}
              aria-label={`${dayName(date)}: ${DAY_WORDS[state]}, ${counted(events, 'event')}`}
              aria-pressed={date === picked}
              title={`${dayName(date)}: ${DAY_WORDS[state]}, ${counted(events, 'event')}`}
              onClick={() => {
                setAt(index);
                onPick(date);
              }}
            >
              {GLYPHS[state]}
            </button>
          ))}
        </div>
      </div>
      <p class="legend">
        {(Object.keys(DAY_WORDS) as DayState[])
          .filter((state) => shown.has(state))
          .map((state) => (
            <span key={state}>
              <span class={`day ${state}`} aria-hidden="true">
                {GLYPHS[state]}
              </span>
              {DAY_WORDS[state]}
            </span>
          ))}
      </p>
    </>
  );
}
