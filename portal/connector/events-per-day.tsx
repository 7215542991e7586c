/** Events per day as bars, on the same days as the calendar; the same as a table for reading. */
import { count, counted, dayName } from '../words/amounts.ts';
import type { CalendarDay } from '../words/days.ts';

const [WIDTH, HEIGHT, GAP] = [544, 90, 1];

interface EventsPerDayProps {
  days: readonly CalendarDay[];
  picked: string | undefined;
}

export function EventsPerDay({ days, picked }: EventsPerDayProps) {
  const peak = Math.max(1, ...days.map(({ events }) => events));
  const step = WIDTH / days.length;
  const total = days.reduce((sum, { events }) => sum + events, 0);
  if (total === 0) return <p class="hint">No events yet.</p>;
  const [first, last] = [days[0]?.date ?? '', days.at(-1)?.date ?? ''];
  return (
    <figure class="bars">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={`${counted(total, 'event')} in ${counted(days.length, 'day')}, at most ${count(peak)} a day`}
      >
        {days.map(({ date, events }, at) => {
          const height = events === 0 ? 0 : Math.max(1, (events / peak) * (HEIGHT - 2));
          return (
            <rect
              key={date}
              class={date === picked ? 'picked' : undefined}
              x={at * step}
              y={HEIGHT - height}
              width={Math.max(1, step - GAP)}
              height={height}
            />
          );
        })}
      </svg>
      <figcaption>
        <span>{dayName(first)}</span>
        <span>peak {count(peak)} a day</span>
        <span>{dayName(last)}</span>
      </figcaption>
      <details>
        <summary>As a table</summary>
        <table>
          <thead>
            <tr>
              <th scope="col">Day (UTC)</th>
              <th scope="col">Events</th>
            </tr>
          </thead>
          <tbody>
            {days.toReversed().map(({ date, events }) => (
              <tr key={date}>
                <td>{date}</td>
                <td>{count(events)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </figure>
  );
}
