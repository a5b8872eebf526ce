/** The texts of the code blocks of a Markdown text that begin with this info string: 'sh runnable'. */
export function codeBlocks(markdown: string, info: string): readonly string[] {
  const fence = '`'.repeat(3);
  const blocks: string[] = [];
  let block: string[] | undefined;
  for (const line of markdown.split('\n')) {
    if (block === undefined) {
      if (line === `${fence}${info}`) block = [];
    } else if (line === fence) {
      blocks.push(block.map((one) => `${one}\n`).join(''));
      block = undefined;
    } else block.push(line);
  }
  return blocks;
}
