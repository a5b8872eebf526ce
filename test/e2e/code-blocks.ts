/** A block of commands, and what it prints where the page says so. */
export type Session = readonly { readonly commands: string; readonly output: string | undefined }[];

interface Block { readonly info: string; readonly text: string; /** The line it begins at, and the one behind it. */ readonly from: number; readonly to: number }
const FENCE = '`'.repeat(3);

/** The texts of the code blocks of a Markdown text that begin with this info string: 'ts runnable'. */
export function codeBlocks(markdown: string, info: string): readonly string[] {
  return blocksOf(markdown).filter((block) => block.info === info).map(({ text }) => text);
}

/** The blocks 'sh runnable' of a page. A block without an info string right below one is what it prints. */
export function sessionOf(markdown: string): Session {
  const blocks = blocksOf(markdown);
  return blocks.filter(({ info }) => info === 'sh runnable').map(({ text, to }) => ({ commands: text, output: blocks.find(({ info, from }) => info === '' && from === to)?.text }));
}

function blocksOf(markdown: string): readonly Block[] {
  const blocks: Block[] = [];
  let open: { readonly info: string; readonly from: number; readonly lines: string[] } | undefined;
  for (const [at, line] of markdown.split('\n').entries()) {
    if (open === undefined) {
      if (line.startsWith(FENCE)) open = { info: line.slice(FENCE.length), from: at, lines: [] };
    } else if (line === FENCE) {
      blocks.push({ info: open.info, text: open.lines.map((one) => `${one}\n`).join(''), from: open.from, to: at + 1 });
      open = undefined;
    } else open.lines.push(line);
  }
  return blocks;
}
