/** Reads RFC 4180 character by character: another way than the one that the product writes it. */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let [quoted, at] = [false, 0];
  const next = () => text[at++];
  for (let character = next(); character !== undefined; character = next()) {
    if (quoted) {
      if (character !== '"') cell += character;
      else if (text[at] === '"') cell += next();
      else quoted = false;
    } else if (character === '"') {
      if (cell !== '') throw new Error(`a quote inside a bare cell, at ${at}`);
      quoted = true;
    } else if (character === ',') {
      row.push(cell);
      cell = '';
    } else if (character === '\r') {
      if (next() !== '\n') throw new Error(`a return without a line feed, at ${at}`);
      rows.push([...row, cell]);
      [row, cell] = [[], ''];
    } else if (character === '\n') {
      throw new Error(`a line feed without a return, at ${at}`);
    } else cell += character;
  }
  if (quoted || row.length > 0 || cell !== '') throw new Error('the last line is cut off');
  return rows;
}
