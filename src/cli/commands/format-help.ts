// The explanation of `--format` that several commands share.

const tail = "'TEMPLATE':         Print output using the given Go template.";

export const listFormatHelp = [
  'Format output using a custom template:',
  "'table':            Print output in table format with column headers (default)",
  "'table TEMPLATE':   Print output in table format using the given Go template",
  "'json':             Print in JSON format",
  tail,
].join('\n');

export const objectFormatHelp = [
  'Format output using a custom template:',
  "'json':             Print in JSON format",
  tail,
].join('\n');
